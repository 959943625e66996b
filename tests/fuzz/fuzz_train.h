/* The smallest training that has every kind of part; fuzz targets resume it, fuzz_seeds saves it. */
#ifndef WILLIS_FUZZ_TRAIN_H
#define WILLIS_FUZZ_TRAIN_H

#include "trainer.h"

static inline wil_status fuzz_train_set(wil_params **out)
{
    WIL_OWN(wil_graph) *graph = NULL;
    WIL_TRY(wil_params_new(out));
    WIL_TRY(wil_graph_new(&graph));
    wil_nn nn = {.graph = graph, .params = *out, .prefix = "net"};
    const wil_node x = wil_graph_input_node(graph, "x", wil_shape_of(4, 1, 4, 4, 1));
    (void)wil_nn_conv(
        &nn, "conv", x, &(wil_nn_conv_config){.out = 2, .kernel = 3, .stride = 1, .bias = true});
    return wil_graph_status(graph);
}

/* values: two that checkpoints keep, the first a count. t is to be cleared, also on failure. */
static inline wil_status fuzz_train_open(train *t, const wil_run_config *config, double values[2])
{
    wil_params *set = NULL;
    *t = (train){.config = config};
    WIL_TRY(fuzz_train_set(&set));
    const wil_params *trained = train_add(t, (train_part){PART_SET, "weights.", .set = set});
    WIL_TRY(fuzz_train_set(&set));
    (void)train_add(t, (train_part){PART_SET, "best.", .set = set, .copy_of = trained});
    (void)train_add(t, (train_part){PART_OPTIMIZER, "adam.", .set = t->parts[0].set,
                           .rule = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM)});
    (void)train_add(
        t, (train_part){PART_VALUES, "progress", .values = values, .n_values = 2, .counts = 1u << 0});
    WIL_TRY(train_allocate(t));
    return wil_params_initialize(t->parts[0].set, 1);
}

#endif
