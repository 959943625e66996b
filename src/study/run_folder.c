#include "run_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
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

/* ---- the folder --------------------------------------------------------------------------------------- */

/* Without resume: nothing that training would write over may lie in the folder. */
static wil_status check_unused(const char *folder)
{
    static const char *const models[] = {"generator.safetensors", "critic.safetensors", "unet.safetensors"};
    int64_t *steps = NULL;
    int n_steps = 0;
    WIL_TRY(list_checkpoints(folder, &steps, &n_steps));
    wil_free(steps);
    WIL_REQUIRE(n_steps == 0, WIL_ERR_ARG,
        "%s already holds a run with checkpoints; give --resume to continue it, or another study.output",
        folder);
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        char *path = NULL;
        WIL_TRY(wil_path_join(&path, folder, models[i]));
        const bool there = wil_file_exists(path);
        wil_free(path);
        WIL_REQUIRE(!there, WIL_ERR_ARG,
            "%s already holds a trained network (%s); give another study.output, or move the network away",
            folder, models[i]);
    }
    return WIL_OK;
}

/* A lock on the folder itself leaves no file behind and ends with the process, however that ends. */
static wil_status lock_folder(int *lock_out, const char *folder)
{
    *lock_out = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    WIL_REQUIRE(*lock_out >= 0, WIL_ERR_IO, "%s: cannot open: %s", folder, strerror(errno));
    if (flock(*lock_out, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return WIL_OK; /* some network file systems know no locks; training goes on without one */
    run_folder_close(*lock_out);
    return wil_fail(WIL_ERR_ARG,
        "%s is in use: another training writes to it; wait for its end, or give another study.output",
        folder);
}

wil_status run_folder_open(int *lock_out, const wil_study_config *config, bool resume)
{
    *lock_out = -1;
    if (!resume)
        WIL_TRY(check_unused(config->output));
    else
        WIL_REQUIRE(wil_folder_exists(config->output), WIL_ERR_ARG,
            "%s: no such folder, so there is no run to resume; start without --resume", config->output);
    WIL_TRY(wil_folder_make(config->output));
    return lock_folder(lock_out, config->output);
}

void run_folder_close(int lock)
{
    if (lock >= 0)
        (void)close(lock);
}

wil_status run_config_write(const wil_study_config *config)
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

/* ---- checkpoints -------------------------------------------------------------------------------------- */

/* A checkpoint that holds NaN would push out the last sound one and can only be resumed into NaN. */
static wil_status check_finite(const wil_tensor *tensors, int n_tensors, int64_t step)
{
    for (int i = 0; i < n_tensors; i++) {
        const float *values = tensors[i].data;
        const int64_t n = tensors[i].type == WIL_TENSOR_F32 ? wil_shape_count(tensors[i].shape) : 0;
        for (int64_t k = 0; k < n; k++)
            WIL_REQUIRE(isfinite(values[k]), WIL_ERR_NUMERIC,
                "%s is not finite behind step %lld, so that step was not saved; lower the learning rate and "
                "resume from the last checkpoint",
                tensors[i].name, (long long)step);
    }
    return WIL_OK;
}

/* Drops all but the checkpoint of step and the one before it. What lies behind step was found damaged when
 * the run was resumed (it would have been continued else), and the run has passed it by. */
static wil_status drop_old(const char *folder, int64_t step)
{
    int64_t *steps = NULL;
    int n_steps = 0;
    WIL_TRY(list_checkpoints(folder, &steps, &n_steps));
    wil_status status = WIL_OK;
    for (int i = 0, kept = 0; i < n_steps && status == WIL_OK; i++) {
        char *old = NULL;
        if (steps[i] <= step && kept++ < CHECKPOINTS_KEPT)
            continue;
        status = checkpoint_path(&old, folder, steps[i]);
        if (status == WIL_OK)
            (void)unlink(old); /* an old checkpoint that stays does no harm */
        wil_free(old);
    }
    wil_free(steps);
    return status;
}

wil_status run_checkpoint_write(
    const char *folder, int64_t step, const wil_tensor *tensors, int n_tensors, const json_t *metadata)
{
    char *path = NULL;
    WIL_TRY(check_finite(tensors, n_tensors, step));
    WIL_TRY(checkpoint_path(&path, folder, step));
    const wil_status status = wil_tensor_file_write(path, tensors, n_tensors, metadata);
    wil_free(path);
    WIL_TRY(status);
    return drop_old(folder, step);
}

static wil_status read_one(wil_tensor_file *out, const char *folder, int64_t step)
{
    char *path = NULL;
    WIL_TRY(checkpoint_path(&path, folder, step));
    const wil_status status = wil_tensor_file_read(out, path);
    wil_free(path);
    return status;
}

wil_status run_checkpoint_read(
    const char *folder, wil_tensor_file *out, int64_t *step_out, const wil_monitor *monitor)
{
    int64_t *steps = NULL;
    int n_steps = 0;
    WIL_TRY(list_checkpoints(folder, &steps, &n_steps));
    wil_status status = WIL_ERR_INPUT; /* only a damaged file is passed over, not a lack of memory */
    for (int i = 0; i < n_steps && status == WIL_ERR_INPUT; i++) {
        *step_out = steps[i];
        status = read_one(out, folder, steps[i]);
        if (status == WIL_ERR_INPUT)
            wil_monitor_warn(monitor, "checkpoint skipped: %s", wil_status_message());
    }
    wil_free(steps);
    WIL_REQUIRE(
        n_steps > 0, WIL_ERR_INPUT, "%s holds no checkpoint to resume from; start without --resume", folder);
    if (status == WIL_ERR_INPUT)
        return wil_fail_context(status, "%s: no sound checkpoint among %d; the oldest", folder, n_steps);
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
