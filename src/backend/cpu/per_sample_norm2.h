/* Squared lengths of per-sample weight gradients, the operation conv_dw_norm2: inputs x0, g0, x1, g1, .. (up
 * to four pairs; those absent have rank 0), out [N]. Samples are shared out among as many threads as find
 * room in scratch; each one's number has the same bits whatever their count. */
#ifndef WILLIS_PER_SAMPLE_NORM2_H
#define WILLIS_PER_SAMPLE_NORM2_H

#include "willis/kernel.h"

size_t norm2_scratch_bytes(const wil_kernel_call *call); /* for the threads there are now */
WIL_NODISCARD wil_status norm2_run(const wil_kernel_call *call, void *scratch, size_t scratch_bytes);

#endif
