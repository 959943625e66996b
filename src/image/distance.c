/* Exact Euclidean distance transform [Felzenszwalb2012, "Distance transforms of sampled functions"]: squared
 * distances are separable, so each axis in turn takes the lower envelope of one parabola per voxel of a line
 * (their algorithm 1), here with a spacing per axis. */
#include "willis/image.h"

#include <math.h>

/* One pass over an axis of the squared distances. */
typedef struct axis_pass {
    double *squared;    /* [nz,ny,nx] mm^2 */
    int n;              /* voxels of a line along the axis */
    size_t step;        /* between them */
    int nx;             /* lines beside each other make a bundle, which shares scratch */
    size_t bundle_step; /* between the first lines of two bundles */
    double spacing_mm;
    double *value; /* scratch of every bundle, [n] each: the line as it was, */
    double *until; /* where the parabola of a site stops being the lowest, in mm */
    int *site;     /* and the voxels whose parabolas take part, in order */
} axis_pass;

/* Where the parabola over voxel q falls below the one over p < q, in mm. */
static double crossing_mm(const double *value, int p, int q, double s)
{
    return (value[q] - value[p]) / (2 * s * (q - p)) + 0.5 * s * (p + q);
}

/* Lower envelope of the parabolas over the finite values of a line; returns how many sites it has. */
static int build_envelope(const double *value, int n, double s, int *site, double *until)
{
    int k = 0;
    for (int q = 0; q < n; q++) {
        if (isinf(value[q]))
            continue;
        double from = -INFINITY;
        while (k > 0) {
            from = crossing_mm(value, site[k - 1], q, s);
            if (k < 2 || from > until[k - 2])
                break;
            k--; /* the last parabola is nowhere the lowest */
        }
        if (k > 0)
            until[k - 1] = from;
        site[k++] = q;
    }
    return k;
}

static void transform_line(const axis_pass *pass, double *line, double *value, double *until, int *site)
{
    const double s = pass->spacing_mm;
    for (int i = 0; i < pass->n; i++)
        value[i] = line[(size_t)i * pass->step];
    const int n_sites = build_envelope(value, pass->n, s, site, until);
    if (n_sites == 0)
        return; /* infinite all along */
    int k = 0;
    for (int i = 0; i < pass->n; i++) {
        while (k + 1 < n_sites && until[k] < i * s)
            k++;
        const double d = (i - site[k]) * s;
        line[(size_t)i * pass->step] = d * d + value[site[k]];
    }
}

static void transform_bundles(int64_t begin, int64_t end, void *context)
{
    const axis_pass *pass = context;
    for (int64_t b = begin; b < end; b++) {
        const size_t scratch = (size_t)b * (size_t)pass->n;
        for (int x = 0; x < pass->nx; x++)
            transform_line(pass, pass->squared + (size_t)b * pass->bundle_step + x, pass->value + scratch,
                pass->until + scratch, pass->site + scratch);
    }
}

static wil_status transform_axis(double *squared, const wil_grid *grid, int axis)
{
    const size_t nx = (size_t)grid->size[0];
    const size_t plane = nx * (size_t)grid->size[1];
    const int n_bundles =
        grid->size[axis == 1 ? 2 : 1]; /* slices for lines along y, rows for those along z */
    axis_pass pass = {.squared = squared,
        .n = grid->size[axis],
        .step = axis == 1 ? nx : plane,
        .nx = grid->size[0],
        .bundle_step = axis == 1 ? plane : nx,
        .spacing_mm = grid->spacing_mm[axis]};
    const size_t n_scratch = (size_t)n_bundles * (size_t)pass.n;
    wil_status status = wil_alloc_f64(&pass.value, n_scratch);
    if (status == WIL_OK)
        status = wil_alloc_f64(&pass.until, n_scratch);
    if (status == WIL_OK)
        status = wil_alloc((void **)&pass.site, n_scratch, sizeof *pass.site);
    if (status == WIL_OK)
        wil_parallel_for(n_bundles, 1, transform_bundles, &pass);
    wil_free(pass.value);
    wil_free(pass.until);
    wil_free(pass.site);
    return status;
}

typedef struct rows_pass {
    double *squared;
    const uint8_t *voxels;
    int nx;
    double spacing_mm;
} rows_pass;

/* The first axis, where every value is 0 or infinite: steps to the nearest 1 on either side. */
static void transform_rows(int64_t begin, int64_t end, void *context)
{
    const rows_pass *pass = context;
    for (int64_t row = begin; row < end; row++) {
        double *squared = pass->squared + (size_t)row * (size_t)pass->nx;
        const uint8_t *voxels = pass->voxels + (size_t)row * (size_t)pass->nx;
        double steps = INFINITY;
        for (int x = 0; x < pass->nx; x++) {
            steps = voxels[x] != 0 ? 0 : steps + 1;
            squared[x] = steps;
        }
        steps = INFINITY;
        for (int x = pass->nx - 1; x >= 0; x--) {
            steps = voxels[x] != 0 ? 0 : steps + 1;
            const double d = fmin(steps, squared[x]) * pass->spacing_mm;
            squared[x] = d * d;
        }
    }
}

wil_status wil_mask_distance_mm(float *distance_mm_out, const wil_mask *mask)
{
    const wil_grid *grid = &mask->grid;
    const size_t n = wil_grid_count(grid);
    double *squared = NULL;
    WIL_TRY(wil_alloc_f64(&squared, n));
    rows_pass rows = {squared, mask->voxels, grid->size[0], grid->spacing_mm[0]};
    wil_parallel_for((int64_t)grid->size[1] * grid->size[2], 64, transform_rows, &rows);
    wil_status status = transform_axis(squared, grid, 1);
    if (status == WIL_OK)
        status = transform_axis(squared, grid, 2);
    if (status == WIL_OK) {
#pragma omp parallel for schedule(static)
        for (size_t i = 0; i < n; i++)
            distance_mm_out[i] = (float)sqrt(squared[i]);
    }
    wil_free(squared);
    return status;
}
