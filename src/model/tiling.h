/* Overlapping tiles over a slice, and how their results are blended.
 *
 * Along each axis tiles start every (tile - overlap) voxels; the last one is moved back to end at the border,
 * so every voxel is covered. An axis shorter than a tile has one tile, padded behind. Weights rise linearly
 * over the overlap and are positive everywhere, so blending equal values gives that value. */
#ifndef WILLIS_STUDY_TILING_H
#define WILLIS_STUDY_TILING_H

#include "willis/base.h"

typedef struct tiling {
    int tile, overlap;
    int *starts[2]; /* y, x */
    int n_starts[2];
    float *weight; /* [tile] */
} tiling;

/* Fails: WIL_ERR_ARG unless 0 <= overlap < tile. */
WIL_NODISCARD wil_status tiling_new(tiling *out, int height, int width, int tile, int overlap);
void tiling_clear(tiling *t);
int tiling_count(const tiling *t);
/* First voxel of tile i. */
void tiling_start(const tiling *t, int i, int *y_out, int *x_out);

/* Copies tile i of slice [height,width] into out [tile,tile]; fill outside the slice. */
void tiling_cut(const tiling *t, int i, const float *slice, int height, int width, float fill, float *out);
/* Adds weight * values [tile,tile] of tile i to sum [height,width] and the weights to weight_sum. */
void tiling_add(
    const tiling *t, int i, const float *values, int height, int width, float *sum, float *weight_sum);

#endif
