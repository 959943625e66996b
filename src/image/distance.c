/* Exact Euclidean distance transform [Felzenszwalb2012, "Distance transforms of sampled functions"]: squared
 * distances are separable, so each axis in turn takes the lower envelope of one parabola per voxel of a line
 * (their algorithm 1), here with a spacing per axis. */
#include "willis/image.h"

#include <math.h>

/* One pass over an axis of the squared distances. */
typedef struct axis_pass {
    double *squared;    /* [nz,ny,nx] mm^2 */
    int32_t *nearest;   /* [nz,ny,nx] voxel at that distance, or NULL */
    int n;              /* voxels of a line along the axis */
    size_t step;        /* between them */
    int nx;             /* lines beside each other make a bundle, which shares scratch */
    size_t bundle_step; /* between the first lines of two bundles */
    double spacing_mm;
    double *value; /* scratch of every bundle, [n] each: the line as it was, */
    double *until; /* where the parabola of a site stops being the lowest, in mm */
    int *site;     /* the voxels whose parabolas take part, in order */
    int32_t *was;  /* and nearest of the line as it was, or NULL */
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

/* begin: of the line in its volume; scratch: of its bundle in the scratch arrays. */
static void transform_line(const axis_pass *pass, size_t begin, size_t scratch)
{
    const double s = pass->spacing_mm;
    double *value = pass->value + scratch, *until = pass->until + scratch;
    int *site = pass->site + scratch;
    for (int i = 0; i < pass->n; i++)
        value[i] = pass->squared[begin + (size_t)i * pass->step];
    if (pass->nearest != NULL)
        for (int i = 0; i < pass->n; i++)
            pass->was[scratch + (size_t)i] = pass->nearest[begin + (size_t)i * pass->step];
    const int n_sites = build_envelope(value, pass->n, s, site, until);
    if (n_sites == 0)
        return; /* infinite all along */
    int k = 0;
    for (int i = 0; i < pass->n; i++) {
        while (k + 1 < n_sites && until[k] < i * s)
            k++;
        const double d = (i - site[k]) * s;
        pass->squared[begin + (size_t)i * pass->step] = d * d + value[site[k]];
        if (pass->nearest != NULL)
            pass->nearest[begin + (size_t)i * pass->step] = pass->was[scratch + (size_t)site[k]];
    }
}

static void transform_bundles(int64_t begin, int64_t end, void *context)
{
    const axis_pass *pass = context;
    for (int64_t b = begin; b < end; b++)
        for (int x = 0; x < pass->nx; x++)
            transform_line(pass, (size_t)b * pass->bundle_step + (size_t)x, (size_t)b * (size_t)pass->n);
}

/* pass: squared and nearest are set. */
static wil_status transform_axis(axis_pass pass, const wil_grid *grid, int axis)
{
    const size_t nx = (size_t)grid->size[0], plane = nx * (size_t)grid->size[1];
    const int n_bundles =
        grid->size[axis == 1 ? 2 : 1]; /* slices for lines along y, rows for those along z */
    pass.n = grid->size[axis];
    pass.step = axis == 1 ? nx : plane;
    pass.nx = grid->size[0];
    pass.bundle_step = axis == 1 ? plane : nx;
    pass.spacing_mm = grid->spacing_mm[axis];
    const size_t n_scratch = (size_t)n_bundles * (size_t)pass.n;
    WIL_OWN(double) *value = NULL, *until = NULL;
    WIL_OWN(int32_t) *site = NULL, *was = NULL;
    WIL_TRY(wil_alloc_f64(&value, n_scratch));
    WIL_TRY(wil_alloc_f64(&until, n_scratch));
    WIL_TRY(wil_alloc_i32(&site, n_scratch));
    if (pass.nearest != NULL)
        WIL_TRY(wil_alloc_i32(&was, n_scratch));
    pass.value = value;
    pass.until = until;
    pass.site = site;
    pass.was = was;
    wil_parallel_for(n_bundles, 1, transform_bundles, &pass);
    return WIL_OK;
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

typedef struct nearest_pass {
    int32_t *nearest;
    const uint8_t *voxels;
    int nx;
} nearest_pass;

/* The voxels that transform_rows has measured to; of two equally near ones the first. */
static void nearest_of_rows(int64_t begin, int64_t end, void *context)
{
    const nearest_pass *pass = context;
    for (int64_t row = begin; row < end; row++) {
        const int64_t first = row * pass->nx;
        int64_t last = -1;
        for (int64_t i = first; i < first + pass->nx; i++) {
            last = pass->voxels[i] != 0 ? i : last;
            pass->nearest[i] = (int32_t)last;
        }
        last = -1;
        for (int64_t i = first + pass->nx - 1; i >= first; i--) {
            last = pass->voxels[i] != 0 ? i : last;
            const int64_t before = pass->nearest[i];
            if (before < 0 || (last >= 0 && last - i < i - before))
                pass->nearest[i] = (int32_t)last;
        }
    }
}

wil_status wil_mask_nearest(double *squared_mm2_out, int32_t *nearest_out, const wil_mask *mask)
{
    const wil_grid *grid = &mask->grid;
    const int64_t n_rows = (int64_t)grid->size[1] * grid->size[2];
    WIL_REQUIRE(nearest_out == NULL || wil_grid_count(grid) <= INT32_MAX, WIL_ERR_INPUT,
        "a mask of %zu voxels is too large for their numbers (at most %d); crop it", wil_grid_count(grid),
        INT32_MAX);
    rows_pass rows = {squared_mm2_out, mask->voxels, grid->size[0], grid->spacing_mm[0]};
    wil_parallel_for(n_rows, 64, transform_rows, &rows);
    if (nearest_out != NULL) {
        nearest_pass of_rows = {nearest_out, mask->voxels, grid->size[0]};
        wil_parallel_for(n_rows, 64, nearest_of_rows, &of_rows);
    }
    axis_pass pass = {0};
    pass.squared = squared_mm2_out;
    pass.nearest = nearest_out;
    WIL_TRY(transform_axis(pass, grid, 1));
    return transform_axis(pass, grid, 2);
}

wil_status wil_mask_distance_mm(float *distance_mm_out, const wil_mask *mask)
{
    const size_t n = wil_grid_count(&mask->grid);
    WIL_OWN(double) *squared = NULL;
    WIL_TRY(wil_alloc_f64(&squared, n));
    WIL_TRY(wil_mask_nearest(squared, NULL, mask));
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++)
        distance_mm_out[i] = (float)sqrt(squared[i]);
    return WIL_OK;
}
