/* Centrelines by thinning, "Building skeleton models via 3-D medial surface/axis thinning algorithms"
 * [Lee1994], with a list of border voxels instead of passes over the volume. */
#include "metrics_internal.h"

#include <stdlib.h>
#include <string.h>

#include "simple_point.h"

#define CHUNK 2048 /* border voxels looked at in one piece */

enum { ONE = 1, LISTED = 2 }; /* flags of a voxel */

typedef struct thinning {
    uint8_t *flags;  /* [nz+2, ny+2, nx+2]: a layer of background around spares all checks of borders */
    int64_t step[3]; /* between neighbours of flags */
    int64_t around[27];
    int64_t *border; /* listed voxels that are 1, ascending */
    size_t n_border;
    int64_t *fresh; /* voxels that came to lie at the border since */
    size_t n_fresh, fresh_capacity;
    int64_t *merged;
    size_t merged_capacity;
    uint8_t *verdict; /* [n_border] 1: may go */
    size_t border_capacity, verdict_capacity;
    int64_t towards; /* step to the side that is being thinned */
} thinning;

static void thinning_clear(thinning *t)
{
    wil_free(t->flags);
    wil_free(t->border);
    wil_free(t->fresh);
    wil_free(t->merged);
    wil_free(t->verdict);
}
WIL_OWNED_VALUE(thinning, thinning_clear)

/* ---- neighbourhoods ------------------------------------------------------------------------------------ */

static uint32_t neighbours_of(const thinning *t, int64_t i)
{
    uint32_t bits = 0;
    for (int k = 0; k < 27; k++)
        bits |= (uint32_t)(t->flags[i + t->around[k]] & ONE) << k;
    return bits;
}

static void judge(int64_t begin, int64_t end, void *context)
{
    const thinning *t = context;
    for (int64_t k = begin; k < end; k++) {
        const int64_t i = t->border[k];
        t->verdict[k] = 0;
        if ((t->flags[i + t->towards] & ONE) != 0)
            continue;
        const uint32_t neighbours = neighbours_of(t, i);
        t->verdict[k] = !line_end(neighbours) && simple_point(neighbours);
    }
}

/* ---- the list of border voxels ------------------------------------------------------------------------- */

static wil_status list_voxel(thinning *t, int64_t i)
{
    WIL_TRY(wil_grow((void **)&t->fresh, &t->fresh_capacity, t->n_fresh + 1, sizeof *t->fresh));
    t->flags[i] |= LISTED;
    t->fresh[t->n_fresh++] = i;
    return WIL_OK;
}

static wil_status list_neighbours(thinning *t, int64_t i)
{
    for (int side = 0; side < 6; side++) {
        const int64_t j = i + (side % 2 == 0 ? t->step[side / 2] : -t->step[side / 2]);
        if (t->flags[j] == ONE) /* and not listed */
            WIL_TRY(list_voxel(t, j));
    }
    return WIL_OK;
}

