/* The CPU back end: convolutions and products on oneDNN, everything between them in fused passes over tiles.
 */
#ifndef WILLIS_BACKEND_CPU_H
#define WILLIS_BACKEND_CPU_H

#include "willis/backend.h"
#include "willis/kernel.h"

extern const wil_backend_table cpu_backend;

/* Its device: oneDNN's engine and stream, shared by all primitives of one plan. Fails: WIL_ERR_ARG
 * (WILLIS_ISA is no set, or less than what oneDNN has already used in this process), WIL_ERR_MEMORY. *out is
 * NULL on failure. */
typedef struct cpu_device cpu_device;
WIL_NODISCARD wil_status cpu_device_new(cpu_device **out);
void cpu_device_free(cpu_device *device);
WIL_OWNED_POINTER(cpu_device, cpu_device_free)

/* ---- lowering: each appends steps of a tick ----------------------------------------------------------- */

/* lower_single.c: a node by itself. */
WIL_NODISCARD wil_status cpu_lower_single(wil_draft *d, int tick, wil_node node);
/* lower_conv.c: the convolution triple. */
WIL_NODISCARD wil_status cpu_lower_conv(wil_draft *d, int tick, wil_node node);
/* lower_cast.c: the buffer of input's values in float or bfloat16, converted at this tick if need be; a step
 * that converts root's values between two buffers. */
WIL_NODISCARD wil_status cpu_read_as(wil_draft *d, int tick, wil_node input, wil_type type, int *out);
WIL_NODISCARD wil_status cpu_cast(wil_draft *d, wil_node root, int from, int to, wil_type type);
/* fused_make.c: pointwise operations in one pass, with the sums taken along; what can take part in one. */
WIL_NODISCARD wil_status cpu_lower_fused(wil_draft *d, int tick);
wil_fusing cpu_fuses(const wil_draft *d, wil_node node);

/* per_sample_norm2.c: the operation conv_dw_norm2. Samples are shared out among as many threads as find room
 * in scratch; each one's number has the same bits whatever their count. */
size_t norm2_scratch_bytes(const wil_kernel_call *call); /* for the threads there are now */
WIL_NODISCARD wil_status norm2_run(const wil_kernel_call *call, void *scratch, size_t scratch_bytes);

#endif
