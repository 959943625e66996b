/* What the machine gives at best: convolutions of the networks' kinds, without anything around them. */
#include <stdlib.h>
#include <string.h>

#include "bench_peak.h"
#include "willis/kernel.h"

/* Kernels of 3 and 5, two and three axes, few and many channels: 1 to 2 GFLOP each, a few milliseconds. The
 * best differs between machines. */
static const wil_conv_geometry SHAPES[] = {
    {2, 2, 64, 64, {96, 96}, {3, 3}, {96, 96}, {1, 1}, {1, 1}, false, false},
    {2, 2, 256, 256, {24, 24}, {3, 3}, {24, 24}, {1, 1}, {1, 1}, false, false},
    {2, 4, 192, 384, {24, 24}, {5, 5}, {12, 12}, {2, 2}, {2, 2}, false, false},
    {3, 1, 64, 64, {32, 16, 16}, {3, 3, 3}, {32, 16, 16}, {1, 1, 1}, {1, 1, 1}, false, false},
    {3, 1, 128, 128, {16, 16, 8}, {3, 3, 3}, {16, 16, 8}, {1, 1, 1}, {1, 1, 1}, false, false},
};

typedef struct peak_buffers {
    wil_dnnl *dnnl;
    wil_dnnl_conv *conv;
    void *first, *second, *out, *packed, *scratch;
} peak_buffers;

static int64_t product(const int64_t *values, int n)
{
    int64_t result = 1;
    for (int i = 0; i < n; i++)
        result *= values[i];
    return result;
}

static void peak_buffers_clear(peak_buffers *b)
{
    wil_dnnl_conv_free(b->conv);
    wil_dnnl_free(b->dnnl);
    wil_free(b->first);
    wil_free(b->second);
    wil_free(b->out);
    wil_free(b->packed);
    wil_free(b->scratch);
}

WIL_OWNED_VALUE(peak_buffers, peak_buffers_clear)

/* Numbers around 0, float or bfloat16; what they are takes no time. */
static wil_status some_values(void **out, size_t n, bool bf16)
{
    WIL_TRY(wil_alloc(out, n, bf16 ? sizeof(uint16_t) : sizeof(float)));
    for (size_t i = 0; i < n; i++) {
        const float value = (float)(i % 7) - 3.0f;
        uint32_t bits = 0;
        memcpy(&bits, &value, sizeof bits);
        if (bf16)
            ((uint16_t *)*out)[i] = (uint16_t)(bits >> 16); /* exact for whole numbers this small */
        else
            ((float *)*out)[i] = value;
    }
    return WIL_OK;
}

/* first, second, out of the kind: (x, w) -> y, (g, w) -> dx, (x, g) -> dw; weights are always float. */
static wil_status peak_buffers_fill(
    peak_buffers *b, wil_dnnl_conv_kind kind, const wil_conv_geometry *g, size_t *bytes_out)
{
    const bool bf16 = g->bf16_operands;
    const size_t x = (size_t)(g->batch * g->in_channels * product(g->in, g->n_spatial));
    const size_t y = (size_t)(g->batch * g->out_channels * product(g->out, g->n_spatial));
    const size_t w = (size_t)(g->out_channels * g->in_channels * product(g->kernel, g->n_spatial));
    const size_t n_first = kind == WIL_DNNL_CONV_DX ? y : x;
    const size_t n_second = kind == WIL_DNNL_CONV_DW ? y : w;
    const size_t n_out = kind == WIL_DNNL_CONV ? y : kind == WIL_DNNL_CONV_DX ? x : w;
    WIL_TRY(wil_dnnl_new(&b->dnnl));
    WIL_TRY(wil_dnnl_conv_new(&b->conv, b->dnnl, kind, g));
    const size_t packed = wil_dnnl_conv_packed_bytes(b->conv);
    const size_t scratch = wil_dnnl_conv_scratch_bytes(b->conv);
    WIL_TRY(some_values(&b->first, n_first, bf16));
    WIL_TRY(some_values(&b->second, n_second, bf16 && kind == WIL_DNNL_CONV_DW));
    WIL_TRY(wil_alloc(&b->out, n_out, sizeof(float)));
    WIL_TRY(wil_alloc(&b->packed, packed + 1, 1));
    WIL_TRY(wil_alloc(&b->scratch, scratch + 1, 1));
    *bytes_out = (n_first + n_second + n_out) * (bf16 ? sizeof(uint16_t) : sizeof(float)) + packed + scratch;
    return packed > 0 ? wil_dnnl_conv_pack(b->conv, b->second, b->packed, b->scratch) : WIL_OK;
}

static wil_status time_filled(peak_buffers *b, double *seconds, int repeats)
{
    const bool is_packed = wil_dnnl_conv_packed_bytes(b->conv) > 0;
    const void *second = is_packed ? b->packed : b->second;
    for (int i = -1; i < repeats; i++) { /* the first finds cold caches */
        const double started_s = wil_time_s();
        WIL_TRY(wil_dnnl_conv_run(b->conv, b->first, second, b->out, b->scratch));
        if (i >= 0)
            seconds[i] = wil_time_s() - started_s;
    }
    qsort(seconds, (size_t)repeats, sizeof *seconds, wil_compare_doubles);
    return WIL_OK;
}

/* Keeps the kind and shape in best if it is faster. */
static wil_status try_shape(bench_peak *best, wil_dnnl_conv_kind kind, const wil_conv_geometry *g, bool bf16,
    double *seconds, int repeats)
{
    WIL_OWN(peak_buffers) b = {0};
    size_t bytes = 0;
    wil_conv_geometry geometry = *g;
    geometry.bf16_operands = bf16;
    geometry.bf16_result = bf16 && kind != WIL_DNNL_CONV_DW;
    WIL_TRY(peak_buffers_fill(&b, kind, &geometry, &bytes));
    WIL_TRY(time_filled(&b, seconds, repeats));
    const int n = g->n_spatial;
    const double flops = 2.0 * (double)(g->batch * g->out_channels * product(g->out, n)) *
                         (double)(g->in_channels * product(g->kernel, n));
    const double gflop_s = flops / seconds[0] * 1e-9;
    if (gflop_s <= best->gflop_s)
        return WIL_OK;
    *best = (bench_peak){.batch = (int)g->batch,
        .channels = (int)g->in_channels,
        .n_size = n,
        .seconds_median = (seconds[(repeats - 1) / 2] + seconds[repeats / 2]) / 2,
        .seconds_min = seconds[0],
        .flops = flops,
        .gflop_s = gflop_s,
        .plan_bytes = bytes};
    for (int i = 0; i < n; i++)
        best->size[i] = (int)g->in[i];
    return WIL_OK;
}

wil_status bench_peak_measure(bench_peak *out, bool bf16, int repeats)
{
    static const wil_dnnl_conv_kind kinds[] = {WIL_DNNL_CONV, WIL_DNNL_CONV_DX, WIL_DNNL_CONV_DW};
    WIL_OWN(double) *seconds = NULL;
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_alloc_f64(&seconds, (size_t)repeats));
    for (size_t s = 0; s < sizeof SHAPES / sizeof *SHAPES; s++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            WIL_TRY(try_shape(out, kinds[k], &SHAPES[s], bf16, seconds, repeats));
    return WIL_OK;
}
