/* A YAML file into a configuration: mappings nest the dotted names, every leaf is one value. libyaml's
 * document keeps the line of every node, which is what a user needs to hear. */
#include "config_internal.h"

#include <string.h>
#include <yaml.h>

#define MOST_KEYS 512

typedef struct loader {
    const char *path;
    void *config;
    const wil_config_key *keys;
    int n_keys;
    yaml_document_t *document;
    int seen_line[MOST_KEYS]; /* 0: not seen */
} loader;

static int line_of(const yaml_node_t *node)
{
    return (int)node->start_mark.line + 1;
}

/* A failure about a value or a file's content is about the file. */
static wil_status at_line(const loader *l, const yaml_node_t *node, wil_status status)
{
    return status == WIL_OK ? WIL_OK
                            : wil_fail(status == WIL_ERR_ARG ? WIL_ERR_INPUT : status, "%s:%d: %s", l->path,
                                  line_of(node), wil_status_message());
}

static bool is_section(const loader *l, const char *name)
{
    const size_t n = strlen(name);
    for (int i = 0; i < l->n_keys; i++)
        if (strncmp(l->keys[i].name, name, n) == 0 && l->keys[i].name[n] == '.')
            return true;
    return false;
}

static wil_status set_leaf(loader *l, const yaml_node_t *key_node, const yaml_node_t *value, const char *name)
{
    const wil_config_key *key = config_key_find(l->keys, l->n_keys, name);
    if (key == NULL)
        return at_line(l, key_node, WIL_ERR_ARG);
    const int i = (int)(key - l->keys);
    WIL_REQUIRE(l->seen_line[i] == 0, WIL_ERR_INPUT, "%s:%d: %s is given twice, first in line %d", l->path,
        line_of(key_node), name, l->seen_line[i]);
    l->seen_line[i] = line_of(key_node);
    WIL_REQUIRE(value->type == YAML_SCALAR_NODE, WIL_ERR_INPUT, "%s:%d: %s takes one value, not a %s",
        l->path, line_of(value), name, value->type == YAML_SEQUENCE_NODE ? "list" : "mapping");
    return at_line(l, value, config_value_set(l->config, key, (const char *)value->data.scalar.value));
}

static wil_status load_mapping(loader *l, const yaml_node_t *mapping, const char *prefix);

static wil_status load_pair(loader *l, const yaml_node_pair_t *pair, const char *prefix)
{
    const yaml_node_t *key = yaml_document_get_node(l->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(l->document, pair->value);
    WIL_REQUIRE(
        key->type == YAML_SCALAR_NODE, WIL_ERR_INPUT, "%s:%d: a key must be a word", l->path, line_of(key));
    char *name = NULL;
    WIL_TRY(wil_string_format(
        &name, "%s%s%s", prefix, prefix[0] == '\0' ? "" : ".", (const char *)key->data.scalar.value));
    wil_status status = WIL_OK;
    if (!is_section(l, name))
        status = set_leaf(l, key, value, name);
    else if (value->type == YAML_MAPPING_NODE)
        status = load_mapping(l, value, name);
    else if (value->type != YAML_SCALAR_NODE || value->data.scalar.length > 0) /* an empty section is fine */
        status = wil_fail(WIL_ERR_INPUT, "%s:%d: '%s' is a section; its keys stand indented below it",
            l->path, line_of(key), name);
    wil_free(name);
    return status;
}

/* Only as deep as the names in the table, so an anchor that holds itself cannot lead in circles. */
static wil_status load_mapping(loader *l, const yaml_node_t *mapping, const char *prefix)
{
    const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
    for (; pair < mapping->data.mapping.pairs.top; pair++)
        WIL_TRY(load_pair(l, pair, prefix));
    return WIL_OK;
}

static wil_status parse_document(yaml_document_t *out, yaml_parser_t *parser, const char *path)
{
    WIL_REQUIRE(yaml_parser_load(parser, out) != 0, WIL_ERR_INPUT, "%s:%d: not YAML: %s", path,
        (int)parser->problem_mark.line + 1, parser->problem == NULL ? "unreadable" : parser->problem);
    return WIL_OK;
}

static wil_status load_document(loader *l)
{
    const yaml_node_t *root = yaml_document_get_root_node(l->document);
    if (root == NULL)
        return WIL_OK; /* an empty file changes nothing */
    WIL_REQUIRE(root->type == YAML_MAPPING_NODE, WIL_ERR_INPUT, "%s:%d: expected 'key: value' lines", l->path,
        line_of(root));
    return load_mapping(l, root, "");
}

/* One document a file: whatever a second one says would be lost. */
static wil_status check_nothing_follows(yaml_parser_t *parser, const char *path)
{
    yaml_document_t document;
    WIL_TRY(parse_document(&document, parser, path));
    const yaml_node_t *root = yaml_document_get_root_node(&document);
    const int line = root == NULL ? 0 : line_of(root);
    yaml_document_delete(&document);
    WIL_REQUIRE(
        line == 0, WIL_ERR_INPUT, "%s:%d: a second document begins ('---'); one is expected", path, line);
    return WIL_OK;
}

wil_status wil_config_load(void *config, const wil_config_key *keys, int n_keys, const char *path)
{
    char *text = NULL;
    size_t n = 0;
    yaml_parser_t parser;
    yaml_document_t document;
    WIL_REQUIRE(n_keys <= MOST_KEYS, WIL_ERR_INTERNAL, "a table of %d keys is too long", n_keys);
    WIL_TRY(wil_file_read(path, &text, &n));
    wil_status status = WIL_OK;
    if (yaml_parser_initialize(&parser) == 0) {
        wil_free(text);
        return wil_fail(WIL_ERR_MEMORY, "%s: out of memory", path);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
    status = parse_document(&document, &parser, path);
    if (status == WIL_OK) {
        loader l = {.path = path, .config = config, .keys = keys, .n_keys = n_keys, .document = &document};
        status = check_nothing_follows(&parser, path);
        if (status == WIL_OK)
            status = load_document(&l);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    wil_free(text);
    return status;
}
