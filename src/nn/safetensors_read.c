/* Reading safetensors strictly; the layout stands in safetensors_format.h. A file that is not whole, or that
 * could be read in two ways, is refused: a network with half of its weights looks like one that trained
 * badly. */
#define _FILE_OFFSET_BITS 64
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "safetensors_format.h"

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

static wil_status open_file(wil_tensor_reader *r)
{
    WIL_TRY(wil_file_open(&r->stream, r->path));
    off_t size = -1;
    if (fseeko(r->stream, 0, SEEK_END) == 0)
        size = ftello(r->stream);
    WIL_REQUIRE(size >= 0 && size < INT64_MAX && fseeko(r->stream, 0, SEEK_SET) == 0, WIL_ERR_INPUT,
        "%s cannot be read: it is not a regular file", r->path);
    r->file_bytes = (uint64_t)size;
    return WIL_OK;
}

static const char *kept_checksum(const wil_tensor_reader *r)
{
    return json_string_value(json_object_get(json_object_get(r->header, NN_METADATA_NAME), NN_CHECKSUM_NAME));
}

static wil_status check_header(const wil_tensor_reader *r, const char *text, size_t length)
{
    char expected[NN_CHECKSUM_TEXT];
    const char *kept = kept_checksum(r);
    if (kept != NULL && nn_checksum_of_header(expected, text, length) && strcmp(kept, expected) != 0)
        REFUSE(r, "its header has the checksum '%s' but '%s' was written", expected, kept);
    return WIL_OK;
}

static wil_status read_header(wil_tensor_reader *r)
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
    if (fread(text, 1, (size_t)length, r->stream) != length)
        status = refuse(r->path, "its header cannot be read");
    else if (text[0] != '{')
        status = refuse(r->path, "its header does not begin with {");
    else
        status = wil_json_parse(&r->header, text, (size_t)length, "its header");
    if (status == WIL_OK && r->header != NULL)
        status = check_header(r, text, (size_t)length);
    else if (status == WIL_ERR_INPUT)
        status = refuse(r->path, "its header is not JSON (%s)", wil_status_message());
    wil_free(text);
    r->data_bytes = r->file_bytes - sizeof length - length;
    return status;
}

static wil_status parse_type(
    const wil_tensor_reader *r, const char *name, const json_t *dtype, wil_tensor_type *out)
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
    const wil_tensor_reader *r, const char *name, const json_t *dims, size_t size, wil_shape *out)
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

static wil_status parse_entry(
    const wil_tensor_reader *r, const char *name, const json_t *value, nn_tensor_entry *out)
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

static wil_status parse_entries(wil_tensor_reader *r)
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
    uint64_t x = ((const nn_tensor_entry *)a)->begin, y = ((const nn_tensor_entry *)b)->begin;
    return (x > y) - (x < y);
}

