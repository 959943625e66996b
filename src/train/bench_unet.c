/* Segmentation: its training step, and the tiles that a segmenter runs. */
#include "bench_internal.h"

#include "willis/model.h"
#include "unet_step.h"

static wil_status unet2d_of(wil_unet_config *out, const wil_bench_config *config)
{
    *out = wil_unet_config_default();
    out->filters = config->filters;
    return wil_unet_config_check(out, config->size[0], config->size[1]);
}

wil_status bench_unet2d_train(bench_case *out, wil_graph *graph, const wil_bench_config *config)
{
    wil_unet_config net;
    WIL_TRY(unet2d_of(&net, config));
    unet_step_build(&out->step, graph, out->sets[0], &net,
        wil_shape_of(4, config->batch, config->size[0], config->size[1], 1));
    return bench_compile(out, graph, config);
}

/* As segmenter.c: probabilities, a few tiles a run. */
wil_status bench_unet2d_infer(bench_case *out, wil_graph *graph, const wil_bench_config *config)
{
    const int slots = config->batch < WIL_SEGMENTER_SLOTS ? config->batch : WIL_SEGMENTER_SLOTS;
    wil_nn nn = {.graph = graph, .params = out->sets[0], .prefix = "unet", .training = false};
    wil_unet_config net;
    WIL_TRY(unet2d_of(&net, config));
    const wil_node x =
        wil_graph_input_node(graph, "x", wil_shape_of(4, slots, config->size[0], config->size[1], 1));
    (void)net_step_output(&out->step, graph, wil_op_sigmoid(graph, wil_nets_unet(&nn, x, &net)));
    out->runs = (config->batch + slots - 1) / slots;
    return bench_compile(out, graph, config);
}

wil_status bench_unet3d_train(bench_case *out, wil_graph *graph, const wil_bench_config *config)
{
    const int *size = config->size; /* HxWxD */
    wil_unet_config net = wil_unet3d_config_default();
    net.filters = config->filters;
    WIL_TRY(wil_unet3d_config_check(&net, size[2], size[0], size[1]));
    unet_step_build(
        &out->step, graph, out->sets[0], &net, wil_shape_of(5, config->batch, size[2], size[0], size[1], 1));
    return bench_compile(out, graph, config);
}
