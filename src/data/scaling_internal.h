/* Scaling of single values, and moments of an array. */
#ifndef WILLIS_DATA_SCALING_INTERNAL_H
#define WILLIS_DATA_SCALING_INTERNAL_H

#include "willis/data.h"

/* [low, high] -> [-1, 1], clipped; -1 for limits that hold nothing between them. */
static inline float scale_to_unit(float value, double low, double high)
{
    const double frac = high > low ? (value - low) / (high - low) : 0;
    return (float)(2 * (frac < 0 ? 0 : frac > 1 ? 1 : frac) - 1);
}

/* Population mean and standard deviation; 0 and 0 for n = 0. */
void scaling_moments(const float *values, size_t n, double *mean_out, double *sd_out);

#endif
