/* Reading safetensors strictly; the layout stands in safetensors_format.h. A file that is not whole, or that
 * could be read in two ways, is refused: a network with half of its weights looks like one that trained
 * badly. */
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "safetensors_format.h"

typedef struct entry {
    wil_tensor tensor; /* data NULL until it is read */
    uint64_t begin, end;
} entry;

typedef struct reading {
    const char *path;
    FILE *stream;
    uint64_t file_bytes, data_bytes;
    json_t *header;
    bool checked; /* a checksum was kept */
    entry *entries;
    size_t n_entries;
} reading;

#define REFUSE(r, ...) return refuse((r)->path, __VA_ARGS__)

static wil_status refuse(const char *path, const char *format, ...) WIL_PRINTF(2, 3);
static wil_status refuse(const char *path, const char *format, ...)
{
    char defect[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(defect, sizeof defect, format, arguments);
    va_end(arguments);
    return wil_fail(WIL_ERR_INPUT,
        "%s is not a whole safetensors file: %s; restore it from a copy or save it again", path, defect);
}

static wil_status open_file(reading *r)
{
    r->stream = fopen(r->path, "rb");
    WIL_REQUIRE(r->stream != NULL, WIL_ERR_INPUT, "%s cannot be opened: %s", r->path, strerror(errno));
    off_t size = -1;
    if (fseeko(r->stream, 0, SEEK_END) == 0)
        size = ftello(r->stream);
    WIL_REQUIRE(size >= 0 && size < INT64_MAX && fseeko(r->stream, 0, SEEK_SET) == 0, WIL_ERR_INPUT,
        "%s cannot be read: it is not a regular file", r->path);
    r->file_bytes = (uint64_t)size;
    return WIL_OK;
}

static const char *kept_checksum(const reading *r)
{
    return json_string_value(json_object_get(json_object_get(r->header, NN_METADATA_NAME), NN_CHECKSUM_NAME));
}

static wil_status check_header(const reading *r, const char *text, size_t length)
{
    char expected[NN_CHECKSUM_TEXT];
    const char *kept = kept_checksum(r);
    if (kept != NULL && nn_checksum_of_header(expected, text, length) && strcmp(kept, expected) != 0)
        REFUSE(r, "its header has the checksum '%s' but '%s' was written", expected, kept);
    return WIL_OK;
}

static wil_status read_header(reading *r)
{
    uint64_t length = 0;
    if (r->file_bytes < sizeof length || fread(&length, sizeof length, 1, r->stream) != 1)
        REFUSE(r, "it has %" PRIu64 " bytes, less than the 8 of the header's length", r->file_bytes);
    if (length > NN_HEADER_MAX)
        REFUSE(
            r, "its header would be %" PRIu64 " bytes long, more than the %d allowed", length, NN_HEADER_MAX);
    if (length > r->file_bytes - sizeof length)
        REFUSE(r, "its header of %" PRIu64 " bytes is cut off after %" PRIu64, length,
            r->file_bytes - sizeof length);
    char *text = NULL;
    WIL_TRY(wil_alloc((void **)&text, (size_t)length + 1, 1));
    wil_status status = WIL_OK;
    json_error_t error;
    if (fread(text, 1, (size_t)length, r->stream) != length)
        status = refuse(r->path, "its header cannot be read");
    else if (text[0] != '{')
        status = refuse(r->path, "its header does not begin with {");
    else if ((r->header = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, &error)) == NULL)
        status = refuse(r->path, "its header is not JSON: %s (byte %d)", error.text, error.position);
    else
        status = check_header(r, text, (size_t)length);
    wil_free(text);
    r->data_bytes = r->file_bytes - sizeof length - length;
    return status;
}

