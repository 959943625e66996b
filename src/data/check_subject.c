/* What can be wrong with one subject. */
#include "check_internal.h"

#include <math.h>
#include <string.h>

#define NOTE_BELOW_MM 1e-3 /* what rounding of a header does */
#define MIN_VESSEL_FRAC 0.002
#define MAX_VESSEL_FRAC 0.05

typedef struct subject_check {
    finding_list *findings;
    wil_subject_facts *facts;
    const wil_subject *subject;
    int at;
    wil_volume image;
    wil_mask label;
} subject_check;

/* A failure to read is a finding; running out of memory is not. */
static wil_status reading_failed(subject_check *c, wil_status status)
{
    if (!wil_status_is_wrong_input(status) && status != WIL_ERR_IO)
        return status;
    return finding_add(c->findings, c->at, WIL_FINDING_ERROR, "%s: %s", c->subject->id, wil_status_message());
}

static wil_status check_header(subject_check *c, const char *path)
{
    WIL_OWN(char) *note = NULL;
    WIL_TRY(wil_volume_header_note(&note, path));
    return note == NULL
               ? WIL_OK
               : finding_add(c->findings, c->at, WIL_FINDING_WARNING, "%s: %s", c->subject->id, note);
}

static wil_status check_image(subject_check *c, scan_print *print)
{
    const wil_status status = wil_volume_read_3d(&c->image, c->subject->image);
    if (status != WIL_OK)
        return reading_failed(c, status);
    wil_subject_facts *facts = c->facts;
    const wil_grid *grid = &c->image.grid;
    const size_t n = wil_grid_count(grid);
    facts->readable = true;
    memcpy(facts->size, grid->size, sizeof facts->size);
    memcpy(facts->spacing_mm, grid->spacing_mm, sizeof facts->spacing_mm);
    uint64_t hash = 14695981039346656037u; /* FNV-1a over 32-bit words */
    for (int k = 0; k < 3; k++)
        hash = (hash ^ (uint64_t)grid->size[k]) * 1099511628211u;
    for (size_t i = 0; i < n; i++) {
        const float value = c->image.voxels[i];
        uint32_t bits = 0;
        memcpy(&bits, &value, sizeof bits);
        hash = (hash ^ bits) * 1099511628211u;
        if (!isfinite(value)) {
            facts->n_not_finite++;
            continue;
        }
        facts->intensity_min =
            isnan(facts->intensity_min) || value < facts->intensity_min ? value : facts->intensity_min;
        facts->intensity_max =
            isnan(facts->intensity_max) || value > facts->intensity_max ? value : facts->intensity_max;
    }
    *print = (scan_print){.known = true, .hash = hash, .size = {grid->size[0], grid->size[1], grid->size[2]}};
    if (facts->n_not_finite == 0 && facts->intensity_min < facts->intensity_max)
        WIL_TRY(scan_print_fill(print, &c->image));
    WIL_TRY(check_header(c, c->subject->image));
    if (facts->n_not_finite > 0)
        return finding_add(c->findings, c->at, WIL_FINDING_ERROR,
            "%s: %s holds %zu NaN or infinite voxels of %zu; replace them (by 0, say)", c->subject->id,
            c->subject->image, facts->n_not_finite, n);
    if (facts->intensity_min == facts->intensity_max)
        return finding_add(c->findings, c->at, WIL_FINDING_ERROR, "%s: %s is constant: every voxel is %g",
            c->subject->id, c->subject->image, facts->intensity_min);
    return WIL_OK;
}

/* Sizes and place of a mask against the image. */
static wil_status check_grid(subject_check *c, const wil_grid *grid, const char *path, const char *kind,
    double *disagreement_out, bool *same_size_out)
{
    const wil_grid *image = &c->image.grid;
    const char *id = c->subject->id;
    *same_size_out = memcmp(grid->size, image->size, sizeof grid->size) == 0;
    *disagreement_out = wil_grid_disagreement_mm(grid, image);
    if (!*same_size_out)
        return finding_add(c->findings, c->at, WIL_FINDING_ERROR,
            "%s: %s %s has %dx%dx%d voxels, the image %dx%dx%d; resample one to the other", id, kind, path,
            grid->size[0], grid->size[1], grid->size[2], image->size[0], image->size[1], image->size[2]);
    const double mm = *disagreement_out;
    const double *spacing = image->spacing_mm;
    const double half_mm = 0.5 * fmin(spacing[0], fmin(spacing[1], spacing[2]));
    if (mm <= 0)
        return WIL_OK;
    if (mm < NOTE_BELOW_MM)
        return finding_add(c->findings, c->at, WIL_FINDING_NOTE,
            "%s: the %s's affine differs from the image's by %.2g mm, which is rounding and does not matter",
            id, kind, mm);
    if (mm > half_mm)
        return finding_add(c->findings, c->at, WIL_FINDING_ERROR,
            "%s: %s %s lies %.3g mm away from the image, more than half a voxel; %s", id, kind, path, mm,
            wil_grid_stored_alike(grid, image)
                ? "if its voxels do match the image's, copy the image's affine into it (willis conform "
                  "--copy-affine), else resample it (willis conform --like)"
                : "its file has other axes than the image's, so that copying the affine would mirror or turn "
                  "it: resample it (willis conform --like)");
    return finding_add(c->findings, c->at, WIL_FINDING_WARNING,
        "%s: %s %s lies %.3g mm away from the image, less than half a voxel%s", id, kind, path, mm,
        mm > WIL_GRID_TOLERANCE_MM ? "; training refuses more than 0.01 mm: copy the image's affine into it"
                                   : "; harmless, but its affine was not copied from the image");
}

