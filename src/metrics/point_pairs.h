/* Squared distances of all pairs of two sets, block by block, in a fixed order for every query. */
#ifndef WILLIS_METRICS_POINT_PAIRS_H
#define WILLIS_METRICS_POINT_PAIRS_H

#include "metrics_internal.h"

/* Called for query i and the targets from `first` on: squared [n], as |x|^2 - 2xy + |y|^2 around the targets'
 * mean, so off by up to `slack` [n]. Calls for one query come in order; those for different queries come from
 * different threads. */
typedef void (*pairs_visit)(
    void *context, size_t query, size_t first, const double *squared, const double *slack, size_t n);
WIL_NODISCARD wil_status point_pairs_visit(
    const wil_points *queries, const wil_points *targets, pairs_visit visit, void *context);

#endif
