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

typedef struct request {
    char *model, *image, *brain, *out, *probability;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"MODEL", WIL_NETWORK, AT(model),
        .help = "unet.safetensors of a unet run, or the public network vessels"},
    {"SCAN", WIL_INPUT, AT(image), .help = "TOF-MRA, a 3D NIfTI file"},
    {"out", WIL_OUTPUT_NIFTI, AT(out), .help = "vessel mask to write, on the scan's grid"},
    {"brain", WIL_INPUT, AT(brain), "", .help = "look only in this mask, on the scan's grid"},
    {"probability", WIL_OUTPUT_NIFTI, AT(probability), "", .help = "vessel probability, 0 to 1, to write"},
};

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    WIL_OWN(wil_segmenter) *segmenter = NULL;
    WIL_OWN(wil_scan) scan = {0};
    WIL_OWN(wil_mask) mask = {0};
    WIL_OWN(wil_volume) probability = {0};
    const wil_subject subject = {.id = (char *)"scan", .image = r->image, .mask = r->brain};
    const wil_monitor *monitor = cli_monitor_start(common);
    WIL_TRY(wil_segmenter_open(&segmenter, r->model));
    WIL_TRY(wil_scan_read(&scan, &subject));
    wil_scan_tell(&scan, monitor);
    const wil_mask *brain = r->brain == NULL ? NULL : &scan.brain;
    WIL_TRY(wil_fail_context(
        wil_segmenter_run(segmenter, &mask, &probability, &scan.image, brain, monitor), "%s", r->image));
    WIL_TRY(write_results(&mask, &probability, r->out, r->probability));
    warn_if_implausible(monitor, &mask, brain, r->out);
    return report(common, &mask, r->out, wil_segmenter_threshold(segmenter));
}

const cli_command cmd_segment = {
    .name = "segment",
    .purpose = "marks the vessels of a scan with a trained segmentation network",
    .example = "willis segment vessels sub-101_angio.nii.gz --out sub-101_vessels.nii.gz\n"
               "willis segment run-unet/unet.safetensors sub-101_angio.nii.gz --out sub-101_vessels.nii.gz",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
};
