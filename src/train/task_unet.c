/* Segmentation training: Dice loss on patches, whole validation patients after each epoch, best epoch kept.
 */
#include <math.h>
#include <string.h>

#include "schedule.h"
#include "trainer.h"
#include "task_steps.h"
#include "willis/evaluate.h"
#include "willis/model.h"

/* "progress" in checkpoints. */
enum { BEST_DICE, BEST_EPOCH, EPOCH_LOSS, VALIDATION_DUE, PROGRESS_VALUES };

typedef struct unet_task {
    wil_unet_facts facts;
    wil_augment_config augment;
    int64_t steps_per_epoch;
    wil_params *params, *best; /* best: weights of the best epoch so far */
    wil_optimizer *optimizer;
    double
        progress[PROGRESS_VALUES]; /* best Dice NaN before the first validation; loss summed over the epoch */
    wil_cohort cohort;
    wil_segmenter *segmenter;        /* NULL when there is nothing to validate on */
    double *epoch, *loss, *val_dice; /* scalars */
} unet_task;

/* ---- opening ------------------------------------------------------------------------------------------- */

void unet_step(net_step *step, wil_graph *graph, const void *unet_spec_at)
{
    const unet_spec *spec = unet_spec_at;
    wil_nn nn = {.graph = graph, .params = spec->params, .prefix = "unet", .training = true};
    const wil_node x = wil_graph_input_node(graph, "image", spec->image);
    const wil_node label = wil_graph_input_node(graph, "label", spec->image);
    const wil_node logits = wil_nets_unet_with_stats(&nn, x, spec->net, &step->stats);
    const wil_node loss = wil_loss_dice(graph, wil_op_sigmoid(graph, logits), label);
    (void)net_step_output(step, graph, loss);
    net_step_train(step, graph, loss, spec->params);
}

static wil_status describe(const train *t, unet_task *own)
{
    const wil_unet_settings *unet = &t->config->unet;
    own->facts.net = wil_unet_config_default();
    own->facts.net.filters = unet->filters;
    own->facts.net.levels = unet->levels;
    own->facts.net.dropout = unet->dropout;
    own->facts.threshold = unet->threshold;
    own->facts.tile = unet->tile;
    own->facts.precision = t->engine.precision;
    own->augment = wil_augment_config_default();
    own->augment.kind = unet->augment;
    own->progress[BEST_DICE] = NAN;
    return wil_samples_moments(&t->samples, &own->facts.mean, &own->facts.sd);
}

static wil_status add_parts(train *t, unet_task *own)
{
    wil_params *set = NULL;
    wil_optimizer_config adam = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    adam.learning_rate = t->config->unet.learning_rate;
    WIL_TRY(wil_unet_params_declare(&set, &own->facts.net));
    own->params = train_add(t, (train_part){PART_SET, "weights.", .set = set, .seed = t->config->seed});
    WIL_TRY(wil_unet_params_declare(&set, &own->facts.net));
    own->best = train_add(t, (train_part){PART_SET, "best.", .set = set, .copy_of = own->params});
    (void)train_add(t, (train_part){PART_OPTIMIZER, "adam.", .set = own->params, .rule = adam});
    (void)train_add(t, (train_part){PART_VALUES, "progress", .values = own->progress,
                           .n_values = PROGRESS_VALUES, .counts = 1u << BEST_EPOCH | 1u << VALIDATION_DUE});
    return WIL_OK;
}

static wil_status add_step(train *t, unet_task *own)
{
    const wil_sample_shape patch = t->samples.shape;
    const unet_spec spec = {.net = &own->facts.net,
        .params = own->params,
        .image = wil_shape_of(4, t->config->unet.batch, patch.height, patch.width, 1)};
    size_t validation = 0;
    WIL_TRY(train_add_step(t, "training step", unet_step, &spec));
    if (t->config->cohort != NULL)
        WIL_TRY(wil_segmenter_plan_bytes(&validation, own->params, &own->facts));
    train_need(t, "validation", validation);
    return WIL_OK;
}

static void set_pace(train *t, unet_task *own)
{
    const wil_unet_settings *unet = &t->config->unet;
    const int64_t per_epoch = unet->patches_per_epoch > 0 ? unet->patches_per_epoch : t->samples.n;
    own->steps_per_epoch = per_epoch / unet->batch > 0 ? per_epoch / unet->batch : 1;
    own->epoch = train_scalar_add(t, "epoch");
    own->loss = train_scalar_add(t, "loss");
    own->val_dice = train_scalar_add(t, "val_dice");
    t->look_due = &own->progress[VALIDATION_DUE];
    t->last = own->steps_per_epoch * unet->epochs;
    t->unit_steps = t->look_every = t->log_every = own->steps_per_epoch;
    t->save_every = own->steps_per_epoch * t->config->checkpoint_every;
}

static wil_status open_unet(train *t)
{
    unet_task *own = t->own;
    WIL_TRY(train_read_samples(t, t->config->unet.batch, "unet.batch"));
    wil_samples_scale_byte_range(&t->samples);
    WIL_TRY(describe(t, own));
    const wil_sample_shape patch = t->samples.shape;
    WIL_TRY(wil_fail_context(
        wil_unet_config_check(&own->facts.net, patch.height, patch.width), "%s", t->config->patches));
    WIL_TRY(add_parts(t, own));
    WIL_TRY(add_step(t, own));
    set_pace(t, own);
    return WIL_OK;
}

