/* Segmentation training: Dice loss on patches, whole validation patients after each epoch, best epoch kept.
 */
#include "train_unet.h"

#include <math.h>
#include <string.h>

#include "run_folder.h"
#include "schedule.h"
#include "willis/evaluate.h"
#include "set_words.h"
#include "unet_state.h"

#define LOG_HEADER "step,epoch,loss,val_dice"

/* ---- validation --------------------------------------------------------------------------------------- */

typedef struct validation {
    wil_cohort cohort;
    wil_segmenter *segmenter; /* NULL when there is nothing to validate on */
} validation;

static void validation_clear(validation *v)
{
    wil_segmenter_free(v->segmenter);
    wil_cohort_clear(&v->cohort);
}

static wil_status validation_new(validation *out, unet_state *state)
{
    memset(out, 0, sizeof *out);
    const char *path = state->config->cohort;
    if (path == NULL || path[0] == '\0')
        return WIL_OK;
    WIL_TRY(wil_cohort_read(&out->cohort, path));
    wil_status status = WIL_OK;
    if (wil_cohort_count(&out->cohort, WIL_SPLIT_VAL) == 0)
        status = wil_fail(WIL_ERR_INPUT,
            "%s has no subject in the val split, by which the best epoch is chosen; add one, or leave "
            "data.cohort empty",
            path);
    if (status == WIL_OK)
        status = wil_score_check_labels(&out->cohort, WIL_SPLIT_VAL);
    if (status == WIL_OK)
        status = wil_segmenter_borrow(&out->segmenter, state->params, &state->facts, false);
    if (status != WIL_OK)
        validation_clear(out);
    return status;
}

/* Validates after an epoch (from 1) and keeps the weights if they are the best so far. */
static wil_status validate(
    unet_state *state, const validation *v, int epoch, const wil_monitor *monitor, double *dice_out)
{
    *dice_out = NAN;
    if (v->segmenter != NULL) {
        wil_score score = {0};
        const wil_monitor quiet = wil_monitor_without_progress(monitor); /* it is counted in steps */
        WIL_TRY(wil_score_cohort(&score, v->segmenter, &v->cohort, WIL_SPLIT_VAL, NULL, &quiet));
        *dice_out = score.mean;
        wil_score_clear(&score);
    }
    if (v->segmenter == NULL || isnan(state->best_dice) || *dice_out > state->best_dice) {
        state->best_dice = *dice_out;
        state->best_epoch = epoch;
        return wil_params_copy(state->best, state->params);
    }
    return WIL_OK;
}

/* ---- the loop ----------------------------------------------------------------------------------------- */

/* step counts from 0. */
static wil_status train_step(unet_state *state, int64_t step)
{
    const int batch = state->config->unet.batch;
    const uint64_t first = (uint64_t)step * (uint64_t)batch;
    wil_sampler_indices(state->order, first, batch, state->indices);
    WIL_TRY(wil_batch_unet(state->image, state->label, &state->patches, state->indices, batch,
        WIL_SCALE_UNET_SET, state->facts.mean, state->facts.sd, &state->augment, state->config->seed, first));
    const wil_unet_settings *unet = &state->config->unet;
    const int64_t n_steps = (int64_t)state->steps_per_epoch * unet->epochs;
    wil_optimizer_set_learning_rate(state->optimizer,
        unet->learning_rate * schedule_factor(step, n_steps, unet->warmup_steps, unet->decay_from));
    wil_plan_set_random(state->step.plan, state->config->seed, (uint32_t)step);
    WIL_TRY(net_step_run(&state->step, &state->optimizer));
    const double loss = *(const float *)wil_plan_output(state->step.plan, 0);
    WIL_REQUIRE(isfinite(loss), WIL_ERR_NUMERIC,
        "the loss is not finite at step %lld; lower unet.learning_rate and resume from the last checkpoint",
        (long long)step + 1);
    state->epoch_loss += loss;
    return WIL_OK;
}

