/* log.csv of a run: rows that a kill cut short, or that a resumed run will write again, are dropped. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run_folder.h"

/* The part of an old log up to last_step, or just the header. */
static wil_status kept_log(char **out, const char *path, const char *header, int64_t last_step)
{
    char *old = NULL;
    size_t n_old = 0;
    WIL_TRY(wil_text_append(out, "%s\n", header));
    if (last_step <= 0 || !wil_file_exists(path))
        return WIL_OK;
    wil_status status = wil_file_read(path, &old, &n_old);
    const char *line = old;
    bool first = true;
    while (status == WIL_OK && line != NULL && *line != '\0') {
        const char *end = strchr(line, '\n');
        if (end == NULL)
            break; /* a row that a kill cut short */
        if (!first && strtoll(line, NULL, 10) <= last_step)
            status = wil_text_append(out, "%.*s\n", (int)(end - line), line);
        first = false;
        line = end + 1;
    }
    wil_free(old);
    return status;
}

wil_status run_log_open(run_log *out, const char *folder, const char *header, int64_t last_step)
{
    memset(out, 0, sizeof *out);
    char *text = NULL;
    wil_status status = wil_path_join(&out->path, folder, "log.csv");
    if (status == WIL_OK)
        status = kept_log(&text, out->path, header, last_step);
    if (status == WIL_OK)
        status = wil_file_write(out->path, text, strlen(text));
    if (status == WIL_OK) {
        out->file = fopen(out->path, "a");
        if (out->file == NULL)
            status = wil_fail(WIL_ERR_IO, "%s: cannot append: %s", out->path, strerror(errno));
    }
    wil_free(text);
    if (status != WIL_OK)
        run_log_close(out);
    return status;
}

wil_status run_log_row(run_log *log, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int written = vfprintf(log->file, format, arguments);
    va_end(arguments);
    WIL_REQUIRE(written >= 0 && fputc('\n', log->file) != EOF && fflush(log->file) == 0, WIL_ERR_IO,
        "%s: cannot write: %s", log->path, strerror(errno));
    return WIL_OK;
}

wil_status run_log_flush(run_log *log)
{
    WIL_REQUIRE(fsync(fileno(log->file)) == 0 || errno == EINVAL || errno == EROFS, WIL_ERR_IO,
        "%s: cannot flush to disk: %s", log->path, strerror(errno));
    return WIL_OK;
}

void run_log_close(run_log *log)
{
    if (log->file != NULL)
        fclose(log->file);
    wil_free(log->path);
    memset(log, 0, sizeof *log);
}
