/* Masks and images by whole-number formulas (make_metrics_vectors.py makes the same), the numbers that other
 * programs give for them, and shapes whose answers are known. */
#ifndef WILLIS_TEST_METRICS_FIXTURE_H
#define WILLIS_TEST_METRICS_FIXTURE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "voxels.h"
#include "willis/metrics.h"

/* |a - b| <= tolerance, in words that name both; NaN never is. */
#define NEAR(a, b, tolerance)                                                                                \
    do {                                                                                                     \
        const double near_a_ = (a);                                                                          \
        const double near_b_ = (b);                                                                          \
        if (!(fabs(near_a_ - near_b_) <= (tolerance)))                                                       \
            fail_msg("%s is %.17g, not %.17g", #a, near_a_, near_b_);                                        \
    } while (0)

static inline wil_mask empty_mask(int nx, int ny, int nz)
{
    const wil_grid grid = wil_grid_make(nx, ny, nz, 0.5, 0.75, 1.25);
    wil_mask mask;
    OK(wil_mask_make(&mask, &grid));
    return mask;
}

static inline wil_mask random_mask(const wil_grid *grid, double filled, uint64_t seed)
{
    wil_mask mask;
    OK(wil_mask_make(&mask, grid));
    set_random(&mask, filled, seed);
    return mask;
}

/* Voxels at most `radius` away from (cx, cy, cz), in voxels. */
static inline void set_ball(wil_mask *mask, double cx, double cy, double cz, double radius, uint8_t value)
{
    const int *size = mask->grid.size;
    for (int z = 0; z < size[2]; z++)
        for (int y = 0; y < size[1]; y++)
            for (int x = 0; x < size[0]; x++)
                if ((x - cx) * (x - cx) + (y - cy) * (y - cy) + (z - cz) * (z - cz) <= radius * radius)
                    mask->voxels[voxel_at(&mask->grid, x, y, z)] = value;
}

/* A ring in the plane z = cz. */
static inline void set_torus(wil_mask *mask, double cx, double cy, double cz, double ring, double tube)
{
    const int *size = mask->grid.size;
    for (int z = 0; z < size[2]; z++)
        for (int y = 0; y < size[1]; y++)
            for (int x = 0; x < size[0]; x++) {
                const double r = sqrt((x - cx) * (x - cx) + (y - cy) * (y - cy)) - ring;
                if (r * r + (z - cz) * (z - cz) <= tube * tube)
                    mask->voxels[voxel_at(&mask->grid, x, y, z)] = 1;
            }
}

/* A tube along z of all slices z0 .. z1. */
static inline void set_tube(wil_mask *mask, double cx, double cy, int z0, int z1, double radius)
{
    const int *size = mask->grid.size;
    for (int z = z0; z <= z1; z++)
        for (int y = 0; y < size[1]; y++)
            for (int x = 0; x < size[0]; x++)
                if ((x - cx) * (x - cx) + (y - cy) * (y - cy) <= radius * radius)
                    mask->voxels[voxel_at(&mask->grid, x, y, z)] = 1;
}

/* ---- as in make_metrics_vectors.py --------------------------------------------------------------------- */

/* From 0 to 255. */
static inline int hashed(uint64_t i, uint64_t seed)
{
    uint64_t h = (i * 2654435761U + seed * 40503) & 0xFFFFFFFFU;
    h = ((h ^ h >> 15) * 2246822519U) & 0xFFFFFFFFU;
    return (int)(h >> 16 & 255);
}

static inline int blob_sum(const int *mixed, const int size[3], int x, int y, int z)
{
    int sum = 0;
    for (int c = z - 2; c <= z + 2; c++)
        for (int b = y - 2; b <= y + 2; b++)
            for (int a = x - 2; a <= x + 2; a++)
                if (a >= 0 && b >= 0 && c >= 0 && a < size[0] && b < size[1] && c < size[2])
                    sum += mixed[(c * size[1] + b) * size[0] + a];
    return sum;
}

static inline wil_mask blob_mask(int seed, int share, int nx, int ny, int nz)
{
    wil_mask mask = empty_mask(nx, ny, nz);
    const size_t n = wil_grid_count(&mask.grid);
    int *mixed = malloc(n * sizeof *mixed);
    for (size_t i = 0; i < n; i++)
        mixed[i] = 3 * hashed(i, (uint64_t)seed) + hashed(i, (uint64_t)(1000 * share + seed));
    for (int z = 0; z < nz; z++)
        for (int y = 0; y < ny; y++)
            for (int x = 0; x < nx; x++)
                mask.voxels[voxel_at(&mask.grid, x, y, z)] =
                    blob_sum(mixed, mask.grid.size, x, y, z) > 4 * 133 * 25 * (nz > 1 ? 5 : 1);
    free(mixed);
    return mask;
}

/* The number of a name in a file of vectors. */
static inline double vector_of(const char *file, const char *name)
{
    WIL_OWN(wil_table) table = {0};
    char path[512];
    snprintf(path, sizeof path, "%s/%s", WILLIS_TEST_DATA, file);
    OK(wil_table_read(&table, path, ','));
    double value = NAN;
    for (int row = 0; row < table.n_rows; row++)
        if (strcmp(wil_table_cell(&table, row, 0), name) == 0)
            value = strtod(wil_table_cell(&table, row, 1), NULL);
    if (isnan(value))
        fail_msg("%s has no %s", file, name);
    return value;
}

__attribute__((format(printf, 1, 2))) static inline double vector(const char *format, ...)
{
    char name[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    return vector_of("metrics_vectors.csv", name);
}

#endif
