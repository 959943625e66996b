#include "conv_gemm_rows.h"

#include <string.h>

/* Below these, gathering costs more than the product gains: each value gathered is used out_channels times.
 */
#define LEAST_OUT 128
#define LEAST_IN 64
#define MOST_ROWS 1200 /* output positions; of more, oneDNN's primitive makes as much; twice with strides */
#define MOST_BYTES ((size_t)8 << 20) /* of gathered rows of a weight gradient; they should stay in cache */

bool gemm_rows_suit(wil_op_kind kind, const conv_geometry *g)
{
    int64_t n_rows = g->batch;
    bool steps = false;
    for (int i = 0; i < g->n_spatial; i++) {
        n_rows *= g->out[i];
        steps = steps || g->stride[i] > 1;
    }
    return kind != WIL_OP_CONV_DX && g->out_channels >= LEAST_OUT && g->in_channels >= LEAST_IN &&
           n_rows <= (steps ? 2 * MOST_ROWS : MOST_ROWS);
}

/* CONV: [rows, O] = rows [rows, run I] times weights^T [run I, O].
 * CONV_DW: [O, run I] = gradient^T [O, rows] times rows [rows, run I]. */
static void describe(const void *conv, int64_t n_rows, product_matrix out[3])
{
    const gemm_rows_conv *r = conv;
    const conv_lines *c = &r->lines;
    const dnnl_data_type_t operand = c->bf16_operands ? dnnl_bf16 : dnnl_f32;
    const int64_t n_out = c->out_channels;
    const int64_t n_columns = r->run * c->in_channels;
    const int64_t n_weights = c->kernel[0] * c->kernel[1] * c->kernel[2] * c->in_channels;
    const product_matrix rows = {n_rows, n_columns, n_columns, 1, operand};
    if (r->kind == WIL_OP_CONV) {
        out[0] = rows;
        out[1] = (product_matrix){n_columns, n_out, 1, n_weights, operand};
        out[2] = (product_matrix){n_rows, n_out, n_out, 1, dnnl_f32};
        return;
    }
    out[0] = (product_matrix){n_out, n_rows, 1, n_out, operand};
    out[1] = rows;
    out[2] = (product_matrix){n_out, n_columns, n_weights, 1, dnnl_f32};
}

/* The other operand or result of the products: sums of a line, or the gradient's rows. */
static void share_out(gemm_rows_conv *r)
{
    const conv_lines *c = &r->lines;
    const int64_t n_rows = c->batch * c->out[0] * c->out[1] * c->out[2];
    const size_t one = (size_t)(n_rows * c->in_channels) * c->value_bytes; /* a kernel position */
    const bool forward = r->kind == WIL_OP_CONV;
    r->run = forward || one * (size_t)c->kernel[2] <= MOST_BYTES ? c->kernel[2] : 1;
    r->sum_bytes = forward && c->bf16_result ? (size_t)(n_rows * c->out_channels) * sizeof(float) : 0;
    r->sum_bytes = dnnl_round_up(r->sum_bytes);
    r->other_bytes =
        dnnl_round_up((size_t)(n_rows * c->out_channels) * (forward ? sizeof(float) : c->value_bytes));
    r->rows_bytes = dnnl_round_up(one * (size_t)r->run);
}

wil_status gemm_rows_make(gemm_rows_conv *out, cpu_device *device, wil_op_kind kind, const conv_geometry *g)
{
    memset(out, 0, sizeof *out);
    out->lines = lines_of(g);
    out->kind = kind;
    share_out(out);
    const wil_status status = lines_make_products(&out->products, &out->lines, device, describe, out);
    if (status != WIL_OK)
        gemm_rows_clear(out);
    return status;
}

void gemm_rows_clear(gemm_rows_conv *r)
{
    lines_clear_products(&r->products);
}

size_t gemm_rows_scratch_bytes(const gemm_rows_conv *r)
{
    return r->sum_bytes + r->other_bytes + r->rows_bytes + r->products.scratch_bytes;
}

static wil_status add_line(const gemm_rows_conv *r, const kernel_line *line, const char *x,
    const char *weights, float *sums, char *scratch)
{
    char *part = scratch + r->sum_bytes;
    char *rows = part + r->other_bytes;
    const dnnl_call *product = lines_find_product(&r->products, line->n_rows);
    if (product == NULL) /* it meets nothing but padding */
        return WIL_OK;
    lines_gather_inputs(&r->lines, line, 0, r->run, x, rows);
    WIL_TRY(product_run(product, rows, weights + (size_t)line_offset(&r->lines, line) * r->lines.value_bytes,
        part, rows + r->rows_bytes));
    lines_add_outputs(&r->lines, line, (const float *)part, sums);
    return WIL_OK;
}

static wil_status run_forward(
    const gemm_rows_conv *r, const char *x, const char *weights, void *out, char *scratch)
{
    const conv_lines *c = &r->lines;
    const int64_t n = c->batch * c->out[0] * c->out[1] * c->out[2] * c->out_channels;
    float *sums = c->bf16_result ? (float *)scratch : out;
    lines_clear_sums(sums, n);
    for (int64_t k0 = 0; k0 < c->kernel[0]; k0++)
        for (int64_t k1 = 0; k1 < c->kernel[1]; k1++) {
            const kernel_line line = line_at(c, k0, k1);
            WIL_TRY(add_line(r, &line, x, weights, sums, scratch));
        }
    if (c->bf16_result)
        lines_narrow_sums(c, out, sums, n);
    return WIL_OK;
}

/* Weights that meet nothing but padding. */
static void clear_weights(const conv_lines *c, const kernel_line *line, float *out)
{
    const int64_t n_weights = c->kernel[0] * c->kernel[1] * c->kernel[2] * c->in_channels;
    for (int64_t o = 0; o < c->out_channels; o++)
        memset(out + o * n_weights + line_offset(c, line), 0,
            (size_t)(c->kernel[2] * c->in_channels) * sizeof *out);
}

static wil_status run_weights_line(const gemm_rows_conv *r, const kernel_line *line, const char *x,
    const char *gradient, float *out, char *scratch)
{
    const conv_lines *c = &r->lines;
    char *rows = scratch + r->other_bytes;
    const dnnl_call *product = lines_find_product(&r->products, line->n_rows);
    if (product == NULL) {
        clear_weights(c, line, out);
        return WIL_OK;
    }
    const char *of_line = lines_gather_outputs(c, line, gradient, scratch);
    for (int64_t k2 = 0; k2 < c->kernel[2]; k2 += r->run) {
        lines_gather_inputs(c, line, k2, r->run, x, rows);
        WIL_TRY(product_run(
            product, of_line, rows, out + line_offset(c, line) + k2 * c->in_channels, rows + r->rows_bytes));
    }
    return WIL_OK;
}

static wil_status run_weights(
    const gemm_rows_conv *r, const char *x, const char *gradient, float *out, char *scratch)
{
    for (int64_t k0 = 0; k0 < r->lines.kernel[0]; k0++)
        for (int64_t k1 = 0; k1 < r->lines.kernel[1]; k1++) {
            const kernel_line line = line_at(&r->lines, k0, k1);
            WIL_TRY(run_weights_line(r, &line, x, gradient, out, scratch));
        }
    return WIL_OK;
}

wil_status gemm_rows_run(const gemm_rows_conv *r, const void *x, const void *second, void *out, void *scratch)
{
    return r->kind == WIL_OP_CONV_DW ? run_weights(r, x, second, out, scratch)
                                     : run_forward(r, x, second, out, scratch);
}
