/* Multiscale vessel enhancement [Frangi1998]. The Hessian is made from the smoothed volume where it is
 * needed, twice a scale (its largest norm, then the measure), as that is faster than six volumes are stored.
 */
#include "willis/image.h"
#include "willis/num.h"

#include <math.h>
#include <string.h>

#define ALPHA 0.5 /* of R_A, which tells lines from plates */
#define BETA 0.5  /* of R_B, which tells lines from blobs */

typedef struct vesselness {
    const float *smooth;
    float *out;
    double *largest; /* [nz], squared Hessian norm */
    double c_squared;
    double second[3]; /* factors of the differences: xx, yy, zz */
    double mixed[3];  /* xy, xz, yz */
    int nx, ny, nz;
} vesselness;

static void vesselness_clear(vesselness *v)
{
    wil_free(v->largest);
}
WIL_OWNED_VALUE(vesselness, vesselness_clear)

/* The rows around row (y, z), borders replicated: [dz + 1][dy + 1]. */
typedef struct rows_around {
    const float *at[3][3];
} rows_around;

static int clamp(int i, int n)
{
    return i < 0 ? 0 : i < n ? i : n - 1;
}

static rows_around find_rows(const vesselness *v, int y, int z)
{
    rows_around rows;
    for (int dz = 0; dz < 3; dz++)
        for (int dy = 0; dy < 3; dy++)
            rows.at[dz][dy] =
                v->smooth + ((int64_t)clamp(z + dz - 1, v->nz) * v->ny + clamp(y + dy - 1, v->ny)) * v->nx;
    return rows;
}

/* Second differences; xx xy xz yy yz zz. */
static void hessian_at(double h[6], const vesselness *v, const rows_around *rows, int x)
{
    const int before = clamp(x - 1, v->nx);
    const int after = clamp(x + 1, v->nx);
    const float *const *below = rows->at[0];
    const float *const *level = rows->at[1];
    const float *const *above = rows->at[2];
    const double twice = 2.0 * (double)level[1][x];
    h[0] = v->second[0] * ((double)level[1][before] + (double)level[1][after] - twice);
    h[3] = v->second[1] * ((double)level[0][x] + (double)level[2][x] - twice);
    h[5] = v->second[2] * ((double)below[1][x] + (double)above[1][x] - twice);
    h[1] = v->mixed[0] * (((double)level[2][after] - (double)level[2][before]) -
                             ((double)level[0][after] - (double)level[0][before]));
    h[2] = v->mixed[1] * (((double)above[1][after] - (double)above[1][before]) -
                             ((double)below[1][after] - (double)below[1][before]));
    h[4] = v->mixed[2] *
           (((double)above[2][x] - (double)above[0][x]) - ((double)below[2][x] - (double)below[0][x]));
}

static double squared_norm(const double h[6])
{
    return h[0] * h[0] + h[3] * h[3] + h[5] * h[5] + 2 * (h[1] * h[1] + h[2] * h[2] + h[4] * h[4]);
}

static void find_largest(int64_t begin, int64_t end, void *context)
{
    const vesselness *v = context;
    for (int z = (int)begin; z < end; z++) {
        double largest = 0;
        for (int y = 0; y < v->ny; y++) {
            const rows_around rows = find_rows(v, y, z);
            for (int x = 0; x < v->nx; x++) {
                double h[6];
                hessian_at(h, v, &rows, x);
                largest = fmax(largest, squared_norm(h));
            }
        }
        v->largest[z] = largest;
    }
}

/* Equation 13; eigenvalues by increasing magnitude. */
static double frangi(const double h[6], double c_squared)
{
    double lambda[3];
    wil_num_eigenvalues_sym3(lambda, h);
    if (lambda[1] >= 0 || lambda[2] >= 0)
        return 0;
    const double ra = lambda[1] / lambda[2];
    const double rb_squared = lambda[0] * lambda[0] / (lambda[1] * lambda[2]);
    return (1 - exp(-ra * ra / (2 * ALPHA * ALPHA))) * exp(-rb_squared / (2 * BETA * BETA)) *
           (1 - exp(-squared_norm(h) / (2 * c_squared)));
}