static int compare_places(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Drops what is gone from the border, and puts the fresh voxels in their places. */
static wil_status merge_fresh(thinning *t)
{
    const size_t most = t->n_border + t->n_fresh + 1;
    WIL_TRY(wil_grow((void **)&t->merged, &t->merged_capacity, most, sizeof *t->merged));
    WIL_TRY(wil_grow((void **)&t->verdict, &t->verdict_capacity, most, 1));
    if (t->n_fresh > 0)
        qsort(t->fresh, t->n_fresh, sizeof *t->fresh, compare_places);
    size_t n = 0, f = 0;
    for (size_t k = 0; k < t->n_border; k++) {
        for (; f < t->n_fresh && t->fresh[f] < t->border[k]; f++)
            t->merged[n++] = t->fresh[f];
        if ((t->flags[t->border[k]] & ONE) != 0)
            t->merged[n++] = t->border[k];
    }
    for (; f < t->n_fresh; f++)
        t->merged[n++] = t->fresh[f];
    int64_t *const spare = t->border;
    const size_t spare_capacity = t->border_capacity;
    t->border = t->merged;
    t->border_capacity = t->merged_capacity;
    t->merged = spare;
    t->merged_capacity = spare_capacity;
    t->n_border = n;
    t->n_fresh = 0;
    return WIL_OK;
}

/* ---- thinning ------------------------------------------------------------------------------------------ */

/* Takes away what may go at one side. A voxel judged first may have become needed by the loss of others, so
 * each is looked at again, in the order of places. */
static wil_status thin_side(thinning *t, bool *changed)
{
    wil_parallel_for((int64_t)t->n_border, CHUNK, judge, t);
    for (size_t k = 0; k < t->n_border; k++) {
        const int64_t i = t->border[k];
        if (!t->verdict[k] || !simple_point(neighbours_of(t, i)))
            continue;
        t->flags[i] = 0;
        *changed = true;
        WIL_TRY(list_neighbours(t, i));
    }
    return *changed ? merge_fresh(t) : WIL_OK;
}

static wil_status thin(thinning *t, const bool axis_exists[3])
{
    /* the order of scikit-image and of ImageJ's plugin, so that skeletons compare */
    static const int sides[6][2] = {{1, -1}, {1, 1}, {0, 1}, {0, -1}, {2, 1}, {2, -1}};
    bool changed = true;
    while (changed) {
        changed = false;
        for (int side = 0; side < 6; side++) {
            if (!axis_exists[sides[side][0]])
                continue;
            bool here = false;
            t->towards = sides[side][1] * t->step[sides[side][0]];
            WIL_TRY(thin_side(t, &here));
            changed = changed || here;
        }
    }
    return WIL_OK;
}

static bool at_border(const thinning *t, int64_t i, const bool axis_exists[3])
{
    for (int axis = 0; axis < 3; axis++)
        if (axis_exists[axis] &&
            ((t->flags[i - t->step[axis]] & ONE) == 0 || (t->flags[i + t->step[axis]] & ONE) == 0))
            return true;
    return false;
}

static int64_t padded_place(const thinning *t, int x, int y, int z)
{
    return (z + 1) * t->step[2] + (y + 1) * t->step[1] + x + 1;
}

static wil_status start(thinning *t, const wil_mask *mask, const bool axis_exists[3])
{
    const int *size = mask->grid.size;
    t->step[0] = 1;
    t->step[1] = size[0] + 2;
    t->step[2] = t->step[1] * (size[1] + 2);
    for (int k = 0; k < 27; k++)
        t->around[k] = (k % 3 - 1) * t->step[0] + (k / 3 % 3 - 1) * t->step[1] + (k / 9 - 1) * t->step[2];
    WIL_TRY(wil_alloc_u8(&t->flags, (size_t)t->step[2] * (size_t)(size[2] + 2)));
    const uint8_t *voxel = mask->voxels;
    for (int z = 0; z < size[2]; z++)
        for (int y = 0; y < size[1]; y++)
            for (int x = 0; x < size[0]; x++)
                t->flags[padded_place(t, x, y, z)] = *voxel++ != 0 ? ONE : 0;
    for (int z = 0; z < size[2]; z++)
        for (int y = 0; y < size[1]; y++)
            for (int x = 0; x < size[0]; x++) {
                const int64_t i = padded_place(t, x, y, z);
                if ((t->flags[i] & ONE) != 0 && at_border(t, i, axis_exists))
                    WIL_TRY(list_voxel(t, i));
            }
    return merge_fresh(t);
}

static void finish(wil_mask *out, const thinning *t)
{
    const int *size = out->grid.size;
    uint8_t *voxel = out->voxels;
    for (int z = 0; z < size[2]; z++)
        for (int y = 0; y < size[1]; y++)
            for (int x = 0; x < size[0]; x++)
                *voxel++ = t->flags[padded_place(t, x, y, z)] & ONE;
}

wil_status skeleton_make(wil_mask *out, const wil_mask *mask, const bool axis_exists[3])
{
    WIL_OWN(thinning) t = {0};
    WIL_OWN(wil_mask) made = {0};
    WIL_TRY(wil_mask_make(&made, &mask->grid));
    WIL_TRY(start(&t, mask, axis_exists));
    WIL_TRY(thin(&t, axis_exists));
    finish(&made, &t);
    return wil_give_value(out, &made);
}

wil_status wil_metrics_skeleton(wil_mask *out, const wil_mask *mask)
{
    const wil_orientation turn = wil_grid_orientation(&mask->grid);
    const wil_orientation back = wil_orientation_inverse(&turn);
    WIL_OWN(wil_mask) upright = {0};
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_mask_make(&upright, &mask->grid));
    memcpy(upright.voxels, mask->voxels, wil_grid_count(&mask->grid));
    WIL_TRY(wil_mask_turn(&upright, &turn));
    const int *size = upright.grid.size;
    const bool axis_exists[3] = {size[0] > 1, size[1] > 1, size[2] > 1};
    WIL_TRY(skeleton_make(out, &upright, axis_exists));
    return wil_mask_turn(out, &back);
}
