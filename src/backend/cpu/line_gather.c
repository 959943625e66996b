#include "line_gather.h"

#include <string.h>

#define BLOCK 8192 /* values that a thread takes at a time */

conv_lines lines_of(const conv_geometry *g)
{
    conv_lines c = {.batch = g->batch,
        .in_channels = g->in_channels,
        .out_channels = g->out_channels,
        .bf16_operands = g->bf16_operands,
        .bf16_result = g->bf16_result,
        .value_bytes = g->bf16_operands ? sizeof(uint16_t) : sizeof(float),
        .add = wil_tile_find(WIL_OP_ADD),
        .moves = wil_tile_moves_find()};
    wil_spatial3_values(c.in, g->in, g->n_spatial, 1);
    wil_spatial3_values(c.out, g->out, g->n_spatial, 1);
    wil_spatial3_values(c.kernel, g->kernel, g->n_spatial, 1);
    wil_spatial3_values(c.stride, g->stride, g->n_spatial, 1);
    wil_spatial3_values(c.pad, g->pad, g->n_spatial, 0);
    return c;
}

/* The output positions [begin, end) whose input under kernel position k of an axis is no padding. */
static void valid_range(const conv_lines *c, int axis, int64_t k, int64_t *begin, int64_t *end)
{
    const int64_t first = c->pad[axis] - k; /* t stride >= first, t stride < in + first */
    *begin = first > 0 ? (first + c->stride[axis] - 1) / c->stride[axis] : 0;
    *end = c->in[axis] + first > 0 ? (c->in[axis] + first + c->stride[axis] - 1) / c->stride[axis] : 0;
    *end = *end < c->out[axis] ? *end : c->out[axis];
    *begin = *begin < *end ? *begin : *end;
}

kernel_line line_at(const conv_lines *c, int64_t k0, int64_t k1)
{
    kernel_line line = {.k0 = k0, .k1 = k1};
    int64_t end0 = 0;
    int64_t end1 = 0;
    valid_range(c, 0, k0, &line.first0, &end0);
    valid_range(c, 1, k1, &line.first1, &end1);
    line.n0 = end0 - line.first0;
    line.n1 = end1 - line.first1;
    line.n_rows = c->batch * line.n0 * line.n1 * c->out[2];
    return line;
}

int64_t line_offset(const conv_lines *c, const kernel_line *line)
{
    return (line->k0 * c->kernel[1] + line->k1) * c->kernel[2] * c->in_channels;
}

/* ---- lines -------------------------------------------------------------------------------------------- */

/* The i-th of the line's [N, n0, n1] among all output lines [N, T0, T1], and the input line that it meets. */
static int64_t output_line(const conv_lines *c, const kernel_line *line, int64_t i)
{
    const int64_t sample = i / line->n1 / line->n0;
    return (sample * c->out[0] + line->first0 + i / line->n1 % line->n0) * c->out[1] + line->first1 +
           i % line->n1;
}

static int64_t input_line(const conv_lines *c, const kernel_line *line, int64_t i)
{
    const int64_t sample = i / line->n1 / line->n0;
    const int64_t t0 = line->first0 + i / line->n1 % line->n0;
    const int64_t t1 = line->first1 + i % line->n1;
    const int64_t s0 = t0 * c->stride[0] + line->k0 - c->pad[0];
    const int64_t s1 = t1 * c->stride[1] + line->k1 - c->pad[1];
    return (sample * c->in[0] + s0) * c->in[1] + s1;
}

/* Which of the kernel positions [k2, k2 + n) are inside under output position t: [begin, end) of them; the
 * first input position of all. */
static int64_t inside(const conv_lines *c, int64_t t, int64_t k2, int64_t n, int64_t *begin, int64_t *end)
{
    const int64_t first = t * c->stride[2] + k2 - c->pad[2];
    *begin = first < 0 ? -first : 0;
    *end = first + n > c->in[2] ? c->in[2] - first : n;
    if (*begin >= *end)
        *begin = *end = 0;
    return first;
}

const char *lines_gather_outputs(const conv_lines *c, const kernel_line *line, const char *values, char *to)
{
    const size_t bytes = (size_t)(c->out[2] * c->out_channels) * c->value_bytes;
    if (line->n0 == c->out[0] && line->n1 == c->out[1])
        return values;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < c->batch * line->n0 * line->n1; i++)
        memcpy(to + (size_t)i * bytes, values + (size_t)output_line(c, line, i) * bytes, bytes);
    return to;
}

