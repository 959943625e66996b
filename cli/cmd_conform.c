/* willis conform: a scan or label on another grid: of a spacing, of another scan, upright, reoriented. */
#include "commands.h"

#include <string.h>

#include "willis/image.h"

typedef struct request {
    wil_conform_config config;
    char *in, *out, *like, *affine_of;
    bool label;
    wil_mask_rule rule;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"IN", WIL_INPUT, AT(in), .help = "scan, series or label"},
    {"out", WIL_OUTPUT_NIFTI, AT(out), .help = "file to write"},
    {NULL, WIL_SECTION, AT(config), .fields = &wil_conform_fields},
    {"like", WIL_INPUT, AT(like), "", .value = "SCAN",
        .help = "resample to the grid of this scan, and store the voxels as it does"},
    {"copy_affine", WIL_INPUT, AT(affine_of), "", .value = "FROM",
        .help =
            "take the voxels as they are stored and the place of FROM, which has as many: for a file that "
            "lost its affine"},
    {"label", WIL_BOOL, AT(label), .help = "IN is a label: take the nearest voxel, make no values between"},
    {NULL, WIL_SECTION, AT(rule), .fields = &wil_mask_rule_fields},
};

static bool is_label(const request *r)
{
    return r->label || r->rule.binarise || r->rule.foreground != NULL;
}

static wil_status check(const request *r)
{
    const wil_conform_config *c = &r->config;
    const bool other = c->n_spacing > 0 || c->upright || c->reorient != NULL;
    WIL_REQUIRE(r->like == NULL || (!other && r->affine_of == NULL), WIL_ERR_ARG,
        "--like takes all of a grid from a scan; --spacing, --upright, --reorient and --copy-affine cannot "
        "go "
        "with it");
    return WIL_OK;
}

/* The voxels in the order of the file, at the place of another file in its order. */
static wil_status read_with_affine(wil_volume *out, const request *r)
{
    WIL_OWN(wil_volume) made = {0}, from = {0};
    WIL_TRY(wil_volume_read_stored(&made, r->in));
    WIL_TRY(wil_volume_read_header(&from, r->affine_of));
    const wil_grid place = wil_grid_as_stored(&from.grid);
    const int *a = made.grid.size, *b = place.size;
    WIL_REQUIRE(memcmp(a, b, sizeof place.size) == 0, WIL_ERR_INPUT,
        "%s stores %dx%dx%d voxels, %s %dx%dx%d; an affine can only be copied between files of one size",
        r->in, a[0], a[1], a[2], r->affine_of, b[0], b[1], b[2]);
    made.grid = place;
    made.grid.stored = (wil_orientation){0};
    const wil_orientation turn = wil_grid_orientation(&made.grid);
    WIL_TRY(wil_volume_turn(&made, &turn));
    return wil_give_value(out, &made);
}

static wil_status make_mask(wil_volume *volume, const request *r)
{
    WIL_OWN(wil_mask) mask = {0};
    WIL_REQUIRE(volume->n_time == 1, WIL_ERR_INPUT, "%s: is a series of %d time points, which is no label",
        r->in, volume->n_time);
    WIL_TRY(wil_mask_of_volume(&mask, volume, &r->rule, r->in));
    for (size_t i = 0; i < wil_grid_count(&mask.grid); i++)
        volume->voxels[i] = mask.voxels[i];
    return WIL_OK;
}

static wil_status find_grid(wil_grid *out, const request *r, const wil_grid *grid)
{
    WIL_OWN(wil_volume) like = {0};
    if (r->like == NULL)
        return wil_grid_conform(out, grid, &r->config);
    WIL_TRY(wil_volume_read_header(&like, r->like));
    *out = like.grid;
    return WIL_OK;
}

static wil_status report(const cli_common *common, const request *r, const wil_volume *volume, bool resampled)
{
    const wil_grid stored = wil_grid_as_stored(&volume->grid);
    const int *n = stored.size;
    const double *mm = stored.spacing_mm;
    char codes[4];
    const char *how = !resampled ? "none" : is_label(r) ? "nearest" : "linear";
    wil_grid_axis_codes(codes, &volume->grid);
    if (common->json)
        return cli_print_json(json_pack("{s:o, s:[iii], s:[fff], s:s, s:i, s:s}", "output",
            wil_json_text(r->out), "size", n[0], n[1], n[2], "spacing_mm", mm[0], mm[1], mm[2], "axes", codes,
            "n_time", volume->n_time, "resampling", how));
    printf("%s: %dx%dx%d voxels of %.4gx%.4gx%.4g mm, axes %s, %s\n", r->out, n[0], n[1], n[2], mm[0], mm[1],
        mm[2], codes,
        !resampled    ? "voxels as they were"
        : is_label(r) ? "resampled by the nearest voxel"
                      : "resampled linearly");
    return WIL_OK;
}

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    WIL_OWN(wil_volume) volume = {0};
    wil_grid onto;
    WIL_TRY(check(r));
    WIL_TRY(r->affine_of != NULL ? read_with_affine(&volume, r) : wil_volume_read(&volume, r->in));
    if (r->rule.binarise || r->rule.foreground != NULL)
        WIL_TRY(make_mask(&volume, r));
    WIL_TRY(wil_fail_context(find_grid(&onto, r, &volume.grid), "%s", r->in));
    const bool resampled = wil_grid_disagreement_mm(&volume.grid, &onto) != 0;
    WIL_TRY(wil_fail_context(wil_volume_conform(&volume, &onto, is_label(r)), "%s", r->in));
    WIL_TRY(wil_volume_write(&volume, r->out, wil_volume_smallest_type(&volume), "by willis conform"));
    if (r->affine_of == NULL)
        cli_warn_of_header(cli_monitor_start(common), r->in);
    return report(common, r, &volume, resampled);
}

const cli_command cmd_conform = {
    .name = "conform",
    .purpose =
        "puts a scan or label on another grid: a spacing, another scan's, upright axes, an orientation",
    .example = "willis conform label.nii.gz --like scan.nii.gz --label --out label-on-scan.nii.gz\n"
               "willis conform oblique.nii.gz --upright --spacing 0.5 --out upright.nii.gz\n"
               "willis conform scan.nii.gz --reorient RAS --out ras.nii.gz",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes =
        "Images are resampled linearly, without smoothing: onto much coarser voxels details alias. Outside "
        "of the scan is 0. --reorient alone moves no voxel in space and changes no value; without any "
        "option the file is written anew, with one affine in both forms of its header. --copy-affine "
        "mirrors or turns the voxels if the two files do not store them in one order: look at the result.",
};
