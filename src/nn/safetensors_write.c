/* Writing safetensors tensor by tensor; the layout stands in safetensors_format.h. The data's checksum, which
 * the header holds, is known when they are written: the header is then written once more. */
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "nn_internal.h"
#include "safetensors_format.h"

/* jansson's allocations fail with NULL or -1; both mean out of memory here. */
static wil_status no_memory(void)
{
    return wil_fail(WIL_ERR_MEMORY, "out of memory for the header of a safetensors file");
}

/* The view in a parameter's clothes, so that its axes can be put in file order. */
static wil_param as_param(const wil_tensor_view *view)
{
    return (wil_param){.shape = view->shape, .layout = view->layout, .value = (float *)view->values};
}

static size_t view_bytes(const wil_tensor_view *view)
{
    return (size_t)wil_shape_count(view->shape) * NN_TENSOR_TYPES[view->type].size;
}

/* ---- header ------------------------------------------------------------------------------------------- */

static wil_status add_metadata(json_t *header, const json_t *metadata)
{
    json_t *own = json_object();
    if (own == NULL || json_object_set_new(header, NN_METADATA_NAME, own) != 0)
        return no_memory();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)metadata, key, value)
    {
        WIL_REQUIRE(json_is_string(value), WIL_ERR_ARG,
            "metadata %s is not text: safetensors keeps text only, so write it as a string", key);
        if (json_object_set(own, key, value) != 0)
            return no_memory();
    }
    return json_object_set_new(own, NN_CHECKSUM_NAME, json_string(nn_checksum_blank())) == 0 ? WIL_OK
                                                                                             : no_memory();
}

static wil_status add_entry(json_t *header, const wil_tensor_view *view, size_t begin)
{
    WIL_REQUIRE(strcmp(view->name, NN_METADATA_NAME) != 0 && json_object_get(header, view->name) == NULL,
        WIL_ERR_ARG, "two tensors are named %s: names must differ", view->name);
    const wil_param param = as_param(view);
    const wil_shape in_file = nn_layout_file_shape(&param);
    json_t *shape = json_array();
    if (shape == NULL)
        return no_memory();
    bool ok = true;
    for (int i = 0; i < in_file.rank; i++)
        ok = json_array_append_new(shape, json_integer(in_file.dim[i])) == 0 && ok;
    json_t *entry = json_pack("{s:s,s:o,s:[I,I]}", "dtype", NN_TENSOR_TYPES[view->type].dtype, "shape", shape,
        "data_offsets", (json_int_t)begin, (json_int_t)(begin + view_bytes(view)));
    if (!ok || entry == NULL || json_object_set_new(header, view->name, entry) != 0)
        return wil_fail(WIL_ERR_ARG, "tensor name %s cannot be written: it must be UTF-8", view->name);
    return WIL_OK;
}

/* The header as text, padded, without checksums; returned, freed with wil_free. */
static wil_status header_text(char **out, const wil_tensor_list *list, const json_t *metadata)
{
    WIL_OWN(json_t) *header = json_object();
    if (header == NULL)
        return no_memory();
    WIL_TRY(add_metadata(header, metadata));
    size_t begin = 0;
    for (int i = 0; i < list->n; i++) {
        WIL_TRY(add_entry(header, &list->views[i], begin));
        begin += view_bytes(&list->views[i]);
    }
    WIL_OWN(char) *text = NULL;
    WIL_TRY(wil_json_format(&text, header, JSON_COMPACT, "the header of a safetensors file"));
    return wil_string_format(out, "%s%*s", text, (int)((8 - strlen(text) % 8) % 8), "");
}

/* ---- file --------------------------------------------------------------------------------------------- */

/* Room for the largest tensor that lies otherwise in the file. */
static wil_status make_scratch(float **out, const wil_tensor_list *list)
{
    int64_t most = 0;
    for (int i = 0; i < list->n; i++) {
        const int64_t n = wil_shape_count(list->views[i].shape);
        if (list->views[i].layout != WIL_LAYOUT_PLAIN && n > most)
            most = n;
    }
    return most > 0 ? wil_alloc_f32(out, (size_t)most) : WIL_OK;
}

static bool write_data(FILE *stream, const wil_tensor_list *list, float *scratch, uint32_t *checksum_out)
{
    uLong checksum = crc32_z(0, NULL, 0);
    bool ok = true;
    for (int i = 0; ok && i < list->n; i++) {
        const wil_tensor_view *view = &list->views[i];
        const size_t bytes = view_bytes(view);
        const void *values = view->values;
        if (view->layout != WIL_LAYOUT_PLAIN) {
            const wil_param param = as_param(view);
            nn_layout_to_file(&param, scratch);
            values = scratch;
        }
        checksum = crc32_z(checksum, values, bytes);
        ok = fwrite(values, 1, bytes, stream) == bytes;
    }
    *checksum_out = (uint32_t)checksum;
    return ok;
}

static bool write_all(FILE *stream, char *header, const wil_tensor_list *list, float *scratch)
{
    const uint64_t n = strlen(header);
    uint32_t checksum = 0;
    if (fwrite(&n, sizeof n, 1, stream) != 1 || fwrite(header, 1, n, stream) != n ||
        !write_data(stream, list, scratch, &checksum))
        return false;
    nn_checksum_complete(header, n, checksum);
    return fseeko(stream, sizeof n, SEEK_SET) == 0 && fwrite(header, 1, n, stream) == n;
}

wil_status wil_tensor_list_write(const wil_tensor_list *list, const char *path, const json_t *metadata)
{
    WIL_OWN(char) *header = NULL;
    WIL_OWN(float) *scratch = NULL;
    wil_atomic_file file = {0};
    WIL_TRY(wil_fail_context(header_text(&header, list, metadata), "%s", path));
    WIL_TRY(make_scratch(&scratch, list));
    WIL_TRY(wil_atomic_begin(&file, path));
    FILE *stream = fopen(file.temp_path, "wb");
    bool ok = stream != NULL && write_all(stream, header, list, scratch);
    int reason = errno;
    if (stream != NULL && fclose(stream) != 0 && ok) {
        ok = false;
        reason = errno; /* the last bytes may only now have met a full disk */
    }
    const wil_status status =
        ok ? wil_atomic_publish(&file)
           : wil_fail(WIL_ERR_IO, "%s cannot be written: %s; is the disk full?", path, strerror(reason));
    wil_atomic_discard(&file);
    return status;
}

wil_status wil_tensor_file_write(
    const char *path, const wil_tensor *tensors, int n_tensors, const json_t *metadata)
{
    WIL_OWN(wil_tensor_list) list = {0};
    for (int i = 0; i < n_tensors; i++)
        WIL_TRY(wil_tensor_list_add(
            &list, tensors[i].type, tensors[i].shape, tensors[i].data, "%s", tensors[i].name));
    return wil_tensor_list_write(&list, path, metadata);
}
