/* nn: parameters, layers, losses, optimisers.
 *
 * A wil_params is an ordered set of named weights. Layers append nodes to a graph and, the first time they
 * see a name, register the weight with its shape and initialiser; building a second graph on the same set
 * reuses it. Names are those of PyTorch ("critic.conv1.weight"); in memory a convolution weight is [out, k..,
 * in], in files [out, in, k..] as PyTorch users expect.
 *
 *     wil_params *params = NULL;
 *     WIL_TRY(wil_params_new(&params));
 *     wil_nn net = {.graph = graph, .params = params, .prefix = "critic", .training = true};
 *     wil_node h = wil_nn_conv(&net, "conv1", x, &(wil_nn_conv_config){.out = 16, .kernel = 5, .stride = 2,
 * .pad = 2}); h = wil_op_leaky_relu(graph, h, 0.2); WIL_TRY(wil_graph_status(graph));
 *     WIL_TRY(wil_params_allocate(params));
 *     WIL_TRY(wil_params_initialize(params, seed));
 */
#ifndef WILLIS_NN_H
#define WILLIS_NN_H

#include "willis/base.h"
#include "willis/graph.h"

#pragma GCC visibility push(default)

/* ---- parameter sets ----------------------------------------------------------------------------------- */

typedef enum wil_init_kind {
    WIL_INIT_CONSTANT, /* a */
    WIL_INIT_NORMAL,   /* mean a, standard deviation b */
    WIL_INIT_UNIFORM,  /* from a to b */
    WIL_INIT_KAIMING,  /* uniform, bound sqrt(6 / ((1 + slope^2) fan_in)), slope = a [He2015] */
    WIL_INIT_GLOROT,   /* uniform, bound sqrt(6 / (fan_in + fan_out)) [Glorot2010] */
    WIL_INIT_UNIT      /* normal numbers scaled to length 1: power-iteration vectors */
} wil_init_kind;

typedef struct wil_init {
    wil_init_kind kind;
    double a, b;
} wil_init;

typedef enum wil_param_role {
    WIL_PARAM_WEIGHT, /* trained */
    WIL_PARAM_STATE,  /* not trained, but saved: running statistics, power-iteration vectors */
    WIL_PARAM_FROZEN  /* a weight that stays as it is: wil_params_train_only */
} wil_param_role;

typedef enum wil_param_layout {
    WIL_LAYOUT_PLAIN, /* file = memory */
    WIL_LAYOUT_CONV,  /* memory [O,K..,I], file [O,I,K..]; a transposed convolution's weight is
                         [layer's in, K.., layer's out] in memory, and so PyTorch's [in,out,K..] in the file */
    /* Linear layers that make an activation or read one, which PyTorch flattens as [C,S..] and we as [S..,C]:
     */
    WIL_LAYOUT_FROM_SPACE,  /* memory [O,S..,C], file [O, C S..] */
    WIL_LAYOUT_TO_SPACE,    /* memory [S..,C,I], file [C S.., I] */
    WIL_LAYOUT_SPACE_VECTOR /* memory [S..,C], file [C S..]: the bias of the latter */
} wil_param_layout;

typedef struct wil_param {
    char *name;
    wil_shape shape; /* in memory */
    wil_param_role role;
    wil_param_layout layout;
    wil_init init;
    int64_t fan_in, fan_out;
    float *value; /* owned by the set; NULL until wil_params_allocate */
} wil_param;

typedef struct wil_params wil_params;

WIL_NODISCARD
wil_status wil_params_new(wil_params **out);
void wil_params_free(wil_params *params);
WIL_OWNED_POINTER(wil_params, wil_params_free)
int wil_params_count(const wil_params *params);
wil_param *wil_params_at(const wil_params *params, int i);              /* borrowed */
wil_param *wil_params_find(const wil_params *params, const char *name); /* NULL if absent; borrowed */
size_t wil_params_n_trained(const wil_params *params);                  /* number of trained values */
/* Weights whose names match none of the patterns ("unet.up*,*.bias"; * and ? as in a shell) are not trained:
 * no gradient, no moments. Holds for those that are registered later too; NULL: all are trained. */
