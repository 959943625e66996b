/* Data gradients of convolutions of many channels and few positions, and so transposed convolutions, as
 * matrix products: for each line of the kernel, the gradient [N T.., O] times the plain weights [O, K I]
 * gives what every output position owes to the K input positions it met, which is then added up there.
 * oneDNN's own primitives are made for large images, and need the weights in a layout of their own, a copy as
 * large as the weights. */
#ifndef WILLIS_DNNL_SCATTER_H
#define WILLIS_DNNL_SCATTER_H

#include "dnnl_lines.h"

typedef struct scatter_conv {
    conv_lines lines;
    size_t sum_bytes, gathered_bytes, columns_bytes; /* scratch, in this order; then the products' */
    line_products products;
} scatter_conv;

bool scatter_suits(wil_dnnl_conv_kind kind, const wil_conv_geometry *geometry);
WIL_NODISCARD wil_status scatter_make(scatter_conv *out, wil_dnnl *dnnl, const wil_conv_geometry *geometry);
void scatter_clear(scatter_conv *conv);
size_t scatter_scratch_bytes(const scatter_conv *conv);
/* gradient [N, T.., O] and weights [O, K.., I], both of the operands' type -> dx [N, S.., I]. */
WIL_NODISCARD wil_status scatter_run(
    const scatter_conv *conv, const void *gradient, const void *weights, void *out, void *scratch);

#endif
