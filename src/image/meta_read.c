/* Volumes from MetaImage files. */
#include "meta_internal.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)1 << 18)
#define MAX_EXPANSION 1032           /* of deflate: see nifti_stream.c */
#define WINDOW_BITS_EITHER (15 + 32) /* zlib.h: zlib's or gzip's header, whichever there is */

bool wil_meta_is_named(const char *path)
{
    return wil_nifti_name_ends(path, ".mha") || wil_nifti_name_ends(path, ".mhd");
}

/* ITK's millimetres run to the left and the back, ours to the right and the front. */
static wil_status take_geometry(wil_volume *out, const wil_meta_header *h, const char *path)
{
    memset(out, 0, sizeof *out);
    const int n = h->n_dims < 3 ? h->n_dims : 3;
    for (int k = 0; k < 3; k++) {
        out->grid.size[k] = (int)h->dim[k];
        out->grid.affine[k][k] = k < n ? 0 : 1; /* a picture's third axis */
    }
    for (int k = 0; k < n; k++)
        for (int r = 0; r < n; r++) {
            const double value = h->direction[k][r] * h->spacing[k];
            out->grid.affine[r][k] = r < 2 ? 0 - value : value;
        }
    for (int r = 0; r < n; r++)
        out->grid.affine[r][3] = r < 2 ? 0 - h->offset[r] : h->offset[r];
    for (int k = 0; k < 3; k++)
        out->grid.spacing_mm[k] =
            hypot(hypot(out->grid.affine[0][k], out->grid.affine[1][k]), out->grid.affine[2][k]);
    out->n_time = (int)h->dim[3];
    return wil_nifti_check_affine(&out->grid, "TransformMatrix with ElementSpacing", path);
}

static wil_status read_header(wil_meta_header *header, char *text, wil_nifti_stream *stream, const char *path)
{
    size_t n = 0;
    WIL_TRY(wil_nifti_stream_open(stream, path));
    WIL_TRY(wil_nifti_stream_read(stream, text, WIL_META_MOST_TEXT, &n));
    text[n] = '\0';
    return wil_meta_header_parse(header, text, n, path);
}

/* ---- voxels -------------------------------------------------------------------------------------------- */

/* Voxel bytes in order: as they stand, or inflated. */
typedef struct voxel_source {
    wil_nifti_stream *stream;
    bool compressed, inflating, done;
    z_stream z;
    uint8_t *in;
} voxel_source;

static void voxel_source_clear(voxel_source *s)
{
    if (s->inflating)
        (void)inflateEnd(&s->z);
    wil_free(s->in);
}
WIL_OWNED_VALUE(voxel_source, voxel_source_clear)

static wil_status begin(voxel_source *s)
{
    if (!s->compressed)
        return WIL_OK;
    WIL_TRY(wil_alloc_u8(&s->in, CHUNK_BYTES));
    WIL_REQUIRE(inflateInit2(&s->z, WINDOW_BITS_EITHER) == Z_OK, WIL_ERR_MEMORY,
        "%s: out of memory for decompression", s->stream->path);
    s->inflating = true;
    return WIL_OK;
}

static wil_status next_bytes(voxel_source *s, void *out, size_t n, size_t *got_out)
{
    if (!s->compressed)
        return wil_nifti_stream_read(s->stream, out, n, got_out);
    z_stream *z = &s->z;
    z->next_out = out;
    z->avail_out = (unsigned)n;
    while (z->avail_out > 0 && !s->done) {
        if (z->avail_in == 0) {
            size_t got = 0;
            WIL_TRY(wil_nifti_stream_read(s->stream, s->in, CHUNK_BYTES, &got));
            z->next_in = s->in;
            z->avail_in = (unsigned)got;
        }
        if (z->avail_in == 0)
            break;
        const int code = inflate(z, Z_NO_FLUSH);
        WIL_REQUIRE(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR,
            code == Z_MEM_ERROR ? WIL_ERR_MEMORY : WIL_ERR_INPUT,
            "%s: is corrupt: its compressed voxels do not decompress (%s); fetch it again", s->stream->path,
            z->msg == NULL ? zError(code) : z->msg);
        s->done = code == Z_STREAM_END;
    }
    *got_out = n - z->avail_out;
    return WIL_OK;
}

/* A compressed stream is read to its end, where its checksum stands. */
static wil_status finish(voxel_source *s)
{
    uint8_t rest[64];
    size_t got = 0;
    if (s->compressed && !s->done)
        WIL_TRY(next_bytes(s, rest, sizeof rest, &got));
    WIL_REQUIRE(!s->compressed || s->done, WIL_ERR_INPUT,
        "%s: is truncated: all its voxels are there but not the checksum behind them; fetch it again",
        s->stream->path);
    return WIL_OK;
}

