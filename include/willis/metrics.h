/* metrics: how well a mask or an image agrees with another, of arrays and volumes, never of models.
 *
 *     wil_overlap overlap;
 *     WIL_TRY(wil_metrics_overlap(&overlap, &truth, &prediction, &brain));
 *     printf("Dice %.3f\n", overlap.dice);
 */
#ifndef WILLIS_METRICS_H
#define WILLIS_METRICS_H

#include "willis/base.h"
#include "willis/image.h"

/* Voxel counts of two masks against each other, and what follows from them. */
typedef struct wil_overlap {
    size_t true_positive, false_positive, false_negative, true_negative;
    double dice; /* 2 TP / (2 TP + FP + FN), the overlap measure of [Dice1945]; 1 when both masks are empty */
    bool both_empty; /* then dice is 1 by definition, and says nothing */
} wil_overlap;

/* Counts over the voxels of `within` (NULL: everywhere). Fails: WIL_ERR_INPUT when the masks differ in size,
 * or lie more than 0.01 mm apart. */
WIL_NODISCARD wil_status wil_metrics_overlap(
    wil_overlap *out, const wil_mask *truth, const wil_mask *prediction, const wil_mask *within);

#endif
