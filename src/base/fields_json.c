/* Fields as JSON, and in the metadata of a network's file. */
#include "willis/base_fields.h"

#include <ctype.h>
#include <string.h>

/* ---- JSON ---------------------------------------------------------------------------------------------- */

static json_t *json_numbers(const wil_field *field, const void *in, const void *at)
{
    const int n =
        field->count_offset == 0 ? field->n : *(const int *)((const char *)in + field->count_offset);
    json_t *array = json_array();
    for (int i = 0; i < n; i++)
        (void)json_array_append_new(array, field->type == WIL_INTS ? json_integer(((const int *)at)[i])
                                                                   : wil_json_real(((const double *)at)[i]));
    return array;
}

static json_t *json_texts(const wil_text_list *list)
{
    json_t *array = json_array();
    for (int i = 0; i < list->n; i++)
        (void)json_array_append_new(array, wil_json_text(list->items[i]));
    return array;
}

static json_t *json_word(const wil_field *field, const void *in)
{
    WIL_OWN(char) *text = NULL;
    if (wil_field_text(&text, field, in) != WIL_OK)
        return NULL;
    return text[0] == '\0' ? json_null() : wil_json_text(text);
}

/* What a path leads to: "PATCHES". */
static json_t *json_role(const wil_field *field, const char *path)
{
    char role[64];
    size_t n = 0;
    if (path == NULL || path[0] == '\0')
        return json_null();
    for (; field->name[n] != '\0' && n + 1 < sizeof role; n++)
        role[n] = (char)toupper((unsigned char)field->name[n]);
    return json_stringn(role, n);
}

json_t *wil_field_json(const wil_field *field, const void *in)
{
    const void *at = (const char *)in + field->offset;
    if (field->is_path || wil_field_is_path(field))
        return json_role(field, *(char *const *)at);
    switch (field->type) {
    case WIL_BOOL:
        return json_boolean(*(const bool *)at);
    case WIL_INT:
        return json_integer(*(const int *)at);
    case WIL_I64:
        return json_integer(*(const int64_t *)at);
    case WIL_U64:
        return wil_json_u64(*(const uint64_t *)at);
    case WIL_REAL:
        return wil_json_real(*(const double *)at);
    case WIL_INTS:
    case WIL_REALS:
        return json_numbers(field, in, at);
    case WIL_LIST:
        return json_texts(at);
    default:
        return json_word(field, in);
    }
}

json_t *wil_fields_json(const wil_fields *fields, const void *settings, wil_section_used *used)
{
    json_t *all = json_object();
    for (wil_field_walk w = wil_fields_walk(fields); wil_field_next(&w);) {
        json_t *at = all;
        if (used != NULL && !used(settings, w.section))
            continue;
        if (w.section[0] != '\0') {
            at = json_object_get(all, w.section);
            if (at == NULL && json_object_set_new(all, w.section, at = json_object()) != 0)
                at = NULL;
        }
        if (json_object_set_new(
                at, w.field->name, wil_field_json(w.field, (const char *)settings + w.offset)) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}

/* ---- metadata ------------------------------------------------------------------------------------------ */

wil_status wil_fields_put_metadata(json_t *metadata, const wil_fields *fields, const void *settings)
{
    for (wil_field_walk w = wil_fields_walk(fields); wil_field_next(&w);) {
        WIL_OWN(char) *text = NULL;
        if (!w.field->in_model)
            continue;
        WIL_TRY(wil_field_text(&text, w.field, (const char *)settings + w.offset));
        WIL_REQUIRE(json_object_set_new(metadata, w.field->name, json_string(text)) == 0, WIL_ERR_MEMORY,
            "out of memory for metadata");
    }
    return WIL_OK;
}

wil_status wil_fields_get_metadata(
    const wil_fields *fields, void *settings, const json_t *metadata, const char *path)
{
    for (wil_field_walk w = wil_fields_walk(fields); wil_field_next(&w);) {
        const char *text = json_string_value(json_object_get(metadata, w.field->name));
        char name[128];
        if (!w.field->in_model || (text == NULL && w.field->initial != NULL))
            continue;
        snprintf(name, sizeof name, "the network's '%s'", w.field->name);
        const wil_status status = text == NULL
                                      ? wil_fail(WIL_ERR_ARG, "%s is missing", name)
                                      : wil_field_set(w.field, (char *)settings + w.offset, text, name);
        WIL_REQUIRE(status == WIL_OK || status != WIL_ERR_ARG, WIL_ERR_INPUT,
            "%s: %s; the file is damaged or not from willis train", path, wil_status_message());
        WIL_TRY(status);
    }
    return WIL_OK;
}
