/* Weight gradients of large images in parts: of some samples, or of some planes of a single one. They add up,
 * and oneDNN's scratch memory, which grows with the image, is that of a part. */
#ifndef WILLIS_DNNL_SLABS_H
#define WILLIS_DNNL_SLABS_H

#include "dnnl_common.h"

#define SLABS_MOST 16

typedef struct slab {
    wil_dnnl_conv *conv;            /* borrowed from convs */
    size_t x_bytes, gradient_bytes; /* before it */
} slab;

typedef struct slab_conv {
    slab slabs[SLABS_MOST];
    int n;
    wil_dnnl_conv *convs[SLABS_MOST]; /* owned */
    int n_convs;
    size_t part_bytes, scratch_bytes; /* of one part's gradient, behind the primitives' scratch memory */
    int64_t n_weights;
    wil_tile_fn add;
} slab_conv;

/* How many parts keep the scratch memory of the whole, scratch_bytes, small; 1: it is small. */
int slabs_wanted(wil_dnnl_conv_kind kind, const wil_conv_geometry *geometry, size_t scratch_bytes);
WIL_NODISCARD wil_status slabs_make(slab_conv *out, wil_dnnl *dnnl, const wil_conv_geometry *geometry, int n);
void slabs_clear(slab_conv *conv);
size_t slabs_scratch_bytes(const slab_conv *conv);
WIL_NODISCARD wil_status slabs_run(
    const slab_conv *conv, const void *x, const void *gradient, float *out, void *scratch);

#endif
