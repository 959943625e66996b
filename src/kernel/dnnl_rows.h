/* Convolutions of many channels and few positions, and their weight gradients, as matrix products. The input
 * values that meet each output position are gathered into rows [N T.., K.. I], which the plain weights
 * [O, K.. I] multiply, or the gradient [N T.., O]. A product reaches the machine's rate there, where oneDNN's
 * own primitives, made for large images, do not. */
#ifndef WILLIS_DNNL_ROWS_H
#define WILLIS_DNNL_ROWS_H

#include "dnnl_product.h"

typedef struct rows_conv {
    int64_t batch, in_channels, out_channels;
    int64_t in[3], out[3], kernel[3], stride[3], pad[3]; /* three axes; missing ones in front are 1 */
    wil_dnnl_conv_kind kind;                             /* CONV or CONV_DW */
    int64_t run;     /* kernel positions gathered side by side: all for CONV, a line or one for CONV_DW */
    int64_t samples; /* gathered at a time: some for CONV, all for CONV_DW */
    int64_t n_rows;  /* output positions of these */
    size_t value_bytes, result_bytes; /* of an operand, and of a value of CONV's result */
    size_t rows_bytes;                /* scratch: gathered rows, then the product's */
    matrix_product product;
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
