#include "hdf5_string.h"

#include <string.h>

#include "hdf5_heap.h"

#define PIECE_BYTES 1048576 /* of names or references to them in memory at a time */

hid_t hdf5_string_type(size_t size, H5T_str_t padding, H5T_cset_t charset)
{
    const hid_t type = h5.Tcopy(H5T_C_S1);
    if (type < 0)
        return type;
    if (h5.Tset_size(type, size) < 0 || h5.Tset_strpad(type, padding) < 0 ||
        h5.Tset_cset(type, charset) < 0) {
        (void)h5.Tclose(type);
        return -1;
    }
    return type;
}

wil_status hdf5_strings_write(hid_t file, const char *path, const char *name, char *const *strings, size_t n)
{
    size_t length = 1;
    for (size_t i = 0; i < n; i++)
        length = strlen(strings[i]) > length ? strlen(strings[i]) : length;
    WIL_REQUIRE(length <= HDF5_MOST_NAME, WIL_ERR_ARG,
        "%s: a name for /%s has %zu bytes; at most %d can be read again", path, name, length, HDF5_MOST_NAME);
    WIL_OWN(char) *packed = NULL;
    WIL_TRY(wil_alloc((void **)&packed, n * length + 1, 1));
    for (size_t i = 0; i < n; i++)
        memcpy(packed + i * length, strings[i], strlen(strings[i])); /* padded with the zeros of the buffer */
    const hsize_t dims = n;
    WIL_OWN(hid_t) type = hdf5_string_type(length, H5T_STR_NULLPAD, H5T_CSET_UTF8);
    WIL_OWN(hid_t) space = h5.Screate_simple(1, &dims, NULL);
    return hdf5_dataset_write(file, path, name, type, type, space, packed);
}

/* ---- reading: fixed length ---------------------------------------------------------------------------- */

static wil_status cannot_read(const hdf5_array *array)
{
    return hdf5_fail(
        WIL_ERR_INPUT, "%s: cannot read /%s: the file is damaged", array->file.path, array->name);
}

static wil_status read_piece(const hdf5_array *array, hid_t type, int64_t first, int64_t n, char *text)
{
    const hsize_t begin = (hsize_t)first;
    const hsize_t count = (hsize_t)n;
    WIL_OWN(hid_t) in_file = h5.Dget_space(array->dataset);
    WIL_OWN(hid_t) in_memory = h5.Screate_simple(1, &count, NULL);
    const bool done = in_file >= 0 && in_memory >= 0 &&
                      h5.Sselect_hyperslab(in_file, H5S_SELECT_SET, &begin, NULL, &count, NULL) >= 0 &&
                      h5.Dread(array->dataset, type, in_memory, in_file, H5P_DEFAULT, text) >= 0;
    return done ? WIL_OK : cannot_read(array);
}

static wil_status each_fixed(const hdf5_array *array, hid_t stored, hdf5_string_taker take, void *user)
{
    const int64_t n = (int64_t)array->dims[0];
    WIL_REQUIRE(array->item_bytes <= HDF5_MOST_NAME, WIL_ERR_INPUT,
        "%s: /%s holds names of %zu bytes; at most %d are read", array->file.path, array->name,
        array->item_bytes, HDF5_MOST_NAME);
    const size_t length = array->item_bytes + 1; /* room for a zero byte */
    const int64_t most = (int64_t)(PIECE_BYTES / length);
    const int64_t step = n < most ? n : most;
    WIL_OWN(char) *text = NULL;
    WIL_TRY(wil_alloc((void **)&text, (size_t)step, length));
    WIL_OWN(hid_t) type = hdf5_string_type(length, H5T_STR_NULLTERM, h5.Tget_cset(stored));
    if (type < 0)
        return cannot_read(array);
    for (int64_t first = 0; first < n; first += step) {
        const int64_t now = n - first < step ? n - first : step;
        WIL_TRY(read_piece(array, type, first, now, text));
        for (int64_t i = 0; i < now; i++)
            WIL_TRY(take(user, first + i, text + (size_t)i * length));
    }
    return WIL_OK;
}

/* ---- reading: variable length ------------------------------------------------------------------------- */

typedef struct names_reader {
    const hdf5_array *array;
    hdf5_string_taker take;
    void *user;
    hdf5_heap heap;
    uint64_t n_text; /* bytes so far; the file holds each name for itself */
    char *name;      /* [HDF5_MOST_NAME + 1] */
} names_reader;

static void names_reader_clear(names_reader *reader)
{
    hdf5_heap_clear(&reader->heap);
    wil_free(reader->name);
}
WIL_OWNED_VALUE(names_reader, names_reader_clear)

