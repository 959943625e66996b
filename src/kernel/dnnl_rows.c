#include "dnnl_rows.h"

#include <string.h>

#include "kernel_internal.h"

/* Below these, gathering costs more than the product gains: each value gathered is used out_channels times.
 */
#define LEAST_OUT 128
#define LEAST_IN 64
#define MOST_ROWS 1200 /* output positions; of more, oneDNN's primitive makes as much; twice with strides */
#define MOST_BYTES ((size_t)8 << 20) /* of gathered rows; they should stay in cache */

bool rows_suit(wil_dnnl_conv_kind kind, const wil_conv_geometry *g)
{
    int64_t n_rows = g->batch;
    bool steps = false;
    for (int i = 0; i < g->n_spatial; i++) {
        n_rows *= g->out[i];
        steps = steps || g->stride[i] > 1;
    }
    return kind != WIL_DNNL_CONV_DX && g->out_channels >= LEAST_OUT && g->in_channels >= LEAST_IN &&
           n_rows <= (steps ? 2 * MOST_ROWS : MOST_ROWS);
}

/* CONV: result [rows, O] = rows [rows, K I] times weights^T [K I, O].
 * CONV_DW: result [O, run I] = gradient^T [O, rows] times rows [rows, run I]. */
static wil_status make_product(rows_conv *r, wil_dnnl *dnnl, const wil_conv_geometry *g)
{
    const dnnl_data_type_t operand = g->bf16_operands ? dnnl_bf16 : dnnl_f32;
    const dnnl_data_type_t result = g->bf16_result ? dnnl_bf16 : dnnl_f32;
    const int64_t n_out = r->out_channels;
    const int64_t n_columns = r->run * r->in_channels;
    const int64_t n_weights = r->kernel[0] * r->kernel[1] * r->kernel[2] * r->in_channels;
    if (r->kind == WIL_DNNL_CONV)
        return product_make(&r->product, dnnl, (product_matrix){r->n_rows, n_columns, n_columns, 1, operand},
            (product_matrix){n_columns, n_out, 1, n_columns, operand},
            (product_matrix){r->n_rows, n_out, n_out, 1, result});
    return product_make(&r->product, dnnl, (product_matrix){n_out, r->n_rows, 1, n_out, operand},
        (product_matrix){r->n_rows, n_columns, n_columns, 1, operand},
        (product_matrix){n_out, n_columns, n_weights, 1, dnnl_f32});
}

/* How much is gathered at a time, so that it stays in cache. */
static void share_out(rows_conv *r)
{
    const int64_t n_kernel = r->kernel[0] * r->kernel[1] * r->kernel[2];
    const int64_t n_out = r->out[0] * r->out[1] * r->out[2];
    const size_t one = (size_t)(n_out * r->in_channels) * r->value_bytes; /* a sample, a kernel position */
    r->samples = r->batch;
    r->run = n_kernel;
    if (r->kind == WIL_DNNL_CONV)
        while (r->samples > 1 &&
               (r->batch % r->samples != 0 || one * (size_t)(r->samples * n_kernel) > 2 * MOST_BYTES))
            r->samples--;
    else
        r->run = one * (size_t)(r->batch * r->kernel[2]) <= MOST_BYTES ? r->kernel[2] : 1;
    r->n_rows = r->samples * n_out;
    r->rows_bytes = (one * (size_t)(r->samples * r->run) + 63) / 64 * 64;
}

wil_status rows_make(rows_conv *out, wil_dnnl *dnnl, wil_dnnl_conv_kind kind, const wil_conv_geometry *g)
{
    memset(out, 0, sizeof *out);
    out->kind = kind;
    out->batch = g->batch;
    out->in_channels = g->in_channels;
    out->out_channels = g->out_channels;
    kernel_triple(out->in, g->in, g->n_spatial, 1);
    kernel_triple(out->out, g->out, g->n_spatial, 1);
    kernel_triple(out->kernel, g->kernel, g->n_spatial, 1);
    kernel_triple(out->stride, g->stride, g->n_spatial, 1);
    kernel_triple(out->pad, g->pad, g->n_spatial, 0);
    out->value_bytes = g->bf16_operands ? sizeof(uint16_t) : sizeof(float);
    out->result_bytes = g->bf16_result ? sizeof(uint16_t) : sizeof(float);
    share_out(out);
    const wil_status status = make_product(out, dnnl, g);
    if (status != WIL_OK)
        rows_clear(out);
    return status;
}

void rows_clear(rows_conv *r)
{
    product_clear(&r->product);
}