WIL_NODISCARD wil_status wil_params_train_only(wil_params *params, const char *patterns);
/* Whether name matches one of patterns, which commas separate. */
bool wil_name_matches(const char *name, const char *patterns);
WIL_NODISCARD
wil_status wil_params_allocate(wil_params *params); /* zeroed; keeps what is there */
/* Each weight from (seed, its position in the set): independent of everything else. */
WIL_NODISCARD
wil_status wil_params_initialize(wil_params *params, uint64_t seed);
WIL_NODISCARD
wil_status wil_params_copy(wil_params *to, const wil_params *from); /* same names and shapes */

/* ---- files: safetensors ------------------------------------------------------------------------------- */

/* A named array in a file: weights, optimiser moments, anything of a checkpoint. A list of them grows like a
 * wil_grow array: (tensors, n_tensors, capacity), all zero at first. */
typedef enum wil_tensor_type {
    WIL_TENSOR_F32,
    WIL_TENSOR_F64,
    WIL_TENSOR_I64,
    WIL_TENSOR_U8
} wil_tensor_type;
typedef struct wil_tensor {
    char *name;
    wil_tensor_type type;
    wil_shape shape;
    void *data;
} wil_tensor;

/* Adds a tensor with a copy of name and data to a list. */
WIL_NODISCARD
wil_status wil_tensors_append(wil_tensor **tensors, int *n_tensors, size_t *capacity, const char *name,
    wil_tensor_type type, wil_shape shape, const void *data);
void wil_tensors_free(wil_tensor *tensors, int n_tensors); /* with names and data; NULL is fine */

/* safetensors: 8-byte little-endian header length, JSON header, data. metadata: text to text, may be NULL.
 * Written atomically. The reader is strict: ranges tile the data without gap or overlap, no name twice, sizes
 * agree with shapes; a checksum of header and data is kept in metadata ("willis.crc32") and verified when
 * present.
 * Fails: WIL_ERR_INPUT naming file and defect. */
typedef struct wil_tensor_file {
    wil_tensor *tensors; /* owned, with their names and data */
    int n_tensors;
    json_t *metadata; /* object of strings; may be empty, never NULL after reading */
    bool checked;     /* a checksum was there and agreed; false for a file that another program wrote */
} wil_tensor_file;
WIL_NODISCARD
wil_status wil_tensor_file_write(
    const char *path, const wil_tensor *tensors, int n_tensors, const json_t *metadata);
WIL_NODISCARD
wil_status wil_tensor_file_read(wil_tensor_file *out, const char *path);
void wil_tensor_file_clear(wil_tensor_file *file);
WIL_OWNED_VALUE(wil_tensor_file, wil_tensor_file_clear)
const wil_tensor *wil_tensor_file_find(const wil_tensor_file *file, const char *name);

/* Files of values that stay where they are: written and read in place, tensor by tensor. Nothing is copied,
 * but for one tensor at a time whose axes lie in another order in files.
 *
 *     WIL_OWN(wil_tensor_list) list = {0};
 *     WIL_TRY(wil_params_list(params, "weights.", &list));
 *     WIL_TRY(wil_tensor_list_add(&list, WIL_TENSOR_F64, wil_shape_of(1, 3), losses, "losses"));
 *     WIL_TRY(wil_tensor_list_write(&list, path, NULL));
 *
 *     WIL_OWN(wil_tensor_reader) *reader = NULL;
 *     WIL_TRY(wil_tensor_reader_open(&reader, path));
 *     WIL_TRY(wil_tensor_list_read(&list, reader, true));
 */
