/* Segmentation: its training step, and the tiles that a segmenter runs. */
#include "bench_internal.h"

#include "unet_model.h"
#include "unet_step.h"

static wil_status unet_of(wil_unet_config *out, const wil_bench_config *config)
{
    *out = wil_unet_config_default();
    out->filters = config->filters;
    return wil_unet_config_check(out, config->size[0], config->size[1]);
}

static wil_status with_graph(bench_case *bench, const wil_bench_config *config,
    wil_status (*build)(bench_case *, wil_graph *, const wil_unet_config *, const wil_bench_config *))
{
    wil_unet_config net;
    wil_graph *graph = NULL;
    WIL_TRY(unet_of(&net, config));
    WIL_TRY(wil_graph_new(&graph));
    const wil_status status = build(bench, graph, &net, config);
    wil_graph_free(graph);
    return status;
}

static wil_status build_train(
    bench_case *bench, wil_graph *graph, const wil_unet_config *net, const wil_bench_config *config)
{
    unet_step_build(&bench->step, graph, bench->sets[0], net,
        wil_shape_of(4, config->batch, config->size[0], config->size[1], 1));
    return net_step_compile(&bench->step, graph, bench->sets, 1);
}

/* As segmenter.c: probabilities, a few tiles a run. */
static wil_status build_infer(
    bench_case *bench, wil_graph *graph, const wil_unet_config *net, const wil_bench_config *config)
{
    const int slots = config->batch < SEGMENTER_SLOTS ? config->batch : SEGMENTER_SLOTS;
    wil_nn nn = {.graph = graph, .params = bench->sets[0], .prefix = "unet", .training = false};
    const wil_node x =
        wil_graph_input_node(graph, "x", wil_shape_of(4, slots, config->size[0], config->size[1], 1));
    (void)net_step_output(&bench->step, graph, wil_op_sigmoid(graph, wil_nets_unet(&nn, x, net)));
    bench->runs = (config->batch + slots - 1) / slots;
    return net_step_compile(&bench->step, graph, bench->sets, 1);
}

wil_status bench_unet2d_train(bench_case *out, const wil_bench_config *config)
{
    return with_graph(out, config, build_train);
}

wil_status bench_unet2d_infer(bench_case *out, const wil_bench_config *config)
{
    return with_graph(out, config, build_infer);
}
