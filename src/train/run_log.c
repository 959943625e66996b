/* log.csv of a run: rows that a kill cut short, or that a resumed run will write again, are dropped. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run_folder.h"

/* The header, and the part of an old log up to last_step. */
static wil_status keep_log(wil_lines *kept, const char *path, const char *header, int64_t last_step)
{
    WIL_OWN(char) *old = NULL;
    size_t n_old = 0;
    WIL_TRY(wil_lines_add(kept, header));
    WIL_TRY(wil_lines_add(kept, "\n"));
    if (last_step <= 0 || !wil_file_exists(path))
        return WIL_OK;
    WIL_TRY(wil_file_read(path, &old, &n_old));
    const char *line = old;
    for (const char *end = strchr(line, '\n'); end != NULL; end = strchr(line, '\n')) {
        if (line != old && strtoll(line, NULL, 10) <= last_step)
            WIL_TRY(wil_lines_add_bytes(kept, line, (size_t)(end + 1 - line)));
        line = end + 1;
    }
    return WIL_OK; /* without a row that a kill cut short */
}

wil_status run_log_open(run_log *out, const char *folder, const char *header, int64_t last_step)
{
    WIL_OWN(wil_lines) kept = {0};
    WIL_OWN(char) *path = NULL;
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_path_join(&path, folder, "log.csv"));
    WIL_TRY(keep_log(&kept, path, header, last_step));
    WIL_TRY(wil_file_write(path, kept.text, kept.n_bytes));
    out->file = fopen(path, "a");
    WIL_REQUIRE_ERRNO(out->file != NULL, WIL_ERR_IO, "%s: cannot append", path);
    return wil_give(&out->path, &path);
}

wil_status run_log_row(run_log *log, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int written = vfprintf(log->file, format, arguments);
    va_end(arguments);
    WIL_REQUIRE_ERRNO(written >= 0 && fputc('\n', log->file) != EOF && fflush(log->file) == 0, WIL_ERR_IO,
        "%s: cannot write", log->path);
    return WIL_OK;
}

wil_status run_log_flush(run_log *log)
{
    WIL_REQUIRE_ERRNO(fsync(fileno(log->file)) == 0 || errno == EINVAL || errno == EROFS, WIL_ERR_IO,
        "%s: cannot flush to disk", log->path);
    return WIL_OK;
}

void run_log_close(run_log *log)
{
    if (log->file != NULL)
        fclose(log->file);
    wil_free(log->path);
    memset(log, 0, sizeof *log);
}
