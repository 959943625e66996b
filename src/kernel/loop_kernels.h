#ifndef WILLIS_LOOP_KERNELS_H
#define WILLIS_LOOP_KERNELS_H

#include "kernel_internal.h"

DECLARE_KERNELS(loop, f32)

#endif
