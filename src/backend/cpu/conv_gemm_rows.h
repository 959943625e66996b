/* Convolutions of many channels and few positions, and their weight gradients, as matrix products. For each
 * line of the kernel, the input values that meet the output positions are gathered into rows [N T.., K I],
 * which the plain weights [O, K I] multiply, or the gradient [N T.., O]. A product reaches the machine's rate
 * there, where oneDNN's own primitives, made for large images, do not. */
#ifndef WILLIS_CONV_GEMM_ROWS_H
#define WILLIS_CONV_GEMM_ROWS_H

#include "line_gather.h"

typedef struct gemm_rows_conv {
    conv_lines lines;
    wil_op_kind kind;                          /* CONV or CONV_DW */
    int64_t run;                               /* kernel positions gathered side by side: a line, or one */
    size_t sum_bytes, other_bytes, rows_bytes; /* scratch, in this order; then the products' */
    line_products products;
} gemm_rows_conv;

bool gemm_rows_suit(wil_op_kind kind, const conv_geometry *geometry);
WIL_NODISCARD wil_status gemm_rows_make(
    gemm_rows_conv *out, cpu_device *device, wil_op_kind kind, const conv_geometry *geometry);
void gemm_rows_clear(gemm_rows_conv *rows);
size_t gemm_rows_scratch_bytes(const gemm_rows_conv *rows);
/* CONV: x [N, S.., I] and weights [O, K.., I] of the operands' type -> y [N, T.., O].
 * CONV_DW: x and gradient [N, T.., O] -> [O, K.., I] in float. */
WIL_NODISCARD wil_status gemm_rows_run(
    const gemm_rows_conv *rows, const void *x, const void *second, void *out, void *scratch);

#endif
