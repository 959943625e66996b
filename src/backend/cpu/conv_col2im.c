#include "conv_col2im.h"

#include <string.h>

/* Below these, adding up costs more than the product gains: each value added is a sum of out_channels
 * products.
 */
#define LEAST_OUT 128
#define LEAST_IN 64
#define MOST_ROWS 1200 /* output positions; of more, oneDNN's primitive makes as much */
#define LEAST_WEIGHTS_BF16 ((int64_t)4 << 20) /* in bfloat16 the gain is memory alone */

bool col2im_suits(wil_op_kind kind, const conv_geometry *g)
{
    int64_t n_rows = g->batch;
    int64_t n_weights = g->in_channels * g->out_channels;
    for (int i = 0; i < g->n_spatial; i++) {
        n_rows *= g->out[i];
        n_weights *= g->kernel[i];
    }
    return kind == WIL_OP_CONV_DX && g->out_channels >= LEAST_OUT && g->in_channels >= LEAST_IN &&
           n_rows <= MOST_ROWS && (!g->bf16_operands || n_weights >= LEAST_WEIGHTS_BF16);
}

/* columns [rows, K I] = gradient [rows, O] times a line of the weights [O, K I]. */
static void describe(const void *conv, int64_t n_rows, product_matrix out[3])
{
    const col2im_conv *s = conv;
    const conv_lines *c = &s->lines;
    const dnnl_data_type_t operand = c->bf16_operands ? dnnl_bf16 : dnnl_f32;
    const int64_t n_columns = c->kernel[2] * c->in_channels;
    const int64_t n_weights = c->kernel[0] * c->kernel[1] * n_columns;
    out[0] = (product_matrix){n_rows, c->out_channels, c->out_channels, 1, operand};
    out[1] = (product_matrix){c->out_channels, n_columns, n_weights, 1, operand};
    out[2] = (product_matrix){n_rows, n_columns, n_columns, 1, dnnl_f32};
}

wil_status col2im_make(col2im_conv *out, cpu_device *device, const conv_geometry *g)
{
    memset(out, 0, sizeof *out);
    out->lines = lines_of(g);
    const conv_lines *c = &out->lines;
    const int64_t n_rows = c->batch * c->out[0] * c->out[1] * c->out[2];
    const int64_t n_sums = c->batch * c->in[0] * c->in[1] * c->in[2] * c->in_channels;
    out->sum_bytes = g->bf16_result ? dnnl_round_up((size_t)(n_sums) * sizeof(float)) : 0;
    out->gathered_bytes = dnnl_round_up((size_t)(n_rows * c->out_channels) * c->value_bytes);
    out->columns_bytes = dnnl_round_up((size_t)(n_rows * c->kernel[2] * c->in_channels) * sizeof(float));
    const wil_status status = lines_make_products(&out->products, c, device, describe, out);
    if (status != WIL_OK)
        col2im_clear(out);
    return status;
}

void col2im_clear(col2im_conv *s)
{
    lines_clear_products(&s->products);
}

size_t col2im_scratch_bytes(const col2im_conv *s)
{
    return s->sum_bytes + s->gathered_bytes + s->columns_bytes + s->products.scratch_bytes;
}

static wil_status run_line(const col2im_conv *s, const kernel_line *line, const char *gradient,
    const char *weights, float *sums, char *rest)
{
    const conv_lines *c = &s->lines;
    char *columns = rest + s->gathered_bytes;
    const dnnl_call *product = lines_find_product(&s->products, line->n_rows);
    if (product == NULL) /* it meets nothing but padding */
        return WIL_OK;
    const char *rows = lines_gather_outputs(c, line, gradient, rest);
    WIL_TRY(product_run(product, rows, weights + (size_t)line_offset(c, line) * c->value_bytes, columns,
        columns + s->columns_bytes));
    lines_add_inputs(c, line, (const float *)columns, sums);
    return WIL_OK;
}

wil_status col2im_run(
    const col2im_conv *s, const void *gradient, const void *weights, void *out, void *scratch)
{
    const conv_lines *c = &s->lines;
    const int64_t n = c->batch * c->in[0] * c->in[1] * c->in[2] * c->in_channels;
    float *sums = c->bf16_result ? scratch : out;
    lines_clear_sums(sums, n);
    for (int64_t k0 = 0; k0 < c->kernel[0]; k0++)
        for (int64_t k1 = 0; k1 < c->kernel[1]; k1++) {
            const kernel_line line = line_at(c, k0, k1);
            WIL_TRY(run_line(s, &line, gradient, weights, sums, (char *)scratch + s->sum_bytes));
        }
    if (c->bf16_result)
        lines_narrow_sums(c, out, sums, n);
    return WIL_OK;
}
