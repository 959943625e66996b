/* The same voxels with their axes exchanged and reversed: to right, anterior, superior, or back. */
#include "willis/image.h"

#include <string.h>

static const wil_orientation AS_IT_IS = {{0, 1, 2}, {true, true, true}};

static bool is_none(const wil_orientation *o)
{
    return o->voxel_axis[0] == o->voxel_axis[1]; /* zeroed; axes of a turn are three different ones */
}

bool wil_orientation_changes(const wil_orientation *turn)
{
    bool changes = false;
    for (int k = 0; k < 3; k++)
        changes = changes || turn->voxel_axis[k] != k || !turn->positive[k];
    return changes && !is_none(turn);
}

wil_orientation wil_orientation_inverse(const wil_orientation *turn)
{
    wil_orientation back = AS_IT_IS;
    for (int k = 0; k < 3 && !is_none(turn); k++) {
        back.voxel_axis[turn->voxel_axis[k]] = k;
        back.positive[turn->voxel_axis[k]] = turn->positive[k];
    }
    return back;
}

static wil_orientation one_after_another(const wil_orientation *first, const wil_orientation *second)
{
    wil_orientation both;
    for (int k = 0; k < 3; k++) {
        const int middle = second->voxel_axis[k];
        both.voxel_axis[k] = first->voxel_axis[middle];
        both.positive[k] = first->positive[middle] == second->positive[k];
    }
    return both;
}

wil_grid wil_grid_turn(const wil_grid *grid, const wil_orientation *turn)
{
    wil_grid out = *grid;
    if (!wil_orientation_changes(turn))
        return out;
    for (int k = 0; k < 3; k++) {
        const int from = turn->voxel_axis[k];
        out.size[k] = grid->size[from];
        out.spacing_mm[k] = grid->spacing_mm[from];
        for (int row = 0; row < 3; row++) {
            const double step = grid->affine[row][from];
            out.affine[row][k] = turn->positive[k] ? step : 0 - step; /* no -0 */
            if (!turn->positive[k])
                out.affine[row][3] += step * (grid->size[from] - 1);
        }
    }
    const wil_orientation back = wil_orientation_inverse(turn);
    const wil_orientation stored =
        one_after_another(&back, is_none(&grid->stored) ? &AS_IT_IS : &grid->stored);
    out.stored = wil_orientation_changes(&stored) ? stored : (wil_orientation){0};
    return out;
}

wil_grid wil_grid_as_stored(const wil_grid *grid)
{
    return wil_grid_turn(grid, &grid->stored);
}

/* Where the voxels of a turned grid stand among those of before. */
typedef struct walk {
    int64_t first, step[3];
    const int *size; /* of the turned grid */
} walk;

static walk plan_walk(const int before[3], const wil_orientation *turn, const int size[3])
{
    const int64_t stride[3] = {1, before[0], (int64_t)before[0] * before[1]};
    walk w = {.size = size};
    for (int k = 0; k < 3; k++) {
        const int from = turn->voxel_axis[k];
        w.step[k] = turn->positive[k] ? stride[from] : -stride[from];
        w.first += turn->positive[k] ? 0 : (before[from] - 1) * stride[from];
    }
    return w;
}

static void walk_floats(float *out, const float *in, const walk *w)
{
    for (int z = 0; z < w->size[2]; z++)
        for (int y = 0; y < w->size[1]; y++) {
            const float *from = in + w->first + z * w->step[2] + y * w->step[1];
            for (int x = 0; x < w->size[0]; x++)
                *out++ = from[x * w->step[0]];
        }
}

static void walk_bytes(uint8_t *out, const uint8_t *in, const walk *w)
{
    for (int z = 0; z < w->size[2]; z++)
        for (int y = 0; y < w->size[1]; y++) {
            const uint8_t *from = in + w->first + z * w->step[2] + y * w->step[1];
            for (int x = 0; x < w->size[0]; x++)
                *out++ = from[x * w->step[0]];
        }
}

void wil_grid_turn_floats(float *out, const float *voxels, const wil_grid *grid, const wil_orientation *turn)
{
    const wil_grid turned = wil_grid_turn(grid, turn);
    const walk w = plan_walk(grid->size, is_none(turn) ? &AS_IT_IS : turn, turned.size);
    walk_floats(out, voxels, &w);
}

