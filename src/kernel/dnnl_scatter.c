#include "dnnl_scatter.h"

#include <string.h>

#include "kernel_internal.h"

/* Below these, adding up costs more than the product gains: each value added is a sum of out_channels
 * products.
 */
#define LEAST_OUT 128
#define LEAST_IN 64
#define MOST_ROWS 1200 /* output positions; of more, oneDNN's primitive makes as much */
#define LEAST_WEIGHTS_BF16 ((int64_t)4 << 20) /* in bfloat16 the gain is memory alone */
#define BLOCK 8192                            /* values that a thread narrows at a time */

bool scatter_suits(wil_dnnl_conv_kind kind, const wil_conv_geometry *g)
{
    int64_t n_rows = g->batch;
    int64_t n_weights = g->in_channels * g->out_channels;
    for (int i = 0; i < g->n_spatial; i++) {
        n_rows *= g->out[i];
        n_weights *= g->kernel[i];
    }
    return kind == WIL_DNNL_CONV_DX && g->out_channels >= LEAST_OUT && g->in_channels >= LEAST_IN &&
           n_rows <= MOST_ROWS && (!g->bf16_operands || n_weights >= LEAST_WEIGHTS_BF16);
}

/* The output positions [begin, end) whose input under kernel position k of an axis is no padding. */
static void valid_range(const scatter_conv *c, int axis, int64_t k, int64_t *begin, int64_t *end)
{
    const int64_t first = c->pad[axis] - k; /* t stride >= first, t stride < in + first */
    *begin = first > 0 ? (first + c->stride[axis] - 1) / c->stride[axis] : 0;
    *end = c->in[axis] + first > 0 ? (c->in[axis] + first + c->stride[axis] - 1) / c->stride[axis] : 0;
    *end = *end < c->out[axis] ? *end : c->out[axis];
    *begin = *begin < *end ? *begin : *end;
}

/* ---- making ------------------------------------------------------------------------------------------- */

/* columns [rows, K I] = gradient [rows, O] times a line of the weights [O, K I]. */
static wil_status make_product(scatter_product *p, scatter_conv *c, wil_dnnl *dnnl)
{
    const dnnl_data_type_t operand = c->bf16_operands ? dnnl_bf16 : dnnl_f32;
    const int64_t n_columns = c->kernel[2] * c->in_channels;
    const int64_t n_weights = c->kernel[0] * c->kernel[1] * n_columns;
    WIL_TRY(product_make(&p->product, dnnl,
        (product_matrix){p->n_rows, c->out_channels, c->out_channels, 1, operand},
        (product_matrix){c->out_channels, n_columns, n_weights, 1, operand},
        (product_matrix){p->n_rows, n_columns, n_columns, 1, dnnl_f32}));
    const size_t bytes = p->product.scratch_bytes;
    c->most_bytes = bytes > c->most_bytes ? bytes : c->most_bytes;
    return WIL_OK;
}

static scatter_product *find_product(const scatter_conv *c, int64_t n_rows)
{
    for (int i = 0; i < c->n_products; i++)
        if (c->products[i].n_rows == n_rows)
            return &c->products[i];
    return NULL;
}

static int64_t count_rows(const scatter_conv *c, int64_t k0, int64_t k1)
{
    int64_t begin[2];
    int64_t end[2];
    valid_range(c, 0, k0, &begin[0], &end[0]);
    valid_range(c, 1, k1, &begin[1], &end[1]);
    return c->batch * (end[0] - begin[0]) * (end[1] - begin[1]) * c->out[2];
}

static wil_status make_products(scatter_conv *c, wil_dnnl *dnnl)
{
    const size_t most = (size_t)(c->kernel[0] * c->kernel[1]);
    WIL_TRY(wil_alloc((void **)&c->products, most, sizeof *c->products));
    for (int64_t k0 = 0; k0 < c->kernel[0]; k0++)
        for (int64_t k1 = 0; k1 < c->kernel[1]; k1++) {
            const int64_t n_rows = count_rows(c, k0, k1);
            if (n_rows == 0 || find_product(c, n_rows) != NULL)
                continue;
            scatter_product *p = &c->products[c->n_products++];
            p->n_rows = n_rows;
            WIL_TRY(make_product(p, c, dnnl));
        }
    return WIL_OK;
}

static size_t round_up(int64_t values, size_t value_bytes)
{
    return ((size_t)values * value_bytes + 63) / 64 * 64;
}

wil_status scatter_make(scatter_conv *out, wil_dnnl *dnnl, const wil_conv_geometry *g)
{
    memset(out, 0, sizeof *out);
    out->batch = g->batch;
    out->in_channels = g->in_channels;
    out->out_channels = g->out_channels;
    kernel_triple(out->in, g->in, g->n_spatial, 1);
    kernel_triple(out->out, g->out, g->n_spatial, 1);
    kernel_triple(out->kernel, g->kernel, g->n_spatial, 1);
    kernel_triple(out->stride, g->stride, g->n_spatial, 1);
    kernel_triple(out->pad, g->pad, g->n_spatial, 0);
    out->bf16_operands = g->bf16_operands;
    out->bf16_result = g->bf16_result;
    out->value_bytes = g->bf16_operands ? sizeof(uint16_t) : sizeof(float);
    out->add = wil_tile_find("add");
    out->moves = wil_tile_moves_find();
    const int64_t n_rows = g->batch * out->out[0] * out->out[1] * out->out[2];
    const int64_t n_sums = g->batch * out->in[0] * out->in[1] * out->in[2] * g->in_channels;
    out->sum_bytes = g->bf16_result ? round_up(n_sums, sizeof(float)) : 0;
    out->gathered_bytes = round_up(n_rows * g->out_channels, out->value_bytes);
    out->columns_bytes = round_up(n_rows * out->kernel[2] * g->in_channels, sizeof(float));
    const wil_status status = make_products(out, dnnl);
    if (status != WIL_OK)
        scatter_clear(out);
    return status;
}

