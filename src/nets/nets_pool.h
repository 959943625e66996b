/* Pooling by overlapping windows, made of operations that the engine has: nets_pool.c. */
#ifndef WILLIS_NETS_POOL_H
#define WILLIS_NETS_POOL_H

#include "willis/graph.h"

/* Kernel 3, stride 1, pad 1: [N,S..,C] -> the same. count_pad: the zeros around the image count as values,
 * PyTorch's default; otherwise the mean is over what lies inside. */
wil_node nets_average_pool3(wil_graph *g, wil_node x, bool count_pad);
/* Kernel 3 along every spatial axis, of x >= 0 (behind a ReLU), so that zeros around it change nothing.
 * stride 1 or 2, pad 0 or 1: S -> (S + 2 pad - 3) / stride + 1. */
wil_node nets_max_pool3(wil_graph *g, wil_node x, int64_t stride, int64_t pad);

#endif
