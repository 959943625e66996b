/* Gradients of one logical batch, added up over the micro-batches that a plan can take. */
#include "nn_internal.h"

#include <string.h>

#define CHUNK 16384 /* values; fixed, so that threads cannot change the result */

struct wil_gradient_sum {
    int n;
    int64_t *counts;
    float **values;
};

static int count_trained(const wil_params *params)
{
    int n = 0;
    for (int i = 0; i < wil_params_count(params); i++)
        n += wil_params_at(params, i)->role == WIL_PARAM_WEIGHT;
    return n;
}

static wil_status allocate(wil_gradient_sum *sum, const wil_params *params)
{
    const int n = count_trained(params);
    WIL_TRY(wil_alloc((void **)&sum->counts, (size_t)n, sizeof *sum->counts));
    WIL_TRY(wil_alloc((void **)&sum->values, (size_t)n, sizeof *sum->values));
    for (int i = 0; i < wil_params_count(params); i++) {
        const wil_param *param = wil_params_at(params, i);
        if (param->role != WIL_PARAM_WEIGHT)
            continue;
        sum->counts[sum->n] = wil_shape_count(param->shape);
        WIL_TRY(wil_alloc_f32(&sum->values[sum->n], (size_t)sum->counts[sum->n]));
        sum->n++;
    }
    return WIL_OK;
}

wil_status wil_gradient_sum_new(wil_gradient_sum **out, const wil_params *params)
{
    *out = NULL;
    WIL_OWN(wil_gradient_sum) *sum = NULL;
    WIL_TRY(wil_alloc((void **)&sum, 1, sizeof *sum));
    WIL_TRY(allocate(sum, params));
    return wil_give(out, &sum);
}

void wil_gradient_sum_free(wil_gradient_sum *sum)
{
    if (sum == NULL)
        return;
    for (int i = 0; i < sum->n; i++)
        wil_free(sum->values[i]);
    wil_free((void *)sum->values);
    wil_free(sum->counts);
    wil_free(sum);
}

void wil_gradient_sum_zero(wil_gradient_sum *sum)
{
    for (int i = 0; i < sum->n; i++)
        memset(sum->values[i], 0, (size_t)sum->counts[i] * sizeof(float));
}

/* to += from */
typedef struct addition {
    float *to;
    const float *from;
} addition;

static void add_chunk(int64_t begin, int64_t end, void *context)
{
    const addition *a = context;
    for (int64_t i = begin; i < end; i++)
        a->to[i] += a->from[i];
}

void wil_gradient_sum_add_one(wil_gradient_sum *sum, int i, const float *gradient)
{
    addition a = {sum->values[i], gradient};
    wil_parallel_for(sum->counts[i], CHUNK, add_chunk, &a);
}

void wil_gradient_sum_add(wil_gradient_sum *sum, const float *const *gradients)
{
    for (int i = 0; i < sum->n; i++)
        wil_gradient_sum_add_one(sum, i, gradients[i]);
}

/* to = factor to */
typedef struct scaling {
    float *to, factor;
} scaling;

static void scale_chunk(int64_t begin, int64_t end, void *context)
{
    const scaling *s = context;
    for (int64_t i = begin; i < end; i++)
        s->to[i] *= s->factor;
}

void wil_gradient_sum_scale(wil_gradient_sum *sum, float factor)
{
    for (int i = 0; i < sum->n; i++) {
        scaling s = {sum->values[i], factor};
        wil_parallel_for(sum->counts[i], CHUNK, scale_chunk, &s);
    }
}

int wil_gradient_sum_count(const wil_gradient_sum *sum)
{
    return sum->n;
}

int64_t wil_gradient_sum_size(const wil_gradient_sum *sum, int i)
{
    return sum->counts[i];
}

float *const *wil_gradient_sum_values(const wil_gradient_sum *sum)
{
    return sum->values;
}
