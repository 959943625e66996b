/* Volumes, series and masks from NIfTI files. */
#include "meta_internal.h"

#include <math.h>
#include <string.h>

#define CHUNK_BYTES                                                                                          \
    ((size_t)1 << 20) /* of raw voxels; stays in the cache between decompression and conversion */

/* Where a file's parts are. The same file, but for .hdr/.img. */
typedef struct source {
    char *header_path; /* owned, both */
    char *data_path;
    bool pair; /* by its name */
} source;

static void source_clear(source *files)
{
    wil_free(files->header_path);
    wil_free(files->data_path);
}
WIL_OWNED_VALUE(source, source_clear)

/* The other file of a pair, gzipped or not as the first if there is such a file, else the other way. */
static wil_status find_other(char **out, const char *path, const char *extension)
{
    const bool gzipped = wil_nifti_name_ends(path, ".gz");
    const int stem = (int)strlen(path) - (gzipped ? 7 : 4); /* ".img.gz", ".img" */
    WIL_OWN(char) *second = NULL;
    WIL_TRY(wil_string_format(out, "%.*s%s%s", stem, path, extension, gzipped ? ".gz" : ""));
    WIL_TRY(wil_string_format(&second, "%.*s%s%s", stem, path, extension, gzipped ? "" : ".gz"));
    if (wil_file_exists(*out) || !wil_file_exists(second))
        return WIL_OK; /* if there is neither, opening the first will fail, naming it */
    wil_free(*out);
    return wil_give(out, &second);
}

/* DICOM is a folder of files, or a file with DICM behind 128 bytes of preamble; names say little. */
static bool is_dicom(const char *path)
{
    char bytes[132] = {0};
    bool marked = false;
    FILE *file = wil_folder_exists(path) ? NULL : fopen(path, "rb");
    if (file != NULL) {
        marked = fread(bytes, 1, sizeof bytes, file) == sizeof bytes && memcmp(bytes + 128, "DICM", 4) == 0;
        (void)fclose(file);
    }
    return marked || wil_nifti_name_ends(path, ".dcm") || wil_nifti_name_ends(path, ".ima");
}

static wil_status refuse_kind(const char *path)
{
    WIL_REQUIRE(!is_dicom(path), WIL_ERR_INPUT,
        "%s: is DICOM, which is not read here; convert the series to NIfTI with dcm2niix (dcm2niix -z y -o "
        "OUT "
        "FOLDER)",
        path);
    WIL_REQUIRE(!wil_folder_exists(path), WIL_ERR_INPUT,
        "%s: is a folder, an image file was expected; a folder of DICOM files is converted to NIfTI with "
        "dcm2niix (dcm2niix -z y -o OUT FOLDER)",
        path);
    return wil_fail(WIL_ERR_INPUT,
        "%s: unknown kind of file; .nii, .nii.gz, .hdr, .hdr.gz, .img, .img.gz, .mha or .mhd was expected",
        path);
}

static wil_status source_find(source *out, const char *path)
{
    const bool header = wil_nifti_name_ends(path, ".hdr") || wil_nifti_name_ends(path, ".hdr.gz");
    const bool image = wil_nifti_name_ends(path, ".img") || wil_nifti_name_ends(path, ".img.gz");
    const bool single = wil_nifti_name_ends(path, ".nii") || wil_nifti_name_ends(path, ".nii.gz");
    if (!header && !image && !single)
        return refuse_kind(path);
    out->pair = !single;
    if (image)
        WIL_TRY(find_other(&out->header_path, path, ".hdr"));
    else
        WIL_TRY(wil_string_copy(&out->header_path, path));
    if (header)
        return find_other(&out->data_path, path, ".img");
    return wil_string_copy(&out->data_path, path);
}

