/* Convolutions of many channels and few positions, and their weight gradients, as matrix products. For each
 * line of the kernel, the input values that meet the output positions are gathered into rows [N T.., K I],
 * which the plain weights [O, K I] multiply, or the gradient [N T.., O]. A product reaches the machine's rate
 * there, where oneDNN's own primitives, made for large images, do not. */
#ifndef WILLIS_DNNL_ROWS_H
#define WILLIS_DNNL_ROWS_H

#include "dnnl_lines.h"

typedef struct rows_conv {
    conv_lines lines;
    wil_dnnl_conv_kind kind;                   /* CONV or CONV_DW */
    int64_t run;                               /* kernel positions gathered side by side: a line, or one */
    size_t sum_bytes, other_bytes, rows_bytes; /* scratch, in this order; then the products' */
    line_products products;
} rows_conv;

bool rows_suit(wil_dnnl_conv_kind kind, const wil_conv_geometry *geometry);
WIL_NODISCARD wil_status rows_make(
    rows_conv *out, wil_dnnl *dnnl, wil_dnnl_conv_kind kind, const wil_conv_geometry *geometry);
void rows_clear(rows_conv *rows);
size_t rows_scratch_bytes(const rows_conv *rows);
/* CONV: x [N, S.., I] and weights [O, K.., I] of the operands' type -> y [N, T.., O].
 * CONV_DW: x and gradient [N, T.., O] -> [O, K.., I] in float. */
WIL_NODISCARD wil_status rows_run(
    const rows_conv *rows, const void *x, const void *second, void *out, void *scratch);

#endif
