/* Weights from one layout into another. */
#ifndef WILLIS_DNNL_REORDER_H
#define WILLIS_DNNL_REORDER_H

#include "dnnl_common.h"

typedef struct weight_reorder {
    dnnl_primitive_t primitive;
    dnnl_memory_t from, to, scratch; /* scratch: NULL where there is none */
    size_t scratch_bytes;
    dnnl_stream_t stream; /* borrowed */
} weight_reorder;

/* On failure the reorder must still be cleared. */
WIL_NODISCARD wil_status reorder_make(
    weight_reorder *out, wil_dnnl *dnnl, const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to);
void reorder_clear(weight_reorder *reorder);
WIL_NODISCARD wil_status reorder_run(
    const weight_reorder *reorder, const void *from, void *to, void *scratch);

#endif