static void measure(int64_t begin, int64_t end, void *context)
{
    const vesselness *v = context;
    for (int z = (int)begin; z < end; z++)
        for (int y = 0; y < v->ny; y++) {
            const rows_around rows = find_rows(v, y, z);
            float *out = v->out + ((int64_t)z * v->ny + y) * v->nx;
            for (int x = 0; x < v->nx; x++) {
                double h[6];
                hessian_at(h, v, &rows, x);
                /* two negative eigenvalues that outweigh the third make the trace negative */
                if (h[0] + h[3] + h[5] < 0)
                    out[x] = fmaxf(out[x], (float)frangi(h, v->c_squared));
            }
        }
}

/* sigma^2, which makes scales comparable (gamma = 1), is not multiplied in: R_A, R_B and, as c is the scale's
 * own, S / c are ratios in which it cancels. */
static wil_status add_scale(vesselness *v, wil_volume *work, const wil_volume *volume, double sigma_mm)
{
    memcpy(work->voxels, volume->voxels, wil_grid_count(&volume->grid) * sizeof *work->voxels);
    WIL_TRY(wil_volume_smooth(work, sigma_mm));
    wil_parallel_for(v->nz, 1, find_largest, v);
    double largest = 0;
    for (int z = 0; z < v->nz; z++)
        largest = fmax(largest, v->largest[z]);
    v->c_squared = largest / 4;
    if (v->c_squared > 0)
        wil_parallel_for(v->nz, 1, measure, v);
    return WIL_OK;
}

static wil_status check(const wil_volume *volume, const double *sigmas_mm, int n_scales)
{
    WIL_REQUIRE(volume != NULL && volume->voxels != NULL, WIL_ERR_ARG, "no volume to look for vessels in");
    WIL_REQUIRE(volume->n_time == 1, WIL_ERR_INPUT,
        "vesselness is defined for 3D volumes; this one has %d time points", volume->n_time);
    WIL_REQUIRE(sigmas_mm != NULL && n_scales >= 1, WIL_ERR_ARG, "vesselness needs one scale at least");
    for (int i = 0; i < n_scales; i++)
        WIL_REQUIRE(sigmas_mm[i] > 0 && isfinite(sigmas_mm[i]), WIL_ERR_ARG,
            "vesselness scale %d is %g mm; scales must be above 0", i + 1, sigmas_mm[i]);
    return wil_volume_require_finite(volume, "the volume");
}

wil_status wil_volume_vesselness(
    wil_volume *out, const wil_volume *volume, const double *sigmas_mm, int n_scales)
{
    static const int pairs[3][2] = {{0, 1}, {0, 2}, {1, 2}};
    *out = (wil_volume){0};
    WIL_TRY(check(volume, sigmas_mm, n_scales));
    const wil_grid *grid = &volume->grid;
    WIL_OWN(wil_volume) made = {0}, work = {0};
    WIL_OWN(vesselness) v = {.nx = grid->size[0], .ny = grid->size[1], .nz = grid->size[2]};
    WIL_TRY(wil_volume_make(&made, grid, 1));
    WIL_TRY(wil_volume_make(&work, grid, 1));
    WIL_TRY(wil_alloc_f64(&v.largest, (size_t)grid->size[2]));
    for (int k = 0; k < 3; k++) {
        v.second[k] = 1 / (grid->spacing_mm[k] * grid->spacing_mm[k]);
        v.mixed[k] = 1 / (4 * grid->spacing_mm[pairs[k][0]] * grid->spacing_mm[pairs[k][1]]);
    }
    v.smooth = work.voxels;
    v.out = made.voxels;
    for (int i = 0; i < n_scales; i++)
        WIL_TRY(add_scale(&v, &work, volume, sigmas_mm[i]));
    return wil_give_value(out, &made);
}