static wil_status convert_all(float *voxels, size_t n, int size, voxel_source *source,
    const wil_meta_header *h, wil_nifti_convert *convert)
{
    const wil_nifti_scaling none = {1, 0};
    WIL_OWN(uint8_t) *buffer = NULL;
    WIL_TRY(wil_alloc_u8(&buffer, CHUNK_BYTES));
    for (size_t total = 0; total < n * (size_t)size;) {
        const size_t left = n * (size_t)size - total;
        const size_t wanted = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        size_t got = 0;
        WIL_TRY(next_bytes(source, buffer, wanted, &got));
        WIL_REQUIRE(got == wanted, WIL_ERR_INPUT,
            "%s: is truncated: its header promises %zu bytes of voxels, found %zu; fetch it again",
            source->stream->path, n * (size_t)size, total + got);
        if (h->swapped && size > 1)
            nifti_swap_Nbytes((int64_t)(got / (size_t)size), size, buffer);
        convert(voxels + total / (size_t)size, buffer, got / (size_t)size, none);
        total += got;
    }
    return finish(source);
}

/* Where the voxels begin, once it is known that the file can hold them: nothing is allocated before. */
static wil_status find_voxels(int64_t *offset_out, const wil_nifti_stream *stream, const wil_meta_header *h,
    int64_t n_bytes, bool local)
{
    const int64_t before = local ? (int64_t)h->text_bytes : 0;
    *offset_out = h->skip >= 0 ? before + h->skip : stream->file_bytes - n_bytes;
    WIL_REQUIRE(h->skip >= 0 || (!h->compressed && *offset_out >= before), WIL_ERR_INPUT,
        "%s: is truncated or damaged: its header says that its last %lld bytes are the voxels", stream->path,
        (long long)n_bytes);
    if (!h->compressed)
        return wil_nifti_stream_expect(stream, *offset_out, n_bytes);
    WIL_REQUIRE(n_bytes / MAX_EXPANSION <= stream->file_bytes, WIL_ERR_INPUT,
        "%s: is truncated or damaged: its header promises %lld bytes of voxels, more than any %lld bytes "
        "hold; "
        "fetch it again",
        stream->path, (long long)n_bytes, (long long)stream->file_bytes);
    return WIL_OK;
}

static wil_status read_voxels(
    wil_volume *volume, wil_nifti_stream *stream, const wil_meta_header *h, bool local)
{
    wil_nifti_convert *convert = NULL;
    int size = 0;
    int64_t n = 1, n_bytes = 0, offset = 0;
    bool fits = true;
    WIL_OWN(voxel_source) source = {.stream = stream, .compressed = h->compressed};
    WIL_TRY(wil_nifti_convert_find(&convert, &size, h->datatype, stream->path));
    for (int k = 0; k < 4; k++)
        fits = fits && !__builtin_mul_overflow(n, h->dim[k], &n);
    fits = fits && !__builtin_mul_overflow(n, (int64_t)size, &n_bytes);
    WIL_REQUIRE(fits, WIL_ERR_INPUT, "%s: is damaged: its header claims more voxels than any file holds",
        stream->path);
    WIL_TRY(find_voxels(&offset, stream, h, n_bytes, local));
    WIL_TRY(wil_nifti_stream_seek(stream, offset));
    WIL_TRY(begin(&source));
    WIL_TRY(wil_alloc_f32(&volume->voxels, (size_t)n));
    return convert_all(volume->voxels, (size_t)n, size, &source, h, convert);
}

wil_status wil_meta_read(wil_volume *out, const char *path, bool header_only, bool one_time)
{
    WIL_OWN(wil_nifti_stream) stream = {0};
    WIL_OWN(wil_volume) made = {0};
    WIL_OWN(char) *text = NULL, *folder = NULL, *data_path = NULL;
    wil_meta_header header;
    WIL_TRY(wil_alloc((void **)&text, WIL_META_MOST_TEXT + 1, 1));
    WIL_TRY(read_header(&header, text, &stream, path));
    WIL_TRY(take_geometry(&made, &header, path));
    WIL_REQUIRE(!one_time || made.n_time == 1, WIL_ERR_INPUT,
        "%s: is 4D with %d time points; one 3D volume was expected; take one time point or their mean", path,
        made.n_time);
    const bool local = strcmp(header.data_file, "LOCAL") == 0 || strcmp(header.data_file, "Local") == 0;
    if (!local) {
        WIL_TRY(wil_path_folder(&folder, path));
        WIL_TRY(wil_path_join(&data_path, folder, header.data_file));
    }
    if (header_only)
        return wil_give_value(out, &made);
    if (!local) {
        wil_nifti_stream_close(&stream);
        WIL_TRY(wil_fail_context(wil_nifti_stream_open(&stream, data_path), "%s names its voxels", path));
    }
    WIL_TRY(read_voxels(&made, &stream, &header, local));
    return wil_give_value(out, &made);
}
