/* Affine and spacing from a header's sform, qform or pixel sizes. */
#include "nifti_internal.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#define MIN_INDEPENDENCE 1e-4 /* of a unit cube's volume, at which three axes count as lying in one plane */
#define MAX_QUATERNION 1.0001 /* b^2 + c^2 + d^2 beyond the rounding of float */

/* The sizes; returns in *time_dim_out which dimension is time: 4, or 5 for X,Y,Z,1,T, or 0 if there is none.
 */
static wil_status take_sizes(wil_volume *out, int *time_dim_out, const wil_nifti_header *h, const char *path)
{
    int64_t dim[8] = {0, 1, 1, 1, 1, 1, 1, 1};
    WIL_REQUIRE(h->dim[0] >= 1 && h->dim[0] <= 7, WIL_ERR_INPUT,
        "%s: is damaged: its header claims %lld dimensions, 1 to 7 were expected", path,
        (long long)h->dim[0]);
    for (int i = 1; i <= (int)h->dim[0]; i++) {
        WIL_REQUIRE(h->dim[i] >= 1 && h->dim[i] <= INT_MAX, WIL_ERR_INPUT,
            "%s: is damaged: its header claims a size of %lld in dimension %d, 1 to %d was expected", path,
            (long long)h->dim[i], i, INT_MAX);
        dim[i] = h->dim[i];
    }
    WIL_REQUIRE(dim[6] == 1 && dim[7] == 1 && (dim[4] == 1 || dim[5] == 1), WIL_ERR_INPUT,
        "%s: has %d dimensions (%lldx%lldx%lldx%lldx%lldx%lldx%lld), at most a 3D volume over time was "
        "expected",
        path, (int)h->dim[0], (long long)dim[1], (long long)dim[2], (long long)dim[3], (long long)dim[4],
        (long long)dim[5], (long long)dim[6], (long long)dim[7]);
    for (int axis = 0; axis < 3; axis++)
        out->grid.size[axis] = (int)dim[axis + 1];
    *time_dim_out = dim[4] > 1 ? 4 : dim[5] > 1 ? 5 : 0;
    out->n_time = (int)(dim[4] * dim[5]);
    return WIL_OK;
}

/* Millimetres per unit of length; a file that does not say means millimetres. */
static wil_status length_unit(double *out, const wil_nifti_header *h, const char *path)
{
    switch (XYZT_TO_SPACE(h->units)) {
    case NIFTI_UNITS_UNKNOWN:
    case NIFTI_UNITS_MM:
        *out = 1;
        return WIL_OK;
    case NIFTI_UNITS_METER:
        *out = 1000;
        return WIL_OK;
    case NIFTI_UNITS_MICRON:
        *out = 0.001;
        return WIL_OK;
    default:
        return wil_fail(WIL_ERR_INPUT,
            "%s: is damaged: its unit of length has the unknown code %d; m, mm or micrometres were expected",
            path, XYZT_TO_SPACE(h->units));
    }
}

/* Seconds per unit of the fourth dimension; 0 where the file does not say, or says that it is not time. */
static double time_unit_s(const wil_nifti_header *h)
{
    switch (XYZT_TO_TIME(h->units)) {
    case NIFTI_UNITS_SEC:
        return 1;
    case NIFTI_UNITS_MSEC:
        return 1e-3;
    case NIFTI_UNITS_USEC:
        return 1e-6;
    default:
        return 0;
    }
}

/* pixdim of the three axes. An axis that the file does not have (a 2D image's z) may lack a spacing: it
 * counts as 1. */
static wil_status take_pixdim(double out[3], const wil_nifti_header *h, const char *path)
{
    for (int axis = 0; axis < 3; axis++) {
        const double pixdim = h->pixdim[axis + 1];
        out[axis] = h->dim[0] <= axis && pixdim == 0 ? 1 : pixdim;
        WIL_REQUIRE(out[axis] > 0 && isfinite(out[axis]), WIL_ERR_INPUT,
            "%s: its header gives a spacing (pixdim) of %g x %g x %g; numbers above 0 were expected; set "
            "them right in the header",
            path, h->pixdim[1], h->pixdim[2], h->pixdim[3]);
    }
    return WIL_OK;
}

static wil_status affine_of_qform(
    double affine[3][4], const wil_nifti_header *h, const double pixdim[3], const char *path)
{
    const double *q = h->quatern;
    const double square = q[0] * q[0] + q[1] * q[1] + q[2] * q[2];
    WIL_REQUIRE(square <= MAX_QUATERNION, WIL_ERR_INPUT, /* false for NaN too */
        "%s: its qform is not a rotation: b, c, d = %g, %g, %g, where b^2 + c^2 + d^2 <= 1 was expected",
        path, q[0], q[1], q[2]);
    const nifti_dmat44 m = nifti_quatern_to_dmat44(q[0], q[1], q[2], h->qoffset[0], h->qoffset[1],
        h->qoffset[2], pixdim[0], pixdim[1], pixdim[2], h->pixdim[0] < 0 ? -1 : 1);
    for (int row = 0; row < 3; row++)
        memcpy(affine[row], m.m[row], sizeof affine[row]);
    return WIL_OK;
}

