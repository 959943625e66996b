/* What the files of nn share: registering parameters, and moving weights between memory and file order. */
#ifndef WILLIS_NN_INTERNAL_H
#define WILLIS_NN_INTERNAL_H

#include "willis/nn.h"

enum { NN_NAME_MAX = 256, NN_LIST_MAX = 64 };

/* What a parameter is, all but its name. */
typedef struct nn_spec {
    wil_shape shape;
    wil_param_role role;
    wil_param_layout layout;
    wil_init init;
    int64_t fan_in, fan_out;
} nn_spec;

/* Registers "<prefix>.<layer>.<suffix>" (or finds it, with the same shape) and gives its node in nn->graph.
 * param_out may be NULL; borrowed. On failure the graph has failed and the node is WIL_NODE_NONE. */
wil_node nn_param_node(
    wil_nn *nn, const char *layer, const char *suffix, const nn_spec *spec, const wil_param **param_out);

/* A layer's trained weight: role and, where zeroed, init of spec are filled in (N(0, 0.05), as the study).
 * spectral: over its largest singular value, under the name "weight_orig". */
wil_node nn_weight_node(wil_nn *nn, const char *layer, const nn_spec *spec, bool spectral);
/* The spec of a convolution weight of this shape, with fans of a layer that computes `out` channels from
 * `in`. */
nn_spec nn_conv_spec(wil_shape shape, int64_t in, int64_t out, wil_init init);
/* [out, kernel.., in]; kernel: one value per spatial axis. */
wil_shape nn_kernel_shape(int64_t out, const int64_t *kernel, int64_t in, int n_spatial);
wil_node nn_add_bias(wil_nn *nn, const char *layer, wil_node y, int64_t out); /* per channel */
/* x as a matrix [N, everything else]: with channels last, in the very order of a weight [O,S..,I]. */
wil_node nn_flatten(wil_graph *g, wil_node x);

/* Finds the parameter or adds it. Fails: WIL_ERR_ARG (same name, another shape), WIL_ERR_MEMORY. */
WIL_NODISCARD
wil_status nn_params_register(
    wil_params *params, const char *name, const nn_spec *spec, const wil_param **out);
/* A copy of text that lives as long as the set; the same text gives the same pointer. */
WIL_NODISCARD
wil_status nn_params_keep_text(wil_params *params, const char *text, const char **out);

/* The shape a weight has in files, and its values in that order (to_file) or back. */
wil_shape nn_layout_file_shape(const wil_param *param);
void nn_layout_to_file(const wil_param *param, float *file_values);
void nn_layout_from_file(const wil_param *param, const float *file_values, float *memory_values);

/* true if nothing more can be built: a failed graph. A missing node fails it. */
bool nn_cannot_build(wil_nn *nn, wil_node x, const char *layer);

/* [C] as [1,..,1,C], to go with an activation of that rank. */
wil_node nn_channel_vector(wil_graph *g, wil_node vector, int rank);
wil_init nn_init_or(wil_init init, wil_init standard); /* standard if init is all zero */
wil_shape nn_vector_shape(int64_t n);

#endif
