/* Rotation, shear and flip of one patch, drawn by address. */
#ifndef WILLIS_DATA_AUGMENT_H
#define WILLIS_DATA_AUGMENT_H

#include "willis/data.h"

/* Output pixel p (row, column, from the centre) shows input pixel m p; then rows are reversed if flip,
 * columns if mirror. */
typedef struct augment_transform {
    double m[2][2];    /* row, column */
    bool flip, mirror; /* rows, columns are reversed */
} augment_transform;

/* The transform of a rotation and a shear in degrees, of voxels spacing_mm (x, y) apart, as Keras composes
 * them: rotation times shear. */
augment_transform augment_make(double rotation_deg, double shear_deg, bool flip, const double spacing_mm[2]);
/* Drawn at (seed, sample) within config's ranges. */
augment_transform augment_draw(
    const wil_augment_config *config, uint64_t seed, uint64_t sample, const double spacing_mm[2]);
/* Bilinear, edges replicated. out and in [height,width], apart from each other. */
void augment_image(float *out, const float *in, int height, int width, const augment_transform *transform);
/* Nearest voxel, edges replicated; gives 0 and 1 as floats. */
void augment_label(float *out, const uint8_t *in, int height, int width, const augment_transform *transform);

/* ---- randomise.c ----------------------------------------------------------------------------------------
 */

/* The turns of WIL_AUGMENT_RANDOMISE: transform with another size, and mirrored half of the time. */
augment_transform randomise_turn(augment_transform transform, uint64_t seed, uint64_t sample);
/* Another protocol's intensities for an image [height,width] of 0..255; label 0/1. work: height x width. */
void randomise_image(
    float *image, const float *label, float *work, int height, int width, uint64_t seed, uint64_t sample);

#endif
