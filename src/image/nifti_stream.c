/* The bytes of a NIfTI file, plain or gzipped. */
#include "nifti_internal.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define IN_BYTES ((size_t)1 << 16) /* of compressed data at a time */

#define WINDOW_BITS_GZIP (15 + 16) /* zlib.h: 16 more than the bits mean gzip's header and checksum */

/* Deflate's best: a match of 258 bytes in 2 bits [RFC 1951]. */
#define MAX_EXPANSION 1032

bool wil_nifti_name_ends(const char *path, const char *extension)
{
    const size_t n = strlen(path), n_extension = strlen(extension);
    return n > n_extension && strcasecmp(path + n - n_extension, extension) == 0;
}

static wil_status cannot_read(const wil_nifti_stream *stream)
{
    return wil_fail_errno(WIL_ERR_INPUT, "%s: cannot read", stream->path);
}

static wil_status check_compression(wil_nifti_stream *stream)
{
    uint8_t magic[2] = {0};
    const bool compressed = fread(magic, 1, 2, stream->file) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    if (ferror(stream->file))
        return cannot_read(stream);
    rewind(stream->file);
    WIL_REQUIRE(!stream->gzipped || compressed, WIL_ERR_INPUT,
        "%s: is named .gz but is not gzip-compressed; rename it, or fetch it again if it was damaged",
        stream->path);
    WIL_REQUIRE(stream->gzipped || !compressed, WIL_ERR_INPUT,
        "%s: is gzip-compressed though its name does not end in .gz; add .gz to its name", stream->path);
    return WIL_OK;
}

wil_status wil_nifti_stream_open(wil_nifti_stream *stream, const char *path)
{
    struct stat info;
    memset(stream, 0, sizeof *stream);
    stream->path = path;
    stream->gzipped = wil_nifti_name_ends(path, ".gz");
    WIL_TRY(wil_file_open(&stream->file, path));
    WIL_REQUIRE_ERRNO(fstat(fileno(stream->file), &info) == 0, WIL_ERR_INPUT, "%s: cannot open", path);
    stream->file_bytes = info.st_size;
    WIL_TRY(check_compression(stream));
    if (!stream->gzipped)
        return WIL_OK;
    WIL_TRY(wil_alloc_u8(&stream->in, IN_BYTES));
    WIL_REQUIRE(inflateInit2(&stream->z, WINDOW_BITS_GZIP) == Z_OK, WIL_ERR_MEMORY,
        "%s: out of memory for decompression", path);
    stream->inflating = true;
    return WIL_OK;
}

/* Gets compressed bytes if there are none; z.avail_in stays 0 at the end of the file. */
static wil_status refill(wil_nifti_stream *stream)
{
    if (stream->z.avail_in > 0)
        return WIL_OK;
    stream->z.next_in = stream->in;
    stream->z.avail_in = (unsigned)fread(stream->in, 1, IN_BYTES, stream->file);
    return ferror(stream->file) ? cannot_read(stream) : WIL_OK;
}

/* A gzip file is one or more members, each with a checksum at its end. What else lies behind one is ignored,
 * as gzip does: some archives pad their files. */
static bool next_member(wil_nifti_stream *stream)
{
    if (stream->z.next_in[0] != 0x1f)
        return false;
    stream->member_done = false;
    return inflateReset(&stream->z) == Z_OK;
}

/* n < 4 GiB. zlib's own gzread would do, but does not always notice that the checksum was cut off. */
static wil_status inflate_some(wil_nifti_stream *stream, void *out, size_t n, size_t *got_out)
{
    z_stream *z = &stream->z;
    z->next_out = out;
    z->avail_out = (unsigned)n;
    while (z->avail_out > 0) {
        WIL_TRY(refill(stream));
        if (z->avail_in == 0 || (stream->member_done && !next_member(stream)))
            break;
        const int code = inflate(z, Z_NO_FLUSH);
        WIL_REQUIRE(code != Z_MEM_ERROR, WIL_ERR_MEMORY, "%s: out of memory for reading gzip", stream->path);
        WIL_REQUIRE(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR, WIL_ERR_INPUT,
            "%s: is corrupt: its gzip data does not decompress (%s); fetch it again", stream->path,
            z->msg == NULL ? zError(code) : z->msg);
        stream->member_done = code == Z_STREAM_END;
    }
    *got_out = n - z->avail_out;
    return WIL_OK;
}