static wil_status parse_type(const reading *r, const char *name, const json_t *dtype, wil_tensor_type *out)
{
    const char *text = json_string_value(dtype);
    for (int i = 0; text != NULL && i < NN_N_TENSOR_TYPES; i++) {
        if (strcmp(text, NN_TENSOR_TYPES[i].dtype) == 0) {
            *out = (wil_tensor_type)i;
            return WIL_OK;
        }
    }
    return wil_fail(WIL_ERR_INPUT, "%s: tensor %s has dtype %s; F32, F64, I64 and U8 are read: convert it",
        r->path, name, text != NULL ? text : "that is not text");
}

/* Also checks that the number of bytes cannot overflow. */
static wil_status parse_shape(
    const reading *r, const char *name, const json_t *dims, size_t size, wil_shape *out)
{
    if (!json_is_array(dims) || json_array_size(dims) > WIL_MAX_RANK)
        REFUSE(r, "the shape of tensor %s is not a list of at most %d sizes", name, WIL_MAX_RANK);
    out->rank = (int)json_array_size(dims);
    uint64_t bytes = size;
    for (int i = 0; i < out->rank; i++) {
        const json_t *dim = json_array_get(dims, (size_t)i);
        json_int_t value = json_integer_value(dim);
        if (!json_is_integer(dim) || value < 1 || (uint64_t)value > INT64_MAX / bytes)
            REFUSE(r, "size %d of tensor %s is impossible", i, name);
        bytes *= (uint64_t)value;
        out->dim[i] = value;
    }
    return WIL_OK;
}

