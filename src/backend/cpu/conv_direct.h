/* A convolution, or a derivative of one, by oneDNN's own primitive. oneDNN's 2.x C API; the 3.x API differs
 * in how descriptors are made. */
#ifndef WILLIS_CONV_DIRECT_H
#define WILLIS_CONV_DIRECT_H

#include "conv.h"
#include "dnnl_call.h"

typedef struct direct_conv {
    dnnl_call call;                /* first, second, out in the order of cpu_conv_run */
    dnnl_memory_desc_t weights_md; /* of the weights that it reads or writes */
} direct_conv;

/* T asks for this many zeros behind the input; fewer than none where the stride leaves a rest unread. */
int64_t direct_pad_behind(const conv_geometry *geometry, int axis);
/* Weights [O, K.., I] in the plain layout. */
WIL_NODISCARD wil_status direct_plain_weights(
    dnnl_memory_desc_t *out, const conv_geometry *geometry, dnnl_data_type_t type);
/* On failure the call must still be cleared. */
WIL_NODISCARD wil_status direct_make(
    direct_conv *out, cpu_device *device, wil_op_kind kind, const conv_geometry *geometry);

#endif
