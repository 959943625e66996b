#include "hdf5_chunk.h"

#include <zlib.h>

#define CHECKSUM 4   /* bytes that fletcher32 adds */
#define WINDOW 16384 /* bytes unpacked at a time; what they are does not matter */

typedef struct chunk_check {
    const hdf5_file *file;
    const char *name;
    hid_t dataset;
    int rank;
    hsize_t dims[H5S_MAX_RANK], chunk[H5S_MAX_RANK];
    uint64_t n_bytes; /* of a full chunk */
    int deflate;      /* the filter's place in the pipeline; -1: none */
    int checksum;
    unsigned char *stored; /* [capacity] */
    size_t capacity;
    unsigned char window[WINDOW];
} chunk_check;

/* Whether the n bytes in `stored` unpack to exactly `expected`. */
static bool unpacks_to(chunk_check *c, uint64_t n, uint64_t expected)
{
    z_stream stream = {.next_in = c->stored, .avail_in = (uInt)n};
    int result = inflateInit(&stream);
    uint64_t total = 0;
    while (result == Z_OK && total <= expected) {
        stream.next_out = c->window;
        stream.avail_out = WINDOW;
        result = inflate(&stream, Z_NO_FLUSH);
        total += WINDOW - stream.avail_out;
    }
    (void)inflateEnd(&stream);
    return result == Z_STREAM_END && total == expected;
}

/* A filter that did not make the chunk smaller was left out, which its bit of the mask says. */
static bool is_full(chunk_check *c, uint64_t n, uint32_t mask)
{
    const bool packed = c->deflate >= 0 && (mask >> c->deflate & 1) == 0;
    const bool summed = c->checksum >= 0 && (mask >> c->checksum & 1) == 0;
    const uint64_t sum = summed ? CHECKSUM : 0;
    if (!packed)
        return n == c->n_bytes + sum;
    if (c->checksum < c->deflate) /* the sum is packed too */
        return unpacks_to(c, n, c->n_bytes + sum);
    return n > sum && unpacks_to(c, n - sum, c->n_bytes);
}

static wil_status check_one(chunk_check *c, const hsize_t *at)
{
    hsize_t n = 0;
    uint32_t mask = 0;
    if (h5.Dget_chunk_storage_size(c->dataset, at, &n) < 0 || n == 0)
        return WIL_OK; /* never written */
    WIL_REQUIRE(n <= c->file->n_bytes && n <= UINT32_MAX, WIL_ERR_INPUT,
        "%s: cannot read /%s: the file is damaged", c->file->path, c->name);
    WIL_TRY(wil_grow((void **)&c->stored, &c->capacity, (size_t)n, 1));
    if (h5.Dread_chunk(c->dataset, H5P_DEFAULT, at, &mask, c->stored) < 0)
        return hdf5_fail(WIL_ERR_INPUT, "%s: cannot read /%s: the file is damaged", c->file->path, c->name);
    WIL_REQUIRE(is_full(c, n, mask), WIL_ERR_INPUT,
        "%s: cannot read /%s: the file is damaged: the %llu bytes stored of a chunk do not unpack to its "
        "%llu",
        c->file->path, c->name, (unsigned long long)n, (unsigned long long)c->n_bytes);
    return WIL_OK;
}

/* Of the chunks that hold rows first .. end - 1. */
static wil_status check_rows(chunk_check *c, hsize_t first, hsize_t end)
{
    hsize_t at[H5S_MAX_RANK] = {first / c->chunk[0] * c->chunk[0]};
    for (int axis = 0; axis >= 0;) { /* an odometer */
        WIL_TRY(check_one(c, at));
        for (axis = c->rank - 1; axis >= 0; axis--) {
            at[axis] += c->chunk[axis];
            if (at[axis] < (axis == 0 ? end : c->dims[axis]))
                break;
            at[axis] = 0;
        }
    }
    return WIL_OK;
}

static bool take_shape(chunk_check *c, hid_t plist)
{
    const hid_t space = h5.Dget_space(c->dataset);
    c->rank = space < 0 ? -1 : h5.Sget_simple_extent_dims(space, c->dims, NULL);
    if (space >= 0)
        (void)h5.Sclose(space);
    return c->rank > 0 && h5.Pget_chunk(plist, H5S_MAX_RANK, c->chunk) == c->rank;
}

wil_status hdf5_chunks_check(const hdf5_file *file, hid_t dataset, hid_t plist, const char *name,
    size_t item_bytes, hsize_t first, hsize_t n)
{
    chunk_check c; /* all but its window, which is written before it is read */
    c.file = file;
    c.name = name;
    c.dataset = dataset;
    c.n_bytes = item_bytes;
    c.deflate = c.checksum = -1;
    c.stored = NULL;
    c.capacity = 0;
    uint64_t n_chunks = 1;
    WIL_REQUIRE(take_shape(&c, plist), WIL_ERR_INPUT,
        "%s: cannot read how /%s is stored: the file is damaged", file->path, name);
    for (int i = 0; i < c.rank; i++) {
        c.n_bytes = hdf5_bytes_times(c.n_bytes, c.chunk[i]);
        n_chunks = hdf5_bytes_times(n_chunks, (c.dims[i] + c.chunk[i] - 1) / c.chunk[i]);
    }
    WIL_REQUIRE(n_chunks <= file->n_bytes, WIL_ERR_INPUT,
        "%s: /%s is in %llu chunks, more than the file has bytes: damaged, or never filled; write all of its "
        "values again",
        file->path, name, (unsigned long long)n_chunks);
    for (int i = h5.Pget_nfilters(plist) - 1; i >= 0; i--) {
        unsigned flags = 0;
        size_t n_values = 0;
        const H5Z_filter_t id = h5.Pget_filter2(plist, (unsigned)i, &flags, &n_values, NULL, 0, NULL, NULL);
        if (id == H5Z_FILTER_DEFLATE)
            c.deflate = i;
        if (id == H5Z_FILTER_FLETCHER32)
            c.checksum = i;
    }
    const wil_status status = check_rows(&c, first, first + n);
    wil_free(c.stored);
    return status;
}
