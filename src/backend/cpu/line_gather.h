/* Convolutions taken apart by lines of the kernel, K positions along the last axis: what each line pairs is
 * one matrix product. Output lines under which a kernel line meets nothing but padding are left out. */
#ifndef WILLIS_LINE_GATHER_H
#define WILLIS_LINE_GATHER_H

#include "conv.h"
#include "dnnl_product.h"
typedef struct conv_lines {
    int64_t batch, in_channels, out_channels;
    int64_t in[3], out[3], kernel[3], stride[3], pad[3]; /* three axes; missing ones in front are 1 */
    bool bf16_operands, bf16_result;
    size_t value_bytes; /* of an operand */
    wil_tile_fn add;
    wil_tile_moves moves;
} conv_lines;

/* Line (k0, k1) of the kernel and the output lines [N, n0, n1] that it serves. */
typedef struct kernel_line {
    int64_t k0, k1;
    int64_t first0, n0, first1, n1;
    int64_t n_rows; /* output positions of these */
} kernel_line;

conv_lines lines_of(const conv_geometry *geometry);
kernel_line line_at(const conv_lines *c, int64_t k0, int64_t k1);
/* Place of kernel position (k0, k1, 0) in weights [O, K.., I], in values from the row's begin. */
int64_t line_offset(const conv_lines *c, const kernel_line *line);

/* Rows [n_rows, O] of values [N, T.., O] for these lines; values itself where that is all of it. */
const char *lines_gather_outputs(const conv_lines *c, const kernel_line *line, const char *values, char *to);
/* Rows [n_rows, n I]: what kernel positions [k2, k2 + n) of the line meet in x [N, S.., I]. */
void lines_gather_inputs(
    const conv_lines *c, const kernel_line *line, int64_t k2, int64_t n, const char *x, char *to);
/* Adds rows [n_rows, O] to sums [N, T.., O]; rows [n_rows, K I] to sums [N, S.., I]. */
void lines_add_outputs(const conv_lines *c, const kernel_line *line, const float *rows, float *sums);
void lines_add_inputs(const conv_lines *c, const kernel_line *line, const float *rows, float *sums);
void lines_clear_sums(float *sums, int64_t n);
void lines_narrow_sums(const conv_lines *c, uint16_t *out, const float *sums, int64_t n);

/* The products of all kernel lines; those that serve as many rows share one. */
typedef struct line_products {
    dnnl_call *products;
    int64_t *n_rows; /* of each */
    int n;
    size_t scratch_bytes;
} line_products;
/* Fills src, weights and result for a number of rows. */
typedef void (*line_describe)(const void *conv, int64_t n_rows, product_matrix out[3]);
/* On failure the products must still be cleared. */
WIL_NODISCARD wil_status lines_make_products(
    line_products *out, const conv_lines *c, cpu_device *device, line_describe describe, const void *conv);
const dnnl_call *lines_find_product(const line_products *products, int64_t n_rows); /* NULL for 0 rows */
void lines_clear_products(line_products *products);

#endif
