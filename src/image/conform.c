/* Volumes on a grid that someone else needs: a spacing, upright axes, an orientation. */
#include "willis/image.h"

#include <math.h>
#include <string.h>

#define AT(member) offsetof(wil_conform_config, member)
static const wil_field FIELDS[] = {
    {"spacing", WIL_REALS, AT(spacing_mm), "", 0.01, 1000, .n = 3, .count_offset = AT(n_spacing),
        .unit = "mm", .value = "X,Y,Z",
        .help =
            "resample to voxels of this size along right, anterior and superior; one value stands for all"},
    {"upright", WIL_BOOL, AT(upright),
        .help = "resample an oblique scan to the axes of scanner space, around all of it"},
    {"reorient", WIL_TEXT, AT(reorient), "", .value = "RAS",
        .help = "store the voxels with axes that run so: R or L, A or P, S or I, in the order of the file"},
};
const wil_fields wil_conform_fields = WIL_FIELDS(wil_conform_config, FIELDS);

#define SAME_VOXELS 1e-3 /* share of a voxel by which sizes may round down */

/* ---- the grid ------------------------------------------------------------------------------------------ */

static wil_status set_size(wil_grid *grid, const double length_mm[3], const double spacing_mm[3])
{
    for (int k = 0; k < 3; k++) {
        const double n = ceil(length_mm[k] / spacing_mm[k] - 0.5 - SAME_VOXELS);
        WIL_REQUIRE(n < INT32_MAX, WIL_ERR_INPUT, "voxels of %g mm over %g mm are more than can be addressed",
            spacing_mm[k], length_mm[k]);
        grid->size[k] = n < 1 ? 1 : (int)n;
    }
    return WIL_OK;
}

static void centre_of(double out_mm[3], const wil_grid *grid)
{
    for (int row = 0; row < 3; row++) {
        out_mm[row] = grid->affine[row][3];
        for (int k = 0; k < 3; k++)
            out_mm[row] += 0.5 * (grid->size[k] - 1) * grid->affine[row][k];
    }
}

static void centre_on(wil_grid *grid, const double centre_mm[3])
{
    double now_mm[3];
    centre_of(now_mm, grid);
    for (int row = 0; row < 3; row++)
        grid->affine[row][3] += centre_mm[row] - now_mm[row];
}

/* Axes of scanner space around the whole field, of the spacing that the nearest axes have. */
static wil_status stand_up(wil_grid *grid)
{
    const wil_grid before = *grid;
    double length_mm[3] = {0}, centre_mm[3];
    bool upright = true;
    centre_of(centre_mm, &before);
    for (int row = 0; row < 3; row++)
        for (int k = 0; k < 3; k++) {
            length_mm[row] += fabs(before.affine[row][k]) * before.size[k];
            upright = upright && (row == k || before.affine[row][k] == 0);
        }
    if (upright)
        return WIL_OK;
    for (int row = 0; row < 3; row++) {
        length_mm[row] += 0.5 * before.spacing_mm[row]; /* corners count */
        for (int k = 0; k < 3; k++)
            grid->affine[row][k] = row == k ? before.spacing_mm[k] : 0;
    }
    WIL_TRY(set_size(grid, length_mm, grid->spacing_mm));
    centre_on(grid, centre_mm);
    return WIL_OK;
}

static wil_status respace(wil_grid *grid, const wil_conform_config *config)
{
    const wil_grid before = *grid;
    double centre_mm[3], length_mm[3];
    bool same = true;
    WIL_REQUIRE(config->n_spacing == 1 || config->n_spacing == 3, WIL_ERR_ARG,
        "%d spacings; one for all axes or three, right, anterior and superior, were expected",
        config->n_spacing);
    centre_of(centre_mm, &before);
    for (int k = 0; k < 3; k++) {
        const double mm = config->spacing_mm[config->n_spacing == 1 ? 0 : k];
        same = same && fabs(mm - before.spacing_mm[k]) <= 1e-6 * mm;
        length_mm[k] = before.size[k] * before.spacing_mm[k];
        for (int row = 0; row < 3; row++)
            grid->affine[row][k] = before.affine[row][k] / before.spacing_mm[k] * mm;
        grid->spacing_mm[k] = mm;
    }
    if (same) {
        *grid = before;
        return WIL_OK;
    }
    WIL_TRY(set_size(grid, length_mm, grid->spacing_mm));
    centre_on(grid, centre_mm);
    return WIL_OK;
}

