/* The parts of a training, walked: memory, first values, checkpoints. */
#include <assert.h>
#include <limits.h>
#include <string.h>

#include "trainer.h"
#include "willis/model.h"

/* ---- adding -------------------------------------------------------------------------------------------- */

wil_params *train_add(train *t, train_part part)
{
    assert(t->n_parts < TRAIN_PARTS);
    t->parts[t->n_parts++] = part;
    return part.set;
}

static wil_status compile(train *t, net_step *step, train_builder build, const void *context)
{
    WIL_OWN(wil_graph) *graph = NULL;
    wil_plan_config plan = t->engine;
    WIL_TRY(wil_graph_new(&graph));
    build(step, graph, context);
    plan.fixed_params = step->n_trained == 0;
    return net_step_compile(step, graph, &plan);
}

wil_status train_add_step(train *t, const char *name, train_builder build, const void *context)
{
    assert(t->n_steps < TRAIN_STEPS);
    const char *patterns = t->config != NULL ? t->config->train : NULL;
    for (int i = 0; i < t->n_parts; i++)
        if (t->parts[i].kind == PART_SET)
            WIL_TRY(wil_params_train_only(t->parts[i].set, patterns));
    net_step *step = &t->steps[t->n_steps++];
    step->name = name;
    return compile(t, step, build, context);
}

void train_need(train *t, const char *what, size_t bytes)
{
    assert(t->n_needs < TRAIN_NEEDS);
    t->needs[t->n_needs++] = (memory_need){what, bytes};
}

double *train_scalar_add(train *t, const char *name)
{
    assert(t->n_scalars < TRAIN_SCALARS);
    t->scalars[t->n_scalars].name = name;
    return &t->scalars[t->n_scalars++].value;
}

void train_clear(train *t)
{
    if (t->own != NULL)
        t->task->close(t->own);
    wil_free(t->own);
    for (int i = 0; i < t->n_steps; i++)
        net_step_clear(&t->steps[i]);
    for (int i = 0; i < t->n_parts; i++) {
        wil_optimizer_free(t->parts[i].optimizer);
        if (t->parts[i].kind == PART_SET)
            wil_params_free(t->parts[i].set);
    }
    for (int i = 0; i < t->n_inputs; i++)
        wil_free(t->inputs[i].values);
    wil_samples_clear(&t->samples);
    wil_sampler_free(t->sampler);
    wil_free(t->indices);
    memset(t, 0, sizeof *t);
}

/* ---- memory -------------------------------------------------------------------------------------------- */

/* A checkpoint holds one tensor at a time in the file's order of axes. */
static size_t largest_tensor(const wil_params *set)
{
    size_t most = 0;
    for (int i = 0; i < wil_params_count(set); i++) {
        const size_t bytes = (size_t)wil_shape_count(wil_params_at(set, i)->shape) * sizeof(float);
        most = bytes > most ? bytes : most;
    }
    return most;
}

size_t train_bytes(const train *t)
{
    size_t bytes = 0;
    size_t largest = 0;
    for (int i = 0; i < t->n_parts; i++) {
        const train_part *part = &t->parts[i];
        if (part->kind == PART_SET) {
            const size_t tensor = largest_tensor(part->set);
            bytes += memory_of_values(part->set);
            largest = tensor > largest ? tensor : largest;
        }
        if (part->kind == PART_OPTIMIZER) {
            bytes += wil_optimizer_bytes(part->set, &part->rule);
            if (t->policy.kind == POLICY_SUM)
                bytes += wil_params_n_trained(part->set) * sizeof(float);
        }
    }
    return bytes + largest;
}

size_t train_plan_bytes(const train *t)
{
    size_t bytes = 0;
    for (int i = 0; i < t->n_steps; i++)
        bytes += wil_plan_bytes(t->steps[i].plan);
    return bytes;
}

wil_status train_check_memory(const train *t)
{
    memory_need needs[TRAIN_STEPS + TRAIN_NEEDS + 1];
    int n = 0;
    for (int i = 0; i < t->n_steps; i++)
        needs[n++] = (memory_need){t->steps[i].name, wil_plan_bytes(t->steps[i].plan)};
    memcpy(needs + n, t->needs, (size_t)t->n_needs * sizeof *needs);
    n += t->n_needs;
    needs[n++] = (memory_need){"weights and optimisers", train_bytes(t)};
    return memory_check(needs, n, t->task->advice, t->monitor);
}

/* ---- taking it ----------------------------------------------------------------------------------------- */

float *train_input_of(const train *t, const char *name)
{
    for (int i = 0; i < t->n_inputs; i++)
        if (strcmp(t->inputs[i].name, name) == 0)
            return t->inputs[i].values;
    return NULL;
}

static wil_status bind_inputs(train *t, wil_plan *plan, wil_params *const *sets, int n_sets)
{
    for (int i = 0; i < wil_plan_n_leaves(plan); i++) {
        const char *name = wil_plan_leaf_name(plan, i);
        bool is_weight = false;
        for (int s = 0; s < n_sets; s++)
            is_weight = is_weight || wil_params_find(sets[s], name) != NULL;
        if (is_weight)
            continue;
        if (train_input_of(t, name) == NULL) {
            assert(t->n_inputs < TRAIN_INPUTS);
            train_input *input = &t->inputs[t->n_inputs];
            *input = (train_input){.name = name, .shape = wil_plan_leaf_shape(plan, i)};
            WIL_TRY(wil_alloc_f32(&input->values, (size_t)wil_shape_count(input->shape)));
            t->n_inputs++;
        }
        WIL_TRY(wil_plan_bind(plan, name, train_input_of(t, name)));
    }
    return WIL_OK;
}

