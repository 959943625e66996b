/* The windows of a convolution as planes, and back (kernel.h). */
#include "kernel_internal.h"

#include <string.h>

/* Along one axis, for kernel position k: the first r and the number of them whose q lies inside, and that q.
 */
typedef struct overlap {
    int64_t r, q, count;
} overlap;

static overlap overlap_of(const wil_fold_geometry *g, int axis, int64_t k)
{
    const int64_t stride = g->stride[axis];
    const int64_t shift = g->sign * (k - g->pad[axis]);
    overlap o = {.r = shift >= 0 ? 0 : (-shift + stride - 1) / stride};
    o.q = o.r * stride + shift;
    const int64_t inside = o.q < g->thin[axis] ? (g->thin[axis] - 1 - o.q) / stride + 1 : 0;
    const int64_t there = g->plane[axis] > o.r ? g->plane[axis] - o.r : 0;
    o.count = inside < there ? inside : there;
    return o;
}

/* The r that meets q at kernel position k; -1 if none does. */
static int64_t meeting(const wil_fold_geometry *g, int axis, int64_t q, int64_t k)
{
    const int64_t far = q - g->sign * (k - g->pad[axis]);
    if (far < 0 || far % g->stride[axis] != 0 || far / g->stride[axis] >= g->plane[axis])
        return -1;
    return far / g->stride[axis];
}

static void add_spaced(float *restrict to, const float *restrict from, int64_t n, int64_t step)
{
    if (step == 1) {
        for (int64_t i = 0; i < n; i++)
            to[i] += from[i];
    } else {
        for (int64_t i = 0; i < n; i++)
            to[i * step] += from[i];
    }
}

/* One line of the thin side: its last spatial axis, all channels. */
static void fold_line(float *line, const float *planes, const wil_fold_geometry *g, int64_t q0, int64_t q1)
{
    const int64_t n_plane = g->plane[0] * g->plane[1] * g->plane[2];
    memset(line, 0, (size_t)(g->thin[2] * g->channels) * sizeof *line);
    for (int64_t k0 = 0; k0 < g->kernel[0]; k0++) {
        const int64_t r0 = meeting(g, 0, q0, k0);
        for (int64_t k1 = 0; k1 < g->kernel[1] && r0 >= 0; k1++) {
            const int64_t r1 = meeting(g, 1, q1, k1);
            for (int64_t k2 = 0; k2 < g->kernel[2] && r1 >= 0; k2++) {
                const int64_t k = (k0 * g->kernel[1] + k1) * g->kernel[2] + k2;
                const overlap o = overlap_of(g, 2, k2);
                for (int64_t c = 0; c < g->channels; c++)
                    add_spaced(line + o.q * g->channels + c,
                        planes + (c * g->channel_step + k * g->kernel_step) * n_plane +
                            (r0 * g->plane[1] + r1) * g->plane[2] + o.r,
                        o.count, g->stride[2] * g->channels);
            }
        }
    }
}

void KERNEL(loop_fold)(float *thin, const float *planes, const wil_fold_geometry *g)
{
    const int64_t n_line = g->thin[2] * g->channels;
    const int64_t n_kernel = g->kernel[0] * g->kernel[1] * g->kernel[2];
    const int64_t n_lines = g->thin[0] * g->thin[1];
#pragma omp parallel for schedule(static) if (n_lines * n_line * n_kernel > PARALLEL_MIN)
    for (int64_t i = 0; i < n_lines; i++)
        fold_line(thin + i * n_line, planes, g, i / g->thin[1], i % g->thin[1]);
}

/* Positions [r0] of one plane: two spatial axes. */
static void unfold_slab(
    float *slab, const float *thin, const wil_fold_geometry *g, int64_t k, int64_t c, int64_t r0)
{
    const int64_t k0 = k / g->kernel[2] / g->kernel[1];
    const int64_t k1 = k / g->kernel[2] % g->kernel[1];
    const overlap o0 = overlap_of(g, 0, k0);
    const overlap o1 = overlap_of(g, 1, k1);
    const overlap o2 = overlap_of(g, 2, k % g->kernel[2]);
    memset(slab, 0, (size_t)(g->plane[1] * g->plane[2]) * sizeof *slab);
    if (r0 < o0.r || r0 >= o0.r + o0.count)
        return;
    const int64_t q0 = o0.q + (r0 - o0.r) * g->stride[0];
    const int64_t step = g->stride[2] * g->channels;
    for (int64_t i = 0; i < o1.count; i++) {
        const int64_t q1 = o1.q + i * g->stride[1];
        const float *from = thin + ((q0 * g->thin[1] + q1) * g->thin[2] + o2.q) * g->channels + c;
        float *to = slab + (o1.r + i) * g->plane[2] + o2.r;
        for (int64_t j = 0; j < o2.count; j++)
            to[j] = from[j * step];
    }
}

void KERNEL(loop_unfold)(float *planes, const float *thin, const wil_fold_geometry *g)
{
    const int64_t n_kernel = g->kernel[0] * g->kernel[1] * g->kernel[2];
    const int64_t n_slab = g->plane[1] * g->plane[2];
    const int64_t n_slabs = g->channels * n_kernel * g->plane[0];
#pragma omp parallel for schedule(static) if (n_slabs * n_slab > PARALLEL_MIN)
    for (int64_t i = 0; i < n_slabs; i++) {
        const int64_t k = i / g->plane[0] % n_kernel;
        const int64_t c = i / g->plane[0] / n_kernel;
        const int64_t r0 = i % g->plane[0];
        const int64_t plane = c * g->channel_step + k * g->kernel_step;
        unfold_slab(planes + (plane * g->plane[0] + r0) * n_slab, thin, g, k, c, r0);
    }
}
