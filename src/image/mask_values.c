/* Which values of a file are a mask's foreground. */
#include "willis/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDING 1e-4f /* scaled integers come out as 1.0000001 */
#define LARGEST 1000000

#define AT(member) offsetof(wil_mask_rule, member)
static const wil_field FIELDS[] = {
    {"binarise", WIL_BOOL, AT(binarise), .help = "every value of a label but 0 is foreground"},
    {"foreground", WIL_TEXT, AT(foreground), "", .value = "1,3-5",
        .help = "these whole numbers are a label's foreground, all others background"},
};
const wil_fields wil_mask_rule_fields = WIL_FIELDS(wil_mask_rule, FIELDS);

/* One number or range at *at, which moves behind it. */
static bool parse_range(int range[2], const char **at)
{
    char *end = NULL;
    for (int k = 0; k < 2; k++) {
        if ((*at)[0] < '0' || (*at)[0] > '9')
            return false;
        const long value = strtol(*at, &end, 10);
        range[k] = value > LARGEST ? LARGEST + 1 : (int)value;
        *at = end;
        if (k == 0 && **at != '-') {
            range[1] = range[0];
            return true;
        }
        *at += k == 0;
    }
    return true;
}

wil_status wil_mask_rule_parse(wil_mask_values *out, const wil_mask_rule *rule)
{
    *out = (wil_mask_values){0};
    if (rule == NULL)
        return WIL_OK;
    out->binarise = rule->binarise;
    WIL_REQUIRE(!rule->binarise || rule->foreground == NULL, WIL_ERR_ARG,
        "--binarise and --foreground both say what is foreground; give one of them");
    for (const char *at = rule->foreground; at != NULL;) {
        WIL_REQUIRE(out->n < WIL_MASK_RANGES, WIL_ERR_ARG,
            "--foreground '%s': more than %d numbers and ranges", rule->foreground, WIL_MASK_RANGES);
        int *range = out->ranges[out->n++];
        const bool sound = parse_range(range, &at) && (*at == '\0' || *at == ',');
        WIL_REQUIRE(sound && range[0] >= 1 && range[0] <= range[1] && range[1] <= LARGEST, WIL_ERR_ARG,
            "--foreground '%s': whole numbers from 1 to %d and ranges of them, with commas between, were "
            "expected: 1,3-5",
            rule->foreground, LARGEST);
        at = *at == ',' ? at + 1 : NULL;
    }
    return WIL_OK;
}

int wil_mask_value(const wil_mask_values *values, float value)
{
    const float nearest = rintf(value);
    const bool whole = fabsf(value - nearest) <= ROUNDING; /* false for NaN and infinity */
    if (values->binarise)
        return isnan(value) ? -1 : fabsf(value) > ROUNDING;
    if (!whole || (values->n == 0 && nearest != 0 && nearest != 1))
        return -1;
    if (values->n == 0)
        return (int)nearest;
    for (int k = 0; k < values->n; k++)
        if (nearest >= (float)values->ranges[k][0] && nearest <= (float)values->ranges[k][1])
            return 1;
    return 0;
}

/* The first value that is no mask's, with the number of voxels like it. */
static wil_status refuse_value(const float *voxels, size_t n, float value, bool by_numbers, const char *name)
{
    size_t like_it = 0;
    for (size_t i = 0; i < n; i++)
        like_it += voxels[i] == value || (isnan(voxels[i]) && isnan(value));
    WIL_REQUIRE(!by_numbers, WIL_ERR_INPUT, "%s: holds %g in %zu of %zu voxels; a label holds whole numbers",
        name, value, like_it, n);
    return wil_fail(WIL_ERR_INPUT,
        "%s: is not a mask of 0 and 1: it holds %g in %zu of %zu voxels; set every voxel to 0 or 1 (willis "
        "conform --binarise: all but 0 is 1; --foreground 1,3-5: these are)",
        name, value, like_it, n);
}

wil_status wil_mask_of_volume(
    wil_mask *out, const wil_volume *volume, const wil_mask_rule *rule, const char *name)
{
    const size_t n = wil_grid_count(&volume->grid);
    wil_mask_values values;
    WIL_OWN(wil_mask) made = {0};
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_mask_rule_parse(&values, rule));
    WIL_TRY(wil_mask_make(&made, &volume->grid));
    for (size_t i = 0; i < n; i++) {
        const int value = wil_mask_value(&values, volume->voxels[i]);
        if (value < 0)
            return refuse_value(volume->voxels, n, volume->voxels[i], values.n > 0, name);
        made.voxels[i] = (uint8_t)value;
    }
    return wil_give_value(out, &made);
}

wil_status wil_mask_read_by(wil_mask *out, const char *path, const wil_mask_rule *rule)
{
    WIL_OWN(wil_volume) volume = {0};
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_volume_read_3d(&volume, path));
    return wil_mask_of_volume(out, &volume, rule, path);
}

wil_status wil_mask_read(wil_mask *out, const char *path)
{
    return wil_mask_read_by(out, path, NULL);
}
