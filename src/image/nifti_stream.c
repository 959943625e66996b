#include "nifti_internal.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define BUFFER_BYTES (1 << 16)
#define MAX_PIECE (1 << 30) /* gzread takes an unsigned int and returns an int */

/* Deflate's best: a match of 258 bytes in 2 bits [RFC 1951]. */
#define MAX_EXPANSION 1032

bool wil_nifti_name_ends(const char *path, const char *extension)
{
    const size_t n = strlen(path);
    const size_t n_extension = strlen(extension);
    return n > n_extension && strcasecmp(path + n - n_extension, extension) == 0;
}

static wil_status check_compression(const wil_nifti_stream *stream)
{
    const bool plain = gzdirect(stream->file) != 0;
    WIL_REQUIRE(!stream->gzipped || !plain, WIL_ERR_INPUT,
        "%s: is named .gz but is not gzip-compressed; rename it, or fetch it again if it was damaged",
        stream->path);
    WIL_REQUIRE(stream->gzipped || plain, WIL_ERR_INPUT,
        "%s: is gzip-compressed though its name does not end in .gz; add .gz to its name", stream->path);
    return WIL_OK;
}

wil_status wil_nifti_stream_open(wil_nifti_stream *stream, const char *path)
{
    struct stat info;
    *stream = (wil_nifti_stream){.path = path, .gzipped = wil_nifti_name_ends(path, ".gz")};
    WIL_REQUIRE(stat(path, &info) == 0, WIL_ERR_INPUT, "%s: cannot open: %s", path, strerror(errno));
    WIL_REQUIRE(S_ISREG(info.st_mode), WIL_ERR_INPUT, "%s: is %s, an image file was expected", path,
        S_ISDIR(info.st_mode) ? "a folder" : "not a regular file");
    stream->file_bytes = info.st_size;
    stream->file = gzopen(path, "rb");
    WIL_REQUIRE(stream->file != NULL, WIL_ERR_INPUT, "%s: cannot open: %s", path, strerror(errno));
    gzbuffer(stream->file, BUFFER_BYTES);
    return check_compression(stream);
}

/* A stream that was cut off is no error here: its reader knows how many bytes should have come. */
static wil_status check_error(const wil_nifti_stream *stream)
{
    int code = Z_OK;
    const char *words = gzerror(stream->file, &code);
    if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR)
        return WIL_OK;
    WIL_REQUIRE(code != Z_ERRNO, WIL_ERR_INPUT, "%s: cannot read: %s", stream->path, strerror(errno));
    const size_t n_path = strlen(stream->path); /* zlib puts "path: " in front of its words */
    if (strncmp(words, stream->path, n_path) == 0 && words[n_path] == ':')
        words += n_path + 2;
    return wil_fail(code == Z_MEM_ERROR ? WIL_ERR_MEMORY : WIL_ERR_INPUT,
        "%s: is corrupt: its gzip data does not decompress (%s); fetch it again", stream->path, words);
}

wil_status wil_nifti_stream_read(wil_nifti_stream *stream, void *out, size_t n, size_t *got_out)
{
    *got_out = 0;
    while (*got_out < n) {
        const size_t left = n - *got_out;
        const int got =
            gzread(stream->file, (char *)out + *got_out, left < MAX_PIECE ? (unsigned)left : MAX_PIECE);
        if (got <= 0)
            return check_error(stream);
        *got_out += (size_t)got;
    }
    return WIL_OK;
}

wil_status wil_nifti_stream_seek(wil_nifti_stream *stream, int64_t offset)
{
    if (gzseek(stream->file, offset, SEEK_SET) == offset)
        return WIL_OK;
    WIL_TRY(check_error(stream));
    return wil_fail(
        WIL_ERR_INPUT, "%s: cannot go to byte %lld, where the voxels begin", stream->path, (long long)offset);
}

wil_status wil_nifti_stream_expect(const wil_nifti_stream *stream, int64_t offset, int64_t n)
{
    int64_t end = 0;
    const bool sane = !__builtin_add_overflow(offset, n, &end);
    if (stream->gzipped) {
        WIL_REQUIRE(sane && end / MAX_EXPANSION <= stream->file_bytes, WIL_ERR_INPUT,
            "%s: is truncated or damaged: its header promises %lld bytes of voxels, more than any %lld bytes "
            "of gzip "
            "data hold; fetch it again",
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
    int code = Z_OK;
    if (!stream->gzipped)
        return WIL_OK;
    while (gzread(stream->file, rest, sizeof rest) > 0)
        ;
    WIL_TRY(check_error(stream));
    (void)gzerror(stream->file, &code);
    WIL_REQUIRE(code != Z_BUF_ERROR, WIL_ERR_INPUT,
        "%s: is truncated: all its voxels are there but the gzip checksum behind them is not; fetch it again",
        stream->path);
    return WIL_OK;
}

void wil_nifti_stream_close(wil_nifti_stream *stream)
{
    if (stream->file != NULL)
        (void)gzclose(stream->file); /* what it could report was checked while reading */
    stream->file = NULL;
}
