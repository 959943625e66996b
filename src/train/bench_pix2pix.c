/* Perfusion maps: training of temp-pix2pix, and the maps of a patient, slice by slice. */
#include "bench_internal.h"

#include "pix2pix_step.h"

static wil_status nets_of(
    pix2pix_step_config *out, wil_pix2pix_config *net, const wil_bench_config *config, int batch)
{
    *net = wil_pix2pix_config_default();
    net->height = config->size[0];
    net->width = config->size[1];
    net->time_points = config->size[2];
    net->filters = net->time_filters = config->filters;
    *out = (pix2pix_step_config){.net = net, .temporal = true, .batch = batch, .lambda = 1};
    return wil_temp_pix2pix_config_check(net);
}

wil_status bench_temp_pix2pix_train(bench_case *out, wil_graph *graph, const wil_bench_config *config)
{
    wil_pix2pix_config net;
    pix2pix_step_config step;
    WIL_TRY(nets_of(&step, &net, config, config->batch));
    out->optimizer.beta1 = 0.5; /* [Isola2017] */
    pix2pix_step_build(&out->step, graph, out->sets[0], out->sets[1], &step);
    return bench_compile(out, graph, config);
}

wil_status bench_temp_pix2pix_infer(bench_case *out, wil_graph *graph, const wil_bench_config *config)
{
    wil_pix2pix_config net;
    pix2pix_step_config step;
    WIL_TRY(nets_of(&step, &net, config, 1));
    (void)net_step_output(&out->step, graph, pix2pix_apply_build(graph, out->sets[0], &step));
    out->runs = config->batch;
    return bench_compile(out, graph, config);
}
