/* Patches of a convolution, one a row, and sums of products in double: what norms of per-sample weight
 * gradients need besides matrix products. */
#include "kernel_internal.h"

#include <string.h>

#define LANES 16

/* Line k of the patch whose corner lies at s: kernel positions along the last axis, all channels. */
static void patch_line(float *line, const float *x, const wil_patch_geometry *g, int64_t s2)
{
    const int64_t before = s2 < 0 ? -s2 : 0;
    const int64_t end = s2 + g->kernel[2] > g->in[2] ? g->in[2] - s2 : g->kernel[2];
    const int64_t inside = end > before ? end - before : 0;
    const int64_t c = g->channels;
    memset(line, 0, (size_t)(before * c) * sizeof *line);
    memcpy(line + before * c, x + (s2 + before) * c, (size_t)(inside * c) * sizeof *line);
    memset(line + (before + inside) * c, 0, (size_t)((g->kernel[2] - before - inside) * c) * sizeof *line);
}

void KERNEL(loop_patches)(
    float *patches, const float *x, const wil_patch_geometry *g, int64_t first, int64_t n)
{
    const int64_t n_line = g->kernel[2] * g->channels;
    for (int64_t t = first; t < first + n; t++) {
        const int64_t s0 = t / g->out[2] / g->out[1] * g->stride[0] - g->pad[0];
        const int64_t s1 = t / g->out[2] % g->out[1] * g->stride[1] - g->pad[1];
        const int64_t s2 = t % g->out[2] * g->stride[2] - g->pad[2];
        for (int64_t k0 = 0; k0 < g->kernel[0]; k0++)
            for (int64_t k1 = 0; k1 < g->kernel[1]; k1++, patches += n_line) {
                const int64_t i0 = s0 + k0;
                const int64_t i1 = s1 + k1;
                if (i0 < 0 || i0 >= g->in[0] || i1 < 0 || i1 >= g->in[1])
                    memset(patches, 0, (size_t)n_line * sizeof *patches);
                else
                    patch_line(patches, x + (i0 * g->in[1] + i1) * g->in[2] * g->channels, g, s2);
            }
    }
}

double KERNEL(loop_dot)(const float *a, const float *b, int64_t n)
{
    double sums[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int lane = 0; lane < LANES; lane++)
            sums[lane] += (double)a[i + lane] * (double)b[i + lane];
    double sum = 0;
    for (; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    for (int lane = 0; lane < LANES; lane++)
        sum += sums[lane];
    return sum;
}
