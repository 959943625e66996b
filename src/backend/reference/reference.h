/* The reference back ends, in float and in double: the obvious loops, one operation at a time. They reuse no
 * memory and fuse nothing, so that they show mistakes in planning too. */
#ifndef WILLIS_BACKEND_REFERENCE_H
#define WILLIS_BACKEND_REFERENCE_H

#include "willis/backend.h"

extern const wil_backend_table reference_f32, reference_f64;

#endif
