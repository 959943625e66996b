/* Writing safetensors; the layout stands in safetensors_format.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "safetensors_format.h"

/* jansson's allocations fail with NULL or -1; both mean out of memory here. */
static wil_status no_memory(void)
{
    return wil_fail(WIL_ERR_MEMORY, "out of memory for the header of a safetensors file");
}

static wil_status checked_metadata(json_t *header, const json_t *metadata, uint32_t checksum)
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
    char text[NN_CHECKSUM_TEXT];
    nn_checksum_text(text, checksum);
    return json_object_set_new(own, NN_CHECKSUM_NAME, json_string(text)) == 0 ? WIL_OK : no_memory();
}

static wil_status add_entry(json_t *header, const wil_tensor *tensor, size_t begin)
{
    WIL_REQUIRE(strcmp(tensor->name, NN_METADATA_NAME) != 0 && json_object_get(header, tensor->name) == NULL,
        WIL_ERR_ARG, "two tensors are named %s: names must differ", tensor->name);
    json_t *shape = json_array();
    if (shape == NULL)
        return no_memory();
    bool ok = true;
    for (int i = 0; i < tensor->shape.rank; i++)
        ok = json_array_append_new(shape, json_integer(tensor->shape.dim[i])) == 0 && ok;
    const size_t end = begin + nn_tensor_bytes(tensor);
    json_t *entry = json_pack("{s:s,s:o,s:[I,I]}", "dtype", NN_TENSOR_TYPES[tensor->type].dtype, "shape",
        shape, "data_offsets", (json_int_t)begin, (json_int_t)end);
    if (!ok || entry == NULL || json_object_set_new(header, tensor->name, entry) != 0)
        return wil_fail(WIL_ERR_ARG, "tensor name %s cannot be written: it must be UTF-8", tensor->name);
    return WIL_OK;
}

/* The header as text, padded; returned, freed with wil_free. */
static wil_status header_text(
    char **out, size_t *length_out, const wil_tensor *tensors, int n_tensors, const json_t *metadata)
{
    uLong checksum = crc32_z(0, NULL, 0);
    for (int i = 0; i < n_tensors; i++)
        checksum = crc32_z(checksum, tensors[i].data, nn_tensor_bytes(&tensors[i]));
    json_t *header = json_object();
    char *text = NULL;
    wil_status status = header != NULL ? WIL_OK : no_memory();
    if (status == WIL_OK)
        status = checked_metadata(header, metadata, (uint32_t)checksum);
    size_t begin = 0;
    for (int i = 0; status == WIL_OK && i < n_tensors; i++) {
        status = add_entry(header, &tensors[i], begin);
        begin += nn_tensor_bytes(&tensors[i]);
    }
    if (status == WIL_OK) {
        text = json_dumps(header, JSON_COMPACT);
        status = text != NULL ? wil_string_format(out, "%s%*s", text, (int)((8 - strlen(text) % 8) % 8), "")
                              : no_memory();
    }
    free(text); /* jansson's, from malloc */
    json_decref(header);
    if (status == WIL_OK) {
        *length_out = strlen(*out);
        nn_checksum_complete(*out, *length_out);
    }
    return status;
}

static bool write_all(
    FILE *stream, const char *header, size_t length, const wil_tensor *tensors, int n_tensors)
{
    uint64_t n = length;
    bool ok = fwrite(&n, sizeof n, 1, stream) == 1 && fwrite(header, 1, length, stream) == length;
    for (int i = 0; ok && i < n_tensors; i++) {
        size_t bytes = nn_tensor_bytes(&tensors[i]);
        ok = fwrite(tensors[i].data, 1, bytes, stream) == bytes;
    }
    return ok;
}

wil_status wil_tensor_file_write(
    const char *path, const wil_tensor *tensors, int n_tensors, const json_t *metadata)
{
    char *header = NULL;
    size_t length = 0;
    wil_status status = header_text(&header, &length, tensors, n_tensors, metadata);
    if (status != WIL_OK)
        return wil_fail_context(status, "%s", path);
    wil_atomic_file file = {0};
    FILE *stream = NULL;
    WIL_TRY_GOTO(status, wil_atomic_begin(&file, path), done);
    stream = fopen(file.temp_path, "wb");
    bool ok = stream != NULL && write_all(stream, header, length, tensors, n_tensors);
    int reason = errno;
    if (stream != NULL && fclose(stream) != 0 && ok) {
        ok = false;
        reason = errno; /* the last bytes may only now have met a full disk */
    }
    status = ok ? wil_atomic_publish(&file)
                : wil_fail(WIL_ERR_IO, "%s cannot be written: %s; is the disk full?", path, strerror(reason));
done:
    wil_atomic_discard(&file);
    wil_free(header);
    return status;
}
