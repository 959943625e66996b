/* A U-Net with what it needs to be used again: intensity scaling, threshold, tile size. */
#ifndef WILLIS_STUDY_UNET_MODEL_H
#define WILLIS_STUDY_UNET_MODEL_H

#include "willis/nets.h"
#include "willis/nn.h"
#include "willis/study.h"

typedef struct unet_facts {
    wil_unet_config net; /* first: model_params.h */
    double mean, sd;     /* of the training set, of intensities mapped to 0..255 by the scan's range */
    double threshold;
    int tile;
    int precision; /* wil_precision */
} unet_facts;

/* Names and shapes of a U-Net's weights; the first without memory, the second allocated. */
WIL_NODISCARD wil_status unet_params_declare(wil_params **out, const wil_unet_config *net);
WIL_NODISCARD wil_status unet_params_new(wil_params **out, const wil_unet_config *net);
WIL_NODISCARD wil_status unet_save(const wil_params *params, const unet_facts *facts, const char *path);
WIL_NODISCARD wil_status unet_load(wil_params **params_out, unet_facts *facts_out, const char *path);

/* Tiles per run: a fixed micro-batch, so that results do not depend on how many tiles a slice has. */
#define SEGMENTER_SLOTS 4
/* What the plan of a segmenter needs; params needs no memory for that. */
WIL_NODISCARD wil_status segmenter_plan_bytes(size_t *out, wil_params *params, const unet_facts *facts);
/* A segmenter that borrows params. fixed: their values stay as they are, which saves work in every run;
 * otherwise they may change between runs (validation during training). */
WIL_NODISCARD wil_status segmenter_borrow(
    wil_segmenter **out, wil_params *params, const unet_facts *facts, bool fixed);

/* Intensities to 0..255 by the range of their scan, clipped: what every U-Net is fed with, so that real and
 * synthetic patches and whole scans agree. In place. */
void intensities_to_byte_range(float *values, size_t n, float low, float high);

#endif
