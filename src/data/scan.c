/* One subject's volumes, and the robust limits of its intensities. */
#include "check_internal.h"

#include <math.h>
#include <string.h>

#define LOW_QUANTILE 0.001
#define HIGH_QUANTILE 0.999

static wil_status add_note(wil_scan *scan, const char *text)
{
    return wil_text_append(&scan->notes, "%s%s", scan->notes == NULL ? "" : "\n", text);
}

static wil_status note_header(wil_scan *scan, const wil_subject *subject, const char *path)
{
    WIL_OWN(char) *note = NULL, *text = NULL;
    WIL_TRY(wil_volume_header_note(&note, path));
    if (note == NULL)
        return WIL_OK;
    WIL_TRY(wil_string_format(&text, "%s: %s", subject->id, note));
    return add_note(scan, text);
}

wil_status scan_turn_note(
    char **out, const wil_grid *mask, const char *kind, const char *path, const wil_grid *image)
{
    char codes[4], others[4];
    *out = NULL;
    if (wil_grid_stored_alike(mask, image))
        return WIL_OK;
    return wil_string_format(out, "%s %s is stored %s, the image %s; it was turned to lie on it", kind, path,
        wil_grid_axis_codes(codes, mask), wil_grid_axis_codes(others, image));
}

static wil_status note_turn(
    wil_scan *scan, const wil_subject *subject, const wil_mask *mask, const char *kind, const char *path)
{
    WIL_OWN(char) *note = NULL, *text = NULL;
    WIL_TRY(scan_turn_note(&note, &mask->grid, kind, path, &scan->image.grid));
    if (note == NULL)
        return WIL_OK;
    WIL_TRY(wil_string_format(&text, "%s: %s", subject->id, note));
    return add_note(scan, text);
}

/* Reads a mask that must lie on the image's grid and hold something. kind: "label" or "brain mask". */
static wil_status read_mask(
    wil_scan *scan, wil_mask *out, const wil_subject *subject, const char *path, const char *kind)
{
    const wil_grid *grid = &scan->image.grid;
    const bool is_label = out == &scan->label;
    const wil_mask_rule of_mask = {.binarise = subject->rule != NULL && subject->rule->binarise};
    WIL_TRY(wil_fail_context(
        wil_mask_read_by(out, path, is_label ? subject->rule : &of_mask), "%s", subject->id));
    WIL_OWN(char) *name = NULL;
    WIL_TRY(wil_string_format(&name, "%s %s", kind, path));
    if (is_label && scan->image.voxels == NULL) /* labels alone: the first file says where all lies */
        scan->image.grid = out->grid;
    WIL_TRY(wil_mask_turn_onto(out, grid));
    WIL_TRY(wil_fail_context(wil_grid_check_same(&out->grid, name, grid, "the image"), "%s", subject->id));
    WIL_REQUIRE(wil_mask_count(out) > 0, WIL_ERR_INPUT, "%s: %s %s is empty: no voxel of %zu is 1",
        subject->id, kind, path, wil_grid_count(grid));
    WIL_REQUIRE(!is_label || wil_mask_count(out) < wil_grid_count(grid), WIL_ERR_INPUT,
        "%s: label %s is 1 everywhere, in all %zu voxels; a label marks some of them: is it a brain mask, or "
        "inverted?",
        subject->id, path, wil_grid_count(grid));
    WIL_TRY(note_turn(scan, subject, out, kind, path));
    return note_header(scan, subject, path);
}

static wil_status read_image(wil_scan *out, const wil_subject *subject)
{
    WIL_REQUIRE(subject->image != NULL, WIL_ERR_INPUT, "%s has no image", subject->id);
    WIL_TRY(wil_fail_context(wil_volume_read_3d(&out->image, subject->image), "%s", subject->id));
    WIL_TRY(wil_fail_context(wil_volume_require_finite(&out->image, subject->image), "%s", subject->id));
    return note_header(out, subject, subject->image);
}

static wil_status read_all(wil_scan *out, const wil_subject *subject, bool masks_only)
{
    if (!masks_only)
        WIL_TRY(read_image(out, subject));
    else
        WIL_REQUIRE(subject->label != NULL, WIL_ERR_INPUT, "%s has no label", subject->id);
    if (subject->label != NULL)
        WIL_TRY(read_mask(out, &out->label, subject, subject->label, "label"));
    if (subject->mask != NULL)
        WIL_TRY(read_mask(out, &out->brain, subject, subject->mask, "brain mask"));
    return WIL_OK;
}

static wil_status read_or_clear(wil_scan *out, const wil_subject *subject, bool masks_only)
{
    memset(out, 0, sizeof *out);
    const wil_status status = read_all(out, subject, masks_only);
    if (status != WIL_OK)
        wil_scan_clear(out);
    return status;
}

wil_status wil_scan_read(wil_scan *out, const wil_subject *subject)
{
    return read_or_clear(out, subject, false);
}

wil_status wil_scan_read_masks(wil_scan *out, const wil_subject *subject)
{
    return read_or_clear(out, subject, true);
}

void wil_scan_tell(const wil_scan *scan, const wil_monitor *monitor)
{
    if (scan->notes != NULL)
        wil_monitor_warn(monitor, "%s", scan->notes);
}

void wil_scan_clear(wil_scan *scan)
{
    wil_volume_clear(&scan->image);
    wil_mask_clear(&scan->label);
    wil_mask_clear(&scan->brain);
    wil_free(scan->notes);
    scan->notes = NULL;
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
