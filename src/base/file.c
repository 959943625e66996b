/* Whole files, read and written at once. */
#include "willis/base.h"

#include <errno.h>
#include <string.h>
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

static wil_status read_all(FILE *file, const char *path, char **bytes_out, size_t *n_bytes_out)
{
    size_t capacity = 0;
    size_t n = 0;
    for (;;) {
        WIL_TRY(wil_grow((void **)bytes_out, &capacity, n + 65536 + 1, 1));
        const size_t got = fread(*bytes_out + n, 1, capacity - n - 1, file);
        n += got;
        if (got == 0)
            break;
    }
    WIL_REQUIRE_ERRNO(!ferror(file), WIL_ERR_INPUT, "%s: cannot read", path);
    (*bytes_out)[n] = '\0';
    *n_bytes_out = n;
    return WIL_OK;
}

wil_status wil_file_read(const char *path, char **bytes_out, size_t *n_bytes_out)
{
    *bytes_out = NULL;
    *n_bytes_out = 0;
    WIL_REQUIRE(!wil_folder_exists(path), WIL_ERR_INPUT, "%s: is a folder, a file was expected", path);
    FILE *file = fopen(path, "rb");
    WIL_REQUIRE_ERRNO(file != NULL, WIL_ERR_INPUT, "%s: cannot open", path);
    const wil_status status = read_all(file, path, bytes_out, n_bytes_out);
    fclose(file);
    if (status != WIL_OK) {
        wil_free(*bytes_out);
        *bytes_out = NULL;
    }
    return status;
}
