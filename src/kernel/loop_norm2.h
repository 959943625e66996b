/* What the norms of per-sample weight gradients need besides matrix products: patches of a convolution, one a
 * row, and sums of products in double. */
#ifndef WILLIS_LOOP_NORM2_H
#define WILLIS_LOOP_NORM2_H

#include "kernel_internal.h"

typedef struct patch_geometry {
    int64_t channels;
    int64_t in[3], out[3]; /* positions of the input; of patches */
    int64_t kernel[3], stride[3], pad[3];
} patch_geometry;

/* Patches [first, first + n) of x [S..,C] in the order of output positions: patches [n, K.. C], zero outside.
 */
typedef void (*patches_loop)(
    float *patches, const float *x, const patch_geometry *g, int64_t first, int64_t n);
typedef double (*dot_loop)(const float *a, const float *b, int64_t n);

typedef struct norm2_loops {
    patches_loop patches;
    dot_loop dot;
} norm2_loops;
norm2_loops loop_norm2_find(void); /* those of wil_kernel_isa() */

#define DECLARE_NORM2(isa)                                                                                   \
    void loop_patches_##isa(                                                                                 \
        float *patches, const float *x, const patch_geometry *g, int64_t first, int64_t n);                  \
    double loop_dot_##isa(const float *a, const float *b, int64_t n);
KERNEL_FOR_ISAS(DECLARE_NORM2)

#endif
