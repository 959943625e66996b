/* Small volumes for the tests of filters and pictures. */
#ifndef WILLIS_TEST_VOLUME_CHECK_H
#define WILLIS_TEST_VOLUME_CHECK_H

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "voxels.h"

static inline wil_volume make_volume(int nx, int ny, int nz, double sx_mm, double sy_mm, double sz_mm)
{
    wil_volume volume = {0};
    const wil_grid grid = wil_grid_make(nx, ny, nz, sx_mm, sy_mm, sz_mm);
    OK(wil_volume_make(&volume, &grid, 1));
    return volume;
}

static inline void fill_random(wil_volume *volume, uint64_t seed)
{
    wil_rng_fill_uniform_f32(
        wil_rng_at(seed, WIL_RNG_TEST, 0), 0, wil_grid_count(&volume->grid), volume->voxels);
}

static inline wil_volume copy_volume(const wil_volume *volume)
{
    wil_volume copy = {0};
    OK(wil_volume_make(&copy, &volume->grid, 1));
    memcpy(copy.voxels, volume->voxels, wil_grid_count(&volume->grid) * sizeof *copy.voxels);
    return copy;
}

static inline float *voxel(const wil_volume *volume, int x, int y, int z)
{
    return volume->voxels + voxel_at(&volume->grid, x, y, z);
}

/* Position of a voxel in mm. */
static inline void place_of(double mm[3], const wil_grid *grid, int x, int y, int z)
{
    for (int k = 0; k < 3; k++)
        mm[k] = grid->affine[k][0] * x + grid->affine[k][1] * y + grid->affine[k][2] * z + grid->affine[k][3];
}

/* Sets every voxel to f of its place in mm. */
static inline void paint(wil_volume *volume, double (*f)(const double mm[3]))
{
    const int *size = volume->grid.size;
    for (int z = 0; z < size[2]; z++)
        for (int y = 0; y < size[1]; y++)
            for (int x = 0; x < size[0]; x++) {
                double mm[3];
                place_of(mm, &volume->grid, x, y, z);
                *voxel(volume, x, y, z) = (float)f(mm);
            }
}

static inline double largest_difference(const wil_volume *a, const wil_volume *b)
{
    double largest = 0;
    for (size_t i = 0; i < wil_grid_count(&a->grid); i++)
        largest = fmax(largest, fabs((double)a->voxels[i] - (double)b->voxels[i]));
    return largest;
}

static inline void assert_same_bits(const wil_volume *a, const wil_volume *b)
{
    assert_int_equal(wil_grid_count(&a->grid), wil_grid_count(&b->grid));
    assert_memory_equal(a->voxels, b->voxels, wil_grid_count(&a->grid) * sizeof *a->voxels);
}

#endif
