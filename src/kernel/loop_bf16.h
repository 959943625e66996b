/* bfloat16: the upper half of a float. */
#ifndef WILLIS_LOOP_BF16_H
#define WILLIS_LOOP_BF16_H

#include "loop_math.h"

LOOP_INLINE float loop_from_bf16(uint16_t x)
{
    return loop_from_bits((uint32_t)x << 16);
}

/* To the nearest, ties to even; a NaN stays one. */
LOOP_INLINE uint16_t loop_to_bf16(float x)
{
    const uint32_t bits = loop_bits(x);
    const uint32_t rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
    return (uint16_t)(x != x ? bits >> 16 | 0x40u : rounded);
}

#endif
