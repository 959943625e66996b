/* Checkpoints of a run: the newest two are kept, and of these the newest that is sound is read. */
#include <dirent.h>
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
        if (sscanf(entry->d_name, "checkpoint-%lld.safetensors", &step) != 1 || step < 0)
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

/* Drops all but the checkpoint of step and the one before it. What lies behind step was found damaged when
 * the run was resumed (it would have been continued else), and the run has passed it by. */
static wil_status drop_old(const char *folder, int64_t step)
{
    WIL_OWN(int64_t) *steps = NULL;
    int n_steps = 0;
    WIL_TRY(list_checkpoints(folder, &steps, &n_steps));
    for (int i = 0, kept = 0; i < n_steps; i++) {
        WIL_OWN(char) *old = NULL;
        if (steps[i] <= step && kept++ < CHECKPOINTS_KEPT)
            continue;
        WIL_TRY(checkpoint_path(&old, folder, steps[i]));
        (void)unlink(old); /* an old checkpoint that stays does no harm */
    }
    return WIL_OK;
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
    WIL_OWN(json_t) *own = metadata != NULL ? json_copy((json_t *)metadata) : json_object();
    WIL_REQUIRE(own != NULL && add_fact(own, THREADS, texts.threads) &&
                    add_fact(own, PRECISION, texts.precision) && add_fact(own, PATCHES, texts.patches),
        WIL_ERR_MEMORY, "out of memory for metadata");
    return wil_give(out, &own);
}

wil_status run_checkpoint_write(const char *folder, int64_t step, const wil_tensor_list *list,
    const run_facts *facts, const json_t *metadata)
{
    WIL_OWN(char) *path = NULL;
    WIL_OWN(json_t) *complete = NULL;
    /* a checkpoint that holds NaN would push out the last sound one and can only be resumed into NaN */
    const char *broken = wil_tensor_list_not_finite(list);
    WIL_REQUIRE(broken == NULL, WIL_ERR_NUMERIC,
        "%s is not finite after step %lld, so that step was not saved; lower the learning rate and resume "
        "from the last checkpoint",
        broken, (long long)step);
    WIL_TRY(with_facts(&complete, metadata, facts));
    WIL_TRY(checkpoint_path(&path, folder, step));
    WIL_TRY(wil_tensor_list_write(list, path, complete));
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

static wil_status open_one(wil_tensor_reader **out, const char *folder, int64_t step)
{
    WIL_OWN(char) *path = NULL;
    WIL_OWN(wil_tensor_reader) *reader = NULL;
    WIL_TRY(checkpoint_path(&path, folder, step));
    WIL_TRY(wil_tensor_reader_open(&reader, path));
    WIL_REQUIRE(wil_tensor_reader_is_checked(reader), WIL_ERR_INPUT,
        "%s has no checksum, which every checkpoint has", path); /* who damages its name takes it away */
    return wil_give(out, &reader);
}

/* What the checkpoint says of a fact, if it is not what is true now; else NULL. */
static const char *other_fact(const json_t *metadata, const char *name, const char *now)
{
    const char *then = json_string_value(json_object_get(metadata, name));
    return then != NULL && strcmp(then, now) != 0 ? then : NULL;
}

static void compare_facts(const json_t *metadata, const char *folder, int64_t step, const run_facts *facts,
    const wil_monitor *monitor)
{
    const fact_texts now = texts_of(facts);
    const char *threads = other_fact(metadata, THREADS, now.threads);
    const char *precision = other_fact(metadata, PRECISION, now.precision);
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
    if (other_fact(metadata, PATCHES, now.patches) != NULL)
        wil_monitor_warn(monitor,
            "%s: the patch set is not the one that the checkpoint of step %lld was trained on, though it has "
            "the same name; the run goes on with the new patches",
            folder, (long long)step);
}

wil_status run_checkpoint_open(const char *folder, wil_tensor_reader **out, int64_t *step_out,
    const run_facts *facts, const wil_monitor *monitor)
{
    WIL_OWN(int64_t) *steps = NULL;
    int n_steps = 0;
    WIL_TRY(list_checkpoints(folder, &steps, &n_steps));
    wil_status status = WIL_ERR_INPUT; /* only a damaged file is passed over, not a lack of memory */
    for (int i = 0; i < n_steps && status == WIL_ERR_INPUT; i++) {
        *step_out = steps[i];
        status = open_one(out, folder, steps[i]);
        if (status == WIL_ERR_INPUT)
            wil_monitor_warn(monitor, "checkpoint skipped: %s%s", wil_status_message(),
                i + 1 < n_steps ? "; trying the one before it" : "");
    }
    WIL_REQUIRE(
        n_steps > 0, WIL_ERR_INPUT, "%s holds no checkpoint to resume from; start without --resume", folder);
    if (status == WIL_OK)
        compare_facts(wil_tensor_reader_metadata(*out), folder, *step_out, facts, monitor);
    if (status == WIL_ERR_INPUT)
        return wil_fail_context(status,
            "%s: no sound checkpoint among %d; put a copy of one back, or start anew in another "
            "run.output. "
            "The oldest",
            folder, n_steps);
    return status;
}
