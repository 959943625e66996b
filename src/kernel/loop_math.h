/* exp, tanh and sigmoid that the compiler can vectorise. Relative error below 3e-7 (tested against double).
 */
#ifndef WILLIS_LOOP_MATH_H
#define WILLIS_LOOP_MATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline float loop_power_of_two(int32_t n) /* 2^n for -126 <= n <= 127 */
{
    const uint32_t bits = (uint32_t)(n + 127) << 23;
    float out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

/* exp by 2^n times a polynomial on [-ln2/2, ln2/2]; arguments beyond +-87 are clamped (results stay finite).
 */
static inline float loop_exp(float x)
{
    const float clamped = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
    const float shifted = clamped * 1.44269504f + 12582912.0f; /* 1.5 * 2^23: rounds to a whole number */
    const float n = shifted - 12582912.0f;
    const float r = (clamped - n * 0.693359375f) - n * -2.12194440e-4f; /* ln 2 in two parts */
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    return (p * r * r + r + 1.0f) * loop_power_of_two((int32_t)n);
}

static inline float loop_sigmoid(float x)
{
    const float e = loop_exp(-fabsf(x));
    const float small = e / (1.0f + e);
    return x < 0.0f ? small : 1.0f / (1.0f + e);
}

static inline float loop_tanh(float x)
{
    const float size = fabsf(x);
    const float e = loop_exp(-2.0f * size);
    const float large = copysignf((1.0f - e) / (1.0f + e), x);
    const float s = x * x; /* near 0 the quotient cancels: its series instead */
    const float series =
        x * (1.0f + s * (-0.333333333f + s * (0.133333333f + s * (-0.0539682540f + s * 0.0218694885f))));
    return size < 0.25f ? series : large;
}

#endif
