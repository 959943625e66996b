/* The headers of NIfTI-1 and NIfTI-2, checked field by field. */
#include "nifti_internal.h"

#include <string.h>

static const char MAGIC_1[] = "n+1";
static const char MAGIC_1_PAIR[] = "ni1";
static const char MAGIC_2[] = "n+2\0\r\n\032\n";
static const char MAGIC_2_PAIR[] = "ni2\0\r\n\032\n";

/* sizeof_hdr is 348 or 540 in one of the two byte orders; *size_out 0 if neither. */
static void find_size_and_order(int32_t *size_out, bool *swapped_out, const void *bytes)
{
    int32_t size = 0;
    memcpy(&size, bytes, sizeof size);
    for (int order = 0; order < 2; order++, size = (int32_t)__builtin_bswap32((uint32_t)size)) {
        if (size == (int32_t)sizeof(nifti_1_header) || size == (int32_t)sizeof(nifti_2_header)) {
            *size_out = size;
            *swapped_out = order == 1;
            return;
        }
    }
    *size_out = 0;
}

static void take_version_1(wil_nifti_header *out, nifti_1_header h)
{
    const bool single = memcmp(h.magic, MAGIC_1, sizeof h.magic) == 0;
    const bool nifti = single || memcmp(h.magic, MAGIC_1_PAIR, sizeof h.magic) == 0;
    if (out->swapped)
        swap_nifti_header(&h, nifti ? 1 : 0);
    out->version = nifti ? 1 : 0;
    out->pair = !single;
    for (int i = 0; i < 8; i++) {
        out->dim[i] = h.dim[i];
        out->pixdim[i] = h.pixdim[i];
    }
    out->datatype = h.datatype;
    out->vox_offset = h.vox_offset;
    out->slope = h.scl_slope; /* in Analyze 7.5 a spare field, in which SPM keeps its scale factor */
    if (!nifti)
        return; /* Analyze 7.5 has other things, or nothing, in the fields below */
    out->inter = h.scl_inter;
    out->units = (unsigned char)h.xyzt_units;
    out->qform_code = h.qform_code;
    out->sform_code = h.sform_code;
    const float quatern[3] = {h.quatern_b, h.quatern_c, h.quatern_d};
    const float qoffset[3] = {h.qoffset_x, h.qoffset_y, h.qoffset_z};
    for (int i = 0; i < 3; i++) {
        out->quatern[i] = quatern[i];
        out->qoffset[i] = qoffset[i];
    }
    for (int i = 0; i < 4; i++) {
        out->srow[0][i] = h.srow_x[i];
        out->srow[1][i] = h.srow_y[i];
        out->srow[2][i] = h.srow_z[i];
    }
}

static void take_version_2(wil_nifti_header *out, nifti_2_header h)
{
    if (out->swapped)
        swap_nifti_header(&h, 2);
    out->version = 2;
    out->pair = memcmp(h.magic, MAGIC_2_PAIR, sizeof h.magic) == 0;
    memcpy(out->dim, h.dim, sizeof out->dim);
    memcpy(out->pixdim, h.pixdim, sizeof out->pixdim);
    out->datatype = h.datatype;
    out->vox_offset = (double)h.vox_offset;
    out->slope = h.scl_slope;
    out->inter = h.scl_inter;
    out->units = h.xyzt_units;
    out->qform_code = h.qform_code;
    out->sform_code = h.sform_code;
    memcpy(out->quatern, (const char *)&h + offsetof(nifti_2_header, quatern_b), sizeof out->quatern);
    memcpy(out->qoffset, (const char *)&h + offsetof(nifti_2_header, qoffset_x), sizeof out->qoffset);
    memcpy(out->srow, (const char *)&h + offsetof(nifti_2_header, srow_x), sizeof out->srow);
}

/* The whole signature of version 2 counts: it holds line ends, which a transfer as text would have changed.
 */
static bool is_version_2(const nifti_2_header *h)
{
    return memcmp(h->magic, MAGIC_2, sizeof h->magic) == 0 ||
           memcmp(h->magic, MAGIC_2_PAIR, sizeof h->magic) == 0;
}

wil_status wil_nifti_header_parse(wil_nifti_header *out, const void *bytes, size_t n_bytes, const char *path)
{
    int32_t size = 0;
    memset(out, 0, sizeof *out);
    WIL_REQUIRE(n_bytes >= sizeof(nifti_1_header), WIL_ERR_INPUT,
        "%s: is not NIfTI or is truncated: a header of at least %zu bytes was expected, found %zu", path,
        sizeof(nifti_1_header), n_bytes);
    find_size_and_order(&size, &out->swapped, bytes);
    if (size == (int32_t)sizeof(nifti_1_header)) {
        nifti_1_header h;
        memcpy(&h, bytes, sizeof h);
        take_version_1(out, h);
        return WIL_OK;
    }
    nifti_2_header h;
    memset(&h, 0, sizeof h);
    memcpy(&h, bytes, n_bytes < sizeof h ? n_bytes : sizeof h);
    WIL_REQUIRE(size != 0 && is_version_2(&h), WIL_ERR_INPUT,
        "%s: is not NIfTI: it does not begin with the header of NIfTI-1, NIfTI-2 or Analyze 7.5", path);
    WIL_REQUIRE(n_bytes >= sizeof h, WIL_ERR_INPUT,
        "%s: is truncated: a NIfTI-2 header of %zu bytes was expected, found %zu; fetch it again", path,
        sizeof h, n_bytes);
    take_version_2(out, h);
    return WIL_OK;
}
