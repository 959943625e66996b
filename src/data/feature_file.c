/* Files of features, whichever format. */
#include "willis/data.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "feature_hdf5.h"

#define MOST_HEADER 65536 /* bytes; NumPy writes 128 for a matrix */
#define PIECE 4096        /* values converted at once */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "values of .npy are read as they lie");

struct wil_feature_file {
    char *path;
    bool is_hdf5;
    feature_hdf5 hdf5;
    FILE *stream; /* of .npy */
    wil_npy_header npy;
};

bool wil_is_hdf5(const char *path)
{
    const hdf5_scope scope = hdf5_scope_begin();
    const bool is = hdf5_file_is(path);
    hdf5_scope_end(scope);
    return is;
}

/* ---- .npy --------------------------------------------------------------------------------------------- */

static wil_status check_size(const wil_feature_file *file)
{
    struct stat info;
    const wil_npy_header *h = &file->npy;
    const uint64_t expected =
        h->first_value + (uint64_t)h->n * (uint64_t)h->d * (uint64_t)h->item_bytes; /* below 2^31^2 * 8 */
    WIL_REQUIRE_ERRNO(
        fstat(fileno(file->stream), &info) == 0, WIL_ERR_INPUT, "%s: cannot be read", file->path);
    WIL_REQUIRE((uint64_t)info.st_size == expected, WIL_ERR_INPUT,
        "%s: is %lld bytes long, but %lld samples of %d features make %llu; it is cut off or damaged",
        file->path, (long long)info.st_size, (long long)h->n, h->d, (unsigned long long)expected);
    return WIL_OK;
}

static wil_status open_npy(wil_feature_file *file)
{
    WIL_OWN(char) *bytes = NULL;
    WIL_TRY(wil_file_open(&file->stream, file->path));
    WIL_TRY(wil_alloc((void **)&bytes, MOST_HEADER, 1));
    const size_t n = fread(bytes, 1, MOST_HEADER, file->stream);
    WIL_TRY(wil_npy_header_read(&file->npy, bytes, n, file->path));
    return check_size(file);
}

static bool read_values(FILE *stream, int item_bytes, size_t n, double *out)
{
    float piece[PIECE];
    if (item_bytes == 8)
        return fread(out, 8, n, stream) == n;
    for (size_t begin = 0; begin < n; begin += PIECE) {
        const size_t now = n - begin < PIECE ? n - begin : PIECE;
        if (fread(piece, 4, now, stream) != now)
            return false;
        for (size_t i = 0; i < now; i++)
            out[begin + i] = (double)piece[i];
    }
    return true;
}

static wil_status read_npy(wil_feature_file *file, int64_t first, int64_t n, double *out)
{
    const wil_npy_header *h = &file->npy;
    const int64_t offset = (int64_t)h->first_value + first * h->d * h->item_bytes;
    const bool done = fseeko(file->stream, offset, SEEK_SET) == 0 &&
                      read_values(file->stream, h->item_bytes, (size_t)n * (size_t)h->d, out);
    WIL_REQUIRE(done, WIL_ERR_INPUT, "%s: cannot be read: it became shorter, or the disk failed", file->path);
    return WIL_OK;
}

/* ---- either ------------------------------------------------------------------------------------------- */

static wil_status open_either(wil_feature_file *file, const char *dataset)
{
    WIL_REQUIRE(wil_file_exists(file->path), WIL_ERR_INPUT, "%s: no such file", file->path);
    WIL_TRY(wil_file_check(file->path));
    file->is_hdf5 = wil_is_hdf5(file->path);
    WIL_REQUIRE(!file->is_hdf5 || dataset != NULL, WIL_ERR_ARG,
        "%s: is an HDF5 file; name the dataset [samples,features] in it", file->path);
    WIL_REQUIRE(file->is_hdf5 || dataset == NULL, WIL_ERR_ARG,
        "%s: is not an HDF5 file, so it has no dataset /%s", file->path, dataset);
    return file->is_hdf5 ? feature_hdf5_open(&file->hdf5, file->path, dataset) : open_npy(file);
}

wil_status wil_feature_file_open(wil_feature_file **out, const char *path, const char *dataset)
{
    WIL_OWN(wil_feature_file) *file = NULL;
    *out = NULL;
    WIL_TRY(wil_alloc((void **)&file, 1, sizeof *file));
    file->hdf5.file.id = file->hdf5.array.dataset = -1;
    WIL_TRY(wil_string_copy(&file->path, path));
    WIL_TRY(open_either(file, dataset));
    return wil_give(out, &file);
}

void wil_feature_file_close(wil_feature_file *file)
{
    if (file == NULL)
        return;
    feature_hdf5_close(&file->hdf5);
    if (file->stream != NULL)
        (void)fclose(file->stream);
    wil_free(file->path);
    wil_free(file);
}

int64_t wil_feature_file_count(const wil_feature_file *file)
{
    return file->is_hdf5 ? (int64_t)file->hdf5.array.dims[0] : file->npy.n;
}

int wil_feature_file_width(const wil_feature_file *file)
{
    return file->is_hdf5 ? (int)file->hdf5.array.dims[1] : file->npy.d;
}

wil_status wil_feature_file_read(wil_feature_file *file, int64_t first, int64_t n, double *values_out)
{
    const int64_t d = wil_feature_file_width(file);
    const int64_t count = wil_feature_file_count(file);
    WIL_REQUIRE(first >= 0 && n >= 0 && n <= count && first <= count - n, WIL_ERR_ARG,
        "%s: samples %lld to %lld of %lld were asked for", file->path, (long long)first,
        (long long)(first + n - 1), (long long)count);
    WIL_TRY(file->is_hdf5 ? feature_hdf5_read(&file->hdf5, first, n, values_out)
                          : read_npy(file, first, n, values_out));
    for (int64_t i = 0; i < n * d; i++)
        WIL_REQUIRE(isfinite(values_out[i]), WIL_ERR_INPUT,
            "%s: sample %lld has NaN or infinity as feature %lld; mend the features or leave the sample out",
            file->path, (long long)(first + i / d), (long long)(i % d));
    return WIL_OK;
}
