/* willis label: a first vessel mask of an unlabelled scan. */
#include "commands.h"

#include "cli_vessels.h"
#include "willis/data.h"

static wil_status report(
    const cli_common *common, const wil_mask *mask, const wil_label_facts *facts, const char *path)
{
    const size_t n = wil_mask_count(mask);
    const double volume_ml = (double)n * wil_grid_voxel_ml(&mask->grid);
    const double frac = (double)n / (double)wil_grid_count(&mask->grid);
    if (common->json)
        return cli_print_json(json_pack("{s:o, s:I, s:o, s:o, s:i, s:o, s:o}", "output", wil_json_text(path),
            "n_voxels", (json_int_t)n, "volume_ml", wil_json_real(volume_ml), "vessel_frac",
            wil_json_real(frac), "n_pieces", facts->n_pieces, "seed_threshold",
            wil_json_real(facts->seed_threshold), "grow_threshold", wil_json_real(facts->grow_threshold)));
    printf("%s: %zu vessel voxel%s, %.2f ml, %.2f %% of the scan, in %d piece%s; seeds above %.4g, grown "
           "through voxels above %.4g\n",
        path, n, cli_plural((int64_t)n), volume_ml, 100 * frac, facts->n_pieces, cli_plural(facts->n_pieces),
        facts->seed_threshold, facts->grow_threshold);
    return WIL_OK;
}

typedef struct request {
    wil_label_config config;
    char *image, *brain, *out;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"SCAN", WIL_INPUT, AT(image), .help = "TOF-MRA, a 3D NIfTI file"},
    {"out", WIL_OUTPUT_NIFTI, AT(out), .help = "vessel mask to write"},
    {"brain", WIL_INPUT, AT(brain), "", .help = "look only in this mask, on the scan's grid"},
    {NULL, WIL_SECTION, AT(config), .fields = &wil_label_fields},
};

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    WIL_OWN(wil_scan) scan = {0};
    WIL_OWN(wil_mask) mask = {0};
    wil_label_facts facts = {0};
    const wil_subject subject = {.id = (char *)"scan", .image = r->image, .mask = r->brain};
    WIL_TRY(wil_scan_read(&scan, &subject));
    const wil_mask *brain = r->brain == NULL ? NULL : &scan.brain;
    WIL_TRY(
        wil_fail_context(wil_label_vessels(&mask, &facts, &scan.image, brain, &r->config), "%s", r->image));
    WIL_TRY(wil_mask_write(&mask, r->out, "vessels by willis label"));
    /* the monitor starts only here, as it takes the signals: labelling works in one piece, and Ctrl-C ends
     * it */
    const wil_monitor *monitor = cli_monitor_start(common);
    wil_scan_tell(&scan, monitor);
    cli_warn_implausible(monitor, r->out, wil_mask_count(&mask), facts.n_looked_at,
        "Look at the mask over the scan, and raise the thresholds or --grow-vesselness, or lower them");
    return report(common, &mask, &facts, r->out);
}

const cli_command cmd_label = {
    .name = "label",
    .purpose = "draws a first vessel mask of an unlabelled TOF-MRA, to be corrected by hand",
    .example = "willis label sub-101_angio.nii.gz --brain sub-101_brain.nii.gz --out sub-101_vessels.nii.gz",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes = "Bright, tubular voxels are the seeds; from them a region grows through bright voxels; small "
             "pieces are dropped. Raise the quantiles where veins or tissue are caught, lower them where "
             "thin arteries are missed.",
};
