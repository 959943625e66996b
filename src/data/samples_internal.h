/* What the parts of a sample set know of one another. */
#ifndef WILLIS_DATA_SAMPLES_INTERNAL_H
#define WILLIS_DATA_SAMPLES_INTERNAL_H

#include "willis/data.h"

/* Values of one sample; target 0 where there is none. */
typedef struct sample_counts {
    size_t image, label, target;
} sample_counts;
sample_counts samples_counts(const wil_samples *set);
/* At least what image, label and target of the whole set take; 0: no set, or beyond a size_t. */
size_t samples_bytes(const wil_samples *set);
void samples_free_pixels(wil_samples *set);
/* Refuses NaN, infinity and labels other than 0 and 1 in sample number i of the file path. */
WIL_NODISCARD wil_status samples_check_values(
    const wil_sample *sample, const sample_counts *one, size_t i, const char *path);

#endif
