#include "kernel_step.h"

#include <string.h>

wil_status kernel_step_new(wil_step *out, const wil_draft *d, wil_node node)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    kernel_step *own = NULL;
    *out = wil_step_empty(wil_op_name(info->kind));
    WIL_TRY(wil_alloc((void **)&own, 1, sizeof *own));
    out->own = own;
    out->clear = wil_free;
    out->run = kernel_step_run;
    out->out = d->buffer[node];
    own->call.out_shape = info->shape;
    own->call.attr = info->attr;
    for (int k = 0; k < info->n_inputs; k++) {
        out->in[k] = d->buffer[d->root[info->inputs[k]]];
        own->call.in_shape[k] = wil_graph_shape(d->graph, info->inputs[k]);
    }
    return WIL_OK;
}

const wil_kernel_call *kernel_step_call(const wil_step *step)
{
    wil_kernel_call *call = &((kernel_step *)step->own)->call;
    memcpy(call->in, step->in_at, sizeof call->in);
    call->out = step->out_at;
    call->seed = step->draws->seed;
    call->step = step->draws->step;
    return call;
}

wil_status kernel_step_run(wil_step *step)
{
    ((const kernel_step *)step->own)->kernel(kernel_step_call(step));
    return WIL_OK;
}
