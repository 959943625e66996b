/* The step behind per-sample norms: what the graph calls conv_dw_norm2. */
#include "engine_internal.h"

static wil_status run_norm2(plan_step *step)
{
    return wil_dnnl_norm2(&step->call, step->scratch_at, step->scratch_bytes);
}

wil_status draft_norm2(plan_draft *d, int moment, plan_step *step)
{
    step->run = run_norm2;
    step->scratch_bytes = wil_dnnl_norm2_scratch_bytes(&step->call);
    const plan_buffer buffer = {.bytes = step->scratch_bytes, .first = moment, .last = moment, .leaf = -1};
    WIL_TRY(plan_add_buffer(d->plan, buffer, &step->scratch));
    return plan_add_step(d->plan, step);
}
