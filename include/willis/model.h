/* model: trained networks in use.
 *
 * A network's file holds its weights and what must be known to use them: sizes, intensity scaling,
 * thresholds. Here such files are written and read, samples are generated, scans are segmented, features are
 * extracted.
 *
 *     wil_segmenter *segmenter = NULL;
 *     WIL_TRY(wil_segmenter_open(&segmenter, "unet.safetensors"));
 *     WIL_TRY(wil_segmenter_run(segmenter, &vessels, NULL, &tof, NULL, monitor));
 *     wil_segmenter_free(segmenter);
 */
#ifndef WILLIS_MODEL_H
#define WILLIS_MODEL_H

#include "willis/base.h"
#include "willis/base_fields.h"
#include "willis/data.h"
#include "willis/engine.h"
#include "willis/image.h"
#include "willis/nets.h"
#include "willis/nn.h"

#pragma GCC visibility push(default)

/* ---- networks by name --------------------------------------------------------------------------------- */

/* The file of a network. A text without '/' and '.' is the name of a public network, NAME.safetensors in the
 * folder $WILLIS_MODELS, else in share/willis/models of the installation, else in models/ of the source tree;
 * "vessels" and "phantom" stand for tof-vessels and tof-generator. Any other text is a path, copied as it is.
 * Returned, freed with wil_free. Fails: WIL_ERR_INPUT, listing the networks that there are. */
WIL_NODISCARD wil_status wil_network_find(char **path_out, const char *network);

/* ---- how plans compute -------------------------------------------------------------------------------- */

/* How plans compute, not what. */
typedef struct wil_engine_settings {
    wil_precision precision; /* f32 where the processor has no bf16 instructions */
    bool recompute;          /* less memory for more time, the same bits */
} wil_engine_settings;

/* The settings of a plan. Where the processor has no bfloat16 instructions, f32 takes the place of bf16, and
 * the monitor is told so. */
wil_plan_config wil_engine_plan_config(const wil_engine_settings *engine, const wil_monitor *monitor);
const char *wil_precision_name(wil_precision precision); /* "f32", "bf16" */

/* Compiles outputs of graph and binds every leaf that one of the sets has; inputs are left to the caller. The
 * sets have memory. config: NULL for the default. */
WIL_NODISCARD wil_status wil_plan_compile_bound(wil_plan **out, const wil_graph *graph,
    const wil_node *outputs, int n_outputs, wil_params *const *sets, int n_sets,
    const wil_plan_config *config);
/* The second half of it. */
WIL_NODISCARD wil_status wil_plan_bind_sets(wil_plan *plan, wil_params *const *sets, int n_sets);

/* ---- generators --------------------------------------------------------------------------------------- */

/* The fixed micro-batch of everything outside training: sample i always stands in slot i % this, among its
 * own neighbours, so that its bits depend on the seed and i alone. */
#define WIL_GENERATOR_SLOTS 32

typedef struct wil_generator_facts {
    wil_wgan_config net; /* first: model_params.h */
    double label_threshold;
    double spacing_mm[3];
    wil_precision precision;
    int64_t steps; /* generator updates it had */
    uint64_t seed; /* of its training */
} wil_generator_facts;

/* What a generator draws its samples first .. first + n - 1 from, in the stream (seed, purpose, address):
 * z [n,latent] and, where the configuration takes one (NULL otherwise), noise [n,H,W,1]; all N(0,1). */
void wil_generator_draw(float *z, float *noise, const wil_wgan_config *net, int n, uint64_t seed,
    wil_rng_purpose purpose, uint32_t address, int64_t first);
/* Runs the generator with batch statistics on the first n latents of (seed, purpose): a picture of training.
 * labels: a set whose labels are drawn around, at random, where net's labels are given; else NULL. engine:
 * NULL for the default, here and below. */
WIL_NODISCARD wil_status wil_generator_preview(float *pairs_out, int n, wil_params *params,
    const wil_wgan_config *net, const wil_samples *labels, uint64_t seed, const wil_plan_config *engine);
/* Sets every running_mean and running_var from n_samples latents (docs/differences.md, G8). */
WIL_NODISCARD wil_status wil_generator_calibrate(wil_params *params, const wil_wgan_config *net,
    const wil_samples *labels, uint64_t seed, int n_samples, const wil_plan_config *engine);
/* What the plan of these two needs; its set needs no memory for that. */
WIL_NODISCARD wil_status wil_generator_batch_bytes(
    size_t *out, wil_params *params, const wil_wgan_config *net, const wil_plan_config *engine);
/* trained: more metadata, such as the settings of the training; NULL: none. */
WIL_NODISCARD wil_status wil_generator_save(
    const wil_params *params, const wil_generator_facts *facts, const json_t *trained, const char *path);
WIL_NODISCARD wil_status wil_generator_load(
    wil_params **params_out, wil_generator_facts *facts_out, const char *path);

/* Names and shapes of a generator's weights; the first without memory, the second allocated. */
WIL_NODISCARD wil_status wil_generator_params_declare(wil_params **out, const wil_wgan_config *net);
WIL_NODISCARD wil_status wil_generator_params_new(wil_params **out, const wil_wgan_config *net);

/* ---- generation --------------------------------------------------------------------------------------- */

typedef struct wil_generate_config {
    const char *model; /* generator.safetensors */
    int64_t first;
    int count; /* -1: one for each label */
    uint64_t seed;
    double label_threshold; /* in (0, 1); NaN: the model's own */
    const char
        *labels; /* patch set or vessel mask that a generator of given labels draws around; else NULL */
} wil_generate_config;