wil_optimizer *train_optimizer_of(const train *t, const wil_params *set)
{
    for (int i = 0; i < t->n_parts; i++)
        if (t->parts[i].kind == PART_OPTIMIZER && t->parts[i].set == set)
            return t->parts[i].optimizer;
    return NULL;
}

wil_status train_allocate(train *t)
{
    wil_params *sets[TRAIN_PARTS];
    int n_sets = 0;
    for (int i = 0; i < t->n_parts; i++) {
        train_part *part = &t->parts[i];
        if (part->kind == PART_SET)
            WIL_TRY(wil_params_allocate(part->set));
        if (part->kind == PART_SET && part->copy_of == NULL)
            sets[n_sets++] = part->set;
        if (part->kind == PART_OPTIMIZER)
            WIL_TRY(wil_optimizer_new(&part->optimizer, part->set, &part->rule));
    }
    for (int i = 0; i < t->n_steps; i++) {
        net_step *step = &t->steps[i];
        WIL_TRY(net_step_bind(step, sets, n_sets));
        WIL_TRY(bind_inputs(t, step->plan, sets, n_sets));
        wil_plan_set_monitor(step->plan, t->monitor);
        for (int k = 0; k < step->n_trained; k++)
            step->trained[k].optimizer = train_optimizer_of(t, step->trained[k].set);
    }
    return WIL_OK;
}

wil_status train_first_values(train *t)
{
    for (int i = 0; i < t->n_parts; i++)
        if (t->parts[i].kind == PART_SET && t->parts[i].copy_of == NULL)
            WIL_TRY(wil_params_initialize(t->parts[i].set, t->parts[i].seed));
    if (t->config != NULL && t->config->start_from != NULL)
        WIL_TRY(train_start_from(t));
    for (int i = 0; i < t->n_parts; i++)
        if (t->parts[i].copy_of != NULL)
            WIL_TRY(wil_params_copy(t->parts[i].set, t->parts[i].copy_of));
    return WIL_OK;
}

/* ---- steps --------------------------------------------------------------------------------------------- */

wil_status train_run_step(train *t, net_step *step)
{
    return policy_update(&t->policy, step);
}

double train_output(const net_step *step, int i)
{
    return (double)*(const float *)wil_plan_output(step->plan, i);
}

/* ---- checkpoints --------------------------------------------------------------------------------------- */

/* What stands in checkpoints, where it lies; *absent_from: for each part the first of its tensors. */
static wil_status list_parts(const train *t, wil_tensor_list *list, int first[TRAIN_PARTS])
{
    for (int i = 0; i < t->n_parts; i++) {
        const train_part *part = &t->parts[i];
        first[i] = list->n;
        if (part->kind == PART_SET)
            WIL_TRY(wil_params_list(part->set, part->name, list));
        else if (part->kind == PART_OPTIMIZER)
            WIL_TRY(wil_optimizer_list(part->optimizer, part->name, list));
        else
            WIL_TRY(wil_tensor_list_add(
                list, WIL_TENSOR_F64, wil_shape_of(1, part->n_values), part->values, "%s", part->name));
        for (int k = first[i]; k < list->n; k++) /* what was switched on, or came with a later version */
            list->views[k].optional = part->copy_of != NULL || part->kind == PART_VALUES;
    }
    return WIL_OK;
}

wil_status train_save(train *t, const char *content)
{
    int first[TRAIN_PARTS];
    WIL_OWN(wil_tensor_list) list = {0};
    WIL_OWN(json_t) *metadata = json_pack("{s:s}", "content", content);
    WIL_REQUIRE(metadata != NULL, WIL_ERR_MEMORY, "out of memory for metadata");
    WIL_TRY(list_parts(t, &list, first));
    return run_checkpoint_write(t->config->output, t->step, &list, &t->facts, metadata);
}

static wil_status check_counts(const train_part *part)
{
    for (int i = 0; i < part->n_values; i++)
        WIL_REQUIRE(!(part->counts >> i & 1) || (part->values[i] >= 0 && part->values[i] <= INT_MAX),
            WIL_ERR_INPUT, "value %d of tensor %s, a count, is impossible: %g", i, part->name,
            part->values[i]);
    return WIL_OK;
}

static wil_status restore_parts(train *t, wil_tensor_reader *reader)
{
    int first[TRAIN_PARTS];
    WIL_OWN(wil_tensor_list) list = {0};
    WIL_TRY(list_parts(t, &list, first));
    WIL_TRY(wil_tensor_list_read(&list, reader, true));
    for (int i = 0; i < t->n_parts; i++) {
        const train_part *part = &t->parts[i];
        if (part->copy_of != NULL && !list.views[first[i]].found)
            WIL_TRY(wil_params_copy(part->set, part->copy_of));
        WIL_REQUIRE(part->kind != PART_OPTIMIZER || wil_optimizer_n_steps(part->optimizer) >= 0,
            WIL_ERR_INPUT, "tensor %sstep, a number of steps, is impossible", part->name);
        WIL_TRY(check_counts(part));
    }
    return WIL_OK;
}

wil_status train_restore(train *t)
{
    WIL_OWN(wil_tensor_reader) *reader = NULL;
    const char *folder = t->config->output;
    WIL_TRY(run_checkpoint_open(folder, &reader, &t->step, &t->facts, t->monitor));
    return wil_fail_context(restore_parts(t, reader),
        "%s: the checkpoint of step %lld does not fit this run and its patches", folder, (long long)t->step);
}