size_t rows_scratch_bytes(const rows_conv *r)
{
    return r->rows_bytes + r->product.scratch_bytes;
}

/* Gathers into the rows of one line of output positions, row_bytes apart, what the n kernel positions from k
 * on meet along the last axis; zeros outside. */
static void gather_line(char *to, size_t row_bytes, const rows_conv *r, const char *x, const int64_t k[3],
    int64_t n, int64_t line)
{
    const size_t one = (size_t)r->in_channels * r->value_bytes;
    const int64_t t1 = line % r->out[1];
    const int64_t t0 = line / r->out[1] % r->out[0];
    const int64_t sample = line / r->out[1] / r->out[0];
    const int64_t s0 = t0 * r->stride[0] + k[0] - r->pad[0];
    const int64_t s1 = t1 * r->stride[1] + k[1] - r->pad[1];
    const bool outside = s0 < 0 || s0 >= r->in[0] || s1 < 0 || s1 >= r->in[1];
    const char *from =
        outside ? x : x + (size_t)(((sample * r->in[0] + s0) * r->in[1] + s1) * r->in[2]) * one;
    for (int64_t t2 = 0; t2 < r->out[2]; t2++, to += row_bytes) {
        const int64_t first = t2 * r->stride[2] + k[2] - r->pad[2];
        const int64_t begin = first < 0 ? -first : 0;
        const int64_t end = first + n > r->in[2] ? r->in[2] - first : n;
        if (outside || begin >= end) {
            memset(to, 0, one * (size_t)n);
            continue;
        }
        memset(to, 0, one * (size_t)begin);
        memcpy(to + one * (size_t)begin, from + one * (size_t)(first + begin), one * (size_t)(end - begin));
        memset(to + one * (size_t)end, 0, one * (size_t)(n - end));
    }
}

/* Rows of samples [first, first + samples): `run` kernel positions from k on, which are a part of a line, or
 * all of them. */
static void gather(char *rows, const rows_conv *r, const char *x, const int64_t k[3])
{
    const size_t one = (size_t)r->in_channels * r->value_bytes;
    const size_t row_bytes = one * (size_t)r->run;
    const int64_t n_lines = r->samples * r->out[0] * r->out[1];
    const int64_t in_line = r->run < r->kernel[2] ? r->run : r->kernel[2];
#pragma omp parallel for schedule(static)
    for (int64_t line = 0; line < n_lines; line++)
        for (int64_t done = 0; done < r->run; done += in_line) {
            const int64_t at = done / r->kernel[2];
            const int64_t here[3] = {k[0] + at / r->kernel[1], k[1] + at % r->kernel[1], k[2]};
            char *to = rows + (size_t)(line * r->out[2]) * row_bytes + (size_t)done * one;
            gather_line(to, row_bytes, r, x, here, in_line, line);
        }
}

static wil_status run_forward(const rows_conv *r, const char *x, const void *weights, char *y, char *scratch)
{
    static const int64_t first[3] = {0, 0, 0};
    const size_t y_bytes = (size_t)(r->n_rows * r->out_channels) * r->result_bytes;
    const size_t sample =
        (size_t)(r->in[0] * r->in[1] * r->in[2] * r->in_channels * r->samples) * r->value_bytes;
    for (int64_t n = 0; n < r->batch; n += r->samples, x += sample, y += y_bytes) {
        gather(scratch, r, x, first);
        WIL_TRY(product_run(&r->product, scratch, weights, y, scratch + r->rows_bytes));
    }
    return WIL_OK;
}

static wil_status run_weights(
    const rows_conv *r, const char *x, const void *gradient, float *out, char *scratch)
{
    for (int64_t k0 = 0; k0 < r->kernel[0]; k0++)
        for (int64_t k1 = 0; k1 < r->kernel[1]; k1++)
            for (int64_t k2 = 0; k2 < r->kernel[2]; k2 += r->run) {
                const int64_t at = (k0 * r->kernel[1] + k1) * r->kernel[2] + k2;
                gather(scratch, r, x, (int64_t[3]){k0, k1, k2});
                WIL_TRY(product_run(
                    &r->product, gradient, scratch, out + at * r->in_channels, scratch + r->rows_bytes));
            }
    return WIL_OK;
}

wil_status rows_run(const rows_conv *r, const void *x, const void *second, void *out, void *scratch)
{
    if (r->kind == WIL_DNNL_CONV_DW)
        return run_weights(r, x, second, out, scratch);
    return run_forward(r, x, second, out, scratch);
}