/* Spacing alone says nothing of orientation. SPM and nibabel take x to run towards the patient's left and the
 * centre to be the origin; so do we, and the three agree on where the voxels are. */
static void affine_of_spacing(double affine[3][4], const int size[3], const double pixdim[3])
{
    const wil_grid grid = wil_grid_make(size[0], size[1], size[2], pixdim[0], pixdim[1], pixdim[2]);
    memcpy(affine, grid.affine, sizeof grid.affine);
    affine[0][0] = -affine[0][0];
    affine[0][3] = -affine[0][3];
}

wil_status wil_nifti_check_affine(const wil_grid *grid, const char *kind, const char *path)
{
    const double *s = grid->spacing_mm;
    for (int row = 0; row < 3; row++)
        for (int column = 0; column < 4; column++)
            WIL_REQUIRE(isfinite(grid->affine[row][column]), WIL_ERR_INPUT,
                "%s: its %s holds %g in row %d, column %d; finite numbers were expected", path, kind,
                grid->affine[row][column], row + 1, column + 1);
    for (int axis = 0; axis < 3; axis++)
        WIL_REQUIRE(s[axis] > 0 && isfinite(s[axis]), WIL_ERR_INPUT,
            "%s: its %s gives a spacing of %g x %g x %g mm; numbers above 0 were expected", path, kind, s[0],
            s[1], s[2]);
    const double cell = 1000 * wil_grid_voxel_ml(grid) / s[0] / s[1] / s[2];
    WIL_REQUIRE(cell >= MIN_INDEPENDENCE, WIL_ERR_INPUT,
        "%s: its %s puts all three axes into one plane; independent axes were expected", path, kind);
    return WIL_OK;
}

static wil_status take_affine(wil_grid *grid, const wil_nifti_header *h, const char *path)
{
    double pixdim[3], unit_mm = 1;
    const char *kind = h->sform_code > 0 ? "sform" : h->qform_code > 0 ? "qform" : "spacing";
    WIL_TRY(length_unit(&unit_mm, h, path));
    WIL_TRY(take_pixdim(pixdim, h, path));
    if (h->sform_code > 0)
        memcpy(grid->affine, h->srow, sizeof grid->affine);
    else if (h->qform_code > 0)
        WIL_TRY(affine_of_qform(grid->affine, h, pixdim, path));
    else
        affine_of_spacing(grid->affine, grid->size, pixdim);
    for (int row = 0; row < 3; row++)
        for (int column = 0; column < 4; column++)
            grid->affine[row][column] *= unit_mm;
    for (int axis = 0; axis < 3; axis++)
        grid->spacing_mm[axis] =
            hypot(hypot(grid->affine[0][axis], grid->affine[1][axis]), grid->affine[2][axis]);
    return wil_nifti_check_affine(grid, kind, path);
}

/* Whether an axis of one runs elsewhere than that of the other: by more than 60 degrees, so against it too.
 */
static bool run_apart(const wil_grid *a, const wil_grid *b)
{
    for (int axis = 0; axis < 3; axis++) {
        double product = 0;
        for (int row = 0; row < 3; row++)
            product +=
                a->affine[row][axis] / a->spacing_mm[axis] * b->affine[row][axis] / b->spacing_mm[axis];
        if (product < 0.5)
            return true;
    }
    return false;
}

wil_status wil_nifti_forms_note(char **out, const wil_nifti_header *header, const char *path)
{
    wil_grid sform = {0}, qform = {0};
    char codes[4], others[4];
    *out = NULL;
    if (header->sform_code <= 0 || header->qform_code <= 0)
        return WIL_OK;
    wil_nifti_header without = *header;
    without.sform_code = 0;
    WIL_TRY(take_affine(&sform, header, path));
    if (take_affine(&qform, &without, path) != WIL_OK || !run_apart(&sform, &qform))
        return WIL_OK; /* a broken qform beside a sound sform is nobody's trouble */
    return wil_string_format(out,
        "%s: its qform has the axes %s, its sform %s, so that programs disagree about where left is; the "
        "sform is used here. If it is right, willis conform writes a file with both alike",
        path, wil_grid_axis_codes(others, &qform), wil_grid_axis_codes(codes, &sform));
}

wil_status wil_nifti_geometry(wil_volume *out, const wil_nifti_header *header, const char *path)
{
    int time_dim = 0;
    memset(out, 0, sizeof *out);
    WIL_TRY(take_sizes(out, &time_dim, header, path));
    WIL_TRY(take_affine(&out->grid, header, path));
    /* of X,Y,Z,1,T the step is the fifth axis', or, as many write it, the fourth's; 1 is what stands where
     * nobody wrote */
    const double fifth = time_dim == 5 ? header->pixdim[5] : 0;
    const int from = time_dim == 5 && fifth != 0 && (fifth != 1 || !(header->pixdim[4] > 0)) ? 5 : 4;
    const double step = header->pixdim[from];
    if (time_dim < 4)
        return WIL_OK;
    WIL_REQUIRE(step >= 0 && isfinite(step), WIL_ERR_INPUT,
        "%s: its header gives a time step (pixdim[%d]) of %g; a number of at least 0 was expected", path,
        from, step);
    out->tr_s = step * time_unit_s(header);
    return WIL_OK;
}
