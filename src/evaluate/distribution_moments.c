/* Moments of a set and of its parts, in one pass through a file that need not fit into memory. */
#include <string.h>

#include "distribution_internal.h"

#define PIECE 1024 /* rows read at once; fixed, as pieces decide the bits */
#define MOST_GROUPS 4

typedef struct sorter {
    double *rows;                /* [PIECE,d] as read */
    double *sorted[MOST_GROUPS]; /* [PIECE,d] of one group each */
} sorter;

static void sorter_clear(sorter *s)
{
    wil_free(s->rows);
    for (int g = 0; g < MOST_GROUPS; g++)
        wil_free(s->sorted[g]);
}
WIL_OWNED_VALUE(sorter, sorter_clear)

static wil_status add_piece(wil_moments *moments, int n_groups, sorter *s, const uint8_t *group, size_t n)
{
    const size_t d = (size_t)moments[0].d;
    size_t n_sorted[MOST_GROUPS] = {0};
    if (group == NULL)
        return wil_moments_add(&moments[0], s->rows, n);
    for (size_t i = 0; i < n; i++) {
        memcpy(s->sorted[group[i]] + n_sorted[group[i]] * d, s->rows + i * d, d * sizeof *s->rows);
        n_sorted[group[i]]++;
    }
    for (int g = 0; g < n_groups; g++)
        WIL_TRY(wil_moments_add(&moments[g], s->sorted[g], n_sorted[g]));
    return WIL_OK;
}

static wil_status add_all(wil_moments *moments, int n_groups, sorter *s, feature_source *source,
    const uint8_t *group, const wil_monitor *monitor)
{
    const double start_s = wil_time_s();
    for (int64_t first = 0; first < source->n; first += PIECE) {
        const int64_t n = source->n - first < PIECE ? source->n - first : PIECE;
        WIL_REQUIRE(!wil_monitor_stop_requested(monitor), WIL_ERR_INTERRUPTED,
            "interrupted after %lld of %lld samples", (long long)first, (long long)source->n);
        WIL_TRY(feature_source_rows(source, first, n, s->rows));
        WIL_TRY(add_piece(moments, n_groups, s, group == NULL ? NULL : group + first, (size_t)n));
        wil_monitor_progress(monitor, "moments", first + n, source->n, wil_time_s() - start_s, source->path);
    }
    return WIL_OK;
}

wil_status distribution_moments(wil_moments *moments_out, int n_groups, feature_source *source,
    const uint8_t *group, const wil_monitor *monitor)
{
    WIL_OWN(sorter) s = {0};
    for (int g = 0; g < n_groups; g++)
        WIL_TRY(wil_moments_make(&moments_out[g], source->d));
    WIL_TRY(wil_alloc_f64(&s.rows, PIECE * (size_t)source->d));
    for (int g = 0; g < n_groups && group != NULL; g++)
        WIL_TRY(wil_alloc_f64(&s.sorted[g], PIECE * (size_t)source->d));
    return add_all(moments_out, n_groups, &s, source, group, monitor);
}