typedef struct wil_tensor_view {
    char *name; /* owned */
    wil_tensor_type type;
    wil_shape shape;         /* in memory */
    wil_param_layout layout; /* in files */
    void *values;            /* borrowed */
    bool optional;           /* a file may lack it; the values then stay */
    bool found;              /* by the last wil_tensor_list_read */
} wil_tensor_view;
typedef struct wil_tensor_list {
    wil_tensor_view *views;
    int n;
    size_t capacity;
} wil_tensor_list;
void wil_tensor_list_clear(wil_tensor_list *list);
WIL_OWNED_VALUE(wil_tensor_list, wil_tensor_list_clear)
WIL_NODISCARD wil_status wil_tensor_list_add(wil_tensor_list *list, wil_tensor_type type, wil_shape shape,
    void *values, const char *name_format, ...) WIL_PRINTF(5, 6);
/* All weights and states, prefix before each name; the set is allocated. */
WIL_NODISCARD wil_status wil_params_list(const wil_params *params, const char *prefix, wil_tensor_list *list);
/* The first tensor that holds NaN or infinity (F32 alone is looked at); NULL: none. Borrowed. */
const char *wil_tensor_list_not_finite(const wil_tensor_list *list);
/* As wil_tensor_file_write. */
WIL_NODISCARD wil_status wil_tensor_list_write(
    const wil_tensor_list *list, const char *path, const json_t *metadata);

/* A file whose every byte was looked at (as by wil_tensor_file_read) and none kept. */
typedef struct wil_tensor_reader wil_tensor_reader;
WIL_NODISCARD wil_status wil_tensor_reader_open(wil_tensor_reader **out, const char *path);
void wil_tensor_reader_close(wil_tensor_reader *reader); /* NULL is fine */
WIL_OWNED_POINTER(wil_tensor_reader, wil_tensor_reader_close)
bool wil_tensor_reader_is_checked(const wil_tensor_reader *reader);
const json_t *wil_tensor_reader_metadata(const wil_tensor_reader *reader); /* as of wil_tensor_file */
/* Fills the values of list. Fails, before anything is changed: WIL_ERR_INPUT for a tensor that is missing or
 * of another type or shape. With `all` also for a tensor of the file that the list lacks, though it begins,
 * up to its first dot, as one of the list does. */
WIL_NODISCARD wil_status wil_tensor_list_read(wil_tensor_list *list, wil_tensor_reader *reader, bool all);

/* Saves all weights and states in PyTorch's names and axis order; loads them back. Loading demands every name
 * of the set with its shape and refuses others, saying which (a checkpoint of another architecture). The set
 * must be allocated; it is changed only if everything fits. */
WIL_NODISCARD
wil_status wil_params_save(const wil_params *params, const char *path, const json_t *metadata);
WIL_NODISCARD
wil_status wil_params_load(wil_params *params, const char *path);
/* The same to and from tensors of a larger file; prefix is put before each name ("" for none). Appended
 * tensors own copies. Tensors of the file outside the prefix are not looked at. */
WIL_NODISCARD
wil_status wil_params_to_tensors(
    const wil_params *params, const char *prefix, wil_tensor **tensors, int *n_tensors, size_t *capacity);
WIL_NODISCARD
wil_status wil_params_from_tensors(wil_params *params, const char *prefix, const wil_tensor_file *file);

/* ---- layers ------------------------------------------------------------------------------------------- */

typedef struct wil_nn_power wil_nn_power;

/* Where a layer builds: a graph, a set, and the prefix of its names. All borrowed. */
typedef struct wil_nn {
    wil_graph *graph;
    wil_params *params;
    const char *prefix;  /* "critic"; NULL or "" for none */
    bool training;       /* batch statistics and dropout on; false: stored statistics, no dropout */
    wil_nn_power *power; /* collects the new power-iteration vectors of spectral layers; NULL: not wanted */
} wil_nn;

typedef struct wil_nn_conv_config {
    int64_t out;    /* channels */
    int64_t kernel; /* same in every spatial axis */
    int64_t stride; /* 0 counts as 1 */
    int64_t pad;
    int64_t output_pad; /* transposed only */
    bool bias;
    bool spectral; /* divide the weight by its largest singular value [Miyato2018]; not for transposed ones */
    wil_init init; /* zeroed: N(0, 0.05), as the study; a bias starts at 0 */
    /* One value per spatial axis; they stand in for kernel, stride and pad where kernel_axes[0] is not 0. */
    int64_t kernel_axes[3], stride_axes[3], pad_axes[3];
} wil_nn_conv_config;

