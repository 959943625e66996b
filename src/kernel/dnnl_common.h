/* Shared by the oneDNN files, and only by them. */
#ifndef WILLIS_DNNL_COMMON_H
#define WILLIS_DNNL_COMMON_H

#include <dnnl.h>

#include "willis/kernel.h"

struct wil_dnnl {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
};

/* Turns oneDNN's status into ours; what names the call. */
WIL_NODISCARD wil_status dnnl_check(dnnl_status_t status, const char *what);

#endif
