#include "run_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECKPOINT_FORMAT "checkpoint-%08lld.safetensors"
#define CHECKPOINTS_KEPT 2

static int by_step_descending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* Steps of all checkpoints in folder, newest first; steps_out is freed with wil_free. */
static wil_status list_checkpoints(const char *folder, int64_t **steps_out, int *n_out)
{
    *steps_out = NULL;
    *n_out = 0;
    size_t capacity = 0;
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return WIL_OK; /* no folder, no checkpoints */
    wil_status status = WIL_OK;
    for (struct dirent *entry = readdir(directory); entry != NULL && status == WIL_OK;
         entry = readdir(directory)) {
        long long step = 0;
        char expected[64];
        if (sscanf(entry->d_name, "checkpoint-%lld.safetensors", &step) != 1)
            continue;
        snprintf(expected, sizeof expected, CHECKPOINT_FORMAT, step);
        if (strcmp(expected, entry->d_name) != 0)
            continue;
        status = wil_grow((void **)steps_out, &capacity, (size_t)*n_out + 1, sizeof **steps_out);
        if (status == WIL_OK)
            (*steps_out)[(*n_out)++] = step;
    }
    closedir(directory);
    if (*n_out > 1)
        qsort(*steps_out, (size_t)*n_out, sizeof **steps_out, by_step_descending);
    return status;
}

static wil_status checkpoint_path(char **out, const char *folder, int64_t step)
{
    char name[64];
    snprintf(name, sizeof name, CHECKPOINT_FORMAT, (long long)step);
    return wil_path_join(out, folder, name);
}

static wil_status write_config(const wil_study_config *config)
{
    int n_keys = 0;
    const wil_config_key *keys = wil_study_config_keys(&n_keys);
    char *text = NULL;
    char *path = NULL;
    wil_status status = wil_config_text(&text, config, keys, n_keys);
    if (status == WIL_OK)
        status = wil_path_join(&path, config->output, "config.yaml");
    if (status == WIL_OK)
        status = wil_file_write(path, text, strlen(text));
    wil_free(path);
    wil_free(text);
    return status;
}

wil_status run_folder_open(const wil_study_config *config, bool resume)
{
    int64_t *steps = NULL;
    int n_steps = 0;
    WIL_TRY(list_checkpoints(config->output, &steps, &n_steps));
    wil_free(steps);
    WIL_REQUIRE(resume || n_steps == 0, WIL_ERR_ARG,
        "%s already holds a run with checkpoints; give --resume to continue it, or another study.output",
        config->output);
    WIL_TRY(wil_folder_make(config->output));
    return write_config(config);
}

wil_status run_checkpoint_write(
    const char *folder, int64_t step, const wil_tensor *tensors, int n_tensors, json_t *metadata)
{
    char *path = NULL;
    int64_t *steps = NULL;
    int n_steps = 0;
    wil_status status = WIL_OK;
    WIL_TRY_GOTO(status, checkpoint_path(&path, folder, step), done);
    WIL_TRY_GOTO(status, wil_tensor_file_write(path, tensors, n_tensors, metadata), done);
    WIL_TRY_GOTO(status, list_checkpoints(folder, &steps, &n_steps), done);
    for (int i = CHECKPOINTS_KEPT; i < n_steps; i++) {
        char *old = NULL;
        WIL_TRY_GOTO(status, checkpoint_path(&old, folder, steps[i]), done);
        (void)unlink(old); /* an old checkpoint that stays does no harm */
        wil_free(old);
    }
done:
    wil_free(steps);
    wil_free(path);
    return status;
}

wil_status run_checkpoint_read(
    const char *folder, wil_tensor_file *out, int64_t *step_out, const wil_monitor *monitor)
{
    int64_t *steps = NULL;
    int n_steps = 0;
    WIL_TRY(list_checkpoints(folder, &steps, &n_steps));
    wil_status status = WIL_ERR_INPUT;
    for (int i = 0; i < n_steps && status != WIL_OK; i++) {
        char *path = NULL;
        status = checkpoint_path(&path, folder, steps[i]);
        if (status == WIL_OK)
            status = wil_tensor_file_read(out, path);
        if (status == WIL_OK)
            *step_out = steps[i];
        else
            wil_monitor_warn(monitor, "checkpoint skipped: %s", wil_status_message());
        wil_free(path);
    }
    wil_free(steps);
    WIL_REQUIRE(
        n_steps > 0, WIL_ERR_INPUT, "%s holds no checkpoint to resume from; start without --resume", folder);
    return status;
}

/* ---- log ---------------------------------------------------------------------------------------------- */

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

void run_log_close(run_log *log)
{
    if (log->file != NULL)
        fclose(log->file);
    wil_free(log->path);
    memset(log, 0, sizeof *log);
}

void run_tensors_free(wil_tensor *tensors, int n_tensors)
{
    for (int i = 0; i < n_tensors; i++) {
        wil_free(tensors[i].name);
        wil_free(tensors[i].data);
    }
    wil_free(tensors);
}
