/* Tables of fields: going through them, defaults, one value by its name, what a struct holds. */
#include "willis/base_fields.h"

#include <assert.h>
#include <string.h>

#define MOST_NAMES 256

/* ---- going through ------------------------------------------------------------------------------------- */

wil_field_walk wil_fields_walk(const wil_fields *fields)
{
    return (wil_field_walk){.section = "", .number = -1, .level[0].fields = fields};
}

static const char *section_of(const wil_field_walk *walk)
{
    for (int i = walk->depth; i > 0; i--)
        if (walk->level[i].entry->name != NULL)
            return walk->level[i].entry->name;
    return "";
}

bool wil_field_next(wil_field_walk *walk)
{
    for (;;) {
        const int depth = walk->depth;
        if (walk->level[depth].next == walk->level[depth].fields->n) {
            if (depth == 0)
                return false;
            walk->depth--;
            continue;
        }
        const wil_field *field = &walk->level[depth].fields->list[walk->level[depth].next++];
        const size_t offset = walk->level[depth].offset;
        if (field->type == WIL_SECTION) {
            assert(depth + 1 < (int)(sizeof walk->level / sizeof walk->level[0]));
            walk->depth++;
            walk->level[walk->depth].fields = field->fields;
            walk->level[walk->depth].entry = field;
            walk->level[walk->depth].offset = offset + field->offset;
            walk->level[walk->depth].next = 0;
            continue;
        }
        walk->field = field;
        walk->offset = offset;
        walk->section = section_of(walk);
        walk->number++;
        snprintf(walk->name, sizeof walk->name, "%s%s%s", walk->section, walk->section[0] == '\0' ? "" : ".",
            field->name);
        return true;
    }
}

/* Whether text, of n letters, is the word, or the other one. */
static bool is_either(const char *text, size_t n, const char *word, const char *other)
{
    return (strlen(word) == n && memcmp(word, text, n) == 0) ||
           (other != NULL && strlen(other) == n && memcmp(other, text, n) == 0);
}

static bool is_named(const wil_field_walk *walk, const char *name)
{
    if (strcmp(walk->name, name) == 0)
        return true;
    if (walk->section[0] == '\0')
        return is_either(name, strlen(name), walk->field->name, walk->field->also);
    const char *dot = strchr(name, '.');
    const wil_field *entry = walk->level[walk->depth].entry;
    return dot != NULL && is_either(name, (size_t)(dot - name), walk->section, entry->also) &&
           is_either(dot + 1, strlen(dot + 1), walk->field->name, walk->field->also);
}

wil_status wil_field_find(wil_field_walk *out, const wil_fields *fields, const char *name)
{
    char texts[MOST_NAMES][sizeof out->name];
    const char *names[MOST_NAMES];
    int n = 0;
    *out = wil_fields_walk(fields);
    while (wil_field_next(out)) {
        if (is_named(out, name))
            return WIL_OK;
        if (n < MOST_NAMES)
            names[n] = strcpy(texts[n], out->name), n++;
    }
    const char *near = wil_nearest_word(name, names, n);
    WIL_REQUIRE(near == NULL, WIL_ERR_ARG, "unknown key '%s'; did you mean '%s'?", name, near);
    return wil_fail(WIL_ERR_ARG, "unknown key '%s'; 'willis config defaults' lists all keys", name);
}

/* ---- whole structs ------------------------------------------------------------------------------------- */

static wil_status set_initial(const wil_field *field, char *in)
{
    if (field->initial == NULL || field->type == WIL_LIST)
        return WIL_OK;
    if (field->type != WIL_REALS || field->count_offset == 0 || field->initial[0] != '\0')
        return wil_field_set(field, in, field->initial, field->name);
    return WIL_OK;
}

wil_status wil_fields_defaults(const wil_fields *fields, void *settings)
{
    memset(settings, 0, fields->size); /* after a failure the texts can be freed */
    for (wil_field_walk w = wil_fields_walk(fields); wil_field_next(&w);)
        WIL_TRY(set_initial(w.field, (char *)settings + w.offset));
    return WIL_OK;
}

void wil_fields_defaults_of_numbers(const wil_fields *fields, void *settings)
{
    const wil_status status = wil_fields_defaults(fields, settings);
    assert(status == WIL_OK); /* a table of ours, which the tests go through */
    (void)status;
}

wil_status wil_fields_assign(const wil_fields *fields, void *settings, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    wil_field_walk w;
    WIL_OWN(char) *name = NULL;
    WIL_REQUIRE(equals != NULL && equals > assignment, WIL_ERR_ARG,
        "'%s': expected key=value, as in gan.filters=32", assignment);
    WIL_TRY(wil_string_format(&name, "%.*s", (int)(equals - assignment), assignment));
    WIL_TRY(wil_field_find(&w, fields, name));
    return wil_field_set(w.field, (char *)settings + w.offset, equals + 1, w.name);
}

wil_status wil_fields_check(const wil_fields *fields, const void *settings)
{
    for (wil_field_walk w = wil_fields_walk(fields); wil_field_next(&w);)
        WIL_TRY(wil_field_check(w.field, (const char *)settings + w.offset, w.name));
    return WIL_OK;
}

bool wil_field_is_path(const wil_field *field)
{
    return field->type >= WIL_INPUT && field->type <= WIL_OUTPUT_FOLDER;
}

void wil_fields_clear(const wil_fields *fields, void *settings)
{
    for (wil_field_walk w = wil_fields_walk(fields); wil_field_next(&w);) {
        void *at = (char *)settings + w.offset + w.field->offset;
        wil_text_list *list = at;
        if (w.field->type == WIL_TEXT || wil_field_is_path(w.field)) {
            wil_free(*(char **)at);
            *(char **)at = NULL;
        }
        if (w.field->type != WIL_LIST)
            continue;
        for (int i = 0; i < list->n; i++)
            wil_free(list->items[i]);
        wil_free(list->items);
        *list = (wil_text_list){0};
    }
}
