#include "picture_plane.h"

/* Radiological views look from the front, from below and from the patient's left: columns run from right to
 * left (or from anterior to posterior), rows from superior (or anterior) down: against all axes of RAS. */
static picture_plane make_plane(const wil_grid *grid, const wil_orientation *o, int anatomical_axis)
{
    static const int anatomical_column[3] = {1, 0, 0};
    static const int anatomical_row[3] = {2, 2, 1};
    const int64_t stride[3] = {1, grid->size[0], (int64_t)grid->size[0] * grid->size[1]};
    const int along[2] = {anatomical_column[anatomical_axis], anatomical_row[anatomical_axis]};
    picture_plane plane = {.through = o->voxel_axis[anatomical_axis]};
    int64_t step[2];
    for (int k = 0; k < 2; k++) {
        const int axis = o->voxel_axis[along[k]];
        const bool reversed = o->positive[along[k]];
        step[k] = reversed ? -stride[axis] : stride[axis];
        plane.first += reversed ? (grid->size[axis] - 1) * stride[axis] : 0;
    }
    plane.column_axis = o->voxel_axis[along[0]];
    plane.row_axis = o->voxel_axis[along[1]];
    plane.n_columns = grid->size[plane.column_axis];
    plane.n_rows = grid->size[plane.row_axis];
    plane.column_step = step[0];
    plane.row_step = step[1];
    return plane;
}

picture_plane picture_plane_across_anatomy(const wil_grid *grid, int anatomical_axis)
{
    const wil_orientation o = wil_grid_orientation(grid);
    return make_plane(grid, &o, anatomical_axis);
}

picture_plane picture_plane_of_slices(const wil_grid *grid)
{
    const wil_orientation o = wil_grid_orientation(grid);
    int anatomical_axis = 0;
    while (o.voxel_axis[anatomical_axis] != 2)
        anatomical_axis++;
    return make_plane(grid, &o, anatomical_axis);
}
