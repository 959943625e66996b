/* A volume on another grid. */
#include "willis/image.h"

#include <math.h>

#define SNAP                                                                                                 \
    1e-6 /* voxels; closer than this to a voxel centre is that centre: a grid onto itself is exact           \
          */

typedef struct resampling {
    const float *in;
    float *out;
    double to_source[3][4]; /* target voxel -> source voxel */
    bool nearest;
    const int *in_size, *out_size;
} resampling;

static double determinant(double a[3][4])
{
    return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
           a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
           a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
}

/* Solves source * v = column for each column of target by Cramer's rule: v is the target's voxel basis (and
 * origin) in source voxels. */
static wil_status join_affines(double out[3][4], const wil_grid *source, const wil_grid *target)
{
    double a[3][4];
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            a[r][c] = source->affine[r][c];
    const double whole = determinant(a);
    WIL_REQUIRE(isfinite(whole) && whole != 0, WIL_ERR_INPUT,
        "the affine of the volume is singular or not finite (determinant %g), so no place in it can be "
        "looked up; mend its header",
        whole);
    for (int column = 0; column < 4; column++) {
        for (int k = 0; k < 3; k++) {
            for (int r = 0; r < 3; r++)
                a[r][k] = target->affine[r][column] - (column == 3 ? source->affine[r][3] : 0);
            out[k][column] = determinant(a) / whole;
            for (int r = 0; r < 3; r++)
                a[r][k] = source->affine[r][k];
        }
    }
    return WIL_OK;
}

/* Splits a coordinate into the voxel before it and the share of the next; false outside of the n voxels. */
static bool locate(int *before, int *after, float *share, double at, int n)
{
    if (!(at >= -0.5 - SNAP && at <= n - 0.5 + SNAP))
        return false;
    const double nearest = nearbyint(at);
    at = fabs(at - nearest) < SNAP ? nearest : at;
    at = fmin(fmax(at, 0), n - 1); /* the outer half of a border voxel has its value */
    *before = (int)at;
    *after = *before + 1 < n ? *before + 1 : *before;
    *share = (float)(at - *before);
    return true;
}

static float mix(float a, float b, float share)
{
    return share > 0 ? a + share * (b - a) : a; /* a neighbour without weight may be NaN */
}

static float value_at(const resampling *r, const double at[3])
{
    int before[3], after[3];
    float share[3];
    for (int k = 0; k < 3; k++)
        if (!locate(&before[k], &after[k], &share[k], at[k], r->in_size[k]))
            return 0;
    const int64_t nx = r->in_size[0], ny = r->in_size[1];
    float plane[2];
    for (int k = 0; k < 2; k++) {
        const int64_t z = k == 0 ? before[2] : after[2];
        const float *lower = r->in + (z * ny + before[1]) * nx, *upper = r->in + (z * ny + after[1]) * nx;
        plane[k] = mix(mix(lower[before[0]], lower[after[0]], share[0]),
            mix(upper[before[0]], upper[after[0]], share[0]), share[1]);
    }
    return mix(plane[0], plane[1], share[2]);
}

static float nearest_value(const resampling *r, const double at[3])
{
    int64_t voxel[3];
    for (int k = 0; k < 3; k++) {
        if (!(at[k] >= -0.5 - SNAP && at[k] <= r->in_size[k] - 0.5 + SNAP))
            return 0;
        voxel[k] = (int64_t)fmin(fmax(floor(at[k] + 0.5 + SNAP), 0), r->in_size[k] - 1);
    }
    return r->in[(voxel[2] * r->in_size[1] + voxel[1]) * r->in_size[0] + voxel[0]];
}

static void resample_slices(int64_t begin, int64_t end, void *context)
{
    const resampling *r = context;
    const int nx = r->out_size[0], ny = r->out_size[1];
    for (int64_t z = begin; z < end; z++)
        for (int y = 0; y < ny; y++)
            for (int x = 0; x < nx; x++) {
                double at[3];
                for (int k = 0; k < 3; k++)
                    at[k] = r->to_source[k][0] * x + r->to_source[k][1] * y + r->to_source[k][2] * (double)z +
                            r->to_source[k][3];
                r->out[(z * ny + y) * nx + x] = r->nearest ? nearest_value(r, at) : value_at(r, at);
            }
}

static wil_status resample(wil_volume *out, const wil_volume *volume, const wil_grid *onto, bool nearest)
{
    *out = (wil_volume){0};
    WIL_REQUIRE(volume != NULL && volume->voxels != NULL && onto != NULL, WIL_ERR_ARG,
        "resampling needs a volume and a grid");
    WIL_REQUIRE(volume->n_time == 1, WIL_ERR_INPUT,
        "only 3D volumes are resampled; this one has %d time points", volume->n_time);
    resampling r = {
        .nearest = nearest, .in = volume->voxels, .in_size = volume->grid.size, .out_size = onto->size};
    WIL_TRY(join_affines(r.to_source, &volume->grid, onto));
    WIL_TRY(wil_volume_make(out, onto, 1));
    r.out = out->voxels;
    wil_parallel_for(onto->size[2], 1, resample_slices, &r);
    return WIL_OK;
}

wil_status wil_volume_resample(wil_volume *out, const wil_volume *volume, const wil_grid *onto)
{
    return resample(out, volume, onto, false);
}

wil_status wil_volume_resample_nearest(wil_volume *out, const wil_volume *volume, const wil_grid *onto)
{
    return resample(out, volume, onto, true);
}
