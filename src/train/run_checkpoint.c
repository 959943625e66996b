/* Checkpoints of a run: the newest two are kept, and of these the newest that is sound is read. */
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "willis/model.h"
#include "run_folder.h"

#define CHECKPOINT_FORMAT "checkpoint-%08lld.safetensors"
#define CHECKPOINTS_KEPT 2
/* In the metadata. */
#define THREADS "threads"
#define PRECISION "precision"
#define PATCHES "patches_crc32"

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

/* ---- writing ------------------------------------------------------------------------------------------ */

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

static bool add_fact(json_t *metadata, const char *name, const char *text)
{
    return json_object_set_new(metadata, name, json_string(text)) == 0;
}

/* The facts as they stand in the metadata. */
typedef struct fact_texts {
    char threads[16], patches[16];
    const char *precision;
} fact_texts;

static fact_texts texts_of(const run_facts *facts)
{
    fact_texts texts = {.precision = wil_precision_name(facts->precision)};
    snprintf(texts.threads, sizeof texts.threads, "%d", wil_thread_count(0));
    snprintf(texts.patches, sizeof texts.patches, "%08x", (unsigned)facts->patches);
    return texts;
}

static wil_status with_facts(json_t **out, const json_t *metadata, const run_facts *facts)
{
    const fact_texts texts = texts_of(facts);
    *out = metadata != NULL ? json_copy((json_t *)metadata) : json_object();
    if (*out != NULL && add_fact(*out, THREADS, texts.threads) &&
        add_fact(*out, PRECISION, texts.precision) && add_fact(*out, PATCHES, texts.patches))
        return WIL_OK;
    json_decref(*out);
    *out = NULL;
    return wil_fail(WIL_ERR_MEMORY, "out of memory for metadata");
}

wil_status run_checkpoint_write(const char *folder, int64_t step, const wil_tensor *tensors, int n_tensors,
    const run_facts *facts, const json_t *metadata)
{
    char *path = NULL;
    json_t *complete = NULL;
    WIL_TRY(check_finite(tensors, n_tensors, step));
    WIL_TRY(with_facts(&complete, metadata, facts));
    wil_status status = checkpoint_path(&path, folder, step);
    if (status == WIL_OK)
        status = wil_tensor_file_write(path, tensors, n_tensors, complete);
    wil_free(path);
    json_decref(complete);
    WIL_TRY(status);
    return drop_old(folder, step);
}

/* ---- reading ------------------------------------------------------------------------------------------ */

bool run_has_checkpoint(const char *folder)
{
    int64_t *steps = NULL;
    int n_steps = 0;
    const wil_status status = list_checkpoints(folder, &steps, &n_steps);
    wil_free(steps);
    return status == WIL_OK && n_steps > 0;
}

static wil_status read_one(wil_tensor_file *out, const char *folder, int64_t step)
{
    char *path = NULL;
    WIL_TRY(checkpoint_path(&path, folder, step));
    wil_status status = wil_tensor_file_read(out, path);
    if (status == WIL_OK && !out->checked) { /* whoever damages a checksum's name takes it away */
        wil_tensor_file_clear(out);
        status = wil_fail(WIL_ERR_INPUT, "%s has no checksum, which every checkpoint has", path);
    }
    wil_free(path);
    return status;
}

/* What the checkpoint says of a fact, if it is not what is true now; else NULL. */
static const char *other_fact(const wil_tensor_file *file, const char *name, const char *now)
{
    const char *then = json_string_value(json_object_get(file->metadata, name));
    return then != NULL && strcmp(then, now) != 0 ? then : NULL;
}

static void compare_facts(const wil_tensor_file *file, const char *folder, int64_t step,
    const run_facts *facts, const wil_monitor *monitor)
{
    const fact_texts now = texts_of(facts);
    const char *threads = other_fact(file, THREADS, now.threads);
    const char *precision = other_fact(file, PRECISION, now.precision);
    if (threads != NULL)
        wil_monitor_warn(monitor,
            "%s: the checkpoint of step %lld was computed with %s threads and the run goes on with %s, so "
            "its last digits will not be those of a run without the pause; --threads %s gives the same bits",
            folder, (long long)step, threads, now.threads, threads);
    if (precision != NULL)
        wil_monitor_warn(monitor,
            "%s: the checkpoint of step %lld was computed in %s and the run goes on in %s; --set "
            "engine.precision=%s goes on as before",
            folder, (long long)step, precision, now.precision, precision);
    if (other_fact(file, PATCHES, now.patches) != NULL)
        wil_monitor_warn(monitor,
            "%s: the patch set is not the one that the checkpoint of step %lld was trained on, though it has "
            "the same name; the run goes on with the new patches",
            folder, (long long)step);
}

wil_status run_checkpoint_read(const char *folder, wil_tensor_file *out, int64_t *step_out,
    const run_facts *facts, const wil_monitor *monitor)
{
    int64_t *steps = NULL;
    int n_steps = 0;
    WIL_TRY(list_checkpoints(folder, &steps, &n_steps));
    wil_status status = WIL_ERR_INPUT; /* only a damaged file is passed over, not a lack of memory */
    for (int i = 0; i < n_steps && status == WIL_ERR_INPUT; i++) {
        *step_out = steps[i];
        status = read_one(out, folder, steps[i]);
        if (status == WIL_ERR_INPUT)
            wil_monitor_warn(monitor, "checkpoint skipped: %s%s", wil_status_message(),
                i + 1 < n_steps ? "; trying the one before it" : "");
    }
    wil_free(steps);
    WIL_REQUIRE(
        n_steps > 0, WIL_ERR_INPUT, "%s holds no checkpoint to resume from; start without --resume", folder);
    if (status == WIL_OK)
        compare_facts(out, folder, *step_out, facts, monitor);
    if (status == WIL_ERR_INPUT)
        return wil_fail_context(status,
            "%s: no sound checkpoint among %d; put a copy of one back, or start anew in another "
            "run.output. "
            "The oldest",
            folder, n_steps);
    return status;
}