wil_status wil_volume_turn(wil_volume *volume, const wil_orientation *turn)
{
    WIL_OWN(float) *frame = NULL;
    if (!wil_orientation_changes(turn))
        return WIL_OK;
    const wil_grid before = volume->grid;
    const size_t n = wil_grid_count(&before);
    if (volume->voxels != NULL)
        WIL_TRY(wil_alloc_f32(&frame, n));
    for (int t = 0; t < volume->n_time && frame != NULL; t++) {
        memcpy(frame, volume->voxels + (size_t)t * n, n * sizeof *frame);
        wil_grid_turn_floats(volume->voxels + (size_t)t * n, frame, &before, turn);
    }
    volume->grid = wil_grid_turn(&before, turn);
    return WIL_OK;
}

wil_status wil_mask_turn(wil_mask *mask, const wil_orientation *turn)
{
    WIL_OWN(uint8_t) *turned = NULL;
    if (!wil_orientation_changes(turn))
        return WIL_OK;
    const wil_grid grid = wil_grid_turn(&mask->grid, turn);
    const walk w = plan_walk(mask->grid.size, turn, grid.size);
    WIL_TRY(wil_alloc_u8(&turned, wil_grid_count(&grid)));
    walk_bytes(turned, mask->voxels, &w);
    wil_free(mask->voxels);
    mask->grid = grid;
    return wil_give(&mask->voxels, &turned);
}

wil_orientation wil_orientation_number(int i)
{
    static const int axes[6][3] = {{0, 1, 2}, {1, 0, 2}, {2, 1, 0}, {0, 2, 1}, {1, 2, 0}, {2, 0, 1}};
    wil_orientation turn = AS_IT_IS;
    memcpy(turn.voxel_axis, axes[i / 8], sizeof turn.voxel_axis);
    for (int k = 0; k < 3; k++)
        turn.positive[k] = (i >> k & 1) == 0;
    return turn;
}

bool wil_grid_find_turn(wil_orientation *out, const wil_grid *grid, const wil_grid *onto)
{
    for (int i = 0; i < WIL_N_TURNS; i++) {
        *out = wil_orientation_number(i);
        const wil_grid turned = wil_grid_turn(grid, out);
        if (wil_grid_disagreement_mm(&turned, onto) <= WIL_GRID_TOLERANCE_MM)
            return true;
    }
    *out = AS_IT_IS;
    return false;
}

wil_status wil_mask_turn_onto(wil_mask *mask, const wil_grid *onto)
{
    wil_orientation turn;
    return wil_grid_find_turn(&turn, &mask->grid, onto) ? wil_mask_turn(mask, &turn) : WIL_OK;
}

wil_status wil_volume_turn_onto(wil_volume *volume, const wil_grid *onto)
{
    wil_orientation turn;
    return wil_grid_find_turn(&turn, &volume->grid, onto) ? wil_volume_turn(volume, &turn) : WIL_OK;
}

const char *wil_grid_axis_codes(char text[4], const wil_grid *grid)
{
    const wil_grid file = wil_grid_as_stored(grid);
    const wil_orientation o = wil_grid_orientation(&file);
    memset(text, 0, 4);
    for (int k = 0; k < 3; k++)
        text[o.voxel_axis[k]] = (o.positive[k] ? "RAS" : "LPI")[k];
    return text;
}

bool wil_grid_stored_alike(const wil_grid *a, const wil_grid *b)
{
    char one[4], other[4];
    return strcmp(wil_grid_axis_codes(one, a), wil_grid_axis_codes(other, b)) == 0;
}

void wil_grid_voxel_stored(int32_t out[3], const wil_grid *grid, const int32_t voxel[3])
{
    const wil_orientation *to = is_none(&grid->stored) ? &AS_IT_IS : &grid->stored;
    const int32_t from[3] = {voxel[0], voxel[1], voxel[2]};
    for (int k = 0; k < 3; k++) {
        const int axis = to->voxel_axis[k];
        out[k] = to->positive[k] ? from[axis] : grid->size[axis] - 1 - from[axis];
    }
}

void wil_grid_voxel_here(int32_t out[3], const wil_grid *grid, const int32_t stored[3])
{
    const wil_orientation *to = is_none(&grid->stored) ? &AS_IT_IS : &grid->stored;
    const int32_t from[3] = {stored[0], stored[1], stored[2]};
    for (int k = 0; k < 3; k++) {
        const int axis = to->voxel_axis[k];
        out[axis] = to->positive[k] ? from[k] : grid->size[axis] - 1 - from[k];
    }
}
