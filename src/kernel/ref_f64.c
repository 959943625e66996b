/* The reference kernels in double: the definition that everything is tested against. */
#include "kernel_internal.h"

#include <math.h>
#include <string.h>

#define REAL double
#define NAME(x) ref_##x##_f64

#include "ref_elementwise.h"
#include "ref_shape.h"
#include "ref_runs.h"
#include "ref_linear.h"
#include "ref_pool.h"
#include "ref_fold_up.h"
#include "ref_normalize.h"