void scatter_clear(scatter_conv *c)
{
    for (int i = 0; i < c->n_products; i++)
        product_clear(&c->products[i].product);
    wil_free(c->products);
    memset(c, 0, sizeof *c);
}

size_t scatter_scratch_bytes(const scatter_conv *c)
{
    return c->sum_bytes + c->gathered_bytes + c->columns_bytes + c->most_bytes;
}

/* ---- running ------------------------------------------------------------------------------------------ */

/* A line of the kernel and the output lines under which its input is no padding: [N, n0, n1]. */
typedef struct kernel_line {
    int64_t k0, k1;
    int64_t first0, n0, first1, n1;
} kernel_line;

static kernel_line line_of(const scatter_conv *c, int64_t k0, int64_t k1)
{
    kernel_line line = {.k0 = k0, .k1 = k1};
    int64_t end0 = 0;
    int64_t end1 = 0;
    valid_range(c, 0, k0, &line.first0, &end0);
    valid_range(c, 1, k1, &line.first1, &end1);
    line.n0 = end0 - line.first0;
    line.n1 = end1 - line.first1;
    return line;
}

/* The gradient's rows of these lines, side by side; the gradient itself where that is all of it. */
static const char *gather(const scatter_conv *c, const kernel_line *line, const char *gradient, char *to)
{
    const size_t bytes = (size_t)(c->out[2] * c->out_channels) * c->value_bytes;
    if (line->n0 == c->out[0] && line->n1 == c->out[1])
        return gradient;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < c->batch * line->n0; i++) {
        const int64_t from =
            (i / line->n0 * c->out[0] + line->first0 + i % line->n0) * c->out[1] + line->first1;
        memcpy(
            to + (size_t)(i * line->n1) * bytes, gradient + (size_t)from * bytes, (size_t)line->n1 * bytes);
    }
    return to;
}

/* Adds what one output line owes to its input line. */
static void add_line(const scatter_conv *c, float *sums, const float *columns)
{
    const int64_t n = c->in_channels;
    for (int64_t t = 0; t < c->out[2]; t++, columns += c->kernel[2] * n) {
        const int64_t first = t * c->stride[2] - c->pad[2];
        const int64_t begin = first < 0 ? -first : 0;
        const int64_t end = first + c->kernel[2] > c->in[2] ? c->in[2] - first : c->kernel[2];
        float *to = sums + (first + begin) * n;
        if (begin < end)
            c->add(to, to, columns + begin * n, (end - begin) * n, 0);
    }
}

/* Output lines of one kernel line meet different input lines. */
static void add_columns(const scatter_conv *c, const kernel_line *line, const float *columns, float *sums)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < c->batch * line->n0 * line->n1; i++) {
        const int64_t t1 = line->first1 + i % line->n1;
        const int64_t t0 = line->first0 + i / line->n1 % line->n0;
        const int64_t sample = i / line->n1 / line->n0;
        const int64_t s0 = t0 * c->stride[0] + line->k0 - c->pad[0];
        const int64_t s1 = t1 * c->stride[1] + line->k1 - c->pad[1];
        add_line(c, sums + ((sample * c->in[0] + s0) * c->in[1] + s1) * c->in[2] * c->in_channels,
            columns + i * c->out[2] * c->kernel[2] * c->in_channels);
    }
}

static wil_status run_line(const scatter_conv *c, int64_t k0, int64_t k1, const char *gradient,
    const char *weights, float *sums, char *rest)
{
    const kernel_line line = line_of(c, k0, k1);
    const scatter_product *product = find_product(c, count_rows(c, k0, k1));
    if (product == NULL) /* it meets nothing but padding */
        return WIL_OK;
    const size_t before = (size_t)((k0 * c->kernel[1] + k1) * c->kernel[2] * c->in_channels) * c->value_bytes;
    char *columns = rest + c->gathered_bytes;
    const char *rows = gather(c, &line, gradient, rest);
    WIL_TRY(product_run(&product->product, rows, weights + before, columns, columns + c->columns_bytes));
    add_columns(c, &line, (const float *)columns, sums);
    return WIL_OK;
}

static void clear_sums(float *sums, int64_t n)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += BLOCK)
        memset(sums + i, 0, (size_t)(n - i < BLOCK ? n - i : BLOCK) * sizeof *sums);
}

static void narrow_sums(const scatter_conv *c, uint16_t *out, const float *sums, int64_t n)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += BLOCK)
        c->moves.narrow(out + i, sums + i, n - i < BLOCK ? n - i : BLOCK);
}

wil_status scatter_run(
    const scatter_conv *c, const void *gradient, const void *weights, void *out, void *scratch)
{
    const int64_t n = c->batch * c->in[0] * c->in[1] * c->in[2] * c->in_channels;
    float *sums = c->bf16_result ? scratch : out;
    clear_sums(sums, n);
    for (int64_t k0 = 0; k0 < c->kernel[0]; k0++)
        for (int64_t k1 = 0; k1 < c->kernel[1]; k1++)
            WIL_TRY(run_line(c, k0, k1, gradient, weights, sums, (char *)scratch + c->sum_bytes));
    if (c->bf16_result)
        narrow_sums(c, out, sums, n);
    return WIL_OK;
}
