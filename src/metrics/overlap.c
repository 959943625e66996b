/* Voxel counts of two masks, and the Dice coefficient. */
#include <string.h>

#include "willis/metrics.h"

#define MAX_DISAGREEMENT_MM 0.01 /* beyond header rounding, far below a voxel */

static wil_status check_same_grid(const wil_mask *truth, const wil_mask *other, const char *name)
{
    const int *a = truth->grid.size;
    const int *b = other->grid.size;
    WIL_REQUIRE(memcmp(a, b, sizeof truth->grid.size) == 0, WIL_ERR_INPUT,
        "the true mask has %dx%dx%d voxels, the %s %dx%dx%d; resample one to the other", a[0], a[1], a[2],
        name, b[0], b[1], b[2]);
    const double far_mm = wil_grid_disagreement_mm(&truth->grid, &other->grid);
    WIL_REQUIRE(far_mm <= MAX_DISAGREEMENT_MM, WIL_ERR_INPUT,
        "the %s lies %.4g mm away from the true mask (at most %g mm allowed); their affines must agree", name,
        far_mm, MAX_DISAGREEMENT_MM);
    return WIL_OK;
}

wil_status wil_metrics_overlap(
    wil_overlap *out, const wil_mask *truth, const wil_mask *prediction, const wil_mask *within)
{
    memset(out, 0, sizeof *out);
    WIL_TRY(check_same_grid(truth, prediction, "predicted mask"));
    if (within != NULL)
        WIL_TRY(check_same_grid(truth, within, "region mask"));
    size_t counts[2][2] = {{0}};
    const size_t n = wil_grid_count(&truth->grid);
    for (size_t i = 0; i < n; i++)
        if (within == NULL || within->voxels[i] != 0)
            counts[truth->voxels[i] != 0][prediction->voxels[i] != 0]++;
    out->true_positive = counts[1][1];
    out->false_positive = counts[0][1];
    out->false_negative = counts[1][0];
    out->true_negative = counts[0][0];
    const size_t either = 2 * counts[1][1] + counts[0][1] + counts[1][0];
    out->both_empty = either == 0;
    out->dice = out->both_empty ? 1.0 : 2.0 * (double)counts[1][1] / (double)either;
    return WIL_OK;
}