/* The ranges, in order, must cover every byte once. */
static wil_status check_tiles(wil_tensor_reader *r)
{
    if (r->n_entries > 1)
        qsort(r->entries, r->n_entries, sizeof *r->entries, compare_begin);
    uint64_t covered = 0;
    for (size_t i = 0; i < r->n_entries; i++) {
        const nn_tensor_entry *e = &r->entries[i];
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

/* Passes over all data and compares their checksum: into memory of each tensor's own (keep), or through one
 * buffer. */
static wil_status read_data(wil_tensor_reader *r, bool keep)
{
    enum { BUFFER = 1 << 16 };
    WIL_OWN(char) *buffer = NULL;
    uLong checksum = crc32_z(0, NULL, 0);
    WIL_TRY(wil_alloc((void **)&buffer, keep ? 1 : BUFFER, 1));
    for (size_t i = 0; i < r->n_entries; i++) {
        wil_tensor *tensor = &r->entries[i].tensor;
        const size_t bytes = nn_tensor_bytes(tensor);
        const size_t piece = keep ? bytes : BUFFER;
        if (keep)
            WIL_TRY(wil_alloc(&tensor->data, bytes, 1));
        for (size_t at = 0; at < bytes; at += piece) {
            const size_t n = bytes - at < piece ? bytes - at : piece;
            void *to = keep ? tensor->data : buffer;
            if (fread(to, 1, n, r->stream) != n)
                REFUSE(r, "the data of tensor %s cannot be read", tensor->name);
            checksum = crc32_z(checksum, to, n);
        }
    }
    const char *kept = kept_checksum(r);
    char digits[16];
    snprintf(digits, sizeof digits, "%08lx", (unsigned long)checksum);
    if (kept != NULL && strncmp(kept, digits, strlen(digits)) != 0)
        REFUSE(r, "its data have the checksum %s but %.8s was written", digits, kept);
    r->checked = kept != NULL;
    return WIL_OK;
}

/* ---- whole files --------------------------------------------------------------------------------------- */

void wil_tensor_reader_close(wil_tensor_reader *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n_entries; i++) {
        wil_free(r->entries[i].tensor.name);
        wil_free(r->entries[i].tensor.data);
    }
    wil_free(r->entries);
    wil_free(r->path);
    json_decref(r->header);
    json_decref(r->metadata);
    if (r->stream != NULL)
        fclose(r->stream);
    wil_free(r);
}

static wil_status take_metadata(wil_tensor_reader *r)
{
    json_t *metadata = json_object_get(r->header, NN_METADATA_NAME);
    r->metadata = metadata != NULL ? json_incref(metadata) : json_object();
    WIL_REQUIRE(r->metadata != NULL, WIL_ERR_MEMORY, "out of memory for the metadata of %s", r->path);
    json_object_del(r->metadata, NN_CHECKSUM_NAME); /* about the file, not for its user */
    return WIL_OK;
}

static wil_status open_reader(wil_tensor_reader **out, const char *path, bool keep)
{
    *out = NULL;
    WIL_OWN(wil_tensor_reader) *r = NULL;
    WIL_TRY(wil_alloc((void **)&r, 1, sizeof *r));
    WIL_TRY(wil_string_copy(&r->path, path));
    WIL_TRY(open_file(r));
    WIL_TRY(read_header(r));
    WIL_TRY(parse_entries(r));
    WIL_TRY(check_tiles(r));
    WIL_TRY(read_data(r, keep));
    WIL_TRY(take_metadata(r));
    return wil_give(out, &r);
}

wil_status wil_tensor_reader_open(wil_tensor_reader **out, const char *path)
{
    return open_reader(out, path, false);
}

bool wil_tensor_reader_is_checked(const wil_tensor_reader *r)
{
    return r->checked;
}

const json_t *wil_tensor_reader_metadata(const wil_tensor_reader *r)
{
    return r->metadata;
}

wil_status nn_reader_load(wil_tensor_reader *r, const nn_tensor_entry *entry, void *to)
{
    const size_t bytes = nn_tensor_bytes(&entry->tensor);
    const off_t at = (off_t)(r->file_bytes - r->data_bytes + entry->begin);
    if (fseeko(r->stream, at, SEEK_SET) != 0 || fread(to, 1, bytes, r->stream) != bytes)
        REFUSE(r, "the data of tensor %s cannot be read", entry->tensor.name);
    return WIL_OK;
}

wil_status wil_tensor_file_read(wil_tensor_file *out, const char *path)
{
    *out = (wil_tensor_file){0};
    WIL_OWN(wil_tensor_reader) *r = NULL;
    WIL_TRY(open_reader(&r, path, true));
    WIL_TRY(wil_alloc((void **)&out->tensors, r->n_entries + 1, sizeof *out->tensors));
    for (size_t i = 0; i < r->n_entries; i++)
        out->tensors[i] = r->entries[i].tensor;
    out->n_tensors = (int)r->n_entries;
    out->checked = r->checked;
    r->n_entries = 0; /* theirs now */
    return wil_give(&out->metadata, &r->metadata);
}