static wil_status take_references(
    names_reader *reader, int64_t first, int64_t n, const unsigned char *references)
{
    const hdf5_file *file = &reader->array->file;
    char what[128];
    snprintf(what, sizeof what, "/%s", reader->array->name);
    for (int64_t i = 0; i < n; i++) {
        const char *text = NULL;
        size_t length = 0;
        WIL_TRY(
            hdf5_heap_text(&reader->heap, file, references + HDF5_REFERENCE_BYTES * i, what, &text, &length));
        WIL_REQUIRE(length <= HDF5_MOST_NAME, WIL_ERR_INPUT,
            "%s: %s holds a name of %zu bytes; at most %d are read", file->path, what, length,
            HDF5_MOST_NAME);
        reader->n_text += length;
        WIL_REQUIRE(reader->n_text <= file->n_bytes, WIL_ERR_INPUT,
            "%s: the names in %s are longer than the whole file, so many share one text: damaged, or made to "
            "exhaust the memory; write the names again",
            file->path, what);
        memcpy(reader->name, text, length);
        reader->name[length] = '\0';
        WIL_TRY(reader->take(reader->user, first + i, reader->name));
    }
    return WIL_OK;
}

/* A piece of references that lie one behind the other; at is HADDR_UNDEF where none were ever written. */
static wil_status take_contiguous(names_reader *reader, haddr_t at, unsigned char *references)
{
    const int64_t n = (int64_t)reader->array->dims[0];
    const int64_t most = PIECE_BYTES / HDF5_REFERENCE_BYTES;
    const hdf5_file *file = &reader->array->file;
    for (int64_t first = 0; first < n; first += most) {
        const int64_t now = n - first < most ? n - first : most;
        if (at != HADDR_UNDEF) /* which counts from the file's first byte */
            WIL_TRY(hdf5_file_read(file, at - file->base + HDF5_REFERENCE_BYTES * (uint64_t)first,
                HDF5_REFERENCE_BYTES * (uint64_t)now, references));
        WIL_TRY(take_references(reader, first, now, references));
    }
    return WIL_OK;
}

static wil_status take_chunks(names_reader *reader, hsize_t chunk, unsigned char *references)
{
    const hdf5_array *array = reader->array;
    const hsize_t n = array->dims[0];
    WIL_REQUIRE(chunk > 0 && chunk <= PIECE_BYTES / HDF5_REFERENCE_BYTES, WIL_ERR_INPUT,
        "%s: /%s is stored in chunks of %llu names; at most %d are read", array->file.path, array->name,
        (unsigned long long)chunk, PIECE_BYTES / HDF5_REFERENCE_BYTES);
    for (hsize_t first = 0; first < n; first += chunk) {
        hsize_t stored = 0;
        uint32_t mask = 0;
        if (h5.Dget_chunk_storage_size(array->dataset, &first, &stored) < 0)
            stored = 0; /* a chunk that was never written */
        WIL_REQUIRE(stored == 0 || stored == chunk * HDF5_REFERENCE_BYTES, WIL_ERR_INPUT,
            "%s: cannot read /%s: the file is damaged", array->file.path, array->name);
        memset(references, 0, chunk * HDF5_REFERENCE_BYTES);
        if (stored > 0 && h5.Dread_chunk(array->dataset, H5P_DEFAULT, &first, &mask, references) < 0)
            return cannot_read(array);
        WIL_TRY(take_references(
            reader, (int64_t)first, (int64_t)(n - first < chunk ? n - first : chunk), references));
    }
    return WIL_OK;
}

static wil_status take_by_layout(names_reader *reader, hid_t plist, unsigned char *references)
{
    const hdf5_array *array = reader->array;
    const H5D_layout_t layout = h5.Pget_layout(plist);
    hsize_t chunk = 0;
    WIL_REQUIRE(layout == H5D_CONTIGUOUS || (layout == H5D_CHUNKED && h5.Pget_nfilters(plist) == 0),
        WIL_ERR_INPUT,
        "%s: /%s holds names of variable length that are compressed or compact; write them as they are, or "
        "with a fixed length",
        array->file.path, array->name);
    if (layout == H5D_CONTIGUOUS)
        return take_contiguous(reader, h5.Dget_offset(array->dataset), references);
    if (h5.Pget_chunk(plist, 1, &chunk) != 1)
        return cannot_read(array);
    return take_chunks(reader, chunk, references);
}

static wil_status each_variable(const hdf5_array *array, hdf5_string_taker take, void *user)
{
    WIL_OWN(names_reader) reader = {.array = array, .take = take, .user = user};
    WIL_OWN(uint8_t) *references = NULL;
    WIL_OWN(hid_t) plist = h5.Dget_create_plist(array->dataset);
    if (plist < 0)
        return cannot_read(array);
    WIL_TRY(wil_alloc_u8(&references, PIECE_BYTES));
    WIL_TRY(wil_alloc((void **)&reader.name, HDF5_MOST_NAME + 1, 1));
    return take_by_layout(&reader, plist, references);
}

wil_status hdf5_strings_each(const hdf5_array *array, hdf5_string_taker take, void *user)
{
    WIL_OWN(hid_t) stored = h5.Dget_type(array->dataset);
    if (stored < 0)
        return cannot_read(array);
    return h5.Tis_variable_str(stored) > 0 ? each_variable(array, take, user)
                                           : each_fixed(array, stored, take, user);
}