void lines_gather_inputs(
    const conv_lines *c, const kernel_line *line, int64_t k2, int64_t n, const char *x, char *to)
{
    const size_t one = (size_t)c->in_channels * c->value_bytes;
    const size_t row = one * (size_t)n;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < c->batch * line->n0 * line->n1; i++) {
        const char *from = x + (size_t)(input_line(c, line, i) * c->in[2]) * one;
        char *at = to + (size_t)(i * c->out[2]) * row;
        for (int64_t t = 0; t < c->out[2]; t++, at += row) {
            int64_t begin = 0;
            int64_t end = 0;
            const int64_t first = inside(c, t, k2, n, &begin, &end);
            memset(at, 0, one * (size_t)begin);
            if (begin < end)
                memcpy(at + one * (size_t)begin, from + one * (size_t)(first + begin),
                    one * (size_t)(end - begin));
            memset(at + one * (size_t)end, 0, one * (size_t)(n - end));
        }
    }
}

void lines_add_outputs(const conv_lines *c, const kernel_line *line, const float *rows, float *sums)
{
    const int64_t n = c->out[2] * c->out_channels;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < c->batch * line->n0 * line->n1; i++) {
        float *to = sums + output_line(c, line, i) * n;
        c->add(to, to, rows + i * n, n, 0);
    }
}

/* Different output lines of one kernel line meet different input lines. */
void lines_add_inputs(const conv_lines *c, const kernel_line *line, const float *rows, float *sums)
{
    const int64_t one = c->in_channels;
    const int64_t row = c->kernel[2] * one;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < c->batch * line->n0 * line->n1; i++) {
        float *to = sums + input_line(c, line, i) * c->in[2] * one;
        for (int64_t t = 0; t < c->out[2]; t++) {
            int64_t begin = 0;
            int64_t end = 0;
            const int64_t first = inside(c, t, 0, c->kernel[2], &begin, &end);
            float *at = to + (first + begin) * one;
            c->add(at, at, rows + (i * c->out[2] + t) * row + begin * one, (end - begin) * one, 0);
        }
    }
}

void lines_clear_sums(float *sums, int64_t n)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += BLOCK)
        memset(sums + i, 0, (size_t)(n - i < BLOCK ? n - i : BLOCK) * sizeof *sums);
}

void lines_narrow_sums(const conv_lines *c, uint16_t *out, const float *sums, int64_t n)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += BLOCK)
        c->moves.narrow(out + i, sums + i, n - i < BLOCK ? n - i : BLOCK);
}

/* ---- products ----------------------------------------------------------------------------------------- */

const dnnl_call *lines_find_product(const line_products *products, int64_t n_rows)
{
    for (int i = 0; i < products->n; i++)
        if (products->n_rows[i] == n_rows)
            return &products->products[i];
    return NULL;
}

static wil_status add_product(
    line_products *out, cpu_device *device, line_describe describe, const void *conv, int64_t n_rows)
{
    product_matrix m[3];
    describe(conv, n_rows, m);
    dnnl_call *product = &out->products[out->n];
    out->n_rows[out->n++] = n_rows;
    WIL_TRY(product_make(product, device, m[0], m[1], m[2]));
    if (product->scratch_bytes > out->scratch_bytes)
        out->scratch_bytes = product->scratch_bytes;
    return WIL_OK;
}

wil_status lines_make_products(
    line_products *out, const conv_lines *c, cpu_device *device, line_describe describe, const void *conv)
{
    const size_t most = (size_t)(c->kernel[0] * c->kernel[1]);
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_alloc((void **)&out->products, most, sizeof *out->products));
    WIL_TRY(wil_alloc((void **)&out->n_rows, most, sizeof *out->n_rows));
    for (int64_t k0 = 0; k0 < c->kernel[0]; k0++)
        for (int64_t k1 = 0; k1 < c->kernel[1]; k1++) {
            const int64_t n_rows = line_at(c, k0, k1).n_rows;
            if (n_rows > 0 && lines_find_product(out, n_rows) == NULL)
                WIL_TRY(add_product(out, device, describe, conv, n_rows));
        }
    return WIL_OK;
}

void lines_clear_products(line_products *products)
{
    for (int i = 0; i < products->n; i++)
        dnnl_call_clear(&products->products[i]);
    wil_free(products->products);
    wil_free(products->n_rows);
    memset(products, 0, sizeof *products);
}