static wil_status parse_entry(const reading *r, const char *name, const json_t *value, entry *out)
{
    const json_t *offsets = json_object_get(value, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (!json_is_object(value) || json_object_size(value) != 3 || json_array_size(offsets) != 2 ||
        !json_is_integer(begin) || !json_is_integer(end))
        REFUSE(r, "tensor %s is not described by dtype, shape and data_offsets [begin, end]", name);
    WIL_TRY(parse_type(r, name, json_object_get(value, "dtype"), &out->tensor.type));
    size_t size = NN_TENSOR_TYPES[out->tensor.type].size;
    WIL_TRY(parse_shape(r, name, json_object_get(value, "shape"), size, &out->tensor.shape));
    json_int_t from = json_integer_value(begin), to = json_integer_value(end);
    if (from < 0 || to < from || (uint64_t)to > r->data_bytes)
        REFUSE(r, "tensor %s lies at [%lld, %lld] but there are %" PRIu64 " bytes of data", name,
            (long long)from, (long long)to, r->data_bytes);
    out->begin = (uint64_t)from;
    out->end = (uint64_t)to;
    size_t bytes = nn_tensor_bytes(&out->tensor);
    if (out->end - out->begin != bytes)
        REFUSE(r, "tensor %s lies at [%lld, %lld], %" PRIu64 " bytes, but its shape and dtype need %zu", name,
            (long long)from, (long long)to, out->end - out->begin, bytes);
    return wil_string_copy(&out->tensor.name, name);
}

static wil_status parse_entries(reading *r)
{
    if (!json_is_object(r->header))
        REFUSE(r, "its header is not a JSON object");
    WIL_TRY(wil_alloc((void **)&r->entries, json_object_size(r->header) + 1, sizeof *r->entries));
    const char *name;
    json_t *value;
    json_object_foreach(r->header, name, value)
    {
        if (strcmp(name, NN_METADATA_NAME) != 0)
            WIL_TRY(parse_entry(r, name, value, &r->entries[r->n_entries++]));
    }
    const json_t *metadata = json_object_get(r->header, NN_METADATA_NAME);
    if (metadata != NULL && !json_is_object(metadata))
        REFUSE(r, "its metadata are not a JSON object");
    json_object_foreach((json_t *)metadata, name, value)
    {
        if (!json_is_string(value))
            REFUSE(r, "its metadata %s is not text", name);
    }
    return WIL_OK;
}

static int compare_begin(const void *a, const void *b)
{
    uint64_t x = ((const entry *)a)->begin, y = ((const entry *)b)->begin;
    return (x > y) - (x < y);
}

/* The ranges, in order, must cover every byte once. */
static wil_status check_tiles(reading *r)
{
    if (r->n_entries > 1)
        qsort(r->entries, r->n_entries, sizeof *r->entries, compare_begin);
    uint64_t covered = 0;
    for (size_t i = 0; i < r->n_entries; i++) {
        const entry *e = &r->entries[i];
        if (e->begin < covered)
            REFUSE(r, "tensors %s and %s overlap", r->entries[i - 1].tensor.name, e->tensor.name);
        if (e->begin > covered)
            REFUSE(r, "bytes %" PRIu64 " to %" PRIu64 " of its data belong to no tensor", covered, e->begin);
        covered = e->end;
    }
    if (covered != r->data_bytes)
        REFUSE(r, "bytes %" PRIu64 " to %" PRIu64 " of its data belong to no tensor", covered, r->data_bytes);
    return WIL_OK;
}

static wil_status read_data(reading *r)
{
    uLong checksum = crc32_z(0, NULL, 0);
    for (size_t i = 0; i < r->n_entries; i++) {
        wil_tensor *tensor = &r->entries[i].tensor;
        size_t bytes = nn_tensor_bytes(tensor);
        WIL_TRY(wil_alloc(&tensor->data, bytes, 1));
        if (fread(tensor->data, 1, bytes, r->stream) != bytes)
            REFUSE(r, "the data of tensor %s cannot be read", tensor->name);
        checksum = crc32_z(checksum, tensor->data, bytes);
    }
    const char *kept = kept_checksum(r);
    char digits[16];
    snprintf(digits, sizeof digits, "%08lx", (unsigned long)checksum);
    if (kept != NULL && strncmp(kept, digits, strlen(digits)) != 0)
        REFUSE(r, "its data have the checksum %s but %.8s was written", digits, kept);
    r->checked = kept != NULL;
    return WIL_OK;
}

static wil_status hand_over(wil_tensor_file *out, reading *r)
{
    json_t *metadata = json_object_get(r->header, NN_METADATA_NAME);
    metadata = metadata != NULL ? json_incref(metadata) : json_object();
    WIL_REQUIRE(metadata != NULL, WIL_ERR_MEMORY, "out of memory for the metadata of %s", r->path);
    json_object_del(metadata, NN_CHECKSUM_NAME); /* about the file, not for its user */
    void *list = NULL;
    wil_status status = wil_alloc(&list, r->n_entries + 1, sizeof *out->tensors);
    if (status != WIL_OK) {
        json_decref(metadata);
        return status;
    }
    *out = (wil_tensor_file){
        .tensors = list, .n_tensors = (int)r->n_entries, .metadata = metadata, .checked = r->checked};
    for (size_t i = 0; i < r->n_entries; i++)
        out->tensors[i] = r->entries[i].tensor;
    r->n_entries = 0; /* theirs now */
    return WIL_OK;
}

wil_status wil_tensor_file_read(wil_tensor_file *out, const char *path)
{
    *out = (wil_tensor_file){0};
    reading r = {.path = path};
    wil_status status;
    WIL_TRY_GOTO(status, open_file(&r), done);
    WIL_TRY_GOTO(status, read_header(&r), done);
    WIL_TRY_GOTO(status, parse_entries(&r), done);
    WIL_TRY_GOTO(status, check_tiles(&r), done);
    WIL_TRY_GOTO(status, read_data(&r), done);
    WIL_TRY_GOTO(status, hand_over(out, &r), done);
done:
    for (size_t i = 0; i < r.n_entries; i++) {
        wil_free(r.entries[i].tensor.name);
        wil_free(r.entries[i].tensor.data);
    }
    wil_free(r.entries);
    json_decref(r.header);
    if (r.stream != NULL)
        fclose(r.stream);
    return status;
}
