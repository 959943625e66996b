/* Fields from and to YAML: mappings nest the dotted names, every leaf is one value or a sequence of them.
 * libyaml's document keeps the line of every node, which is what a user needs to hear. */
#include "willis/base_fields.h"

#include <string.h>
#include <yaml.h>

WIL_OWNED_VALUE(yaml_document_t, yaml_document_delete)
WIL_OWNED_VALUE(yaml_parser_t, yaml_parser_delete)

#define MOST_KEYS 512
/* Far beyond any run file. libyaml compares each bracket with all open ones, each anchor with all before. */
#define MOST_DEPTH 32
#define MOST_ANCHORS 100
#define MOST_ITEMS 10000
#define MOST_NUMBERS 100

typedef struct loader {
    const char *path;
    const wil_fields *fields;
    void *settings;
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
    return wil_fail_context(wil_status_of_file(status), "%s:%d", l->path, line_of(node));
}

static bool is_section(const loader *l, const char *name)
{
    for (wil_field_walk w = wil_fields_walk(l->fields); wil_field_next(&w);) {
        const wil_field *entry = w.level[w.depth].entry;
        if (w.section[0] != '\0' &&
            (strcmp(w.section, name) == 0 || (entry->also != NULL && strcmp(entry->also, name) == 0)))
            return true;
    }
    return false;
}

/* Each item of a sequence grows a list; of numbers they are joined by commas. */
static wil_status set_sequence(loader *l, const wil_field_walk *w, const yaml_node_t *sequence)
{
    const yaml_node_item_t *item = sequence->data.sequence.items.start;
    const long long n = sequence->data.sequence.items.top - item;
    const int most = w->field->type == WIL_LIST ? MOST_ITEMS : MOST_NUMBERS;
    WIL_REQUIRE(n <= most, WIL_ERR_INPUT, "%s:%d: %s has %lld values, more than %d", l->path,
        line_of(sequence), w->name, n, most);
    void *in = (char *)l->settings + w->offset;
    WIL_OWN(char) *joined = NULL;
    WIL_TRY(wil_string_copy(&joined, ""));
    for (; item < sequence->data.sequence.items.top; item++) {
        const yaml_node_t *node = yaml_document_get_node(l->document, *item);
        WIL_REQUIRE(node->type == YAML_SCALAR_NODE, WIL_ERR_INPUT, "%s:%d: %s takes a list of plain values",
            l->path, line_of(node), w->name);
        const char *text = (const char *)node->data.scalar.value;
        if (w->field->type == WIL_LIST)
            WIL_TRY(at_line(l, node, wil_field_set(w->field, in, text, w->name)));
        else
            WIL_TRY(wil_text_append(&joined, "%s%s", joined[0] == '\0' ? "" : ",", text));
    }
    return w->field->type == WIL_LIST ? WIL_OK
                                      : at_line(l, sequence, wil_field_set(w->field, in, joined, w->name));
}

static wil_status set_leaf(loader *l, const yaml_node_t *key_node, const yaml_node_t *value, const char *name)
{
    wil_field_walk w;
    WIL_TRY(at_line(l, key_node, wil_field_find(&w, l->fields, name)));
    WIL_REQUIRE(w.number < MOST_KEYS, WIL_ERR_INTERNAL, "a table of %d fields is too long", w.number);
    int *seen = &l->seen_line[w.number];
    WIL_REQUIRE(*seen == 0, WIL_ERR_INPUT, "%s:%d: %s is given twice, first in line %d", l->path,
        line_of(key_node), w.name, *seen);
    *seen = line_of(key_node);
    const wil_field_type type = w.field->type;
    if (value->type == YAML_SEQUENCE_NODE && (type == WIL_LIST || type == WIL_INTS || type == WIL_REALS))
        return set_sequence(l, &w, value);
    WIL_REQUIRE(value->type == YAML_SCALAR_NODE, WIL_ERR_INPUT, "%s:%d: %s takes one value, not a %s",
        l->path, line_of(value), w.name, value->type == YAML_SEQUENCE_NODE ? "list" : "mapping");
    void *in = (char *)l->settings + w.offset;
    return at_line(l, value, wil_field_set(w.field, in, (const char *)value->data.scalar.value, w.name));
}

static wil_status load_mapping(loader *l, const yaml_node_t *mapping, const char *prefix);