static wil_status read_header(
    wil_nifti_header *header, wil_volume *geometry, wil_nifti_stream *stream, const source *files)
{
    uint8_t bytes[sizeof(nifti_2_header)];
    size_t n = 0;
    const char *path = files->header_path;
    WIL_TRY(wil_nifti_stream_open(stream, path));
    WIL_TRY(wil_nifti_stream_read(stream, bytes, sizeof bytes, &n));
    WIL_TRY(wil_nifti_header_parse(header, bytes, n, path));
    WIL_REQUIRE(files->pair || header->version > 0, WIL_ERR_INPUT,
        "%s: is not NIfTI: its header lacks the signature n+1 (Analyze 7.5 files are named .hdr and .img)",
        path);
    WIL_REQUIRE(files->pair == header->pair, WIL_ERR_INPUT,
        "%s: its header says that the voxels lie in %s, which its name denies; rename it to %s", path,
        header->pair ? "a second file" : "the same file", header->pair ? ".hdr, beside its .img" : ".nii");
    return wil_nifti_geometry(geometry, header, path);
}

/* Where the voxels begin. 0 in a single file means "right behind the header", as other readers take it. */
static wil_status find_offset(int64_t *out, const wil_nifti_header *header, const char *path)
{
    const double least = header->pair ? 0 : header->version == 2 ? 544 : 352; /* header and extension flag */
    const double offset = header->vox_offset == 0 ? least : header->vox_offset;
    WIL_REQUIRE(offset >= least && offset < 0x1p53 && offset == floor(offset),
        WIL_ERR_INPUT, /* false for NaN too */
        "%s: is damaged: its header says that the voxels begin at byte %g, a whole number from %g was "
        "expected",
        path, header->vox_offset, least);
    *out = (int64_t)offset;
    return WIL_OK;
}

static wil_status find_scaling(wil_nifti_scaling *out, const wil_nifti_header *header, const char *path)
{
    *out = (wil_nifti_scaling){1, 0};
    if (header->slope == 0)
        return WIL_OK; /* the standard's way to say that there is none */
    WIL_REQUIRE(isfinite(header->slope) && isfinite(header->inter), WIL_ERR_INPUT,
        "%s: its header scales voxels by slope %g and intercept %g (scl_slope, scl_inter); finite numbers "
        "were expected; set them to 1 and 0 if the voxels need no scaling",
        path, header->slope, header->inter);
    *out = (wil_nifti_scaling){header->slope, header->inter};
    return WIL_OK;
}

/* n voxels of size bytes through a small buffer. */
static wil_status read_chunks(float *voxels, size_t n, int size, wil_nifti_stream *stream,
    const wil_nifti_header *header, wil_nifti_convert *convert, void *buffer)
{
    wil_nifti_scaling scaling;
    size_t total = 0;
    WIL_TRY(find_scaling(&scaling, header, stream->path));
    while (total < n * (size_t)size) {
        const size_t left = n * (size_t)size - total;
        const size_t wanted = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        size_t got = 0;
        WIL_TRY(wil_nifti_stream_read(stream, buffer, wanted, &got));
        WIL_REQUIRE(got == wanted, WIL_ERR_INPUT,
            "%s: is truncated: its header promises %zu bytes of voxels, found %zu; fetch it again",
            stream->path, n * (size_t)size, total + got);
        if (header->swapped && size > 1)
            nifti_swap_Nbytes((int64_t)(got / (size_t)size), size, buffer);
        convert(voxels + total / (size_t)size, buffer, got / (size_t)size, scaling);
        total += got;
    }
    return wil_nifti_stream_finish(stream);
}