/* Parameters "<prefix>.<name>.weight" and ".bias"; a spectral layer's weight is ".weight_orig", as in
 * PyTorch, with the state ".weight_u". x [N,S..,I] -> [N,T..,out], weight [out,K..,I]. The transposed one:
 * weight [I,K..,out], T = (S - 1) stride - 2 pad + K + output_pad. */
wil_node wil_nn_conv(wil_nn *nn, const char *name, wil_node x, const wil_nn_conv_config *config);
wil_node wil_nn_conv_transpose(wil_nn *nn, const char *name, wil_node x, const wil_nn_conv_config *config);
/* Over time alone, kernel 4, stride 2, pad 1, no bias: x [places,T,C], T >= 2 -> [places,T/2,out], rounded
 * down. Parameter "<name>.weight" [out,4,1,1,C], in files PyTorch's Conv3d weight [out,C,4,1,1]. */
wil_node wil_nn_time_conv(wil_nn *nn, const char *name, wil_node x, int64_t out, wil_init init);
/* A convolution as large as its input, and its transpose: x [N,S..,I] -> [N,out] with weight [out,S..,I], and
 * x [N,I] -> [N,spatial..,out] with weight [I,spatial..,out]; bias-free; matrix products here, Conv(kernel =
 * S) and ConvTranspose(kernel = spatial) in PyTorch, whose names and weight shapes they keep in files. */
wil_node wil_nn_conv_to_point(
    wil_nn *nn, const char *name, wil_node x, int64_t out, bool spectral, wil_init init);
wil_node wil_nn_conv_from_point(wil_nn *nn, const char *name, wil_node x, const int64_t *spatial,
    int n_spatial, int64_t out, wil_init init);
/* Nearest upsampling by 2 in every spatial axis, then a convolution of kernel 3, stride 1, pad 1: x [N,S..,I]
 * -> [N,2 S..,out], weight [out,3..,I], as Upsample and Conv in PyTorch. config: kernel 3 and pad 1; not
 * spectral. */
wil_node wil_nn_upsample_conv(wil_nn *nn, const char *name, wil_node x, const wil_nn_conv_config *config);
/* The same convolution of [skip, x upsampled by 2], joined along the channels: skip [N,2 S..,J], x [N,S..,I]
 * -> [N,2 S..,out], one weight [out,3..,J+I] as PyTorch has after torch.cat([skip, up], 1). */
wil_node wil_nn_conv_skip_up(
    wil_nn *nn, const char *name, wil_node skip, wil_node x, const wil_nn_conv_config *config);
/* x [N,I] -> [N,out]; weight [out,I]; zeroed init: N(0, 0.05). */
wil_node wil_nn_linear(
    wil_nn *nn, const char *name, wil_node x, int64_t out, bool bias, bool spectral, wil_init init);
/* Linear layers between vectors and activations, in files those of PyTorch: x [N,I] -> [N,spatial..,out] is
 * Linear(I, out * prod(spatial)) and view(N, out, spatial..); x [N,S..,C] -> [N,out] is flatten and Linear.
 * Both with bias. */
wil_node wil_nn_linear_to_space(wil_nn *nn, const char *name, wil_node x, const int64_t *spatial,
    int n_spatial, int64_t out, wil_init init);
wil_node wil_nn_linear_from_space(
    wil_nn *nn, const char *name, wil_node x, int64_t out, bool spectral, wil_init init);
/* Batch norm over N and space per channel; training: batch statistics; else running_mean, running_var.
 * Scale starts at N(1, 0.02) if scale_init is zeroed (the study's N(0, 0.05) is its profile's business),
 * shift at 0, running_mean at 0, running_var at 1. eps 1e-5. When training, the nodes of the batch mean and
 * (biased) variance, each [C], are appended to stats if not NULL: PyTorch then keeps running = 0.9 running +
 * 0.1 batch, with the variance times n/(n-1). */
