/* One convolution, or a derivative of one, in channels-last activations. */
#ifndef WILLIS_CONV_H
#define WILLIS_CONV_H

#include "cpu.h"

typedef struct conv_geometry {
    int n_spatial; /* 1, 2, 3 */
    int64_t batch, in_channels, out_channels;
    int64_t in[3], kernel[3], out[3]; /* S, K, T of graph.h */
    int64_t stride[3], pad[3];        /* pad: in front; behind is what T asks for */
    bool bf16_operands;               /* activations are given in bfloat16, weights packed into it */
    bool bf16_result;                 /* CONV and CONV_DX only; needs bf16_operands */
} conv_geometry;
/* Of x [N,S..,I], w [O,K..,I] and y [N,T..,O], in float. */
conv_geometry conv_geometry_of(const wil_op_attr *attr, wil_shape x, wil_shape w, wil_shape y);

/* kind: WIL_OP_CONV, (x, w) -> y; CONV_DX, (g, w) -> dx; CONV_DW, (x, g) -> dw. Weights are given and
 * returned as [O,K..,I] float; oneDNN may want another layout: then packed_bytes > 0, and cpu_conv_pack turns
 * weights into it (once per run of a plan, however often the primitive runs). CONV_DW unpacks its result
 * itself. Made for, and to be run with, one number of OpenMP threads, outside parallel regions, by one thread
 * at a time. Results and data gradients have the same bits under any thread count; weight gradients under the
 * same count. cpu_conv_new fails: WIL_ERR_ARG (impossible geometry: says which axis and sizes),
 * WIL_ERR_MEMORY. */
typedef struct cpu_conv cpu_conv;
WIL_NODISCARD wil_status cpu_conv_new(
    cpu_conv **out, cpu_device *device, wil_op_kind kind, const conv_geometry *geometry);
void cpu_conv_free(cpu_conv *conv);
WIL_OWNED_POINTER(cpu_conv, cpu_conv_free)
size_t cpu_conv_packed_bytes(const cpu_conv *conv);       /* 0: the plain layout is taken as it is */
size_t cpu_conv_scratch_bytes(const cpu_conv *conv);      /* given to run; shared between primitives */
size_t cpu_conv_pack_scratch_bytes(const cpu_conv *conv); /* given to pack */
/* true if both primitives want the same packed layout of one weight array. */
bool cpu_conv_same_packing(const cpu_conv *a, const cpu_conv *b);
WIL_NODISCARD wil_status cpu_conv_pack(cpu_conv *conv, const float *weights, void *packed, void *scratch);
/* w is packed if packed_bytes > 0. */
WIL_NODISCARD wil_status cpu_conv_run(
    cpu_conv *conv, const void *first, const void *second, void *out, void *scratch);

#endif
