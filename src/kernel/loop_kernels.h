/* The fast kernels of each instruction set. */
#ifndef WILLIS_LOOP_KERNELS_H
#define WILLIS_LOOP_KERNELS_H

#include "kernel_internal.h"

#define DECLARE_LOOPS(isa) DECLARE_KERNELS(loop, f32_##isa)
KERNEL_FOR_ISAS(DECLARE_LOOPS)

#endif
