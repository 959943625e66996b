/* The reference kernels in float: the definition that everything is tested against. */
#include "kernel_internal.h"

#include <math.h>
#include <string.h>

#define REAL float
#define NAME(x) ref_##x##_f32

#include "ref_elementwise.h"
#include "ref_shape.h"
#include "ref_runs.h"
#include "ref_linear.h"
#include "ref_pool.h"
#include "ref_fold_up.h"
#include "ref_normalize.h"
