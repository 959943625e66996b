/* Volumes, maps and masks to NIfTI files. */
#include "nifti_internal.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define CHUNK_VOXELS ((size_t)1 << 18)

/* Level 6 is zlib's own balance. zlib puts neither time nor name into the file, so equal volumes give equal
 * bytes. T means: do not compress. */
#define MODE_GZIP "wb6"
#define MODE_PLAIN "wbT"

static wil_status check_grid(const wil_grid *grid, const char *path)
{
    for (int i = 0; i < 12; i++)
        WIL_REQUIRE(isfinite(grid->affine[i / 4][i % 4]), WIL_ERR_ARG,
            "%s: cannot write: the volume's affine holds %g in row %d, column %d; finite numbers were "
            "expected",
            path, grid->affine[i / 4][i % 4], i / 4 + 1, i % 4 + 1);
    WIL_REQUIRE(wil_grid_voxel_ml(grid) > 0, WIL_ERR_ARG,
        "%s: cannot write: the volume's affine gives voxels without volume; three independent axes were "
        "expected",
        path);
    return WIL_OK;
}

/* What our own reader would refuse is not written. */
static wil_status check_volume(const wil_volume *volume, const char *path)
{
    WIL_REQUIRE(path != NULL, WIL_ERR_ARG, "no path to write an image to given");
    WIL_REQUIRE(wil_nifti_name_ends(path, ".nii") || wil_nifti_name_ends(path, ".nii.gz"), WIL_ERR_ARG,
        "%s: unknown kind of file to write; a name that ends in .nii or .nii.gz was expected", path);
    WIL_REQUIRE(volume->voxels != NULL && wil_grid_count(&volume->grid) > 0 && volume->n_time >= 1,
        WIL_ERR_ARG, "%s: nothing to write: the volume has no voxels", path);
    WIL_REQUIRE(volume->tr_s >= 0 && isfinite(volume->tr_s), WIL_ERR_ARG,
        "%s: cannot write: a time step of %g s; a number of at least 0 was expected", path, volume->tr_s);
    return check_grid(&volume->grid, path);
}

static wil_status find_range(float *low_out, float *high_out, const wil_volume *volume, const char *path)
{
    const size_t n = wil_grid_count(&volume->grid) * (size_t)volume->n_time;
    float low = INFINITY, high = -INFINITY;
    size_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        const float value = volume->voxels[i];
        low = value < low ? value : low;
        high = value > high ? value : high;
        bad += !isfinite(value);
    }
    WIL_REQUIRE(bad == 0, WIL_ERR_ARG,
        "%s: cannot write: %zu of %zu voxels are NaN or infinite; replace them (by 0, say) first", path, bad,
        n);
    *low_out = low;
    *high_out = high;
    return WIL_OK;
}

/* ---- values as they are stored ------------------------------------------------------------------------ */

static float clamped(float value, float low, float high)
{
    return rintf(value < low ? low : value > high ? high : value);
}

static float as_u8(float value)
{
    return clamped(value, 0, UINT8_MAX);
}

static float as_i16(float value)
{
    return clamped(value, INT16_MIN, INT16_MAX);
}

/* n voxels as raw values of type; returns their bytes. */
static size_t encode(void *raw, const float *voxels, size_t n, wil_nifti_type type)
{
    if (type == WIL_NIFTI_U8) {
        uint8_t *out = raw;
        for (size_t i = 0; i < n; i++)
            out[i] = (uint8_t)as_u8(voxels[i]);
        return n;
    }
    if (type == WIL_NIFTI_I16) {
        int16_t *out = raw;
        for (size_t i = 0; i < n; i++)
            out[i] = (int16_t)as_i16(voxels[i]);
        return n * sizeof *out;
    }
    memcpy(raw, voxels, n * sizeof *voxels);
    return n * sizeof *voxels;
}

/* cal_min and cal_max are those of the stored values. */
static wil_nifti_form form_of(wil_nifti_type type, float low, float high, const char *description)
{
    switch (type) {
    case WIL_NIFTI_U8:
        return (wil_nifti_form){DT_UINT8, as_u8(low), as_u8(high), description, false};
    case WIL_NIFTI_I16:
        return (wil_nifti_form){DT_INT16, as_i16(low), as_i16(high), description, false};
    default:
        return (wil_nifti_form){DT_FLOAT32, low, high, description, false};
    }
}

/* ---- the file ----------------------------------------------------------------------------------------- */

static wil_status cannot_write(const char *path, int code)
{
    return wil_fail(WIL_ERR_IO, "%s: cannot write: %s", path,
        code == 0        ? "the file could not be completed"
        : code == ENOSPC ? "the disk is full"
                         : strerror(code));
}

