/* Masks from files: of 0 and 1, or of other values cut at a threshold. */
#include "cli_masks.h"

#include <math.h>
#include <string.h>

#define AT(member) offsetof(cli_thresholds, member)
static const wil_field FIELDS[] = {
    {"prediction_threshold", WIL_REAL, AT(prediction), "auto", .also = "--threshold",
        .help = "the prediction is 1 above this value; the truth is not cut, and may hold 0 and one other "
                "value; auto: both must be 0 and 1"},
    {"truth_threshold", WIL_REAL, AT(truth), "auto", .help = "the truth is 1 above this value"},
};
const wil_fields cli_threshold_fields = WIL_FIELDS(cli_thresholds, FIELDS);

static wil_status check_numbers(const wil_volume *volume, const char *path)
{
    const size_t n = wil_grid_count(&volume->grid);
    size_t bad = 0;
    for (size_t i = 0; i < n; i++)
        bad += isnan(volume->voxels[i]);
    WIL_REQUIRE(
        bad == 0, WIL_ERR_INPUT, "%s holds %zu NaN voxels; replace them (by 0, say) first", path, bad);
    return WIL_OK;
}

static wil_status above(wil_mask *out, const wil_volume *volume, double threshold)
{
    const size_t n = wil_grid_count(&volume->grid);
    WIL_TRY(wil_mask_make(out, &volume->grid));
    for (size_t i = 0; i < n; i++)
        out->voxels[i] = volume->voxels[i] > threshold;
    return WIL_OK;
}

/* 0 and one other value. */
static wil_status check_two_values(const wil_volume *volume, const char *path)
{
    const size_t n = wil_grid_count(&volume->grid);
    float one = 0;
    for (size_t i = 0; i < n; i++) {
        const float value = volume->voxels[i];
        if (value == 0 || value == one)
            continue;
        WIL_REQUIRE(one == 0 && value > 0, WIL_ERR_INPUT,
            "%s is the truth and holds 0, %g and %g, so it is no mask: --prediction-threshold cuts the "
            "prediction alone; cut the truth by --truth-threshold T (1 above T), or score each of its labels "
            "by --labels",
            path, one, value);
        one = value;
    }
    return WIL_OK;
}

static wil_status read_cut(wil_mask *out, const char *path, double threshold)
{
    WIL_OWN(wil_volume) volume = {0};
    WIL_TRY(wil_volume_read_3d(&volume, path));
    WIL_TRY(check_numbers(&volume, path));
    if (!isnan(threshold))
        return above(out, &volume, threshold);
    WIL_TRY(check_two_values(&volume, path));
    return above(out, &volume, 0);
}

static wil_status read_by_rule(wil_mask *out, const char *path, const wil_mask_rule *rule, const char *option)
{
    WIL_OWN(char) *message = NULL;
    const wil_status status = wil_mask_read_by(out, path, rule);
    if (status != WIL_ERR_INPUT || strstr(wil_status_message(), "0 and 1") == NULL)
        return status;
    WIL_TRY(wil_string_copy(&message, wil_status_message()));
    return wil_fail(status,
        "%s; here --binarise and --foreground do so too, %s T makes masks of probabilities: 1 above T, and "
        "--labels scores each label",
        message, option);
}

wil_status cli_read_truth(
    wil_mask *out, const char *path, const cli_thresholds *cut, const wil_mask_rule *rule)
{
    return isnan(cut->truth) && isnan(cut->prediction) ? read_by_rule(out, path, rule, "--truth-threshold")
                                                       : read_cut(out, path, cut->truth);
}

wil_status cli_read_prediction(
    wil_mask *out, const char *path, const cli_thresholds *cut, const wil_mask_rule *rule)
{
    return isnan(cut->prediction) ? read_by_rule(out, path, rule, "--prediction-threshold")
                                  : read_cut(out, path, cut->prediction);
}
