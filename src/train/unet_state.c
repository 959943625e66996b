#include "unet_state.h"

#include <math.h>
#include <string.h>

#include "memory_needs.h"
#include "willis/model.h"
#include "run_folder.h"
#include "unet_step.h"

static wil_status read_patches(unet_state *state)
{
    const wil_run_config *config = state->config;
    wil_samples *patches = &state->patches;
    WIL_TRY(wil_samples_open(patches, config->patches, WIL_SAMPLES_IN_MEMORY));
    WIL_TRY(wil_samples_check_slices(patches, config->patches));
    WIL_REQUIRE(patches->n >= config->unet.batch, WIL_ERR_INPUT,
        "%s holds %lld patches, fewer than unet.batch = %d; cut more (willis patches --per-subject) or lower "
        "unet.batch",
        config->patches, (long long)patches->n, config->unet.batch);
    state->run.precision = state->engine.precision;
    WIL_TRY(wil_samples_checksum(&state->run.patches, patches));
    wil_samples_scale_byte_range(patches);
    const int64_t per_epoch =
        config->unet.patches_per_epoch > 0 ? config->unet.patches_per_epoch : patches->n;
    state->steps_per_epoch = (int)(per_epoch / config->unet.batch > 0 ? per_epoch / config->unet.batch : 1);
    return wil_sampler_new(&state->order, (size_t)patches->n, config->seed);
}

static wil_status describe(unet_state *state)
{
    const wil_unet_settings *unet = &state->config->unet;
    state->facts.net = wil_unet_config_default();
    state->facts.net.filters = unet->filters;
    state->facts.net.levels = unet->levels;
    state->facts.net.dropout = unet->dropout;
    state->facts.threshold = unet->threshold;
    state->facts.tile = unet->tile;
    state->facts.precision = state->engine.precision;
    state->augment = wil_augment_config_default();
    state->augment.enabled = unet->augment;
    state->best_dice = NAN;
    return wil_samples_moments(&state->patches, &state->facts.mean, &state->facts.sd);
}

static wil_status build_plan(unet_state *state, wil_graph *graph)
{
    const wil_samples *patches = &state->patches;
    const wil_shape shape =
        wil_shape_of(4, state->config->unet.batch, patches->shape.height, patches->shape.width, 1);
    unet_step_build(&state->step, graph, state->params, &state->facts.net, shape);
    return net_step_compile(&state->step, graph, &state->engine);
}

/* The step, and all weights by name and shape; nothing of it has memory yet. */
static wil_status compile_step(unet_state *state)
{
    const wil_samples *patches = &state->patches;
    wil_graph *graph = NULL;
    WIL_TRY(wil_fail_context(
        wil_unet_config_check(&state->facts.net, patches->shape.height, patches->shape.width), "%s",
        state->config->patches));
    WIL_TRY(wil_unet_params_declare(&state->params, &state->facts.net));
    WIL_TRY(wil_unet_params_declare(&state->best, &state->facts.net));
    WIL_TRY(wil_graph_new(&graph));
    const wil_status status = build_plan(state, graph);
    wil_graph_free(graph);
    return status;
}

static wil_optimizer_config adam_of(const wil_run_config *config)
{
    wil_optimizer_config adam = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    adam.learning_rate = config->unet.learning_rate;
    return adam;
}

static wil_status check_memory(const unet_state *state, const wil_monitor *monitor)
{
    size_t validation = 0;
    if (state->config->cohort != NULL && state->config->cohort[0] != '\0')
        WIL_TRY(wil_segmenter_plan_bytes(&validation, state->params, &state->facts));
    const wil_optimizer_config adam = adam_of(state->config);
    const size_t weights = 2 * memory_of_values(state->params) + wil_optimizer_bytes(state->params, &adam);
    const memory_need needs[] = {{"training step", wil_plan_bytes(state->step.plan)},
        {"validation", validation}, {"weights (also the best) and optimiser", weights},
        {"their copy for a checkpoint", weights}};
    return memory_check(needs, sizeof needs / sizeof *needs,
        "take a smaller unet.batch, unet.tile or unet.filters, or set engine.recompute: true", monitor);
}

static wil_status make_network(unet_state *state)
{
    WIL_TRY(net_step_bind(&state->step, &state->params, 1));
    WIL_TRY(wil_params_allocate(state->best));
    return wil_params_initialize(state->params, state->config->seed);
}

static wil_status make_buffers(unet_state *state)
{
    const wil_samples *patches = &state->patches;
    const size_t batch = (size_t)state->config->unet.batch;
    const size_t n = batch * wil_sample_shape_count(patches->shape);
    const wil_optimizer_config adam = adam_of(state->config);
    WIL_TRY(wil_optimizer_new(&state->optimizer, state->params, &adam));
    WIL_TRY(wil_alloc_f32(&state->image, n));
    WIL_TRY(wil_alloc_f32(&state->label, n));
    WIL_TRY(wil_alloc((void **)&state->indices, batch, sizeof *state->indices));
    WIL_TRY(wil_plan_bind(state->step.plan, "image", state->image));
    return wil_plan_bind(state->step.plan, "label", state->label);
}