typedef struct wil_nn_stats {
    wil_node mean[64], var[64];
    const char *name[64]; /* "generator.norm1", borrowed from the set: "<name>.running_mean" is its state */
    int n;
} wil_nn_stats;
wil_node wil_nn_batch_norm(
    wil_nn *nn, const char *name, wil_node x, wil_init scale_init, wil_nn_stats *stats);
wil_node wil_nn_instance_norm(
    wil_nn *nn, wil_node x); /* per sample and channel over space; no affine; eps 1e-5 */
/* As batch norm, but per sample over space and C / groups channels; no states. */
wil_node wil_nn_group_norm(wil_nn *nn, const char *name, wil_node x, int64_t groups, wil_init scale_init);
/* x times a mask of 0 and 1/(1-p) when training; x otherwise. One key per place in the network. */
wil_node wil_nn_dropout(wil_nn *nn, wil_node x, double drop_probability, uint64_t key);

/* Spectral normalisation state: for every spectral layer of a graph, the power iteration's new vector [O], to
 * be copied into the state name[i] after a training step: one iteration a step, however often the layer is
 * used. */
struct wil_nn_power {
    wil_node u[64];
    const char *name[64]; /* "critic.conv1.weight_u", borrowed from the set */
    int n;
};
/* Builds w / sigma for weight [O, rest..], sigma = u'^T W v after one power iteration from the state
 * "<prefix>.<weight_name>_u" (v = W^T u / |W^T u|, u' = W v / |W v|, both held constant in the gradient),
 * which is registered here and, if nn->power is not NULL, recorded there. weight_name: "conv1.weight". */
wil_node wil_nn_spectral_weight(wil_nn *nn, const char *weight_name, wil_node weight);

/* ---- losses: scalars ---------------------------------------------------------------------------------- */

/* mean_i of D(real_i) and so on; score nodes have N elements (any shape with dim 0 = N). */
wil_node wil_loss_wasserstein_critic(
    wil_graph *g, wil_node score_real, wil_node score_fake);                /* mean fake - mean real */
wil_node wil_loss_wasserstein_generator(wil_graph *g, wil_node score_fake); /* -mean fake */
/* lambda * mean_i (|d score_i / d x_i| - 1)^2, norm per sample over all other axes, 1e-12 under the root
 * [Gulrajani2017]. score must depend on x sample by sample (no batch norm between). */
wil_node wil_loss_gradient_penalty(wil_graph *g, wil_node score, wil_node x, double lambda);
/* Its terms, [N,1]: for wil_graph_gradient_clipped, next to scores [N,1]. */
wil_node wil_loss_gradient_penalties(wil_graph *g, wil_node score, wil_node x, double lambda);
/* Binary cross-entropy on logits, mean over all elements. */
wil_node wil_loss_bce_logits(wil_graph *g, wil_node logits, wil_node target);
wil_node wil_loss_l1(wil_graph *g, wil_node a, wil_node b);
/* -(2 sum(y p) + 1) / (sum y + sum p + 1) over the whole batch [Livne2019]. p: probabilities. */
wil_node wil_loss_dice(wil_graph *g, wil_node probability, wil_node target);

/* ---- optimisers --------------------------------------------------------------------------------------- */

typedef enum wil_optimizer_kind {
    WIL_OPTIMIZER_ADAM,
    WIL_OPTIMIZER_RMSPROP,
    WIL_OPTIMIZER_SGD
} wil_optimizer_kind;

typedef struct wil_optimizer_config {
    wil_optimizer_kind kind;
    double learning_rate;
    double beta1, beta2; /* Adam [Kingma2015] */
    double alpha;        /* RMSprop's decay */
    double momentum;     /* SGD */
    double eps_num;      /* 1e-8 */
} wil_optimizer_config;

wil_optimizer_config wil_optimizer_config_default(wil_optimizer_kind kind); /* PyTorch's defaults */