/* A mask whose file has other axes and that lies on the image is no problem; it is told. */
static wil_status turn_onto_image(subject_check *c, wil_volume *mask, const char *path, const char *kind)
{
    WIL_OWN(char) *note = NULL;
    WIL_TRY(wil_volume_turn_onto(mask, &c->image.grid));
    if (wil_grid_disagreement_mm(&mask->grid, &c->image.grid) <= WIL_GRID_TOLERANCE_MM)
        WIL_TRY(scan_turn_note(&note, &mask->grid, kind, path, &c->image.grid));
    return note == NULL ? WIL_OK
                        : finding_add(c->findings, c->at, WIL_FINDING_NOTE, "%s: %s", c->subject->id, note);
}

#define MAX_KINDS 4 /* other values that are told apart */

typedef struct odd_values {
    size_t n; /* voxels that are neither 0 nor 1 */
    float values[MAX_KINDS];
    size_t counts[MAX_KINDS];
    int n_kinds;
} odd_values;

static void count_odd(odd_values *odd, float value)
{
    odd->n++;
    for (int k = 0; k < odd->n_kinds; k++) {
        if (odd->values[k] == value || (isnan(odd->values[k]) && isnan(value))) {
            odd->counts[k]++;
            return;
        }
    }
    if (odd->n_kinds < MAX_KINDS) {
        odd->values[odd->n_kinds] = value;
        odd->counts[odd->n_kinds++] = 1;
    }
}

static wil_status report_odd(subject_check *c, const odd_values *odd, const char *path, const char *kind)
{
    char list[160];
    size_t used = 0;
    size_t told = 0;
    if (odd->n == 0)
        return WIL_OK;
    for (int k = 0; k < odd->n_kinds; k++) {
        const int n = snprintf(list + used, sizeof list - used, "%s%g (%zu voxels)", k > 0 ? ", " : "",
            (double)odd->values[k], odd->counts[k]);
        used += n > 0 && (size_t)n < sizeof list - used ? (size_t)n : 0;
        told += odd->counts[k];
    }
    return finding_add(c->findings, c->at, WIL_FINDING_ERROR,
        "%s: %s %s must hold 0 and 1 only, but holds %s%s; set what is foreground to 1 and the rest to 0, or "
        "say what is (--binarise: all but 0; "
        "--foreground 1,3-5: these)",
        c->subject->id, kind, path, list, told < odd->n ? " and others" : "");
}

/* What is foreground: in labels by the subject's rule, in brain masks by its binarise alone. */
static wil_status values_of(wil_mask_values *out, const subject_check *c, bool is_label)
{
    const wil_mask_rule *rule = c->subject->rule;
    const wil_mask_rule of_mask = {.binarise = rule != NULL && rule->binarise};
    return wil_mask_rule_parse(out, is_label ? rule : &of_mask);
}

/* Reads a mask however wrong its values are: odd ones but 0 count as 1. keep: where to leave it, NULL for
 * brain masks. */