wil_status unet_state_new(unet_state *out, const wil_run_config *config, const wil_monitor *monitor)
{
    memset(out, 0, sizeof *out);
    out->config = config;
    out->engine = wil_engine_plan_config(&config->engine, monitor);
    wil_status status = read_patches(out);
    if (status == WIL_OK)
        status = describe(out);
    if (status == WIL_OK)
        status = compile_step(out);
    if (status == WIL_OK)
        status = check_memory(out, monitor);
    if (status == WIL_OK)
        status = make_network(out);
    if (status == WIL_OK)
        status = make_buffers(out);
    if (status != WIL_OK)
        unet_state_clear(out);
    return status;
}

void unet_state_clear(unet_state *state)
{
    net_step_clear(&state->step);
    wil_optimizer_free(state->optimizer);
    wil_params_free(state->params);
    wil_params_free(state->best);
    wil_sampler_free(state->order);
    wil_samples_clear(&state->patches);
    wil_free(state->image);
    wil_free(state->label);
    wil_free(state->indices);
    memset(state, 0, sizeof *state);
}

/* ---- checkpoints -------------------------------------------------------------------------------------- */

enum {
    PROGRESS_BEST_DICE,
    PROGRESS_BEST_EPOCH,
    PROGRESS_EPOCH_LOSS,
    PROGRESS_VALIDATION_DUE,
    PROGRESS_VALUES
};

static wil_status append_progress(const unet_state *state, wil_tensor **tensors, int *n, size_t *capacity)
{
    double values[PROGRESS_VALUES];
    values[PROGRESS_BEST_DICE] = state->best_dice;
    values[PROGRESS_BEST_EPOCH] = state->best_epoch;
    values[PROGRESS_EPOCH_LOSS] = state->epoch_loss;
    values[PROGRESS_VALIDATION_DUE] = state->validation_due;
    return wil_tensors_append(
        tensors, n, capacity, "progress", WIL_TENSOR_F64, wil_shape_of(1, PROGRESS_VALUES), values);
}

wil_status unet_state_save(const unet_state *state, int64_t step)
{
    wil_tensor *tensors = NULL;
    int n = 0;
    size_t capacity = 0;
    json_t *metadata = json_pack("{s:s}", "content", "willis segmentation checkpoint");
    wil_status status = metadata == NULL ? wil_fail(WIL_ERR_MEMORY, "out of memory for metadata") : WIL_OK;
    if (status == WIL_OK)
        status = wil_params_to_tensors(state->params, "weights.", &tensors, &n, &capacity);
    if (status == WIL_OK)
        status = wil_params_to_tensors(state->best, "best.", &tensors, &n, &capacity);
    if (status == WIL_OK)
        status = wil_optimizer_to_tensors(state->optimizer, "adam.", &tensors, &n, &capacity);
    if (status == WIL_OK)
        status = append_progress(state, &tensors, &n, &capacity);
    if (status == WIL_OK)
        status = run_checkpoint_write(state->config->output, step, tensors, n, &state->run, metadata);
    wil_tensors_free(tensors, n);
    json_decref(metadata);
    return status;
}

static wil_status restore_from(unet_state *state, const wil_tensor_file *file)
{
    const wil_tensor *progress = wil_tensor_file_find(file, "progress");
    WIL_REQUIRE(progress != NULL && progress->type == WIL_TENSOR_F64 &&
                    wil_shape_count(progress->shape) == PROGRESS_VALUES,
        WIL_ERR_INPUT, "it is not the checkpoint of a segmentation");
    WIL_TRY(wil_params_from_tensors(state->params, "weights.", file));
    WIL_TRY(wil_params_from_tensors(state->best, "best.", file));
    WIL_TRY(wil_optimizer_from_tensors(state->optimizer, "adam.", file));
    const double *values = progress->data;
    state->best_dice = values[PROGRESS_BEST_DICE];
    state->best_epoch = (int)values[PROGRESS_BEST_EPOCH];
    state->epoch_loss = values[PROGRESS_EPOCH_LOSS];
    state->validation_due = values[PROGRESS_VALIDATION_DUE] != 0;
    return WIL_OK;
}

wil_status unet_state_restore(unet_state *state, int64_t *step_out, const wil_monitor *monitor)
{
    wil_tensor_file file = {0};
    WIL_TRY(run_checkpoint_read(state->config->output, &file, step_out, &state->run, monitor));
    const wil_status status = restore_from(state, &file);
    wil_tensor_file_clear(&file);
    return wil_fail_context(status, "%s: the checkpoint of step %lld does not fit this study",
        state->config->output, (long long)*step_out);
}
