/* The parts of a comparison of distributions. */
#ifndef WILLIS_STUDY_DISTRIBUTION_INTERNAL_H
#define WILLIS_STUDY_DISTRIBUTION_INTERNAL_H

#include "feature_source.h"

/* Which half each sample of a source belongs to, 0 or 1: [n] bytes, freed by the caller. Whole subjects where
 * two or more are known (then *by_subject), each to the half that is smaller so far, in random order. */
WIL_NODISCARD wil_status distribution_halves(
    uint8_t **out, bool *by_subject, const feature_source *source, uint64_t seed);
/* 1 for n_chosen of n samples, chosen at random; [n] bytes, freed by the caller. */
WIL_NODISCARD wil_status distribution_choice(uint8_t **out, int64_t n, int64_t n_chosen, uint64_t seed);

/* Moments of the samples of each group, in one pass. group: [n], below n_groups; NULL: all are of group 0.
 * moments_out: [n_groups], cleared by the caller in any case. */
WIL_NODISCARD wil_status distribution_moments(wil_moments *moments_out, int n_groups, feature_source *source,
    const uint8_t *group, const wil_monitor *monitor);

#endif
