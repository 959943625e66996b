/* What the elementwise operations compute, in float: one list for whole arrays and for tiles. x is the input,
 * a the scalar. */
#ifndef WILLIS_LOOP_EXPRESSIONS_H
#define WILLIS_LOOP_EXPRESSIONS_H

#include "loop_math.h"

#define FOR_UNARY_EXPRESSIONS(DO)                                                                            \
    DO(scale, a *x)                                                                                          \
    DO(add_scalar, x + a)                                                                                    \
    DO(leaky_relu, x > 0.0f ? x : a * x)                                                                     \
    DO(step, x > 0.0f ? 1.0f : a)                                                                            \
    DO(abs, fabsf(x))                                                                                        \
    DO(sign, (float)((x > 0.0f) - (x < 0.0f)))                                                               \
    DO(tanh, loop_tanh(x))                                                                                   \
    DO(sigmoid, loop_sigmoid(x))                                                                             \
    DO(softplus, loop_softplus(x))                                                                           \
    DO(exp, loop_exp(x))                                                                                     \
    DO(log, loop_log(x))                                                                                     \
    DO(sqrt, sqrtf(x))                                                                                       \
    DO(reciprocal, 1.0f / x)

#define FOR_BINARY_OPERATIONS(DO)                                                                            \
    DO(add, +)                                                                                               \
    DO(sub, -)                                                                                               \
    DO(mul, *)                                                                                               \
    DO(div, /)

#endif
