#include "picture_plane.h"

#include <math.h>

typedef struct orientation {
    int voxel_axis[3]; /* of anatomical axis 0 right, 1 anterior, 2 superior */
    bool positive[3];  /* the voxel index grows towards it */
} orientation;

/* Axes by the dominant entries of the affine, the most decided first, so that oblique grids get three
 * different ones. */
static orientation find_orientation(const wil_grid *grid)
{
    orientation o = {0};
    bool row_taken[3] = {false};
    bool column_taken[3] = {false};
    for (int round = 0; round < 3; round++) {
        int row = -1, column = -1;
        double best = -1;
        for (int r = 0; r < 3; r++)
            for (int c = 0; c < 3; c++) {
                const double size = fabs(grid->affine[r][c]) / grid->spacing_mm[c];
                if (!row_taken[r] && !column_taken[c] && size > best) {
                    best = size;
                    row = r;
                    column = c;
                }
            }
        row_taken[row] = true;
        column_taken[column] = true;
        o.voxel_axis[row] = column;
        o.positive[row] = grid->affine[row][column] >= 0;
    }
    return o;
}

/* Radiological views look from the front, from below and from the patient's left: columns run from right to
 * left (or from anterior to posterior), rows from superior (or anterior) down: against all axes of RAS. */
static picture_plane make_plane(const wil_grid *grid, const orientation *o, int anatomical_axis)
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
    const orientation o = find_orientation(grid);
    return make_plane(grid, &o, anatomical_axis);
}

picture_plane picture_plane_of_slices(const wil_grid *grid)
{
    const orientation o = find_orientation(grid);
    int anatomical_axis = 0;
    while (o.voxel_axis[anatomical_axis] != 2)
        anatomical_axis++;
    return make_plane(grid, &o, anatomical_axis);
}
