/* Small random masks and the obvious, slow way to look at voxels and their neighbours, against which the fast
 * ways are checked. */
#ifndef WILLIS_TEST_SHAPE_CHECK_H
#define WILLIS_TEST_SHAPE_CHECK_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "voxels.h"

static inline wil_mask empty_mask(int nx, int ny, int nz)
{
    wil_mask mask;
    const wil_grid grid = wil_grid_make(nx, ny, nz, 0.7, 1.1, 2.3);
    OK(wil_mask_make(&mask, &grid));
    return mask;
}

static inline wil_mask random_mask(int nx, int ny, int nz, double filled, uint64_t seed)
{
    wil_mask mask = empty_mask(nx, ny, nz);
    set_random(&mask, filled, seed);
    return mask;
}

static inline void place_of(int at[3], const wil_grid *grid, size_t i)
{
    at[0] = (int)(i % (size_t)grid->size[0]);
    at[1] = (int)(i / (size_t)grid->size[0] % (size_t)grid->size[1]);
    at[2] = (int)(i / (size_t)grid->size[0] / (size_t)grid->size[1]);
}

/* By the definition: 26-neighbours differ by at most 1 in each coordinate, 18-neighbours in at most two of
 * them, 6-neighbours in one. */
static inline bool are_neighbours(const wil_grid *grid, size_t i, size_t j, wil_connectivity connectivity)
{
    int a[3], b[3], steps = 0;
    place_of(a, grid, i);
    place_of(b, grid, j);
    for (int axis = 0; axis < 3; axis++) {
        const int apart = abs(a[axis] - b[axis]);
        if (apart > 1)
            return false;
        steps += apart;
    }
    return steps > 0 && steps <= (connectivity == WIL_CONNECT_6 ? 1 : connectivity == WIL_CONNECT_18 ? 2 : 3);
}

static inline double distance_between_mm(const wil_grid *grid, size_t i, size_t j)
{
    int a[3], b[3];
    double square = 0;
    place_of(a, grid, i);
    place_of(b, grid, j);
    for (int axis = 0; axis < 3; axis++)
        square += pow((a[axis] - b[axis]) * grid->spacing_mm[axis], 2);
    return sqrt(square);
}

/* All that can be reached from the reached voxels through `allowed`, by looking at every pair until nothing
 * changes. */
static inline void reach_all(
    uint8_t *reached, const uint8_t *allowed, const wil_grid *grid, wil_connectivity connectivity)
{
    const size_t n = wil_grid_count(grid);
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; reached[i] && j < n; j++) {
                if (!allowed[j] || reached[j] || !are_neighbours(grid, i, j, connectivity))
                    continue;
                reached[j] = 1;
                changed = true;
            }
        }
    }
}

#endif
