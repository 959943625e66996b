/* Data gradients of convolutions of many channels and few positions, and so transposed convolutions, as
 * matrix products: for each line of the kernel, the gradient [N T.., O] times the plain weights [O, K I]
 * gives what every output position owes to the K input positions it met, which is then added up there.
 * oneDNN's own primitives are made for large images, and need the weights in a layout of their own, a copy as
 * large as the weights. */
#ifndef WILLIS_CONV_COL2IM_H
#define WILLIS_CONV_COL2IM_H

#include "line_gather.h"

typedef struct col2im_conv {
    conv_lines lines;
    size_t sum_bytes, gathered_bytes, columns_bytes; /* scratch, in this order; then the products' */
    line_products products;
} col2im_conv;

bool col2im_suits(wil_op_kind kind, const conv_geometry *geometry);
WIL_NODISCARD wil_status col2im_make(col2im_conv *out, cpu_device *device, const conv_geometry *geometry);
void col2im_clear(col2im_conv *conv);
size_t col2im_scratch_bytes(const col2im_conv *conv);
/* gradient [N, T.., O] and weights [O, K.., I], both of the operands' type -> dx [N, S.., I]. */
WIL_NODISCARD wil_status col2im_run(
    const col2im_conv *conv, const void *gradient, const void *weights, void *out, void *scratch);

#endif