static wil_status load_pair(loader *l, const yaml_node_pair_t *pair, const char *prefix)
{
    const yaml_node_t *key = yaml_document_get_node(l->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(l->document, pair->value);
    WIL_REQUIRE(
        key->type == YAML_SCALAR_NODE, WIL_ERR_INPUT, "%s:%d: a key must be a word", l->path, line_of(key));
    WIL_OWN(char) *name = NULL;
    WIL_TRY(wil_string_format(
        &name, "%s%s%s", prefix, prefix[0] == '\0' ? "" : ".", (const char *)key->data.scalar.value));
    if (!is_section(l, name))
        return set_leaf(l, key, value, name);
    if (value->type == YAML_MAPPING_NODE)
        return load_mapping(l, value, name);
    /* an empty section is fine */
    WIL_REQUIRE(value->type == YAML_SCALAR_NODE && value->data.scalar.length == 0, WIL_ERR_INPUT,
        "%s:%d: '%s' is a section; its keys stand indented below it", l->path, line_of(key), name);
    return WIL_OK;
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
    const bool read = yaml_parser_load(parser, out) != 0;
    WIL_REQUIRE(read || parser->problem != NULL, WIL_ERR_MEMORY, "%s: out of memory", path);
    WIL_REQUIRE(read, WIL_ERR_INPUT, "%s:%d: not YAML: %s", path, (int)parser->problem_mark.line + 1,
        parser->problem);
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
    WIL_OWN(yaml_document_t) document = {0};
    WIL_TRY(parse_document(&document, parser, path));
    const yaml_node_t *root = yaml_document_get_root_node(&document);
    WIL_REQUIRE(root == NULL, WIL_ERR_INPUT, "%s:%d: a second document begins ('---'); one is expected", path,
        line_of(root));
    return WIL_OK;
}

static bool has_anchor(const yaml_event_t *event)
{
    return (event->type == YAML_ALIAS_EVENT) ||
           (event->type == YAML_SCALAR_EVENT && event->data.scalar.anchor != NULL) ||
           (event->type == YAML_SEQUENCE_START_EVENT && event->data.sequence_start.anchor != NULL) ||
           (event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.anchor != NULL);
}

/* Reads to the first limit that is passed; what is no YAML is for parse_document to say. */
static wil_status check_limits(const char *path, const char *text, size_t n)
{
    WIL_OWN(yaml_parser_t) parser = {0};
    WIL_REQUIRE(yaml_parser_initialize(&parser) != 0, WIL_ERR_MEMORY, "%s: out of memory", path);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
    int depth = 0, n_anchors = 0;
    for (bool more = true; more;) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0)
            return WIL_OK;
        const yaml_event_type_t type = event.type;
        const int line = (int)event.start_mark.line + 1;
        depth += type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT;
        depth -= type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT;
        n_anchors += has_anchor(&event);
        more = type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        WIL_REQUIRE(depth <= MOST_DEPTH, WIL_ERR_INPUT,
            "%s:%d: lists and sections stand in each other more than %d deep; no settings do", path, line,
            MOST_DEPTH);
        WIL_REQUIRE(n_anchors <= MOST_ANCHORS, WIL_ERR_INPUT,
            "%s:%d: more than %d anchors and aliases (&, *)", path, line, MOST_ANCHORS);
    }
    return WIL_OK;
}

wil_status wil_fields_load(const wil_fields *fields, void *settings, const char *path)
{
    WIL_OWN(char) *text = NULL;
    WIL_OWN(yaml_parser_t) parser = {0};
    WIL_OWN(yaml_document_t) document = {0};
    size_t n = 0;
    WIL_TRY(wil_file_read_most(path, WIL_YAML_MOST, &text, &n));
    WIL_TRY(check_limits(path, text, n));
    WIL_REQUIRE(yaml_parser_initialize(&parser) != 0, WIL_ERR_MEMORY, "%s: out of memory", path);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
    WIL_TRY(parse_document(&document, &parser, path));
    WIL_TRY(check_nothing_follows(&parser, path));
    loader l = {.path = path, .fields = fields, .settings = settings, .document = &document};
    return load_document(&l);
}

/* ---- to YAML ------------------------------------------------------------------------------------------- */

/* A text that YAML would read as something else, or not at all, stands in double quotes. */
static wil_status append_quoted(char **out, const char *value)
{
    WIL_TRY(wil_text_append(out, "\""));
    for (const char *c = value; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == '\x7f')
            WIL_TRY(wil_text_append(out, "\\x%02x", (unsigned)*c));
        else
            WIL_TRY(wil_text_append(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c));
    }
    return wil_text_append(out, "\"");
}

static wil_status append_value(char **out, const wil_field *field, const void *in)
{
    const wil_text_list *list = (const void *)((const char *)in + field->offset);
    WIL_OWN(char) *value = NULL;
    if (field->type == WIL_LIST) {
        for (int i = 0; i < list->n; i++) {
            WIL_TRY(wil_text_append(out, i == 0 ? "[" : ", "));
            WIL_TRY(append_quoted(out, list->items[i]));
        }
        return wil_text_append(out, list->n > 0 ? "]" : "[]");
    }
    WIL_TRY(wil_field_text(&value, field, in));
    return field->type == WIL_TEXT || wil_field_is_path(field) ? append_quoted(out, value)
                                                               : wil_text_append(out, "%s", value);
}

static wil_status append_field(char **out, const wil_field_walk *w, const void *settings)
{
    char choices[160];
    WIL_TRY(wil_text_append(out, "%s%s: ", w->section[0] == '\0' ? "" : "  ", w->field->name));
    WIL_TRY(append_value(out, w->field, (const char *)settings + w->offset));
    if (w->field->type == WIL_CHOICE)
        WIL_TRY(wil_text_append(out, "  # %s: %s", wil_field_choices(choices, w->field), w->field->help));
    else if (w->field->help[0] != '\0')
        WIL_TRY(wil_text_append(out, "  # %s", w->field->help));
    return wil_text_append(out, "\n");
}

static wil_status append_all(
    char **out, const wil_fields *fields, const void *settings, wil_section_used *used)
{
    const char *section = "";
    for (wil_field_walk w = wil_fields_walk(fields); wil_field_next(&w);) {
        if (used != NULL && !used(settings, w.section))
            continue;
        if (strcmp(section, w.section) != 0)
            WIL_TRY(wil_text_append(
                out, "%s%s%s", *out != NULL ? "\n" : "", w.section, w.section[0] != '\0' ? ":\n" : ""));
        section = w.section;
        WIL_TRY(append_field(out, &w, settings));
    }
    return WIL_OK;
}

wil_status wil_fields_yaml(char **out, const wil_fields *fields, const void *settings, wil_section_used *used)
{
    WIL_OWN(char) *text = NULL;
    *out = NULL;
    WIL_TRY(append_all(&text, fields, settings, used));
    return wil_give(out, &text);
}
