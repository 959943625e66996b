/* The header of a NIfTI file for a volume. */
#include "nifti_internal.h"

#include <math.h>
#include <string.h>

#define MAX_QFORM_ERROR_MM 0.01 /* rounding of a sound one stays below; a sheared affine's exceeds it */

/* As the standard asks, cut to fit; not within a UTF-8 character. */
static void take_description(char out[80], const char *text)
{
    size_t n = text == NULL ? 0 : strnlen(text, 80);
    if (n > 79)
        for (n = 79; n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80;)
            n--;
    memset(out, 0, 80);
    memcpy(out, n > 0 ? text : "", n);
}

static double as_stored(double value, bool single)
{
    return single ? (double)(float)value : value;
}

/* The affine as rotation, spacing and shift. qform_code stays 0 where that cannot hold it: rows of a matrix
 * that is sheared, or a half turn whose quaternion drowns in the rounding of NIfTI-1's floats. */
static void take_qform(nifti_2_header *h, const wil_grid *grid, bool single)
{
    nifti_dmat44 affine = {.m = {{0}}};
    wil_grid held = *grid;
    double q[3], shift[3], step[3];
    double qfac = 1;
    for (int row = 0; row < 3; row++)
        memcpy(affine.m[row], grid->affine[row], sizeof grid->affine[row]);
    affine.m[3][3] = 1;
    nifti_dmat44_to_quatern(
        affine, &q[0], &q[1], &q[2], &shift[0], &shift[1], &shift[2], &step[0], &step[1], &step[2], &qfac);
    for (int i = 0; i < 3; i++) {
        q[i] = as_stored(q[i], single);
        shift[i] = as_stored(shift[i], single);
        step[i] = as_stored(step[i], single);
        h->pixdim[i + 1] = step[i];
    }
    h->pixdim[0] = qfac;
    affine = nifti_quatern_to_dmat44(
        q[0], q[1], q[2], shift[0], shift[1], shift[2], step[0], step[1], step[2], qfac);
    for (int row = 0; row < 3; row++)
        memcpy(held.affine[row], affine.m[row], sizeof held.affine[row]);
    if (!(wil_grid_disagreement_mm(&held, grid) <= MAX_QFORM_ERROR_MM))
        return;
    h->qform_code = NIFTI_XFORM_SCANNER_ANAT;
    h->quatern_b = q[0], h->quatern_c = q[1], h->quatern_d = q[2];
    h->qoffset_x = shift[0], h->qoffset_y = shift[1], h->qoffset_z = shift[2];
}

static void take_sform(nifti_2_header *h, const wil_grid *grid)
{
    h->sform_code = NIFTI_XFORM_SCANNER_ANAT;
    for (int i = 0; i < 4; i++) {
        h->srow_x[i] = grid->affine[0][i];
        h->srow_y[i] = grid->affine[1][i];
        h->srow_z[i] = grid->affine[2][i];
    }
}

static nifti_2_header compose_2(
    const wil_grid *grid, int n_time, double tr_s, wil_nifti_form form, bool single)
{
    nifti_2_header h;
    int bytes = 0, swap_size = 0;
    memset(&h, 0, sizeof h);
    h.sizeof_hdr = (int32_t)sizeof h;
    memcpy(h.magic, "n+2\0\r\n\032\n", 8);
    nifti_datatype_sizes(form.datatype, &bytes, &swap_size);
    h.datatype = (int16_t)form.datatype;
    h.bitpix = (int16_t)(8 * bytes);
    h.dim[0] = n_time > 1 ? 4 : 3;
    for (int i = 0; i < 3; i++)
        h.dim[i + 1] = grid->size[i];
    h.dim[4] = n_time;
    h.dim[5] = h.dim[6] = h.dim[7] = 1;
    if (form.five_axes) {
        h.dim[0] = 5;
        h.dim[4] = 1;
        h.dim[5] = n_time;
        h.pixdim[5] = n_time > 1 ? tr_s : 0;
    }
    h.pixdim[4] = n_time > 1 ? tr_s : 0;
    h.vox_offset = (int64_t)sizeof h + 4;
    h.scl_slope = 1;
    h.cal_min = form.cal_min;
    h.cal_max = form.cal_max;
    h.xyzt_units = SPACE_TIME_TO_XYZT(NIFTI_UNITS_MM, NIFTI_UNITS_SEC);
    take_description(h.descrip, form.description);
    take_qform(&h, grid, single);
    take_sform(&h, grid);
    return h;
}

static nifti_1_header as_version_1(const nifti_2_header *from)
{
    nifti_1_header h;
    memset(&h, 0, sizeof h);
    h.sizeof_hdr = (int)sizeof h;
    h.regular = 'r'; /* old Analyze readers look for it */
    memcpy(h.magic, "n+1", 4);
    h.datatype = from->datatype;
    h.bitpix = from->bitpix;
    for (int i = 0; i < 8; i++) {
        h.dim[i] = (short)from->dim[i];
        h.pixdim[i] = (float)from->pixdim[i];
    }
    h.vox_offset = (float)(sizeof h + 4);
    h.scl_slope = (float)from->scl_slope;
    h.cal_min = (float)from->cal_min;
    h.cal_max = (float)from->cal_max;
    h.xyzt_units = (char)from->xyzt_units;
    memcpy(h.descrip, from->descrip, sizeof h.descrip);
    h.qform_code = (short)from->qform_code;
    h.sform_code = (short)from->sform_code;
    h.quatern_b = (float)from->quatern_b;
    h.quatern_c = (float)from->quatern_c;
    h.quatern_d = (float)from->quatern_d;
    h.qoffset_x = (float)from->qoffset_x;
    h.qoffset_y = (float)from->qoffset_y;
    h.qoffset_z = (float)from->qoffset_z;
    for (int i = 0; i < 4; i++) {
        h.srow_x[i] = (float)from->srow_x[i];
        h.srow_y[i] = (float)from->srow_y[i];
        h.srow_z[i] = (float)from->srow_z[i];
    }
    return h;
}

size_t wil_nifti_compose(
    uint8_t *bytes_out, const wil_grid *grid, int n_time, double tr_s, wil_nifti_form form)
{
    const int *size = grid->size;
    const int limit = INT16_MAX;
    const bool single = size[0] <= limit && size[1] <= limit && size[2] <= limit && n_time <= limit;
    const nifti_2_header h2 = compose_2(grid, n_time, tr_s, form, single);
    size_t n = sizeof h2;
    memset(bytes_out, 0, WIL_NIFTI_FRONT_MAX); /* behind the header stand 4 zeros: no extensions */
    if (single) {
        const nifti_1_header h1 = as_version_1(&h2);
        n = sizeof h1;
        memcpy(bytes_out, &h1, n);
    } else {
        memcpy(bytes_out, &h2, n);
    }
    return n + 4;
}
