/* Convolutions with very few channels on the side that oneDNN 2.6 pads to its vector width: as matrix
 * products. */
#ifndef WILLIS_DNNL_THIN_H
#define WILLIS_DNNL_THIN_H

#include "loop_fold.h"

typedef struct thin_conv {
    wil_dnnl_conv_kind kind;
    int64_t batch, wide; /* channels of the other side */
    int64_t n_plane, n_thin, n_planes;
    fold_geometry fold;
    fold_loops loops;
} thin_conv;

/* Where this way was measured to be faster (docs/kernel.md): the data gradient of a few input channels, and
 * at stride 1 the result and the weight gradient of a few output channels. */
bool thin_suits(wil_dnnl_conv_kind kind, const wil_conv_geometry *g);
thin_conv thin_make(wil_dnnl_conv_kind kind, const wil_conv_geometry *g);
size_t thin_scratch_bytes(const thin_conv *thin); /* the planes of one sample */
WIL_NODISCARD wil_status thin_run(
    const thin_conv *thin, const float *first, const float *second, float *out, float *scratch);

#endif