wil_status wil_nifti_stream_read(wil_nifti_stream *stream, void *out, size_t n, size_t *got_out)
{
    *got_out = 0;
    if (stream->gzipped) {
        WIL_TRY(inflate_some(stream, out, n, got_out));
    } else {
        *got_out = fread(out, 1, n, stream->file);
        if (ferror(stream->file))
            return cannot_read(stream);
    }
    stream->position += (int64_t)*got_out;
    return WIL_OK;
}

/* Back to the beginning of a gzip file. */
static wil_status restart(wil_nifti_stream *stream)
{
    rewind(stream->file);
    stream->z.avail_in = 0;
    stream->member_done = false;
    stream->position = 0;
    WIL_REQUIRE(
        inflateReset(&stream->z) == Z_OK, WIL_ERR_INTERNAL, "%s: zlib's state is inconsistent", stream->path);
    return WIL_OK;
}

static wil_status skip(wil_nifti_stream *stream, int64_t n)
{
    char skipped[4096];
    size_t got = 1;
    while (n > 0 && got > 0) { /* at the end of the file what is read next will be found missing */
        const size_t piece = n < (int64_t)sizeof skipped ? (size_t)n : sizeof skipped;
        WIL_TRY(wil_nifti_stream_read(stream, skipped, piece, &got));
        n -= (int64_t)got;
    }
    return WIL_OK;
}

wil_status wil_nifti_stream_seek(wil_nifti_stream *stream, int64_t offset)
{
    if (!stream->gzipped)
        return fseeko(stream->file, offset, SEEK_SET) == 0 ? WIL_OK : cannot_read(stream);
    if (offset < stream->position)
        WIL_TRY(restart(stream));
    return skip(stream, offset - stream->position);
}

wil_status wil_nifti_stream_expect(const wil_nifti_stream *stream, int64_t offset, int64_t n)
{
    int64_t end = 0;
    const bool sane = !__builtin_add_overflow(offset, n, &end);
    if (stream->gzipped) {
        WIL_REQUIRE(sane && end / MAX_EXPANSION <= stream->file_bytes, WIL_ERR_INPUT,
            "%s: is truncated or damaged: its header promises %lld bytes of voxels, more than any %lld bytes "
            "of gzip data hold; fetch it again",
            stream->path, (long long)n, (long long)stream->file_bytes);
        return WIL_OK;
    }
    WIL_REQUIRE(sane && end <= stream->file_bytes, WIL_ERR_INPUT,
        "%s: is truncated: its header promises %lld bytes of voxels from byte %lld on, found %lld; fetch it "
        "again",
        stream->path, (long long)n, (long long)offset,
        (long long)(stream->file_bytes > offset ? stream->file_bytes - offset : 0));
    return WIL_OK;
}

wil_status wil_nifti_stream_finish(wil_nifti_stream *stream)
{
    char rest[4096];
    size_t got = 1;
    while (stream->gzipped && got > 0)
        WIL_TRY(wil_nifti_stream_read(stream, rest, sizeof rest, &got));
    WIL_REQUIRE(!stream->gzipped || stream->member_done, WIL_ERR_INPUT,
        "%s: is truncated: all its voxels are there but the gzip checksum behind them is not; fetch it again",
        stream->path);
    return WIL_OK;
}

void wil_nifti_stream_close(wil_nifti_stream *stream)
{
    if (stream->inflating)
        (void)inflateEnd(&stream->z);
    if (stream->file != NULL)
        (void)fclose(stream->file); /* opened for reading: nothing can be lost */
    wil_free(stream->in);
    memset(stream, 0, sizeof *stream);
}
