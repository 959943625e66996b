/* How a plane of a volume lies in an upright picture. */
#ifndef WILLIS_IMAGE_PICTURE_PLANE_H
#define WILLIS_IMAGE_PICTURE_PLANE_H

#include "willis/image.h"

/* Pixel (column, row) is voxel first + column * column_step + row * row_step of the plane; steps may be
 * negative. */
typedef struct picture_plane {
    int through;               /* the voxel axis across the plane */
    int column_axis, row_axis; /* voxel axes */
    int n_columns, n_rows;
    int64_t first, column_step, row_step; /* in voxels[] */
} picture_plane;

/* The plane across the voxel axis that lies closest to anatomical axis 0 right, 1 anterior, 2 superior. */
picture_plane picture_plane_across_anatomy(const wil_grid *grid, int anatomical_axis);
/* The plane across the third voxel axis. */
picture_plane picture_plane_of_slices(const wil_grid *grid);

#endif
