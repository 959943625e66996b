/* How intensities are brought to where networks want them. */
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

void wil_scale_byte_range(float *values, size_t n, float low, float high)
{
    const float scale = high > low ? 255.0f / (high - low) : 0.0f;
    for (size_t i = 0; i < n; i++) {
        const float v = (values[i] - low) * scale;
        values[i] = v < 0.0f ? 0.0f : v > 255.0f ? 255.0f : v;
    }
}