/* "LPS" to the turn of canonical axes that stores them so. */
static wil_status parse_codes(wil_orientation *out, const char *codes)
{
    static const char letters[] = "RASLPI";
    bool seen[3] = {false};
    bool sound = strlen(codes) == 3;
    for (int k = 0; k < 3 && sound; k++) {
        const char *at = strchr(letters, codes[k]);
        const int which = at == NULL ? 0 : (int)(at - letters);
        sound = at != NULL && !seen[which % 3];
        seen[which % 3] = true;
        out->voxel_axis[k] = which % 3;
        out->positive[k] = which < 3;
    }
    WIL_REQUIRE(sound, WIL_ERR_ARG,
        "'%s' is no orientation; one of R and L, one of A and P and one of S and I were expected, in the "
        "order of the file's axes: RAS, LPS, PIR",
        codes);
    return WIL_OK;
}

wil_status wil_grid_conform(wil_grid *out, const wil_grid *grid, const wil_conform_config *config)
{
    *out = *grid;
    if (config->upright)
        WIL_TRY(stand_up(out));
    if (config->n_spacing > 0)
        WIL_TRY(respace(out, config));
    if (config->reorient == NULL)
        return WIL_OK;
    wil_orientation stored;
    WIL_TRY(parse_codes(&stored, config->reorient));
    out->stored = wil_orientation_changes(&stored) ? stored : (wil_orientation){0};
    return WIL_OK;
}

/* ---- the voxels ---------------------------------------------------------------------------------------- */

/* Whether the field of the grid and that of the volume share a voxel's centre. */
static wil_status check_overlap(const wil_grid *grid, const wil_grid *onto)
{
    WIL_OWN(wil_volume) field = {0}, seen = {0};
    WIL_TRY(wil_volume_make(&field, grid, 1));
    for (size_t i = 0; i < wil_grid_count(grid); i++)
        field.voxels[i] = 1;
    WIL_TRY(wil_volume_resample_nearest(&seen, &field, onto));
    for (size_t i = 0; i < wil_grid_count(onto); i++)
        if (seen.voxels[i] != 0)
            return WIL_OK;
    return wil_fail(WIL_ERR_INPUT,
        "no voxel of the grid that was asked for lies in the volume: the two are of different places, or one "
        "of their affines is wrong");
}

wil_status wil_volume_conform(wil_volume *volume, const wil_grid *onto, bool label)
{
    const wil_grid before = volume->grid;
    const size_t n_before = wil_grid_count(&before), n = wil_grid_count(onto);
    WIL_OWN(wil_volume) made = {0};
    if (wil_grid_disagreement_mm(&before, onto) == 0) {
        volume->grid = *onto;
        return WIL_OK;
    }
    WIL_TRY(check_overlap(&before, onto));
    WIL_TRY(wil_volume_make(&made, onto, volume->n_time));
    made.tr_s = volume->tr_s;
    for (int t = 0; t < volume->n_time; t++) {
        const wil_volume frame = {
            .grid = before, .n_time = 1, .voxels = volume->voxels + (size_t)t * n_before};
        WIL_OWN(wil_volume) moved = {0};
        WIL_TRY(label ? wil_volume_resample_nearest(&moved, &frame, onto)
                      : wil_volume_resample(&moved, &frame, onto));
        memcpy(made.voxels + (size_t)t * n, moved.voxels, n * sizeof *moved.voxels);
    }
    wil_volume_clear(volume);
    return wil_give_value(volume, &made);
}

wil_nifti_type wil_volume_smallest_type(const wil_volume *volume)
{
    const size_t n = wil_grid_count(&volume->grid) * (size_t)volume->n_time;
    bool bytes = true, shorts = true;
    for (size_t i = 0; i < n && shorts; i++) {
        const float value = volume->voxels[i];
        shorts = value == rintf(value) && value >= INT16_MIN && value <= INT16_MAX;
        bytes = bytes && shorts && value >= 0 && value <= UINT8_MAX;
    }
    return bytes && shorts ? WIL_NIFTI_U8 : shorts ? WIL_NIFTI_I16 : WIL_NIFTI_F32;
}
