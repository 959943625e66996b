/* willis segment: the vessels of a scan by a trained U-Net. */
#include "commands.h"

#include "cli_vessels.h"
#include "willis/model.h"

static void warn_if_implausible(
    const wil_monitor *monitor, const wil_mask *mask, const wil_mask *brain, const char *path)
{
    const size_t n_looked_at = brain != NULL ? wil_mask_count(brain) : wil_grid_count(&mask->grid);
    cli_warn_implausible(monitor, path, wil_mask_count(mask), n_looked_at,
        "The network may have learned too little, or from another kind of scan (with background or without, "
        "say); look at the mask over the scan");
}

static wil_status report(const cli_common *common, const wil_mask *mask, const char *path, double threshold)
{
    const size_t n = wil_mask_count(mask);
    const double volume_ml = (double)n * wil_grid_voxel_ml(&mask->grid);
    if (common->json)
        return cli_print_json(json_pack("{s:o, s:I, s:o, s:o}", "output", wil_json_text(path), "n_voxels",
            (json_int_t)n, "volume_ml", wil_json_real(volume_ml), "threshold", wil_json_real(threshold)));
    printf("%s: %zu vessel voxel%s, %.2f ml\n", path, n, cli_plural((int64_t)n), volume_ml);
    return WIL_OK;
}

static wil_status write_results(
    const wil_mask *mask, const wil_volume *probability, const char *out, const char *probability_path)
{
    WIL_TRY(wil_mask_write(mask, out, "vessel mask predicted by willis"));
    if (probability_path == NULL)
        return WIL_OK;
    return wil_volume_write(
        probability, probability_path, WIL_NIFTI_F32, "vessel probability, 0 to 1, by willis");
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    const char *model = NULL;
    const char *image = NULL;
    const char *brain = NULL;
    const char *out = NULL;
    const char *probability_path = NULL;
    cli_common common;
    cli_option options[] = {
        {"UNET", CLI_INPUT, &model, .help = "unet.safetensors of a segmentation run"},
        {"SCAN", CLI_INPUT, &image, .help = "TOF-MRA, a 3D NIfTI file"},
        {"--out", CLI_OUTPUT_NIFTI, &out, "FILE.nii.gz", .help = "vessel mask to write, on the scan's grid",
            .required = true},
        {"--brain", CLI_INPUT, &brain, "FILE", .help = "look only in this mask, on the scan's grid"},
        {"--probability", CLI_OUTPUT_NIFTI, &probability_path, "FILE.nii.gz",
            .help = "vessel probability, 0 to 1, to write"},
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    wil_segmenter *segmenter = NULL;
    wil_scan scan = {0};
    wil_mask mask = {0};
    wil_volume probability = {0};
    const wil_subject subject = {.id = (char *)"scan", .image = (char *)image, .mask = (char *)brain};
    const wil_monitor *monitor = cli_monitor_start(&common);
    wil_status status = WIL_OK;
    WIL_TRY(wil_segmenter_open(&segmenter, model));
    WIL_TRY_GOTO(status, wil_scan_read(&scan, &subject), done);
    WIL_TRY_GOTO(status,
        wil_fail_context(wil_segmenter_run(segmenter, &mask, &probability, &scan.image,
                             brain == NULL ? NULL : &scan.brain, monitor),
            "%s", image),
        done);
    WIL_TRY_GOTO(status, write_results(&mask, &probability, out, probability_path), done);
    warn_if_implausible(monitor, &mask, brain == NULL ? NULL : &scan.brain, out);
    status = report(&common, &mask, out, wil_segmenter_threshold(segmenter));
done:
    wil_volume_clear(&probability);
    wil_mask_clear(&mask);
    wil_scan_clear(&scan);
    wil_segmenter_free(segmenter);
    return status;
}

const cli_command cmd_segment = {
    .name = "segment",
    .purpose = "marks the vessels of a scan with a trained segmentation network",
    .example = "willis segment run-unet/unet.safetensors sub-101_angio.nii.gz --out sub-101_vessels.nii.gz",
    .run = run,
    .computes = true,
};
