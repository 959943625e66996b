/* Two masks within a region, cut down to the box that holds both. */
#include "metrics_internal.h"

#include <string.h>

wil_status check_grids_and_region(const wil_grid *truth, const wil_grid *prediction, const wil_mask *within)
{
    WIL_TRY(wil_grid_check_same(prediction, "the prediction", truth, "the truth"));
    if (within == NULL)
        return WIL_OK;
    WIL_TRY(wil_grid_check_same(&within->grid, "the region mask", truth, "the truth"));
    WIL_REQUIRE(wil_mask_count(within) > 0, WIL_ERR_INPUT,
        "the region mask is empty: no voxel is 1, so nothing is left to compare; give another one");
    return WIL_OK;
}

typedef struct box {
    int first[3], last[3]; /* last < first: nothing */
} box;

/* Widens the box to the ones of row (y, z). */
static void widen(box *b, const uint8_t *voxels, const uint8_t *within, int nx, int y, int z)
{
    int first = nx, last = -1;
    for (int x = 0; x < nx; x++) {
        if (voxels[x] == 0 || (within != NULL && within[x] == 0))
            continue;
        first = x < first ? x : first;
        last = x;
    }
    if (last < 0)
        return;
    const int low[3] = {first, y, z};
    const int high[3] = {last, y, z};
    for (int axis = 0; axis < 3; axis++) {
        b->first[axis] = low[axis] < b->first[axis] ? low[axis] : b->first[axis];
        b->last[axis] = high[axis] > b->last[axis] ? high[axis] : b->last[axis];
    }
}

static box box_around(const wil_mask *truth, const wil_mask *prediction, const wil_mask *within)
{
    const int *size = truth->grid.size;
    box b = {{size[0], size[1], size[2]}, {-1, -1, -1}};
    for (int z = 0; z < size[2]; z++) {
        for (int y = 0; y < size[1]; y++) {
            const size_t row = ((size_t)z * (size_t)size[1] + (size_t)y) * (size_t)size[0];
            const uint8_t *inside = within == NULL ? NULL : within->voxels + row;
            widen(&b, truth->voxels + row, inside, size[0], y, z);
            widen(&b, prediction->voxels + row, inside, size[0], y, z);
        }
    }
    for (int axis = 0; axis < 3; axis++) {
        if (b.last[axis] < 0) { /* nothing: any voxel will do */
            b.first[axis] = b.last[axis] = 0;
            continue;
        }
        b.first[axis] -= b.first[axis] > 0;
        b.last[axis] += b.last[axis] + 1 < size[axis];
    }
    return b;
}

/* The part of a mask in the box, and how many ones it has. */
static wil_status cut(
    wil_mask *out, size_t *n_out, const wil_mask *mask, const wil_mask *within, const box *b)
{
    wil_grid grid = mask->grid;
    for (int axis = 0; axis < 3; axis++)
        grid.size[axis] = b->last[axis] - b->first[axis] + 1;
    WIL_TRY(wil_mask_make(out, &grid));
    size_t k = 0;
    for (int z = b->first[2]; z <= b->last[2]; z++) {
        for (int y = b->first[1]; y <= b->last[1]; y++) {
            const size_t row =
                ((size_t)z * (size_t)mask->grid.size[1] + (size_t)y) * (size_t)mask->grid.size[0];
            for (int x = b->first[0]; x <= b->last[0]; x++, k++)
                out->voxels[k] = mask->voxels[row + (size_t)x] != 0 &&
                                 (within == NULL || within->voxels[row + (size_t)x] != 0);
        }
    }
    *n_out = wil_mask_count(out);
    return WIL_OK;
}

wil_status mask_pair_make(
    mask_pair *out, const wil_mask *truth, const wil_mask *prediction, const wil_mask *within)
{
    memset(out, 0, sizeof *out);
    WIL_TRY(check_grids_and_region(&truth->grid, &prediction->grid, within));
    const box b = box_around(truth, prediction, within);
    const wil_orientation turn = wil_grid_orientation(&truth->grid);
    WIL_OWN(mask_pair) made = {0};
    for (int axis = 0; axis < 3; axis++)
        made.axis_exists[axis] = truth->grid.size[turn.voxel_axis[axis]] > 1;
    WIL_TRY(cut(&made.truth, &made.n_truth, truth, within, &b));
    WIL_TRY(cut(&made.prediction, &made.n_prediction, prediction, within, &b));
    WIL_TRY(wil_mask_turn(&made.truth, &turn));
    WIL_TRY(wil_mask_turn(&made.prediction, &turn));
    return wil_give_value(out, &made);
}

void mask_pair_clear(mask_pair *pair)
{
    wil_mask_clear(&pair->truth);
    wil_mask_clear(&pair->prediction);
}
