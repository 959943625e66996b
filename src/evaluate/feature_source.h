/* Samples as rows of numbers, wherever they come from. */
#ifndef WILLIS_STUDY_FEATURE_SOURCE_H
#define WILLIS_STUDY_FEATURE_SOURCE_H

#include "patch_extractor.h"

typedef struct feature_source {
    char *path;             /* for messages */
    wil_feature_file *file; /* NULL for patch sets and scans */
    patch_set patches;      /* empty for the others */
    float *values;          /* [n,d] of scans, and of patch sets but for pixels */
    int64_t n;
    int d;
    int height, width;      /* of patches; 0 for files */
    char *identity;         /* what the features are, in words */
    const int32_t *subject; /* [n], NULL where unknown */
    int32_t *own_subject;   /* behind subject, for scans */
    int n_subjects;
} feature_source;

/* kind: of patch sets. monitor: NULL is fine. Fails: as the files; nothing is left open then. */
WIL_NODISCARD wil_status feature_source_open(
    feature_source *out, const wil_sample_source *source, feature_kind kind, const wil_monitor *monitor);
void feature_source_close(feature_source *source);
WIL_OWNED_VALUE(feature_source, feature_source_close)
/* Rows first .. first + n - 1, [n,d]. */
WIL_NODISCARD wil_status feature_source_rows(
    feature_source *source, int64_t first, int64_t n, double *rows_out);
/* Fails WIL_ERR_INPUT when two sources hold different features, saying which. */
WIL_NODISCARD wil_status feature_source_match(const feature_source *a, const feature_source *b);

/* Who draws samples: steps of WIL_RNG_SUBSET, apart from the metrics' own subsets, which count from 0. They
 * are part of the numbers, so new ones go before the last. */
enum {
    DRAW_HALVES = 1000001,
    DRAW_MATCHED,
    DRAW_TRAIN,
    DRAW_TEST,
    DRAW_REAL,
    DRAW_SYNTHETIC,
    DRAW_NEAREST_TRAIN,
    DRAW_NEAREST_TEST,
    DRAW_DIVERSITY,
    DRAW_EMBEDDED /* one more for each further set */
};

/* n samples in the order of the source, drawn by (seed, step). */
typedef struct feature_draw {
    wil_points points;
    float *values;  /* [n,d], what points borrows */
    int64_t *index; /* [n] number in the source */
} feature_draw;
/* most: how many at most; 0: all. */
WIL_NODISCARD wil_status feature_draw_make(
    feature_draw *out, feature_source *source, int64_t most, uint64_t seed, uint32_t step);
void feature_draw_clear(feature_draw *draw);
WIL_OWNED_VALUE(feature_draw, feature_draw_clear)

#endif