static wil_status check_mask(subject_check *c, const char *path, const char *kind, double *disagreement_out,
    size_t *count_out, wil_mask *keep)
{
    WIL_OWN(wil_volume) volume = {0};
    odd_values odd = {0};
    bool same_size = false;
    const wil_status status = wil_volume_read_3d(&volume, path);
    if (status != WIL_OK)
        return reading_failed(c, status);
    const size_t n = wil_grid_count(&volume.grid);
    size_t count = 0;
    wil_mask_values values;
    WIL_TRY(values_of(&values, c, keep != NULL));
    for (size_t i = 0; i < n; i++) {
        const float value = volume.voxels[i];
        const int taken = wil_mask_value(&values, value);
        if (taken < 0)
            count_odd(&odd, value);
        volume.voxels[i] = taken != 0;
        count += taken != 0;
    }
    *count_out = count;
    WIL_TRY(report_odd(c, &odd, path, kind));
    if (count == 0)
        WIL_TRY(finding_add(c->findings, c->at, WIL_FINDING_ERROR, "%s: %s %s is empty: all voxels are 0",
            c->subject->id, kind, path));
    if (keep != NULL && count == n)
        WIL_TRY(finding_add(c->findings, c->at, WIL_FINDING_ERROR,
            "%s: %s %s is 1 everywhere; a label marks some voxels: is it a brain mask, or inverted?",
            c->subject->id, kind, path));
    WIL_TRY(check_header(c, path));
    if (c->facts->readable)
        WIL_TRY(turn_onto_image(c, &volume, path, kind));
    if (c->facts->readable)
        WIL_TRY(check_grid(c, &volume.grid, path, kind, disagreement_out, &same_size));
    if (keep == NULL || !same_size)
        return WIL_OK;
    WIL_TRY(wil_mask_make(keep, &volume.grid));
    for (size_t i = 0; i < n; i++)
        keep->voxels[i] = volume.voxels[i] != 0;
    return WIL_OK;
}

static wil_status check_label(subject_check *c)
{
    const wil_subject *subject = c->subject;
    size_t count = 0;
    if (subject->label == NULL && subject->split != WIL_SPLIT_NONE)
        return finding_add(c->findings, c->at, WIL_FINDING_WARNING,
            "%s: is in the split %s but has no label, without which it can be neither trained on nor scored",
            subject->id, wil_split_name(subject->split));
    if (subject->label == NULL ||
        !wil_file_exists(subject->label)) /* a missing file was found by reading the table */
        return WIL_OK;
    WIL_TRY(check_mask(c, subject->label, "label", &c->facts->label_disagreement_mm, &count, &c->label));
    if (c->label.voxels == NULL)
        return WIL_OK;
    const double frac = (double)count / (double)wil_grid_count(&c->label.grid);
    c->facts->vessel_frac = frac;
    if (count > 0 && (frac < MIN_VESSEL_FRAC || frac > MAX_VESSEL_FRAC))
        return finding_add(c->findings, c->at, WIL_FINDING_WARNING,
            "%s: %.3g %% of the voxels are vessel; about 1 %% is usual, outside %.1f to %.0f %% the label is "
            "worth a look",
            subject->id, 100 * frac, 100 * MIN_VESSEL_FRAC, 100 * MAX_VESSEL_FRAC);
    return WIL_OK;
}

static wil_status check_brain(subject_check *c)
{
    size_t count = 0;
    if (c->subject->mask == NULL || !wil_file_exists(c->subject->mask))
        return WIL_OK;
    return check_mask(c, c->subject->mask, "brain mask", &c->facts->mask_disagreement_mm, &count, NULL);
}

static wil_status draw(const subject_check *c, const char *folder)
{
    WIL_OWN(char) *path = NULL;
    WIL_TRY(wil_string_format(&path, "%s/%s.png", folder, c->subject->id));
    return check_overlay_write(path, c->subject->id, &c->image, c->label.voxels == NULL ? NULL : &c->label);
}

static void subject_check_clear(subject_check *c)
{
    wil_volume_clear(&c->image);
    wil_mask_clear(&c->label);
}
WIL_OWNED_VALUE(subject_check, subject_check_clear)

wil_status check_subject(finding_list *findings, wil_subject_facts *facts, scan_print *print,
    const wil_cohort *cohort, int subject, const char *overlay_folder)
{
    WIL_OWN(subject_check) c = {0};
    c.findings = findings;
    c.facts = facts;
    c.subject = &cohort->subjects[subject];
    c.at = subject;
    *facts = (wil_subject_facts){.label_disagreement_mm = NAN,
        .mask_disagreement_mm = NAN,
        .vessel_frac = NAN,
        .intensity_min = NAN,
        .intensity_max = NAN};
    *print = (scan_print){.known = false};
    if (c.subject->image != NULL && wil_file_exists(c.subject->image))
        WIL_TRY(check_image(&c, print));
    if (c.subject->image == NULL && c.subject->label != NULL)
        WIL_TRY(finding_add(findings, subject, WIL_FINDING_WARNING,
            "%s has a label and no image; its patches hold labels only", c.subject->id));
    WIL_TRY(check_label(&c));
    WIL_TRY(check_brain(&c));
    const bool drawable = facts->readable && facts->n_not_finite == 0;
    return overlay_folder != NULL && drawable ? draw(&c, overlay_folder) : WIL_OK;
}
