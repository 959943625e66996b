/* Whether two grids are one, and in words how they differ. */
#include "willis/image.h"

#include <math.h>
#include <string.h>

#define SAME_SPACING 1e-3 /* relative; headers round to float */

static bool same_spacing(const wil_grid *a, const wil_grid *b)
{
    for (int axis = 0; axis < 3; axis++)
        if (fabs(a->spacing_mm[axis] - b->spacing_mm[axis]) > SAME_SPACING * b->spacing_mm[axis])
            return false;
    return true;
}

wil_status wil_grid_check_same(
    const wil_grid *grid, const char *name, const wil_grid *other, const char *other_name)
{
    const int *a = grid->size, *b = other->size;
    const double *s = grid->spacing_mm, *t = other->spacing_mm;
    char axes[4], other_axes[4];
    WIL_REQUIRE(memcmp(a, b, sizeof grid->size) == 0, WIL_ERR_INPUT,
        "%s has %dx%dx%d voxels, %s %dx%dx%d; resample one to the other (willis conform --like)", name, a[0],
        a[1], a[2], other_name, b[0], b[1], b[2]);
    const double far_mm = wil_grid_disagreement_mm(grid, other);
    if (far_mm <= WIL_GRID_TOLERANCE_MM)
        return WIL_OK;
    WIL_REQUIRE(same_spacing(grid, other), WIL_ERR_INPUT,
        "%s has voxels of %.4gx%.4gx%.4g mm, %s of %.4gx%.4gx%.4g mm; resample one to the other (willis "
        "conform --like)",
        name, s[0], s[1], s[2], other_name, t[0], t[1], t[2]);
    WIL_REQUIRE(wil_grid_stored_alike(grid, other), WIL_ERR_INPUT,
        "%s lies %.4g mm away from %s (at most %g mm allowed), and its file stores it %s, the other's %s, so "
        "that copying the affine would mirror or turn it; resample it (willis conform --like)",
        name, far_mm, other_name, WIL_GRID_TOLERANCE_MM, wil_grid_axis_codes(axes, grid),
        wil_grid_axis_codes(other_axes, other));
    return wil_fail(WIL_ERR_INPUT,
        "%s lies %.4g mm away from %s (at most %g mm allowed); if its voxels do match, copy %s's affine into "
        "it (willis conform --copy-affine), else resample it (willis conform --like)",
        name, far_mm, other_name, WIL_GRID_TOLERANCE_MM, other_name);
}
