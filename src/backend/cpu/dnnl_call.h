/* A oneDNN primitive with the memory objects of its arguments: what convolutions, products and reorders run.
 */
#ifndef WILLIS_DNNL_CALL_H
#define WILLIS_DNNL_CALL_H

#include "dnnl_common.h"

typedef struct dnnl_call {
    const char *what; /* for failures */
    dnnl_primitive_t primitive;
    int n, argument[3];               /* DNNL_ARG_* */
    dnnl_memory_t memory[3], scratch; /* scratch: NULL where there is none */
    size_t scratch_bytes;
    dnnl_stream_t stream; /* borrowed */
} dnnl_call;

/* What a primitive is described with: scratch memory is given to every run. The caller destroys it. */
WIL_NODISCARD wil_status dnnl_call_attr(dnnl_primitive_attr_t *out);
/* Takes the description. On failure the call must still be cleared. */
WIL_NODISCARD wil_status dnnl_call_make(dnnl_call *out, const cpu_device *device, const char *what,
    dnnl_primitive_desc_t description, int n, const int *arguments, const dnnl_memory_desc_t *const *layouts);
void dnnl_call_clear(dnnl_call *call);
/* at: where the arguments lie. */
WIL_NODISCARD wil_status dnnl_call_run(const dnnl_call *call, const void *const *at, void *scratch);

#endif