extern const wil_fields wil_generate_fields;
/* A synthetic patch set, images in 0..255. Sample i depends on (model, seed, i) alone. Labels are the second
 * channel above the threshold; or those given, bit for bit, sample i drawn around label i modulo their number
 * (count -1: as many as there are; a mask volume is cut as wil_samples_cut does). The set's attribute
 * label_origin is "phantom" if that of the labels is, else "unknown", and a warning says that it carries
 * patients' vessel trees. Fails: WIL_ERR_ARG (labels that a generator does not take, or none), WIL_ERR_INPUT
 * for a file that is not a generator or no such labels, WIL_ERR_INTERRUPTED, WIL_ERR_NUMERIC for samples that
 * are not finite. */
WIL_NODISCARD wil_status wil_generate(
    wil_samples *out, const wil_generate_config *config, const wil_monitor *monitor);
/* The same set written to path as it is drawn, so that memory does not grow with it. */
WIL_NODISCARD wil_status wil_generate_to(
    const char *path, const wil_generate_config *config, const wil_monitor *monitor);

/* ---- U-Nets ------------------------------------------------------------------------------------------- */

typedef struct wil_unet_facts {
    wil_unet_config net; /* first: model_params.h */
    double mean, sd;     /* of the training set, of intensities mapped to 0..255 by the scan's range */
    double threshold;
    int tile;
    wil_precision precision;
} wil_unet_facts;

/* Names and shapes of a U-Net's weights; the first without memory, the second allocated. */
WIL_NODISCARD wil_status wil_unet_params_declare(wil_params **out, const wil_unet_config *net);
WIL_NODISCARD wil_status wil_unet_params_new(wil_params **out, const wil_unet_config *net);
WIL_NODISCARD wil_status wil_unet_save(
    const wil_params *params, const wil_unet_facts *facts, const json_t *trained, const char *path);
WIL_NODISCARD wil_status wil_unet_load(wil_params **params_out, wil_unet_facts *facts_out, const char *path);

/* A trained U-Net, ready to run: owns its weights and plan. */
typedef struct wil_segmenter wil_segmenter;
/* Tiles per run: a fixed micro-batch, so that results do not depend on how many tiles a slice has. */
#define WIL_SEGMENTER_SLOTS 4
/* What the plan of a segmenter needs; params needs no memory for that. */
WIL_NODISCARD wil_status wil_segmenter_plan_bytes(
    size_t *out, wil_params *params, const wil_unet_facts *facts);
/* A segmenter that borrows params. fixed: their values stay as they are, which saves work in every run;
 * otherwise they may change between runs (validation during training). */
WIL_NODISCARD wil_status wil_segmenter_borrow(
    wil_segmenter **out, wil_params *params, const wil_unet_facts *facts, bool fixed);

/* ---- segmentation ------------------------------------------------------------------------------------- */

WIL_NODISCARD wil_status wil_segmenter_open(wil_segmenter **out, const char *model_path);
void wil_segmenter_free(wil_segmenter *segmenter);
WIL_OWNED_POINTER(wil_segmenter, wil_segmenter_free)
/* Vessel mask of a TOF volume: overlapping tiles, blended; the input's grid. brain: NULL or where to look.
 * probability_out may be NULL. Any size is accepted: slices smaller than a tile are padded. Fails:
 * WIL_ERR_INPUT (time points, NaN or infinite voxels, a brain mask on another grid or empty),
 * WIL_ERR_INTERRUPTED, WIL_ERR_NUMERIC (a network of NaN). */
WIL_NODISCARD wil_status wil_segmenter_run(wil_segmenter *segmenter, wil_mask *out,
    wil_volume *probability_out, const wil_volume *tof, const wil_mask *brain, const wil_monitor *monitor);
double wil_segmenter_threshold(const wil_segmenter *segmenter);

/* ---- feature extractors: networks whose weights the user supplies ------------------------------------- */

/* A network with its weights, read from a file of tools/convert_weights.py, whose metadata "network" names
 * it: "inception-v3-fid", "inception-v3-torchvision" (2048 values of an image) or "medicalnet-resnet10" (512
 * values of a volume). Not for several threads at a time. */
typedef struct wil_extractor wil_extractor;

/* Fails: WIL_ERR_INPUT naming file and defect (not safetensors, another network, a tensor that does not fit),
 * WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_extractor_open(wil_extractor **out, const char *weights_path);
void wil_extractor_close(wil_extractor *net); /* NULL is fine */
WIL_OWNED_POINTER(wil_extractor, wil_extractor_close)
int wil_extractor_width(const wil_extractor *net);
bool wil_extractor_takes_volumes(const wil_extractor *net);
/* What the features are, in words: network, layer, preprocessing, and a hash of the weights, so that figures
 * of different extractors have different names. Borrowed. */
const char *wil_extractor_definition(const wil_extractor *net);

/* n images [n,H,W] in [-1,1] -> [n,width]. Each is repeated in three channels and resized to 299x299. A
 * sample's features do not depend on the others. Fails: WIL_ERR_INPUT (a network for volumes),
 * WIL_ERR_MEMORY, WIL_ERR_INTERRUPTED. monitor may be NULL. */
WIL_NODISCARD wil_status wil_extractor_images(float *out, wil_extractor *net, const float *images, int64_t n,
    int height, int width, const wil_monitor *monitor);
/* n volumes [n,D,H,W] of intensities, 0 where there is nothing -> [n,width]. Each is standardised by mean and
 * standard deviation of its voxels above 0; the others become 0, the mean. Fails: as above; WIL_ERR_INPUT for
 * a volume without voxels above 0 or all alike. */
WIL_NODISCARD wil_status wil_extractor_volumes(float *out, wil_extractor *net, const float *volumes,
    int64_t n, const int size[3], const wil_monitor *monitor);

#pragma GCC visibility pop
#endif
