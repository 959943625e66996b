/* Whole files, read and written at once. */
#include "willis/base.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static wil_status write_all(FILE *file, const char *path, const void *bytes, size_t n_bytes)
{
    const bool written = fwrite(bytes, 1, n_bytes, file) == n_bytes && fflush(file) == 0;
    WIL_REQUIRE_ERRNO(written, WIL_ERR_IO, "%s: cannot write %zu bytes", path, n_bytes);
    return WIL_OK;
}

wil_status wil_file_write(const char *path, const void *bytes, size_t n_bytes)
{
    wil_atomic_file atomic;
    WIL_TRY(wil_atomic_begin(&atomic, path));
    wil_status status = WIL_OK;
    FILE *file = fopen(atomic.temp_path, "wb");
    if (file == NULL)
        status = wil_fail_errno(WIL_ERR_IO, "%s: cannot write", path);
    else
        status = write_all(file, path, bytes, n_bytes);
    if (file != NULL && fclose(file) != 0 && status == WIL_OK)
        status = wil_fail_errno(WIL_ERR_IO, "%s: cannot close", path);
    if (status == WIL_OK)
        return wil_atomic_publish(&atomic);
    wil_atomic_discard(&atomic);
    return status;
}

/* Opened without waiting, as a pipe without a writer would, and judged by what was opened. */
wil_status wil_file_open(FILE **out, const char *path)
{
    struct stat info;
    *out = NULL;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    WIL_REQUIRE(descriptor >= 0 || errno != ENXIO, WIL_ERR_INPUT,
        "%s: cannot open: it is a socket, an ordinary file was expected", path);
    WIL_REQUIRE_ERRNO(descriptor >= 0, WIL_ERR_INPUT, "%s: cannot open", path);
    const bool known = fstat(descriptor, &info) == 0;
    if (known && S_ISREG(info.st_mode))
        *out = fdopen(descriptor, "rb");
    if (*out != NULL)
        return WIL_OK;
    (void)close(descriptor);
    WIL_REQUIRE(
        !known || !S_ISDIR(info.st_mode), WIL_ERR_INPUT, "%s: is a folder, a file was expected", path);
    WIL_REQUIRE(known && S_ISREG(info.st_mode), WIL_ERR_INPUT,
        "%s: is a device or pipe, which may never end; write it to a file first", path);
    return wil_fail(WIL_ERR_MEMORY, "%s: out of memory for a file", path);
}

wil_status wil_file_check(const char *path)
{
    FILE *file = NULL;
    WIL_TRY(wil_file_open(&file, path));
    (void)fclose(file);
    return WIL_OK;
}

static wil_status read_all(
    FILE *file, const char *path, size_t most_bytes, char **bytes_out, size_t *n_bytes_out)
{
    size_t capacity = 0;
    size_t n = 0;
    for (;;) {
        WIL_TRY(wil_grow((void **)bytes_out, &capacity, n + 65536 + 1, 1));
        const size_t got = fread(*bytes_out + n, 1, capacity - n - 1, file);
        n += got;
        WIL_REQUIRE(n <= most_bytes, WIL_ERR_INPUT,
            "%s: is longer than the %zu MiB that are read of such a file", path, most_bytes >> 20);
        if (got == 0)
            break;
    }
    WIL_REQUIRE_ERRNO(!ferror(file), WIL_ERR_INPUT, "%s: cannot read", path);
    (*bytes_out)[n] = '\0';
    *n_bytes_out = n;
    return WIL_OK;
}

wil_status wil_file_read_most(const char *path, size_t most_bytes, char **bytes_out, size_t *n_bytes_out)
{
    FILE *file = NULL;
    *bytes_out = NULL;
    *n_bytes_out = 0;
    WIL_TRY(wil_file_open(&file, path));
    const wil_status status = read_all(file, path, most_bytes, bytes_out, n_bytes_out);
    fclose(file);
    if (status != WIL_OK) {
        wil_free(*bytes_out);
        *bytes_out = NULL;
    }
    return status;
}

wil_status wil_file_read(const char *path, char **bytes_out, size_t *n_bytes_out)
{
    return wil_file_read_most(path, WIL_FILE_MOST, bytes_out, n_bytes_out);
}
