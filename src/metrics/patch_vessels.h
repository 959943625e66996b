/* Of the vessels of a patch: share, outline, inner part, contrast, spread, pieces. */
#ifndef WILLIS_METRICS_PATCH_VESSELS_H
#define WILLIS_METRICS_PATCH_VESSELS_H

#include "willis/base.h"

#define PATCH_VESSEL_FEATURES 6
/* out: share of label pixels; outline pixels (a side neighbour is 0 or outside) per pixel of the patch; share
 * of the label that is not outline; mean intensity of label minus that of the rest; sd of intensity inside;
 * log(1 + pieces), joined by sides and corners. All 0 without a label. */
WIL_NODISCARD wil_status patch_vessels(
    float out[PATCH_VESSEL_FEATURES], const float *image, const uint8_t *label, int height, int width);

#endif
