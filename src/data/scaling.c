#include "willis/data.h"

#include <math.h>

#include "scaling_internal.h"

void wil_scale_range(float *values, size_t n, double low, double high)
{
    for (size_t i = 0; i < n; i++)
        values[i] = scale_to_unit(values[i], low, high);
}

void wil_scale_standard(float *values, size_t n, double mean, double sd)
{
    const double divisor = sd > 0 ? sd : 1.0;
    for (size_t i = 0; i < n; i++)
        values[i] = (float)((values[i] - mean) / divisor);
}

#define PAIRWISE_BLOCK 256

double scaling_sum(const float *values, size_t n, double offset, bool squared)
{
    if (n > PAIRWISE_BLOCK) {
        const size_t half = n / 2;
        return scaling_sum(values, half, offset, squared) +
               scaling_sum(values + half, n - half, offset, squared);
    }
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = values[i] - offset;
        sum += squared ? d * d : d;
    }
    return sum;
}

void scaling_moments(const float *values, size_t n, double *mean_out, double *sd_out)
{
    *mean_out = n == 0 ? 0 : scaling_sum(values, n, 0, false) / (double)n;
    *sd_out = n == 0 ? 0 : sqrt(scaling_sum(values, n, *mean_out, true) / (double)n);
}

void wil_samples_moments(const wil_samples *patches, double *mean_out, double *sd_out)
{
    const size_t one = wil_sample_shape_count(patches->shape);
    scaling_moments(patches->image, (size_t)patches->n * one, mean_out, sd_out);
}

static void patch_limits(const wil_samples *patches, int64_t i, float *low_out, float *high_out)
{
    const size_t one = wil_sample_shape_count(patches->shape);
    const float *values = patches->image + (size_t)i * one;
    float low = values[0];
    float high = values[0];
    for (size_t k = 1; k < one; k++) {
        low = values[k] < low ? values[k] : low;
        high = values[k] > high ? values[k] : high;
    }
    *low_out = low;
    *high_out = high;
}

wil_status wil_samples_limits(
    const wil_samples *patches, wil_scaling scaling, float *low_out, float *high_out)
{
    WIL_REQUIRE(scaling == WIL_SCALE_GAN_SCAN || scaling == WIL_SCALE_GAN_PATCH, WIL_ERR_ARG,
        "limits exist for the scalings of GANs only (by scan, by patch), not for number %d", (int)scaling);
    WIL_REQUIRE(scaling != WIL_SCALE_GAN_SCAN || patches->subject_range != NULL, WIL_ERR_ARG,
        "the patch set has no subject_range, which scaling by scan needs");
    for (int64_t i = 0; i < patches->n; i++) {
        if (scaling == WIL_SCALE_GAN_PATCH) {
            patch_limits(patches, i, &low_out[i], &high_out[i]);
        } else {
            low_out[i] = patches->subject_range[2 * patches->subject[i]];
            high_out[i] = patches->subject_range[2 * patches->subject[i] + 1];
        }
    }
    return WIL_OK;
}
