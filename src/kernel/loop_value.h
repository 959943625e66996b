/* How a loop file stores the values it reads and writes: the file is compiled for float, and again, with
 * KERNEL_BF16, for bfloat16. What it computes is float (sums double) in both. */
#ifndef WILLIS_LOOP_VALUE_H
#define WILLIS_LOOP_VALUE_H

#include "kernel_internal.h"
#include "loop_bf16.h"

#ifdef KERNEL_BF16
typedef uint16_t stored;
#define LOAD(x) loop_from_bf16(x)
#define STORE(x) loop_to_bf16(x)
#define KERNEL_STORED(name) KERNEL_EXPAND(name##_bf16, KERNEL_ISA)
/* wil_kernel_find_bf16 gives no kernel for such shapes. */
#define FALL_BACK(name, call) (void)(call)
#else
typedef float stored;
#define LOAD(x) (x)
#define STORE(x) (x)
#define KERNEL_STORED(name) KERNEL_EXPAND(name##_f32, KERNEL_ISA)
#define FALL_BACK(name, call) ref_##name##_f32(call)
#endif

#endif
