/* Steps that call a kernel. */
#ifndef WILLIS_BACKEND_KERNEL_STEP_H
#define WILLIS_BACKEND_KERNEL_STEP_H

#include "willis/backend.h"
#include "willis/kernel.h"

/* What such a step owns; also of steps that take a kernel's call elsewhere. */
typedef struct kernel_step {
    wil_kernel_fn kernel;
    wil_kernel_call call;
    size_t scratch_bytes;
} kernel_step;

/* A step of a single node: its buffers, and its call without memory, which it owns. */
WIL_NODISCARD wil_status kernel_step_new(wil_step *out, const wil_draft *d, wil_node node);
/* The call of a step that runs, in its memory. */
const wil_kernel_call *kernel_step_call(const wil_step *step);
wil_status kernel_step_run(wil_step *step);

#endif
