/* Files of weights for networks that make features: numbers in closed form, as in
 * tests/data/make_feature_vectors.py. */
#ifndef WILLIS_TEST_NETWORK_WEIGHTS_H
#define WILLIS_TEST_NETWORK_WEIGHTS_H

#include <math.h>
#include <stdlib.h>

#include "closed_form.h"
#include "outcome.h"
#include "willis/nets.h"

#define NETWORK_WEIGHTS_SEED 5

typedef struct weights {
    wil_tensor *tensors;
    int n;
    size_t capacity;
} weights;

static inline void weights_append(weights *w, const char *name, wil_shape shape)
{
    const int64_t n = wil_shape_count(shape);
    float *values = malloc((size_t)n * sizeof *values);
    const char *end = strrchr(name, '.');
    const bool centred = shape.rank == 1 && (strcmp(end, ".weight") == 0 || strcmp(end, ".running_var") == 0);
    assert_non_null(values);
    closed_form_fill(values, (size_t)n, name, NETWORK_WEIGHTS_SEED,
        shape.rank == 1 ? 0.1 : sqrt(6.0 * (double)shape.dim[0] / (double)n), centred ? 1.0 : 0.0);
    OK(wil_tensors_append(&w->tensors, &w->n, &w->capacity, name, WIL_TENSOR_F32, shape, values));
    free(values);
}

/* Convolutions of the network with the norms behind them. */
static inline void weights_make(weights *w, const char *network)
{
    static const char *const parts[] = {"weight", "bias", "running_mean", "running_var"};
    const bool volumes = strcmp(network, "medicalnet-resnet10") == 0;
    wil_graph *g = NULL;
    wil_params *params = NULL;
    weights shapes = {0};
    OK(wil_graph_new(&g));
    OK(wil_params_new(&params));
    wil_nn nn = {.graph = g, .params = params};
    if (volumes)
        (void)wil_nets_medicalnet(&nn, wil_graph_input_node(g, "x", wil_shape_of(5, 1, 8, 8, 8, 1)));
    else
        (void)wil_nets_inception(
            &nn, wil_graph_input_node(g, "x", wil_shape_of(4, 1, 75, 75, 3)), WIL_INCEPTION_FID);
    OK(wil_graph_status(g));
    OK(wil_params_allocate(params));
    OK(wil_params_to_tensors(params, "", &shapes.tensors, &shapes.n, &shapes.capacity));
    for (int i = 0; i < shapes.n; i++) {
        char norm[128], name[160];
        const wil_tensor *t = &shapes.tensors[i];
        const int length = (int)strlen(t->name) - 7; /* without ".weight" */
        if (t->shape.rank == 1)
            continue;
        if (!volumes)
            snprintf(norm, sizeof norm, "%.*sbn", length - 4, t->name);
        else if (t->name[length - 1] == '0')
            snprintf(norm, sizeof norm, "%.*s1", length - 1, t->name);
        else
            snprintf(norm, sizeof norm, "%.*sbn%c", length - 5, t->name, t->name[length - 1]);
        weights_append(w, t->name, t->shape);
        for (int k = 0; k < 4; k++) {
            snprintf(name, sizeof name, "%s.%s", norm, parts[k]);
            weights_append(w, name, wil_shape_of(1, (int)t->shape.dim[0]));
        }
    }
    wil_tensors_free(shapes.tensors, shapes.n);
    wil_params_free(params);
    wil_graph_free(g);
}

static inline void weights_save(const weights *w, const char *network, const char *path)
{
    json_t *metadata = network != NULL ? json_pack("{s:s}", "network", network) : json_object();
    OK(wil_tensor_file_write(path, w->tensors, w->n, metadata));
    json_decref(metadata);
}

#endif
