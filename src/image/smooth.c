/* Gaussian smoothing, by millimetres. */
#include "willis/image.h"

#include <math.h>
#include <string.h>

#define TRUNCATE 4.0 /* the kernel ends at so many sigmas, as scipy.ndimage.gaussian_filter's does */
#define MAX_SIGMA_VOXELS 10000 /* a request beyond is a slip of the unit */

/* One half of a symmetric kernel: weights[k] for the voxels k to either side. */
typedef struct gaussian {
    int radius;
    float *weights; /* [radius + 1], owned */
} gaussian;

typedef struct smoothing {
    float *voxels;
    float *other;       /* as large as voxels */
    float *padded;      /* [nz, nx + 2 radius]: a row with its replicated borders, one for each slice */
    gaussian kernel[3]; /* x, y, z */
    int nx, ny, nz;
} smoothing;

static void smoothing_clear(smoothing *s)
{
    for (int k = 0; k < 3; k++)
        wil_free(s->kernel[k].weights);
    wil_free(s->other);
    wil_free(s->padded);
}
WIL_OWNED_VALUE(smoothing, smoothing_clear)

/* With replicated borders, taps n - 1 and more away read the border voxel wherever they start, so they are
 * summed into one: the cost is bounded by the volume and not by sigma. */
static wil_status make_kernel(gaussian *out, double sigma, int n)
{
    const int full = (int)(TRUNCATE * sigma + 0.5);
    out->radius = full < n - 1 ? full : n - 1;
    WIL_TRY(wil_alloc_f32(&out->weights, (size_t)out->radius + 1));
    double sum = 1;
    for (int k = 1; k <= full; k++)
        sum += 2 * exp(-0.5 * k * k / (sigma * sigma));
    double centre = 1;
    for (int k = 1; k <= out->radius; k++) {
        double weight = exp(-0.5 * k * k / (sigma * sigma)) / sum;
        for (int far = k + 1; k == out->radius && far <= full; far++)
            weight += exp(-0.5 * far * far / (sigma * sigma)) / sum;
        out->weights[k] = (float)weight;
        centre -= 2 * (double)out->weights[k];
    }
    out->weights[0] = (float)centre; /* what is left, so that the float weights sum to 1 */
    return WIL_OK;
}

/* Both sides of a tap at once: the result of a mirrored volume is the mirrored result, to the bit. */
static void add_taps(float *restrict out, const float *before, const float *after, float weight, int n)
{
    for (int i = 0; i < n; i++)
        out[i] += weight * (before[i] + after[i]);
}

static void scale_row(float *restrict out, const float *in, float weight, int n)
{
    for (int i = 0; i < n; i++)
        out[i] = weight * in[i];
}

static void along_x(int64_t begin, int64_t end, void *context)
{
    const smoothing *s = context;
    const int r = s->kernel[0].radius;
    const float *weights = s->kernel[0].weights;
    for (int64_t z = begin; z < end; z++) {
        float *padded = s->padded + z * (s->nx + 2 * r);
        for (int y = 0; y < s->ny; y++) {
            float *row = s->voxels + (z * s->ny + y) * s->nx;
            for (int k = 0; k < r; k++) {
                padded[k] = row[0];
                padded[r + s->nx + k] = row[s->nx - 1];
            }
            memcpy(padded + r, row, (size_t)s->nx * sizeof *row);
            scale_row(row, padded + r, weights[0], s->nx);
            for (int k = 1; k <= r; k++)
                add_taps(row, padded + r - k, padded + r + k, weights[k], s->nx);
        }
    }
}

/* Row i of n rows that lie stride apart, from the rows around it. */
static void mix_rows(
    float *out, const float *first, int i, int n, int64_t stride, const gaussian *kernel, int nx)
{
    scale_row(out, first + i * stride, kernel->weights[0], nx);
    for (int k = 1; k <= kernel->radius; k++) {
        const int before = i - k > 0 ? i - k : 0;
        const int after = i + k < n ? i + k : n - 1;
        add_taps(out, first + before * stride, first + after * stride, kernel->weights[k], nx);
    }
}

static void along_y(int64_t begin, int64_t end, void *context)
{
    const smoothing *s = context;
    const int64_t slice = (int64_t)s->nx * s->ny;
    for (int64_t z = begin; z < end; z++)
        for (int y = 0; y < s->ny; y++)
            mix_rows(s->other + z * slice + (int64_t)y * s->nx, s->voxels + z * slice, y, s->ny, s->nx,
                s->kernel + 1, s->nx);
}

/* Over y, so that the rows of one y, which are read again and again, stay in the cache. */
static void along_z(int64_t begin, int64_t end, void *context)
{
    const smoothing *s = context;
    const int64_t slice = (int64_t)s->nx * s->ny;
    for (int64_t y = begin; y < end; y++)
        for (int z = 0; z < s->nz; z++)
            mix_rows(s->voxels + z * slice + y * s->nx, s->other + y * s->nx, z, s->nz, slice, s->kernel + 2,
                s->nx);
}

static wil_status smooth(wil_volume *volume, double sigma_mm)
{
    const wil_grid *grid = &volume->grid;
    WIL_OWN(smoothing) s = {.voxels = volume->voxels};
    s.nx = grid->size[0];
    s.ny = grid->size[1];
    s.nz = grid->size[2];
    for (int k = 0; k < 3; k++)
        WIL_TRY(make_kernel(&s.kernel[k], sigma_mm / grid->spacing_mm[k], grid->size[k]));
    WIL_TRY(wil_alloc_f32(&s.other, wil_grid_count(grid)));
    WIL_TRY(wil_alloc_f32(&s.padded, (size_t)s.nz * (size_t)(s.nx + 2 * s.kernel[0].radius)));
    wil_parallel_for(s.nz, 1, along_x, &s);
    wil_parallel_for(s.nz, 1, along_y, &s);
    wil_parallel_for(s.ny, 1, along_z, &s);
    return WIL_OK;
}

wil_status wil_volume_smooth(wil_volume *volume, double sigma_mm)
{
    WIL_REQUIRE(volume != NULL && volume->voxels != NULL, WIL_ERR_ARG, "no volume to smooth");
    WIL_REQUIRE(volume->n_time == 1, WIL_ERR_INPUT,
        "only 3D volumes are smoothed; this one has %d time points", volume->n_time);
    for (int k = 0; k < 3; k++)
        WIL_REQUIRE(sigma_mm >= 0 && sigma_mm <= MAX_SIGMA_VOXELS * volume->grid.spacing_mm[k], WIL_ERR_ARG,
            "a Gaussian of sigma %g mm is impossible on voxels of %g mm; give 0 or more, and at most %d "
            "voxels",
            sigma_mm, volume->grid.spacing_mm[k], MAX_SIGMA_VOXELS);
    return sigma_mm > 0 ? smooth(volume, sigma_mm) : WIL_OK;
}
