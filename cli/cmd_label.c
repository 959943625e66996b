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

static wil_status run(const cli_command *self, int argc, char **argv)
{
    wil_label_config config = wil_label_config_default();
    const char *image = NULL;
    const char *brain = NULL;
    const char *out = NULL;
    cli_common common;
    cli_option options[] = {
        {"SCAN", CLI_INPUT, &image, .help = "TOF-MRA, a 3D NIfTI file"},
        {"--out", CLI_OUTPUT_NIFTI, &out, "FILE.nii.gz", .help = "vessel mask to write", .required = true},
        {"--brain", CLI_INPUT, &brain, "FILE", .help = "look only in this mask, on the scan's grid"},
        {"--seed-threshold", CLI_REAL, &config.seed_threshold, "I",
            .help = "intensity that seeds exceed; otherwise from the quantile"},
        {"--grow-threshold", CLI_REAL, &config.grow_threshold, "I",
            .help = "intensity that grown voxels exceed; otherwise from the quantile"},
        {"--seed-quantile", CLI_REAL, &config.seed_quantile, "F",
            .help = "intensity quantile that seeds exceed", .min = 0, .max = 1},
        {"--grow-quantile", CLI_REAL, &config.grow_quantile, "F",
            .help = "intensity quantile that grown voxels exceed", .min = 0, .max = 1},
        {"--min-vesselness", CLI_REAL, &config.min_vesselness, "F",
            .help = "vesselness of seeds, as a share of the scan's largest", .min = 0, .max = 1},
        {"--grow-vesselness", CLI_REAL, &config.grow_vesselness, "F",
            .help = "the same of grown voxels: higher keeps them out of fat and tissue", .min = 0, .max = 1},
        {"--min-volume", CLI_REAL, &config.min_volume_mm3, "MM3", .help = "smaller pieces are dropped",
            .min = 0, .max = 1e6},
        {"--scales", CLI_REALS, config.sigmas_mm, "MM,MM",
            .help = "vesselness scales: radii of vessels, in mm", .n = 8, .n_given = &config.n_sigmas,
            .min = 0.05, .max = 20},
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    wil_scan scan = {0};
    wil_mask mask = {0};
    wil_label_facts facts = {0};
    const wil_subject subject = {.id = (char *)"scan", .image = (char *)image, .mask = (char *)brain};
    WIL_TRY(wil_scan_read(&scan, &subject));
    wil_status status = wil_fail_context(
        wil_label_vessels(&mask, &facts, &scan.image, brain == NULL ? NULL : &scan.brain, &config), "%s",
        image);
    if (status == WIL_OK)
        status = wil_mask_write(&mask, out, "vessels by willis label");
    if (status == WIL_OK) {
        /* the monitor starts only here, as it takes the signals: labelling works in one piece, and Ctrl-C
         * ends it */
        cli_warn_implausible(cli_monitor_start(&common), out, wil_mask_count(&mask), facts.n_looked_at,
            "Look at the mask over the scan, and raise the thresholds or --grow-vesselness, or lower them");
        status = report(&common, &mask, &facts, out);
    }
    wil_mask_clear(&mask);
    wil_scan_clear(&scan);
    return status;
}

const cli_command cmd_label = {
    .name = "label",
    .purpose = "draws a first vessel mask of an unlabelled TOF-MRA, to be corrected by hand",
    .example = "willis label sub-101_angio.nii.gz --brain sub-101_brain.nii.gz --out sub-101_vessels.nii.gz",
    .run = run,
    .computes = true,
    .notes = "Bright, tubular voxels are the seeds; from them a region grows through bright voxels; small "
             "pieces are dropped. Raise the quantiles where veins or tissue are caught, lower them where "
             "thin arteries are missed.",
};
