/* A convolution, or a derivative of one, by oneDNN's own primitive. oneDNN's 2.x C API; the 3.x API differs
 * in how descriptors are made. */
#ifndef WILLIS_DNNL_DIRECT_H
#define WILLIS_DNNL_DIRECT_H

#include "dnnl_common.h"

typedef struct direct_conv {
    wil_dnnl_conv_kind kind;
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
    dnnl_memory_t first, second, out, scratch; /* in the order of run; scratch: NULL where there is none */
    dnnl_memory_desc_t weights_md;             /* of the weights that it reads or writes */
    size_t scratch_bytes;
    dnnl_stream_t stream; /* borrowed */
} direct_conv;

/* T asks for this many zeros behind the input; fewer than none where the stride leaves a rest unread. */
int64_t direct_pad_behind(const wil_conv_geometry *geometry, int axis);
/* Weights [O, K.., I] in the plain layout. */
WIL_NODISCARD wil_status direct_plain_weights(
    dnnl_memory_desc_t *out, const wil_conv_geometry *geometry, dnnl_data_type_t type);
/* On failure the convolution must still be cleared. */
WIL_NODISCARD wil_status direct_make(
    direct_conv *out, wil_dnnl *dnnl, wil_dnnl_conv_kind kind, const wil_conv_geometry *geometry);
void direct_clear(direct_conv *conv);
WIL_NODISCARD wil_status direct_run(
    const direct_conv *conv, const void *first, const void *second, void *out, void *scratch);

#endif
