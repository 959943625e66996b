#include "conv_few_channels.h"

#include "dnnl_common.h"

#define FEW_MOST 3 /* channels; oneDNN pads to 16 */
#define MOST_BYTES                                                                                           \
    ((size_t)32 << 20) /* of planes: of more, writing and adding them takes longer than padding */
#define WIDE_LEAST 16  /* channels on the other side: the length of the product's sums */

bool few_channels_suits(wil_op_kind kind, const conv_geometry *g)
{
    const int64_t few = kind == WIL_OP_CONV_DX ? g->in_channels : g->out_channels;
    const int64_t many = kind == WIL_OP_CONV_DX ? g->out_channels : g->in_channels;
    int64_t n_kernel = g->n_spatial > 1 ? 1 : 0; /* lines are too short to be worth it */
    bool whole_steps = true;
    for (int i = 0; i < g->n_spatial; i++) {
        n_kernel *= g->kernel[i];
        whole_steps = whole_steps && g->stride[i] == 1;
    }
    if (few > FEW_MOST || many < WIDE_LEAST || n_kernel <= 1 || (!whole_steps && kind != WIL_OP_CONV_DX))
        return false;
    const few_channels_conv thin = few_channels_make(kind, g);
    return few_channels_scratch_bytes(&thin) <= MOST_BYTES;
}

few_channels_conv few_channels_make(wil_op_kind kind, const conv_geometry *g)
{
    const bool dx = kind == WIL_OP_CONV_DX; /* planes over T, folded to S; else planes over S, folded to T */
    few_channels_conv thin = {.kind = kind,
        .batch = g->batch,
        .wide = dx ? g->out_channels : g->in_channels,
        .loops = wil_fold_find()};
    wil_fold_geometry *fold = &thin.fold;
    fold->channels = dx ? g->in_channels : g->out_channels;
    fold->sign = dx ? 1 : -1;
    wil_spatial3_values(fold->plane, dx ? g->out : g->in, g->n_spatial, 1);
    wil_spatial3_values(fold->thin, dx ? g->in : g->out, g->n_spatial, 1);
    wil_spatial3_values(fold->kernel, g->kernel, g->n_spatial, 1);
    wil_spatial3_values(fold->stride, g->stride, g->n_spatial, 1);
    wil_spatial3_values(fold->pad, g->pad, g->n_spatial, 0);
    const int64_t n_kernel = fold->kernel[0] * fold->kernel[1] * fold->kernel[2];
    fold->channel_step = dx ? 1 : n_kernel; /* as [K, I] and [O, K] lie in the weights */
    fold->kernel_step = dx ? fold->channels : 1;
    thin.n_plane = fold->plane[0] * fold->plane[1] * fold->plane[2];
    thin.n_thin = fold->thin[0] * fold->thin[1] * fold->thin[2] * fold->channels;
    thin.n_planes = fold->channels * n_kernel;
    return thin;
}

size_t few_channels_scratch_bytes(const few_channels_conv *thin)
{
    return (size_t)(thin->n_planes * thin->n_plane) * sizeof(float);
}

/* Planes of sample n: [K I, T] = w^T g^T, or [O K, S] = w x^T. */
static dnnl_status_t make_planes(const few_channels_conv *t, const float *wide, const float *w, float *planes)
{
    const bool dx = t->kind == WIL_OP_CONV_DX;
    return dnnl.sgemm(dx ? 'T' : 'N', 'T', t->n_planes, t->n_plane, t->wide, 1.0f, w,
        dx ? t->n_planes : t->wide, wide, t->wide, 0.0f, planes, t->n_plane);
}

wil_status few_channels_run(
    const few_channels_conv *t, const float *first, const float *second, float *out, float *scratch)
{
    dnnl_status_t status = dnnl_success;
    for (int64_t n = 0; n < t->batch && status == dnnl_success; n++) {
        const float *wide = first + n * t->n_plane * t->wide;
        if (t->kind == WIL_OP_CONV_DW) { /* dw [O K, I] = sum over n of planes [O K, S] x [S, I] */
            t->loops.unfold(scratch, second + n * t->n_thin, &t->fold);
            status = dnnl.sgemm('N', 'N', t->n_planes, t->wide, t->n_plane, 1.0f, scratch, t->n_plane, wide,
                t->wide, n > 0 ? 1.0f : 0.0f, out, t->wide);
        } else {
            status = make_planes(t, wide, second, scratch);
            t->loops.fold(out + n * t->n_thin, scratch, &t->fold);
        }
    }
    return dnnl_check(status, "matrix product of a convolution");
}