static wil_status put(gzFile file, const void *bytes, size_t n, const char *path)
{
    errno = 0;
    if (gzwrite(file, bytes, (unsigned)n) != (int)n)
        return cannot_write(path, errno);
    return WIL_OK;
}

static wil_status put_voxels(
    gzFile file, const float *voxels, size_t n, wil_nifti_type type, void *raw, const char *path)
{
    for (size_t i = 0; i < n; i += CHUNK_VOXELS) {
        const size_t n_bytes = encode(raw, voxels + i, n - i < CHUNK_VOXELS ? n - i : CHUNK_VOXELS, type);
        WIL_TRY(put(file, raw, n_bytes, path));
    }
    return WIL_OK;
}

static wil_status put_volume(
    gzFile file, const wil_volume *volume, wil_nifti_type type, wil_nifti_form form, const char *path)
{
    const wil_grid *grid = &volume->grid;
    const wil_grid stored = wil_grid_as_stored(grid);
    const size_t n = wil_grid_count(grid);
    uint8_t front[WIL_NIFTI_FRONT_MAX];
    WIL_OWN(void) *raw = NULL;
    WIL_OWN(float) *frame = NULL;
    WIL_TRY(put(file, front, wil_nifti_compose(front, &stored, volume->n_time, volume->tr_s, form), path));
    WIL_TRY(wil_alloc(&raw, CHUNK_VOXELS, sizeof(float)));
    if (!wil_orientation_changes(&grid->stored))
        return put_voxels(file, volume->voxels, n * (size_t)volume->n_time, type, raw, path);
    WIL_TRY(wil_alloc_f32(&frame, n));
    for (int t = 0; t < volume->n_time; t++) {
        wil_grid_turn_floats(frame, volume->voxels + (size_t)t * n, grid, &grid->stored);
        WIL_TRY(put_voxels(file, frame, n, type, raw, path));
    }
    return WIL_OK;
}

static wil_status write_to(const char *temp_path, const wil_volume *volume, wil_nifti_type type,
    wil_nifti_form form, const char *path)
{
    errno = 0;
    gzFile file = gzopen(temp_path, wil_nifti_name_ends(path, ".gz") ? MODE_GZIP : MODE_PLAIN);
    if (file == NULL)
        return cannot_write(path, errno);
    wil_status status = put_volume(file, volume, type, form, path);
    errno = 0;
    if (gzclose(file) != Z_OK && status == WIL_OK)
        status = cannot_write(path, errno);
    return status;
}

static wil_status write_volume(
    const wil_volume *volume, const char *path, wil_nifti_type type, const char *description, bool five_axes)
{
    WIL_OWN(wil_atomic_file) atomic = {0};
    float low = 0, high = 0;
    WIL_TRY(check_volume(volume, path));
    WIL_REQUIRE(type == WIL_NIFTI_U8 || type == WIL_NIFTI_I16 || type == WIL_NIFTI_F32, WIL_ERR_ARG,
        "%s: cannot write voxels of type %d: WIL_NIFTI_U8, _I16 or _F32 was expected", path, (int)type);
    WIL_TRY(find_range(&low, &high, volume, path));
    WIL_TRY(wil_atomic_begin(&atomic, path));
    wil_nifti_form form = form_of(type, low, high, description);
    form.five_axes = five_axes;
    WIL_TRY(write_to(atomic.temp_path, volume, type, form, path));
    return wil_atomic_publish(&atomic);
}

wil_status wil_volume_write(
    const wil_volume *volume, const char *path, wil_nifti_type type, const char *description)
{
    return write_volume(volume, path, type, description, false);
}

wil_status wil_volume_write_5d(
    const wil_volume *volume, const char *path, wil_nifti_type type, const char *description)
{
    return write_volume(volume, path, type, description, true);
}

wil_status wil_mask_write(const wil_mask *mask, const char *path, const char *description)
{
    WIL_OWN(wil_volume) volume = {0};
    WIL_REQUIRE(mask->voxels != NULL, WIL_ERR_ARG, "%s: nothing to write: the mask has no voxels",
        path == NULL ? "no path" : path);
    WIL_TRY(wil_volume_make(&volume, &mask->grid, 1));
    const size_t n = wil_grid_count(&mask->grid);
    for (size_t i = 0; i < n; i++)
        volume.voxels[i] = mask->voxels[i] != 0 ? 1.0f : 0.0f;
    return wil_volume_write(&volume, path, WIL_NIFTI_U8, description);
}
