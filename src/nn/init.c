/* First values of weights: each tensor from (seed, purpose, its position in the set) alone. */
#include <math.h>

#include "nn_internal.h"

wil_init nn_init_or(wil_init init, wil_init standard)
{
    bool zeroed = init.kind == WIL_INIT_CONSTANT && init.a == 0.0 && init.b == 0.0;
    return zeroed ? standard : init;
}

static void fill_constant(float *values, size_t n, double a)
{
    for (size_t i = 0; i < n; i++)
        values[i] = (float)a;
}

static void fill_affine(float *values, size_t n, double a, double b)
{
    for (size_t i = 0; i < n; i++)
        values[i] = (float)(a + b * (double)values[i]);
}

static void fill_uniform(float *values, size_t n, wil_rng rng, double low, double high)
{
    wil_rng_fill_uniform_f32(rng, 0, n, values);
    fill_affine(values, n, low, high - low);
}

static void scale_to_unit_length(float *values, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (double)values[i] * (double)values[i];
    fill_affine(values, n, 0.0, 1.0 / sqrt(sum));
}

static void initialize_one(wil_param *param, uint64_t seed, uint32_t position)
{
    wil_rng rng = wil_rng_at(seed, WIL_RNG_INIT, position);
    size_t n = (size_t)wil_shape_count(param->shape);
    float *values = param->value;
    double a = param->init.a, b = param->init.b;
    double bound;
    switch (param->init.kind) {
    case WIL_INIT_CONSTANT:
        fill_constant(values, n, a);
        break;
    case WIL_INIT_NORMAL:
        wil_rng_fill_normal_f32(rng, 0, n, values);
        fill_affine(values, n, a, b);
        break;
    case WIL_INIT_UNIFORM:
        fill_uniform(values, n, rng, a, b);
        break;
    case WIL_INIT_KAIMING:
        bound = sqrt(6.0 / ((1.0 + a * a) * (double)param->fan_in));
        fill_uniform(values, n, rng, -bound, bound);
        break;
    case WIL_INIT_GLOROT:
        bound = sqrt(6.0 / (double)(param->fan_in + param->fan_out));
        fill_uniform(values, n, rng, -bound, bound);
        break;
    case WIL_INIT_UNIT:
        wil_rng_fill_normal_f32(wil_rng_at(seed, WIL_RNG_SPECTRAL, position), 0, n, values);
        scale_to_unit_length(values, n);
        break;
    }
}

wil_status wil_params_initialize(wil_params *params, uint64_t seed)
{
    for (int i = 0; i < wil_params_count(params); i++) {
        wil_param *param = wil_params_at(params, i);
        WIL_REQUIRE(param->value != NULL, WIL_ERR_ARG,
            "parameter %s has no memory: call wil_params_allocate first", param->name);
    }
    for (int i = 0; i < wil_params_count(params); i++)
        initialize_one(wil_params_at(params, i), seed, (uint32_t)i);
    return WIL_OK;
}
