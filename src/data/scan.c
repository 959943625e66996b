/* One subject's volumes, and the robust limits of its intensities. */
#include "willis/data.h"

#include <math.h>
#include <string.h>

#define LOW_QUANTILE 0.001
#define HIGH_QUANTILE 0.999

static wil_status check_finite(const wil_subject *subject, const wil_volume *image)
{
    const size_t n = wil_grid_count(&image->grid);
    size_t bad = 0;
    for (size_t i = 0; i < n; i++)
        bad += !isfinite(image->voxels[i]);
    WIL_REQUIRE(bad == 0, WIL_ERR_INPUT,
        "%s: %s holds %zu NaN or infinite voxels of %zu; replace them (by 0, say) before use", subject->id,
        subject->image, bad, n);
    return WIL_OK;
}

/* Reads a mask that must lie on the image's grid and hold something. kind: "label" or "brain mask". */
static wil_status read_mask(
    wil_mask *out, const wil_subject *subject, const char *path, const char *kind, const wil_grid *grid)
{
    WIL_TRY(wil_fail_context(wil_mask_read(out, path), "%s", subject->id));
    WIL_OWN(char) *name = NULL;
    WIL_TRY(wil_string_format(&name, "%s %s", kind, path));
    WIL_TRY(wil_fail_context(wil_grid_check_same(&out->grid, name, grid, "the image"), "%s", subject->id));
    WIL_REQUIRE(wil_mask_count(out) > 0, WIL_ERR_INPUT, "%s: %s %s is empty: no voxel of %zu is 1",
        subject->id, kind, path, wil_grid_count(grid));
    return WIL_OK;
}

static wil_status read_all(wil_scan *out, const wil_subject *subject)
{
    WIL_REQUIRE(subject->image != NULL, WIL_ERR_INPUT, "%s has no image", subject->id);
    WIL_TRY(wil_fail_context(wil_volume_read_3d(&out->image, subject->image), "%s", subject->id));
    WIL_TRY(check_finite(subject, &out->image));
    if (subject->label != NULL)
        WIL_TRY(read_mask(&out->label, subject, subject->label, "label", &out->image.grid));
    if (subject->mask != NULL)
        WIL_TRY(read_mask(&out->brain, subject, subject->mask, "brain mask", &out->image.grid));
    return WIL_OK;
}

wil_status wil_scan_read(wil_scan *out, const wil_subject *subject)
{
    memset(out, 0, sizeof *out);
    const wil_status status = read_all(out, subject);
    if (status != WIL_OK)
        wil_scan_clear(out);
    return status;
}

void wil_scan_clear(wil_scan *scan)
{
    wil_volume_clear(&scan->image);
    wil_mask_clear(&scan->label);
    wil_mask_clear(&scan->brain);
}

static wil_status quantiles(float range_out[2], const float *values, size_t n)
{
    double low = 0;
    double high = 0;
    size_t bad = 0;
    for (size_t i = 0; i < n; i++)
        bad += !isfinite(values[i]);
    WIL_REQUIRE(bad == 0, WIL_ERR_INPUT, "the scan holds %zu NaN or infinite voxels of %zu", bad, n);
    WIL_TRY(wil_quantile(&low, values, n, LOW_QUANTILE));
    WIL_TRY(wil_quantile(&high, values, n, HIGH_QUANTILE));
    range_out[0] = (float)low;
    range_out[1] = (float)high > (float)low ? (float)high : (float)low + 1.0f;
    return WIL_OK;
}

wil_status wil_scan_range(float range_out[2], const wil_volume *image, const wil_mask *brain)
{
    const size_t n = wil_grid_count(&image->grid);
    if (brain == NULL || brain->voxels == NULL)
        return quantiles(range_out, image->voxels, n);
    WIL_REQUIRE(wil_grid_count(&brain->grid) == n, WIL_ERR_INPUT,
        "the brain mask has %zu voxels, the scan %zu; resample the mask", wil_grid_count(&brain->grid), n);
    const size_t n_inside = wil_mask_count(brain);
    WIL_REQUIRE(n_inside > 0, WIL_ERR_INPUT, "the brain mask is empty");
    WIL_OWN(float) *inside = NULL;
    WIL_TRY(wil_alloc_f32(&inside, n_inside));
    for (size_t i = 0, k = 0; i < n; i++)
        if (brain->voxels[i] != 0)
            inside[k++] = image->voxels[i];
    return quantiles(range_out, inside, n_inside);
}
