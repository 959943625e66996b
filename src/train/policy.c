#include "policy.h"

/* ---- one weight ---------------------------------------------------------------------------------------- */

typedef struct cut_work {
    float *values;
    float limit;
} cut_work;

static void cut_chunk(int64_t begin, int64_t end, void *context)
{
    const cut_work *work = context;
    for (int64_t i = begin; i < end; i++) {
        const float v = work->values[i];
        work->values[i] = v > work->limit ? work->limit : v < -work->limit ? -work->limit : v;
    }
}

static void update_weight(const net_step *step, const net_step_trained *trained, int k, const float *gradient)
{
    wil_optimizer_update(trained->optimizer, k, gradient);
    if (step->weight_limit <= 0)
        return;
    const wil_param *weight = net_step_weight(trained, k);
    cut_work work = {.values = weight->value, .limit = step->weight_limit};
    wil_parallel_for(wil_shape_count(weight->shape), 1 << 16, cut_chunk, &work);
}

/* ---- at once ------------------------------------------------------------------------------------------- */

/* Whose gradient an output is; *k: of which of its weights. */
static net_step_trained *trained_of(net_step *step, int output, int *k)
{
    int i = 0;
    while (output >= step->trained[i].first + step->trained[i].n)
        i++;
    *k = output - step->trained[i].first;
    return &step->trained[i];
}

static void update_one(void *context, int output, const void *gradient)
{
    int k = 0;
    net_step_trained *trained = trained_of(context, output, &k);
    if (!trained->has_begun) /* not before the run, which may yet be interrupted */
        wil_optimizer_begin(trained->optimizer);
    trained->has_begun = true;
    update_weight(context, trained, k, gradient);
}

static wil_status run_with(net_step *step, wil_plan_output_fn on_output)
{
    wil_plan_on_output(step->plan, on_output, step);
    const wil_status status = wil_plan_run(step->plan);
    wil_plan_on_output(step->plan, NULL, NULL);
    return status;
}

static wil_status update_at_once(net_step *step)
{
    for (int i = 0; i < step->n_trained; i++)
        step->trained[i].has_begun = false;
    return run_with(step, update_one);
}

/* ---- collected first ----------------------------------------------------------------------------------- */

static void add_one(void *context, int output, const void *gradient)
{
    int k = 0;
    const net_step_trained *trained = trained_of(context, output, &k);
    wil_gradient_sum_add_one(trained->sum, k, gradient);
}

static wil_status prepare_sums(net_step *step)
{
    for (int i = 0; i < step->n_trained; i++) {
        if (step->trained[i].sum == NULL)
            WIL_TRY(wil_gradient_sum_new(&step->trained[i].sum, step->trained[i].set));
        wil_gradient_sum_zero(step->trained[i].sum);
    }
    return WIL_OK;
}

static wil_status finish_sum(const train_policy *policy, net_step *step, int i)
{
    wil_gradient_sum *sum = step->trained[i].sum;
    if (policy->reduce != NULL)
        WIL_TRY(policy->reduce(policy->context, i, sum));
    if (policy->noise != NULL)
        WIL_TRY(policy->noise(policy->context, i, sum));
    if (policy->divisor != 0 && policy->divisor != 1)
        wil_gradient_sum_scale(sum, (float)(1.0 / policy->divisor));
    return WIL_OK;
}

static wil_status update_by_sum(const train_policy *policy, net_step *step)
{
    const int runs = policy->runs > 0 ? policy->runs : 1;
    WIL_TRY(prepare_sums(step));
    for (int run = 0; run < runs; run++) {
        if (policy->feed != NULL)
            WIL_TRY(policy->feed(policy->context, run));
        WIL_TRY(run_with(step, add_one));
    }
    for (int i = 0; i < step->n_trained; i++)
        WIL_TRY(finish_sum(policy, step, i));
    for (int i = 0; i < step->n_trained; i++) {
        const net_step_trained *trained = &step->trained[i];
        if (trained->n > 0) /* frozen as a whole otherwise */
            wil_optimizer_begin(trained->optimizer);
        for (int k = 0; k < trained->n; k++)
            update_weight(step, trained, k, wil_gradient_sum_values(trained->sum)[k]);
    }
    return WIL_OK;
}

wil_status policy_update(const train_policy *policy, net_step *step)
{
    WIL_TRY(policy->kind == POLICY_SUM ? update_by_sum(policy, step) : update_at_once(step));
    net_step_store_states(step);
    return WIL_OK;
}
