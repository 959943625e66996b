/* Convolutions with very few channels on the side that oneDNN 2.6 pads to its vector width: as matrix
 * products. */
#ifndef WILLIS_CONV_FEW_CHANNELS_H
#define WILLIS_CONV_FEW_CHANNELS_H

#include "conv.h"
typedef struct few_channels_conv {
    wil_op_kind kind;
    int64_t batch, wide; /* channels of the other side */
    int64_t n_plane, n_thin, n_planes;
    wil_fold_geometry fold;
    wil_fold_loops loops;
} few_channels_conv;

/* Where this way was measured to be faster (docs/kernel.md): the data gradient of a few input channels, and
 * at stride 1 the result and the weight gradient of a few output channels. */
bool few_channels_suits(wil_op_kind kind, const conv_geometry *g);
few_channels_conv few_channels_make(wil_op_kind kind, const conv_geometry *g);
size_t few_channels_scratch_bytes(const few_channels_conv *thin); /* the planes of one sample */
WIL_NODISCARD wil_status few_channels_run(
    const few_channels_conv *thin, const float *first, const float *second, float *out, float *scratch);

#endif
