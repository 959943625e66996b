/* What the machine gives at best: convolutions of the networks' kinds, without anything around them. */
#include <stdlib.h>
#include <string.h>

#include "bench_peak.h"
#include "willis/engine.h"

typedef struct peak_shape {
    wil_shape x, w, y; /* [N,S..,C], [C,K..,C], [N,T..,C] */
    wil_op_attr attr;
} peak_shape;

/* Kernels of 3 and 5, two and three axes, few and many channels: 1 to 2 GFLOP each, a few milliseconds. The
 * best differs between machines. */
#define FLAT(n, i, o, s, k, t, step, padding)                                                                \
    {                                                                                                        \
        {4, {n, s, s, i}}, {4, {o, k, k, i}}, {4, {n, t, t, o}},                                             \
        {                                                                                                    \
            .n_spatial = 2, .kernel = {k, k}, .stride = {step, step}, .pad = { padding, padding }            \
        }                                                                                                    \
    }
#define SOLID(c, s0, s1, s2)                                                                                 \
    {                                                                                                        \
        {5, {1, s0, s1, s2, c}}, {5, {c, 3, 3, 3, c}}, {5, {1, s0, s1, s2, c}},                              \
        {                                                                                                    \
            .n_spatial = 3, .kernel = {3, 3, 3}, .stride = {1, 1, 1}, .pad = { 1, 1, 1 }                     \
        }                                                                                                    \
    }
static const peak_shape SHAPES[] = {
    FLAT(2, 64, 64, 96, 3, 96, 1, 1),
    FLAT(2, 256, 256, 24, 3, 24, 1, 1),
    FLAT(4, 192, 384, 24, 5, 12, 2, 2),
    SOLID(64, 32, 16, 16),
    SOLID(128, 16, 16, 8),
};

/* Keeps the kind and shape in best if it is faster. */
static wil_status try_shape(
    bench_peak *best, wil_op_kind kind, const peak_shape *shape, bool bf16, double *seconds, int repeats)
{
    size_t bytes = 0;
    WIL_TRY(wil_backend_time_conv(kind, &shape->attr, shape->x, shape->w, shape->y,
        bf16 ? WIL_PRECISION_BF16 : WIL_PRECISION_F32, seconds, repeats, &bytes));
    qsort(seconds, (size_t)repeats, sizeof *seconds, wil_compare_doubles);
    const int n = shape->attr.n_spatial;
    const double flops = wil_op_flops(
        WIL_OP_CONV, &shape->attr, (const wil_shape[WIL_MAX_INPUTS]){shape->x, shape->w}, shape->y);
    const double gflop_s = flops / seconds[0] * 1e-9;
    if (gflop_s <= best->gflop_s)
        return WIL_OK;
    *best = (bench_peak){.batch = (int)shape->x.dim[0],
        .channels = (int)shape->w.dim[n + 1],
        .n_size = n,
        .seconds_median = (seconds[(repeats - 1) / 2] + seconds[repeats / 2]) / 2,
        .seconds_min = seconds[0],
        .flops = flops,
        .gflop_s = gflop_s,
        .plan_bytes = bytes};
    for (int i = 0; i < n; i++)
        best->size[i] = (int)shape->x.dim[1 + i];
    return WIL_OK;
}

wil_status bench_peak_measure(bench_peak *out, bool bf16, int repeats)
{
    WIL_OWN(double) *seconds = NULL;
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_alloc_f64(&seconds, (size_t)repeats));
    for (size_t s = 0; s < sizeof SHAPES / sizeof *SHAPES; s++)
        for (wil_op_kind kind = WIL_OP_CONV; kind <= WIL_OP_CONV_DW; kind++)
            WIL_TRY(try_shape(out, kind, &SHAPES[s], bf16, seconds, repeats));
    return WIL_OK;
}
