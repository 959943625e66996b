/* Shared by the oneDNN files, and only by them. */
#ifndef WILLIS_DNNL_COMMON_H
#define WILLIS_DNNL_COMMON_H

#include <dnnl.h>

#include "cpu.h"

/* What is used of oneDNN, which is loaded when the first device is made: dnnl.sgemm is dnnl_sgemm. */
/* clang-format off */
#define DNNL_FUNCTIONS(DO) \
    DO(convolution_backward_data_desc_init) DO(convolution_backward_weights_desc_init) \
    DO(convolution_forward_desc_init) DO(engine_create) DO(engine_destroy) DO(get_effective_cpu_isa) \
    DO(matmul_desc_init) DO(memory_create) DO(memory_desc_equal) DO(memory_desc_get_size) \
    DO(memory_desc_init_by_strides) DO(memory_desc_init_by_tag) DO(memory_destroy) \
    DO(memory_set_data_handle) DO(primitive_attr_create) DO(primitive_attr_destroy) \
    DO(primitive_attr_set_scratchpad_mode) DO(primitive_create) DO(primitive_desc_create) \
    DO(primitive_desc_destroy) DO(primitive_desc_query_md) DO(primitive_destroy) DO(primitive_execute) \
    DO(reorder_primitive_desc_create) DO(set_max_cpu_isa) DO(sgemm) DO(stream_create) DO(stream_destroy)
/* clang-format on */
#define DNNL_POINTER(name) __typeof__(&dnnl_##name) name;
extern struct dnnl_table {
    DNNL_FUNCTIONS(DNNL_POINTER)
} dnnl;

struct cpu_device {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
};

/* Pieces of scratch memory begin at whole cache lines. */
static inline size_t dnnl_round_up(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

/* Before a call of oneDNN that makes something: where it runs out of memory, it ends the program. */
WIL_NODISCARD wil_status dnnl_room(const char *what);
/* Turns oneDNN's status into ours; what names the call. */
WIL_NODISCARD wil_status dnnl_check(dnnl_status_t status, const char *what);

#endif
