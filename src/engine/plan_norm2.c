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

double plan_norm2_multiply_adds(const wil_graph *graph, const wil_node_info *info)
{
    const double n_samples = (double)info->shape.dim[0];
    double n_rows = 0;
    double n_patch = 1;
    double n_channels = 1;
    for (int k = 0; k < info->n_inputs; k += 2) {
        const wil_shape x = wil_graph_shape(graph, info->inputs[k]);
        const wil_shape g = wil_graph_shape(graph, info->inputs[k + 1]);
        n_patch = (double)x.dim[x.rank - 1];
        n_channels = (double)g.dim[g.rank - 1];
        n_rows += (double)wil_shape_count(g) / n_channels / n_samples;
    }
    for (int i = 0; i < info->attr.n_spatial; i++)
        n_patch *= (double)info->attr.kernel[i];
    return n_samples * (info->attr.axis == 1 ? 0.5 * n_rows * (n_rows + 1) * (n_patch + n_channels)
                                             : n_rows * n_patch * n_channels);
}
