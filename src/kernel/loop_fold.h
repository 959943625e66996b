/* The windows of a convolution as planes: plane (k, c) holds, at every position r of one side, what kernel
 * position k contributes to, or takes from, channel c at position q = stride r + sign (k - pad) of the other
 * side. With them a convolution whose one side has very few channels is a matrix product. */
#ifndef WILLIS_LOOP_FOLD_H
#define WILLIS_LOOP_FOLD_H

#include "kernel_internal.h"

typedef struct fold_geometry {
    int64_t channels;          /* of the thin side */
    int64_t plane[3], thin[3]; /* positions r of a plane; positions q of the thin side */
    int64_t kernel[3], stride[3], pad[3];
    int sign;                          /* 1 or -1; -1 only with stride 1 */
    int64_t channel_step, kernel_step; /* planes from one channel to the next, and from k to the next */
} fold_geometry;

/* thin [Q.., C] = sum over k of the planes; thin is overwritten. */
typedef void (*fold_loop)(float *thin, const float *planes, const fold_geometry *g);
/* Its adjoint: planes from thin [Q.., C], zero where q lies outside. */
typedef void (*unfold_loop)(float *planes, const float *thin, const fold_geometry *g);

typedef struct fold_loops {
    fold_loop fold;
    unfold_loop unfold;
} fold_loops;
fold_loops loop_fold_find(void); /* those of wil_kernel_isa() */

#define DECLARE_FOLD(isa)                                                                                    \
    void loop_fold_##isa(float *thin, const float *planes, const fold_geometry *g);                          \
    void loop_unfold_##isa(float *planes, const float *thin, const fold_geometry *g);
KERNEL_FOR_ISAS(DECLARE_FOLD)

#endif