static wil_status open_validation(const train *t, unet_task *own)
{
    const char *path = t->config->cohort;
    if (path == NULL)
        return WIL_OK;
    WIL_TRY(wil_cohort_read(&own->cohort, path));
    WIL_REQUIRE(wil_cohort_count(&own->cohort, WIL_SPLIT_VAL) > 0, WIL_ERR_INPUT,
        "%s has no subject in the val split, by which the best epoch is chosen; add one, or leave "
        "data.cohort empty",
        path);
    WIL_TRY(wil_score_check_labels(&own->cohort, WIL_SPLIT_VAL));
    return wil_segmenter_borrow(&own->segmenter, own->params, &own->facts, false);
}

static wil_status ready_unet(train *t)
{
    unet_task *own = t->own;
    char words[64];
    own->optimizer = train_optimizer_of(t, own->params);
    wil_monitor_info(t->monitor, "%s, %lld step%s an epoch; %.2f M weights",
        train_set_words(words, &t->samples), (long long)own->steps_per_epoch,
        own->steps_per_epoch == 1 ? "" : "s", (double)wil_params_n_trained(own->params) * 1e-6);
    return open_validation(t, own);
}

static void close_unet(void *own_at)
{
    unet_task *own = own_at;
    wil_segmenter_free(own->segmenter);
    wil_cohort_clear(&own->cohort);
}

/* ---- one step ------------------------------------------------------------------------------------------ */

static wil_status update_unet(train *t, int64_t step)
{
    unet_task *own = t->own;
    const wil_unet_settings *unet = &t->config->unet;
    const uint64_t first = (uint64_t)(step - 1) * (uint64_t)unet->batch;
    const size_t *indices = train_next_samples(t, first, unet->batch);
    WIL_TRY(wil_batch_unet(train_input_of(t, "image"), train_input_of(t, "label"), &t->samples, indices,
        unet->batch, WIL_SCALE_UNET_SET, own->facts.mean, own->facts.sd, &own->augment, t->config->seed,
        first));
    wil_optimizer_set_learning_rate(own->optimizer,
        unet->learning_rate * schedule_factor(step - 1, t->last, unet->warmup_steps, unet->decay_from));
    wil_plan_set_random(t->steps[0].plan, t->config->seed, (uint32_t)(step - 1));
    WIL_TRY(train_run_step(t, &t->steps[0]));
    const double loss = train_output(&t->steps[0], 0);
    WIL_REQUIRE(isfinite(loss), WIL_ERR_NUMERIC,
        "the loss is not finite at step %lld; lower unet.learning_rate and resume from the last checkpoint",
        (long long)step);
    own->progress[EPOCH_LOSS] += loss;
    return WIL_OK;
}

/* Dice of the val patients; NaN without any. */
static wil_status validate(const train *t, const unet_task *own, double *dice_out)
{
    *dice_out = NAN;
    if (own->segmenter == NULL)
        return WIL_OK;
    wil_score score = {0};
    const wil_monitor quiet = wil_monitor_without_progress(t->monitor); /* it is counted in steps */
    WIL_TRY(wil_score_cohort(&score, own->segmenter, &own->cohort, WIL_SPLIT_VAL, NULL, &quiet));
    *dice_out = score.mean;
    wil_score_clear(&score);
    return WIL_OK;
}

/* After an epoch: validates and keeps the weights if they are the best so far. */
static wil_status look_unet(train *t, int64_t step)
{
    unet_task *own = t->own;
    double dice = NAN;
    WIL_TRY(validate(t, own, &dice));
    *own->epoch = (double)(step / own->steps_per_epoch);
    *own->loss = own->progress[EPOCH_LOSS] / (double)own->steps_per_epoch;
    *own->val_dice = dice;
    own->progress[EPOCH_LOSS] = 0;
    if (!isnan(dice))
        wil_monitor_info(
            t->monitor, "epoch %.0f: loss %.4f, validation Dice %.4f", *own->epoch, *own->loss, dice);
    const double best = own->progress[BEST_DICE];
    if (own->segmenter == NULL || isnan(best) || dice > best) {
        own->progress[BEST_DICE] = dice;
        own->progress[BEST_EPOCH] = *own->epoch;
        WIL_TRY(wil_params_copy(own->best, own->params));
    }
    if (!isnan(own->progress[BEST_DICE]))
        snprintf(t->note, sizeof t->note, "best Dice %.4f", own->progress[BEST_DICE]);
    return WIL_OK;
}

static wil_status finish_unet(train *t, wil_train_result *result)
{
    const unet_task *own = t->own;
    WIL_OWN(json_t) *trained = NULL;
    result->best_val_dice = own->progress[BEST_DICE];
    result->best_epoch = (int)own->progress[BEST_EPOCH];
    WIL_TRY(wil_run_metadata(&trained, t->config));
    WIL_TRY(wil_path_join(&result->model_path, t->config->output, "unet.safetensors"));
    /* interrupted within the first epoch: there is no best yet, the current weights are what there is */
    const wil_params *kept = result->best_epoch > 0 ? own->best : own->params;
    return wil_unet_save(kept, &own->facts, trained, result->model_path);
}

const train_task train_task_unet = {
    .stage = "train unet",
    .unit = "epoch",
    .counts = "epochs",
    .validates = true,
    .advice = "take a smaller unet.batch, unet.tile or unet.filters, or set engine.recompute: true",
    .own_bytes = sizeof(unet_task),
    .open = open_unet,
    .ready = ready_unet,
    .update = update_unet,
    .look = look_unet,
    .finish = finish_unet,
    .close = close_unet,
};
