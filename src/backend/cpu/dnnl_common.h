/* Shared by the oneDNN files, and only by them. */
#ifndef WILLIS_DNNL_COMMON_H
#define WILLIS_DNNL_COMMON_H

#include <dnnl.h>

#include "cpu.h"

struct cpu_device {
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

#endif
