/* Lists of named arrays that lie elsewhere: what a checkpoint is written from and read into. */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "nn_internal.h"
#include "safetensors_format.h"

void wil_tensor_list_clear(wil_tensor_list *list)
{
    for (int i = 0; i < list->n; i++)
        wil_free(list->views[i].name);
    wil_free(list->views);
    *list = (wil_tensor_list){0};
}

wil_status wil_tensor_list_add(
    wil_tensor_list *list, wil_tensor_type type, wil_shape shape, void *values, const char *name_format, ...)
{
    char name[512];
    va_list arguments;
    va_start(arguments, name_format);
    const int length = vsnprintf(name, sizeof name, name_format, arguments);
    va_end(arguments);
    WIL_REQUIRE(
        length >= 0 && length < (int)sizeof name, WIL_ERR_ARG, "a tensor's name is too long: %s", name);
    WIL_TRY(wil_grow((void **)&list->views, &list->capacity, (size_t)list->n + 1, sizeof *list->views));
    list->views[list->n] = (wil_tensor_view){.type = type, .shape = shape, .values = values};
    WIL_TRY(wil_string_copy(&list->views[list->n].name, name));
    list->n++;
    return WIL_OK;
}

const char *wil_tensor_list_not_finite(const wil_tensor_list *list)
{
    for (int i = 0; i < list->n; i++) {
        const float *values = list->views[i].values;
        const int64_t n = list->views[i].type == WIL_TENSOR_F32 ? wil_shape_count(list->views[i].shape) : 0;
        for (int64_t k = 0; k < n; k++)
            if (!isfinite(values[k]))
                return list->views[i].name;
    }
    return NULL;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static const nn_tensor_entry *find_entry(const wil_tensor_reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->n_entries; i++)
        if (strcmp(reader->entries[i].tensor.name, name) == 0)
            return &reader->entries[i];
    return NULL;
}

static wil_status check_view(wil_tensor_view *view, const wil_tensor_reader *reader)
{
    const wil_param param = {.shape = view->shape, .layout = view->layout};
    const wil_shape wanted = nn_layout_file_shape(&param);
    const nn_tensor_entry *entry = find_entry(reader, view->name);
    char is[96], should[96];
    view->found = entry != NULL;
    if (!view->found && view->optional)
        return WIL_OK;
    wil_shape_text(wanted, should, sizeof should);
    WIL_REQUIRE(view->found, WIL_ERR_INPUT,
        "tensor %s, %s of shape %s, is missing: the file is of another architecture or optimiser", view->name,
        NN_TENSOR_TYPES[view->type].dtype, should);
    const wil_tensor *tensor = &entry->tensor;
    WIL_REQUIRE(tensor->type == view->type, WIL_ERR_INPUT, "tensor %s is not of dtype %s: convert it",
        view->name, NN_TENSOR_TYPES[view->type].dtype);
    WIL_REQUIRE(wil_shape_equal(tensor->shape, wanted), WIL_ERR_INPUT,
        "tensor %s has shape %s but %s is needed: the file is of another architecture", view->name,
        wil_shape_text(tensor->shape, is, sizeof is), should);
    return WIL_OK;
}

/* Whether the list has the name; *prefix_out: or one that is the same up to its first dot. */
static bool has_name(const wil_tensor_list *list, const char *name, bool *prefix_out)
{
    const size_t prefix = strcspn(name, ".");
    *prefix_out = false;
    for (int i = 0; i < list->n; i++) {
        if (strcmp(list->views[i].name, name) == 0)
            return true;
        *prefix_out = *prefix_out || (strcspn(list->views[i].name, ".") == prefix &&
                                         strncmp(list->views[i].name, name, prefix) == 0);
    }
    return false;
}

static wil_status check_nothing_is_left(const wil_tensor_list *list, const wil_tensor_reader *reader)
{
    for (size_t i = 0; i < reader->n_entries; i++) {
        const char *name = reader->entries[i].tensor.name;
        bool has_prefix = false;
        WIL_REQUIRE(has_name(list, name, &has_prefix) || !has_prefix, WIL_ERR_INPUT,
            "tensor %s belongs to nothing here: the file is of another architecture or optimiser", name);
    }
    return WIL_OK;
}

static wil_status fill_view(const wil_tensor_view *view, wil_tensor_reader *reader)
{
    const nn_tensor_entry *entry = find_entry(reader, view->name);
    const wil_param param = {.shape = view->shape, .layout = view->layout};
    WIL_OWN(float) *in_file = NULL;
    if (view->layout == WIL_LAYOUT_PLAIN)
        return nn_reader_load(reader, entry, view->values);
    WIL_TRY(wil_alloc_f32(&in_file, (size_t)wil_shape_count(view->shape)));
    WIL_TRY(nn_reader_load(reader, entry, in_file));
    nn_layout_from_file(&param, in_file, view->values);
    return WIL_OK;
}

wil_status wil_tensor_list_read(wil_tensor_list *list, wil_tensor_reader *reader, bool all)
{
    for (int i = 0; i < list->n; i++)
        WIL_TRY(check_view(&list->views[i], reader));
    if (all)
        WIL_TRY(check_nothing_is_left(list, reader));
    for (int i = 0; i < list->n; i++)
        if (list->views[i].found)
            WIL_TRY(fill_view(&list->views[i], reader));
    return WIL_OK;
}
