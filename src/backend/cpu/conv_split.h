/* Weight gradients of large images in parts: of some samples, or of some planes of a single one. They add up,
 * and oneDNN's scratch memory, which grows with the image, is that of a part. */
#ifndef WILLIS_CONV_SPLIT_H
#define WILLIS_CONV_SPLIT_H

#include "conv.h"
#define SPLIT_MOST 16

typedef struct conv_part {
    cpu_conv *conv;                 /* borrowed from convs */
    size_t x_bytes, gradient_bytes; /* before it */
} conv_part;

typedef struct split_conv {
    conv_part parts[SPLIT_MOST];
    int n;
    cpu_conv *convs[SPLIT_MOST]; /* owned */
    int n_convs;
    size_t part_bytes, scratch_bytes; /* of one part's gradient, behind the primitives' scratch memory */
    int64_t n_weights;
    wil_tile_fn add;
} split_conv;

/* How many parts keep the scratch memory of the whole, scratch_bytes, small; 1: it is small. */
int split_wanted(wil_op_kind kind, const conv_geometry *geometry, size_t scratch_bytes);
WIL_NODISCARD wil_status split_make(
    split_conv *out, cpu_device *device, const conv_geometry *geometry, int n);
void split_clear(split_conv *conv);
size_t split_scratch_bytes(const split_conv *conv);
WIL_NODISCARD wil_status split_run(
    const split_conv *conv, const void *x, const void *gradient, float *out, void *scratch);

#endif