/* volume has its geometry and gets its voxels. */
static wil_status read_voxels(wil_volume *volume, wil_nifti_stream *stream, const wil_nifti_header *header)
{
    wil_nifti_convert *convert = NULL;
    WIL_OWN(void) *buffer = NULL;
    int size = 0;
    int64_t offset = 0, n = 1, n_bytes = 0;
    WIL_TRY(wil_nifti_convert_find(&convert, &size, header->datatype, stream->path));
    WIL_TRY(find_offset(&offset, header, stream->path));
    const int sizes[] = {volume->grid.size[0], volume->grid.size[1], volume->grid.size[2], volume->n_time};
    bool fits = true;
    for (int i = 0; i < 4; i++)
        fits = fits && !__builtin_mul_overflow(n, (int64_t)sizes[i], &n);
    fits = fits && !__builtin_mul_overflow(n, (int64_t)size, &n_bytes);
    WIL_REQUIRE(fits, WIL_ERR_INPUT,
        "%s: is damaged: its header claims %dx%dx%dx%d voxels, more than any file holds", stream->path,
        sizes[0], sizes[1], sizes[2], sizes[3]);
    WIL_TRY(wil_nifti_stream_expect(stream, offset, n_bytes));
    WIL_TRY(wil_nifti_stream_seek(stream, offset));
    WIL_TRY(wil_alloc_f32(&volume->voxels, (size_t)n));
    WIL_TRY(wil_alloc(&buffer, (size_t)n_bytes < CHUNK_BYTES ? (size_t)n_bytes : CHUNK_BYTES, 1));
    return read_chunks(volume->voxels, (size_t)n, size, stream, header, convert, buffer);
}

/* What of a file is wanted. */
typedef enum extent { HEADER_ONLY, ONE_TIME_POINT, EVERYTHING } extent;

static wil_status read_parts(wil_volume *out, const source *files, wil_nifti_stream *stream, extent wanted)
{
    wil_nifti_header header;
    WIL_TRY(read_header(&header, out, stream, files));
    const int *size = out->grid.size;
    WIL_REQUIRE(wanted != ONE_TIME_POINT || out->n_time == 1, WIL_ERR_INPUT,
        "%s: is 4D with %d time points of %dx%dx%d voxels; one 3D volume was expected; take one time point "
        "or their mean",
        files->header_path, out->n_time, size[0], size[1], size[2]);
    if (wanted == HEADER_ONLY)
        return WIL_OK;
    if (files->pair) {
        wil_nifti_stream_close(stream);
        WIL_TRY(wil_nifti_stream_open(stream, files->data_path));
    }
    return read_voxels(out, stream, &header);
}

static wil_status read_file(wil_volume *out, const char *path, extent wanted)
{
    WIL_OWN(source) files = {0};
    WIL_OWN(wil_nifti_stream) stream = {0};
    WIL_OWN(wil_volume) made = {0};
    memset(out, 0, sizeof *out);
    WIL_REQUIRE(path != NULL, WIL_ERR_ARG, "no path of an image given");
    if (wil_meta_is_named(path))
        return wil_meta_read(out, path, wanted == HEADER_ONLY, wanted == ONE_TIME_POINT);
    WIL_TRY(source_find(&files, path));
    WIL_TRY(read_parts(&made, &files, &stream, wanted));
    return wil_give_value(out, &made);
}

static wil_status read_canonical(wil_volume *out, const char *path, extent wanted)
{
    WIL_OWN(wil_volume) made = {0};
    memset(out, 0, sizeof *out);
    WIL_TRY(read_file(&made, path, wanted));
    const wil_orientation turn = wil_grid_orientation(&made.grid);
    WIL_TRY(wil_volume_turn(&made, &turn));
    return wil_give_value(out, &made);
}

wil_status wil_volume_read(wil_volume *out, const char *path)
{
    return read_canonical(out, path, EVERYTHING);
}

wil_status wil_volume_read_3d(wil_volume *out, const char *path)
{
    return read_canonical(out, path, ONE_TIME_POINT);
}

wil_status wil_volume_read_header(wil_volume *out, const char *path)
{
    return read_canonical(out, path, HEADER_ONLY);
}

wil_status wil_volume_header_note(char **out, const char *path)
{
    WIL_OWN(source) files = {0};
    WIL_OWN(wil_nifti_stream) stream = {0};
    wil_volume geometry;
    wil_nifti_header header;
    *out = NULL;
    if (wil_meta_is_named(path))
        return WIL_OK; /* has one form only */
    WIL_TRY(source_find(&files, path));
    WIL_TRY(read_header(&header, &geometry, &stream, &files));
    return wil_nifti_forms_note(out, &header, path);
}

wil_status wil_volume_read_stored(wil_volume *out, const char *path)
{
    return read_file(out, path, EVERYTHING);
}