/* Validates and logs. An interruption leaves the validation due, to be made up when the run is resumed. */
static wil_status end_epoch(
    unet_state *state, const validation *v, int64_t step, run_log *log, const wil_monitor *monitor)
{
    const int epoch = (int)(step / state->steps_per_epoch);
    const double loss = state->epoch_loss / state->steps_per_epoch;
    double dice = NAN;
    const wil_status status = validate(state, v, epoch, monitor, &dice);
    if (status == WIL_ERR_INTERRUPTED)
        return WIL_OK;
    WIL_TRY(status);
    state->epoch_loss = 0;
    state->validation_due = false;
    if (isnan(dice))
        return run_log_row(log, "%lld,%d,%.7g,", (long long)step, epoch, loss);
    wil_monitor_info(monitor, "epoch %d: loss %.4f, validation Dice %.4f", epoch, loss, dice);
    return run_log_row(log, "%lld,%d,%.7g,%.7g", (long long)step, epoch, loss, dice);
}

static void report_progress(
    const unet_state *state, int64_t done, int64_t last, double started_s, const wil_monitor *monitor)
{
    char note[64] = "";
    if (!isnan(state->best_dice))
        snprintf(note, sizeof note, "best Dice %.4f", state->best_dice);
    wil_monitor_progress(monitor, "train unet", done, last, wil_time_s() - started_s, note);
}

static wil_status save(const unet_state *state, int64_t done, run_log *log)
{
    WIL_TRY(run_log_flush(log));
    return unet_state_save(state, done);
}

static wil_status train_loop(unet_state *state, const validation *v, int64_t done, run_log *log,
    const wil_monitor *monitor, wil_train_result *result)
{
    const int64_t last = (int64_t)state->steps_per_epoch * state->config->unet.epochs;
    const double started_s = wil_time_s();
    while ((done < last || state->validation_due) && !result->interrupted) {
        if (!state->validation_due) {
            WIL_TRY(train_step(state, done));
            done++;
        }
        const bool epoch_ended = done % state->steps_per_epoch == 0;
        state->validation_due = epoch_ended;
        if (epoch_ended)
            WIL_TRY(end_epoch(state, v, done, log, monitor));
        const int64_t epoch = done / state->steps_per_epoch - state->validation_due;
        result->steps_done = epoch;
        result->interrupted = state->validation_due || (done < last && wil_monitor_stop_requested(monitor));
        if (result->interrupted ||
            (epoch_ended && (epoch % state->config->checkpoint_every == 0 || done == last)))
            WIL_TRY(save(state, done, log));
        report_progress(state, done, last, started_s, monitor);
    }
    return WIL_OK;
}

static wil_status write_model(unet_state *state, wil_train_result *result)
{
    result->best_val_dice = state->best_dice;
    result->best_epoch = state->best_epoch;
    WIL_TRY(wil_path_join(&result->model_path, state->config->output, "unet.safetensors"));
    /* interrupted within the first epoch: there is no best yet, the current weights are what there is */
    const wil_params *kept = state->best_epoch > 0 ? state->best : state->params;
    return wil_unet_save(kept, &state->facts, result->model_path);
}

static wil_status train_opened(
    unet_state *state, bool resume, const wil_monitor *monitor, wil_train_result *result)
{
    int64_t done = 0;
    run_log log = {0};
    validation v;
    WIL_TRY(validation_new(&v, state));
    wil_status status = resume ? unet_state_restore(state, &done, monitor) : WIL_OK;
    if (status == WIL_OK && resume)
        wil_monitor_info(monitor, "resuming behind step %lld", (long long)done);
    if (status == WIL_OK)
        status = run_config_write(state->config);
    result->steps_done = done / state->steps_per_epoch - state->validation_due;
    if (status == WIL_OK)
        status = run_log_open(&log, state->config->output, LOG_HEADER, done);
    if (status == WIL_OK)
        status = train_loop(state, &v, done, &log, monitor, result);
    if (status == WIL_OK)
        status = write_model(state, result);
    run_log_close(&log);
    validation_clear(&v);
    return status;
}

wil_status train_unet(
    const wil_run_config *config, bool resume, const wil_monitor *monitor, wil_train_result *result)
{
    unet_state state;
    WIL_TRY(unet_state_new(&state, config, monitor));
    result->plan_bytes = wil_plan_bytes(state.step.plan);
    char words[64];
    wil_monitor_info(monitor, "%s, %d step%s an epoch; %.2f M weights", set_words(words, &state.patches),
        state.steps_per_epoch, state.steps_per_epoch == 1 ? "" : "s",
        (double)wil_params_n_trained(state.params) * 1e-6);
    const wil_status status = train_opened(&state, resume, monitor, result);
    unet_state_clear(&state);
    return status;
}
