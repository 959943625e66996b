/* A convolution geometry with its arrays, for the tests of the convolution triple. */
#ifndef WILLIS_TEST_CONV_CHECK_H
#define WILLIS_TEST_CONV_CHECK_H

#include "outcome.h"
#include "kernel_check.h"

#include "conv.h"

/* Batch, channels in and out; size, kernel, stride and pad as (one, for, each, axis). */
#define BRACED(...)                                                                                          \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }
#define GEOMETRY(n, samples, from, to, size, k, s, p)                                                        \
    (conv_geometry)                                                                                          \
    {                                                                                                        \
        .n_spatial = n, .batch = samples, .in_channels = from, .out_channels = to, .in = BRACED size,        \
        .kernel = BRACED k, .stride = BRACED s, .pad = BRACED p                                              \
    }

typedef struct conv_case {
    conv_geometry g;
    wil_shape x, w, y; /* [N,S..,I], [O,K..,I], [N,T..,O] */
} conv_case;

static inline wil_shape conv_shape(int64_t first, int n, const int64_t *middle, int64_t last)
{
    wil_shape out = {.rank = n + 2};
    out.dim[0] = first;
    for (int i = 0; i < n; i++)
        out.dim[1 + i] = middle[i];
    out.dim[1 + n] = last;
    return out;
}

static inline conv_case conv_case_of(conv_geometry g)
{
    for (int i = 0; i < g.n_spatial; i++)
        g.out[i] = (g.in[i] + 2 * g.pad[i] - g.kernel[i]) / g.stride[i] + 1;
    return (conv_case){.g = g,
        .x = conv_shape(g.batch, g.n_spatial, g.in, g.in_channels),
        .w = conv_shape(g.out_channels, g.n_spatial, g.kernel, g.in_channels),
        .y = conv_shape(g.batch, g.n_spatial, g.out, g.out_channels)};
}

/* The shapes of (first, second, out) for a kind. */
static inline void conv_roles(const conv_case *c, wil_op_kind kind, const wil_shape *roles[3])
{
    roles[0] = kind == WIL_OP_CONV_DX ? &c->y : &c->x;
    roles[1] = kind == WIL_OP_CONV_DW ? &c->y : &c->w;
    roles[2] = kind == WIL_OP_CONV ? &c->y : kind == WIL_OP_CONV_DX ? &c->x : &c->w;
}

static inline void conv_reference(
    const conv_case *c, wil_op_kind kind, const double *first, const double *second, double *out)
{
    const wil_shape *roles[3];
    conv_roles(c, kind, roles);
    wil_kernel_call call = {.in = {first, second},
        .out = out,
        .in_shape = {*roles[0], *roles[1]},
        .out_shape = *roles[2],
        .attr = {.n_spatial = c->g.n_spatial}};
    for (int i = 0; i < c->g.n_spatial; i++) {
        call.attr.kernel[i] = c->g.kernel[i];
        call.attr.stride[i] = c->g.stride[i];
        call.attr.pad[i] = c->g.pad[i];
    }
    wil_kernel_find(kind, WIL_KERNEL_REF_F64)(&call);
}

/* The values as bfloat16, in memory of the caller's. */
static inline uint16_t *bf16_of(const float *x, int64_t n)
{
    void *out = NULL;
    OK(wil_alloc(&out, (size_t)n, sizeof(uint16_t)));
    wil_tile_moves_find().narrow(out, x, n);
    return out;
}

/* Makes, packs, runs twice into dirty memory (the second run must not depend on the first) and frees. */
static inline void conv_run_stored(
    const conv_case *c, wil_op_kind kind, const void *first, const void *second, void *out, size_t out_bytes)
{
    cpu_device *device = NULL;
    cpu_conv *conv = NULL;
    void *packed = NULL;
    void *scratch = NULL;
    void *pack_scratch = NULL;
    OK(cpu_device_new(&device));
    OK(cpu_conv_new(&conv, device, kind, &c->g));
    const size_t packed_bytes = cpu_conv_packed_bytes(conv);
    const size_t scratch_bytes = cpu_conv_scratch_bytes(conv);
    OK(wil_alloc(&packed, packed_bytes + 1, 1));
    OK(wil_alloc(&scratch, scratch_bytes + 1, 1));
    OK(wil_alloc(&pack_scratch, cpu_conv_pack_scratch_bytes(conv) + 1, 1));
    memset(packed, 0xff, packed_bytes);
    for (int run = 0; run < 2; run++) {
        memset(scratch, 0xff, scratch_bytes); /* NaN wherever something is read before it is written */
        memset(out, 0xff, out_bytes);
        if (packed_bytes > 0)
            OK(cpu_conv_pack(conv, second, packed, pack_scratch));
        OK(cpu_conv_run(conv, first, packed_bytes > 0 ? packed : second, out, scratch));
    }
    wil_free(packed);
    wil_free(scratch);
    wil_free(pack_scratch);
    cpu_conv_free(conv);
    cpu_device_free(device);
}

/* The same from and to floats, whatever the geometry stores. */
static inline void conv_run(
    const conv_case *c, wil_op_kind kind, const float *first, const float *second, float *out)
{
    const wil_shape *roles[3];
    conv_roles(c, kind, roles);
    const int64_t n_out = count_of(roles[2]);
    if (!c->g.bf16_operands) {
        conv_run_stored(c, kind, first, second, out, (size_t)n_out * sizeof *out);
        return;
    }
    uint16_t *half[3] = {bf16_of(first, count_of(roles[0])), NULL, NULL};
    if (kind == WIL_OP_CONV_DW)
        half[1] = bf16_of(second, count_of(roles[1]));
    if (c->g.bf16_result)
        half[2] = bf16_of(out, n_out);
    conv_run_stored(c, kind, half[0], half[1] != NULL ? (const void *)half[1] : second,
        half[2] != NULL ? (void *)half[2] : out,
        (size_t)n_out * (half[2] != NULL ? sizeof(uint16_t) : sizeof(float)));
    if (half[2] != NULL)
        wil_tile_moves_find().widen(out, half[2], n_out);
    for (int k = 0; k < 3; k++)
        wil_free(half[k]);
}

#endif
