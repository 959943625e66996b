/* Shared by the oneDNN files, and only by them. */
#ifndef WILLIS_DNNL_COMMON_H
#define WILLIS_DNNL_COMMON_H

#include <dnnl.h>

#include "willis/kernel.h"

struct wil_dnnl {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
};

/* Pieces of scratch memory begin at whole cache lines. */
static inline size_t dnnl_round_up(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

/* Turns oneDNN's status into ours; what names the call. */
WIL_NODISCARD wil_status dnnl_check(dnnl_status_t status, const char *what);
/* A memory object without memory, and where it lies. */
WIL_NODISCARD wil_status dnnl_new_memory(
    dnnl_memory_t *out, const dnnl_memory_desc_t *md, dnnl_engine_t engine);
/* Scratch memory is given to every run. */
WIL_NODISCARD wil_status dnnl_new_attr(dnnl_primitive_attr_t *out);
WIL_NODISCARD wil_status dnnl_point(dnnl_memory_t memory, const void *at);

#endif
