/* What every training does: folder, memory, resuming, the loop, log, interruption, checkpoints, result. */
#include "trainer.h"

#include <math.h>
#include <omp.h>
#include <string.h>

static const train_task *const TASKS[] = {
    [WIL_RUN_GAN] = &train_task_gan,
    [WIL_RUN_UNET] = &train_task_unet,
};

/* ---- log ----------------------------------------------------------------------------------------------- */

/* "step,<scalar>,.." and "<step>,<value>,..". */
static wil_status open_log(run_log *log, const train *t)
{
    WIL_OWN(char) *header = NULL;
    WIL_TRY(wil_text_append(&header, "step"));
    for (int i = 0; i < t->n_scalars; i++)
        WIL_TRY(wil_text_append(&header, ",%s", t->scalars[i].name));
    return run_log_open(log, t->config->output, header, t->step);
}

static wil_status write_row(run_log *log, const train *t)
{
    WIL_OWN(char) *row = NULL;
    WIL_TRY(wil_text_append(&row, "%lld", (long long)t->step));
    for (int i = 0; i < t->n_scalars; i++) {
        const double value = t->scalars[i].value;
        WIL_TRY(isnan(value) ? wil_text_append(&row, ",") : wil_text_append(&row, ",%.7g", value));
    }
    return run_log_row(log, "%s", row);
}

/* ---- the loop ------------------------------------------------------------------------------------------ */

static bool due(const train *t, int64_t every)
{
    return every > 0 && (t->step % every == 0 || t->step == t->last);
}

/* The next step, unless the look after the last one is still due; then that look. */
static wil_status advance(train *t)
{
    if (*t->look_due == 0) {
        WIL_TRY(t->task->update(t, t->step + 1));
        t->step++;
        *t->look_due = due(t, t->look_every);
    }
    if (*t->look_due != 0)
        WIL_TRY(t->task->look(t, t->step));
    *t->look_due = 0;
    return WIL_OK;
}

static wil_status save(train *t, run_log *log)
{
    char content[64];
    snprintf(content, sizeof content, "willis %s checkpoint", wil_run_kind_name(t->config->kind));
    WIL_TRY(run_log_flush(log));
    return train_save(t, content);
}

static wil_status loop(train *t, run_log *log)
{
    const double started_s = wil_time_s();
    while ((t->step < t->last || *t->look_due != 0) && !t->interrupted) {
        const wil_status status = advance(t);
        t->interrupted = status == WIL_ERR_INTERRUPTED;
        if (!t->interrupted)
            WIL_TRY(status);
        if (!t->interrupted && due(t, t->log_every))
            WIL_TRY(write_row(log, t));
        t->interrupted = t->interrupted || (t->step < t->last && wil_monitor_stop_requested(t->monitor));
        if (t->interrupted || due(t, t->save_every))
            WIL_TRY(save(t, log));
        wil_monitor_progress(t->monitor, t->task->stage, t->step, t->last, wil_time_s() - started_s, t->note);
    }
    return WIL_OK;
}

/* ---- a run --------------------------------------------------------------------------------------------- */

wil_status train_open(train *t, const wil_run_config *config, const wil_monitor *monitor)
{
    *t = (train){.task = TASKS[config->kind], .config = config, .monitor = monitor};
    t->engine = wil_engine_plan_config(&config->engine, monitor);
    t->look_due = &t->look_due_here;
    WIL_TRY(wil_alloc(&t->own, 1, t->task->own_bytes));
    WIL_TRY(t->task->open(t));
    WIL_TRY(train_check_patterns(t));
    WIL_TRY(train_check_memory(t));
    return train_allocate(t);
}

static wil_status train_opened(train *t, bool resume, wil_train_result *result)
{
    if (!resume)
        WIL_TRY(train_first_values(t));
    if (t->task->ready != NULL)
        WIL_TRY(t->task->ready(t));
    if (resume) {
        WIL_TRY(train_restore(t));
        wil_monitor_info(t->monitor, "resuming after step %lld", (long long)t->step);
    }
    WIL_TRY(run_config_write(t->config));
    run_log log = {0};
    WIL_TRY(open_log(&log, t));
    const wil_status status = loop(t, &log);
    run_log_close(&log);
    result->interrupted = t->interrupted;
    result->steps_done = t->step / t->unit_steps - (*t->look_due != 0);
    result->plan_bytes = train_plan_bytes(t);
    WIL_TRY(status);
    return t->task->finish(t, result);
}

static wil_status write_result(const wil_run_config *config, const wil_train_result *result)
{
    char counts[32];
    WIL_OWN(char) *path = NULL;
    WIL_TRY(wil_path_join(&path, config->output, "result.json"));
    snprintf(counts, sizeof counts, "%s_done", result->counts);
    WIL_OWN(json_t) *value = json_pack("{s:s, s:s, s:I, s:b, s:f, s:I, s:o, s:i, s:o}", "kind",
        wil_run_kind_name(config->kind), "model", wil_path_name(result->model_path), counts,
        (json_int_t)result->steps_done, "interrupted", (int)result->interrupted, "seconds", result->seconds,
        "plan_bytes", (json_int_t)result->plan_bytes, "best_val_dice", wil_json_real(result->best_val_dice),
        "best_epoch", result->best_epoch, "settings",
        wil_fields_json(&wil_run_fields, config, wil_run_section_used));
    WIL_REQUIRE(value != NULL, WIL_ERR_MEMORY, "%s: out of memory", path);
    return wil_json_save(value, path);
}

static wil_status train_in_folder(
    const wil_run_config *config, bool resume, const wil_monitor *monitor, wil_train_result *result)
{
    const double started_s = wil_time_s();
    const train_task *task = TASKS[config->kind];
    WIL_OWN(train) t = {0};
    *result = (wil_train_result){
        .best_val_dice = NAN, .unit = task->unit, .counts = task->counts, .validates = task->validates};
    if (resume)
        WIL_TRY(run_config_compare(config, monitor));
    WIL_TRY(train_open(&t, config, monitor));
    WIL_TRY(train_opened(&t, resume, result));
    result->seconds = wil_time_s() - started_s;
    return write_result(config, result);
}

wil_status wil_train(
    const wil_run_config *config, bool resume, const wil_monitor *monitor, wil_train_result *result)
{
    const int threads_before = omp_get_max_threads();
    int lock = -1;
    memset(result, 0, sizeof *result);
    wil_status status = wil_thread_start(config->threads);
    if (status == WIL_OK)
        status = run_folder_open(&lock, config, &resume, monitor);
    if (status == WIL_OK)
        status = train_in_folder(config, resume, monitor, result);
    run_folder_close(lock);
    omp_set_num_threads(threads_before);
    if (status != WIL_OK)
        wil_train_result_clear(result);
    return status;
}

void wil_train_result_clear(wil_train_result *result)
{
    wil_free(result->model_path);
    memset(result, 0, sizeof *result);
}