/* Updates the trained weights of a set, in PyTorch's formulas (eps outside the root). Borrowed params. */
typedef struct wil_optimizer wil_optimizer;
WIL_NODISCARD
wil_status wil_optimizer_new(wil_optimizer **out, wil_params *params, const wil_optimizer_config *config);
void wil_optimizer_free(wil_optimizer *optimizer);
WIL_OWNED_POINTER(wil_optimizer, wil_optimizer_free)
/* gradients[i] belongs to the i-th trained weight of the set, in its order and shape. */
void wil_optimizer_step(wil_optimizer *optimizer, const float *const *gradients);
/* The same in pieces, in any order: begin counts the step, update moves the i-th trained weight. */
void wil_optimizer_begin(wil_optimizer *optimizer);
void wil_optimizer_update(wil_optimizer *optimizer, int i, const float *gradient);
/* Memory of the moments that an optimiser of the set will keep. The first moment of Adam with beta1 = 0 and
 * of SGD without momentum is the gradient, and is not kept. */
size_t wil_optimizer_bytes(const wil_params *params, const wil_optimizer_config *config);
/* For schedules: the rate of the steps that follow; above 0. Not saved with the state. */
void wil_optimizer_set_learning_rate(wil_optimizer *optimizer, double learning_rate);
int64_t wil_optimizer_n_steps(const wil_optimizer *optimizer);
/* Its state for a checkpoint: "<prefix>step", "<prefix><weight>.exp_avg" and so on, axes as the weights'. */
WIL_NODISCARD wil_status wil_optimizer_list(
    wil_optimizer *optimizer, const char *prefix, wil_tensor_list *list);

/* Nodes of all trained weights of a set in graph, in the set's order, for wil_graph_gradient. nodes_out: as
 * many as there are trained weights; returns that number. nodes_out NULL: only counts. */
int wil_params_trained_nodes(const wil_params *params, wil_graph *graph, wil_node *nodes_out);

/* ---- gradients over several micro-batches -------------------------------------------------------------- */

/* The gradient of a batch of any size, Poisson sampled for instance, through a plan of a fixed number of
 * slots: clipped gradients (wil_graph_gradient_clipped) of several runs add up, and what does not fill the
 * last run is masked out.
 *
 *     wil_gradient_sum_zero(sum);
 *     for (size_t first = 0; first < n_chosen; first += n_slots) {
 *         for (size_t slot = 0; slot < n_slots; slot++)
 *             mask[slot] = first + slot < n_chosen ? 1.0f : 0.0f;     and its patch, or zeros
 *         WIL_TRY(wil_plan_run(plan));
 *         wil_gradient_sum_add(sum, gradients);
 *     }
 *     wil_gradient_sum_scale(sum, 1.0f / expected_batch);             here noise would come in before
 *     wil_optimizer_step(optimizer, (const float *const *)wil_gradient_sum_values(sum));
 *
 * A batch of no samples leaves zeros, as it should. The order of the runs is the order of addition. */
typedef struct wil_gradient_sum wil_gradient_sum;
WIL_NODISCARD
wil_status wil_gradient_sum_new(wil_gradient_sum **out, const wil_params *params); /* zeros */
void wil_gradient_sum_free(wil_gradient_sum *sum);
WIL_OWNED_POINTER(wil_gradient_sum, wil_gradient_sum_free)
void wil_gradient_sum_zero(wil_gradient_sum *sum);
/* gradients[i] belongs to the i-th trained weight of the set, as in wil_optimizer_step. */
void wil_gradient_sum_add(wil_gradient_sum *sum, const float *const *gradients);
void wil_gradient_sum_add_one(wil_gradient_sum *sum, int i, const float *gradient);
void wil_gradient_sum_scale(wil_gradient_sum *sum, float factor);
int wil_gradient_sum_count(const wil_gradient_sum *sum);            /* trained weights */
int64_t wil_gradient_sum_size(const wil_gradient_sum *sum, int i);  /* values of weight i */
float *const *wil_gradient_sum_values(const wil_gradient_sum *sum); /* [count][size]; may be changed */

#pragma GCC visibility pop
#endif
