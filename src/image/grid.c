/* Where the voxels of a volume lie, and whether two volumes lie alike. */
#include "willis/image.h"

#include <math.h>
#include <string.h>

wil_grid wil_grid_make(int nx, int ny, int nz, double sx_mm, double sy_mm, double sz_mm)
{
    wil_grid grid = {.size = {nx, ny, nz}, .spacing_mm = {sx_mm, sy_mm, sz_mm}};
    for (int axis = 0; axis < 3; axis++) {
        grid.affine[axis][axis] = grid.spacing_mm[axis];
        grid.affine[axis][3] = -0.5 * (grid.size[axis] - 1) * grid.spacing_mm[axis];
    }
    return grid;
}

/* By the dominant entries of the affine, the most decided first, so that oblique grids get three
 * different ones. */
wil_orientation wil_grid_orientation(const wil_grid *grid)
{
    wil_orientation o = {0};
    bool row_taken[3] = {false};
    bool column_taken[3] = {false};
    for (int round = 0; round < 3; round++) {
        int row = -1;
        int column = -1;
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

size_t wil_grid_count(const wil_grid *grid)
{
    return (size_t)grid->size[0] * (size_t)grid->size[1] * (size_t)grid->size[2];
}

double wil_grid_disagreement_mm(const wil_grid *a, const wil_grid *b)
{
    double largest_mm = 0;
    if (memcmp(a->size, b->size, sizeof a->size) != 0)
        return INFINITY;
    for (int corner = 0; corner < 8; corner++) {
        double square_mm2 = 0;
        for (int row = 0; row < 3; row++) {
            double apart_mm = a->affine[row][3] - b->affine[row][3];
            for (int axis = 0; axis < 3; axis++)
                if (corner >> axis & 1)
                    apart_mm += (a->affine[row][axis] - b->affine[row][axis]) * (a->size[axis] - 1);
            square_mm2 += apart_mm * apart_mm;
        }
        largest_mm = fmax(largest_mm, sqrt(square_mm2));
    }
    return largest_mm;
}

/* The determinant rather than the product of the spacings: axes need not be at right angles. */
double wil_grid_voxel_ml(const wil_grid *grid)
{
    const double(*m)[4] = grid->affine;
    const double determinant_mm3 = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
                                   m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
                                   m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
    return fabs(determinant_mm3) / 1000;
}
