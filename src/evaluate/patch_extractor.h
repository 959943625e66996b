/* What turns patches into rows of numbers that can be compared. */
#ifndef WILLIS_STUDY_PATCH_EXTRACTOR_H
#define WILLIS_STUDY_PATCH_EXTRACTOR_H

#include "willis/evaluate.h"

/* The features of willis/metrics.h, all pixels, or those of a network. */
typedef enum feature_kind { FEATURE_DESCRIPTION, FEATURE_PIXELS, FEATURE_NETWORK } feature_kind;
/* What distributions are compared by: the network, if the source names its weights. */
feature_kind feature_kind_of(const wil_sample_source *source);

/* Patches of slices, whose images are scaled to [-1,1] by the limits of each subject's scan. */
typedef struct patch_set {
    wil_samples samples;
    float *low, *high; /* [n] */
} patch_set;
/* Clear in any case. */
WIL_NODISCARD wil_status patch_set_open(patch_set *out, const char *path);
void patch_set_clear(patch_set *set);
WIL_OWNED_VALUE(patch_set, patch_set_clear)
/* n images from number first on: image_out [n,H,W]; label_out [n,H,W] or NULL. */
WIL_NODISCARD wil_status patch_set_read(
    const patch_set *set, int64_t first, int64_t n, float *image_out, uint8_t *label_out);

typedef struct patch_rows {
    float *values; /* [n,d], owned; NULL for pixels, which patch_set_read gives */
    int d;
    char *identity; /* definition, weights and preprocessing in words, owned: sets are compared only where it
                       is equal, and its hash stands in the names of figures */
} patch_rows;

/* A new kind of features is a value of feature_kind and a row of the table in patch_extractor.c; what it
 * needs to know beyond the patches stands in source. monitor: NULL is fine. Clear in any case. */
WIL_NODISCARD wil_status patch_rows_extract(patch_rows *out, const patch_set *set, feature_kind kind,
    const wil_sample_source *source, const wil_monitor *monitor);
void patch_rows_clear(patch_rows *rows);
WIL_OWNED_VALUE(patch_rows, patch_rows_clear)

#endif
