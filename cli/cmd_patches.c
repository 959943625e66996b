/* willis patches: a patch set from a cohort. */
#include "commands.h"

#include "cli_montage.h"

static wil_status report(const cli_common *common, const wil_samples *set, const char *path)
{
    double frac = 0;
    WIL_TRY(cli_vessel_frac(&frac, set));
    if (common->json)
        return cli_print_json(json_pack("{s:o, s:I, s:i, s:[ii], s:o}", "output", wil_json_text(path), "n",
            (json_int_t)set->n, "n_subjects", set->n_subjects, "size", set->shape.height, set->shape.width,
            "vessel_frac", wil_json_real(frac)));
    printf("%s: %lld patch%s of %dx%d voxels from %d subject%s, %.2f %% vessel\n", path, (long long)set->n,
        set->n == 1 ? "" : "es", set->shape.height, set->shape.width, set->n_subjects,
        cli_plural(set->n_subjects), 100 * frac);
    return WIL_OK;
}

#define GAN_SIDES 32 /* the networks of a generative study halve a patch five times */

static void warn_of_sides(const wil_patch_config *config, const wil_monitor *monitor)
{
    if (config->height % GAN_SIDES != 0 || config->width % GAN_SIDES != 0)
        wil_monitor_warn(monitor,
            "patches of %dx%d voxels do for a segmentation network at most: a generative one takes multiples "
            "of %d only, 64 or 96, say (--size)",
            config->height, config->width, GAN_SIDES);
}

static wil_status cut(const char *out, const char *cohort_path, int split, const wil_patch_config *config,
    const wil_monitor *monitor)
{
    WIL_OWN(wil_cohort) cohort = {0};
    WIL_TRY(wil_cohort_read(&cohort, cohort_path));
    return wil_samples_cut_to(out, &cohort, (wil_split)split, config, monitor);
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    wil_patch_config config = wil_patch_config_default();
    config.seed = 1;
    const char *cohort = NULL;
    const char *out = NULL;
    const char *montage = NULL;
    int size[2] = {config.height, config.width};
    int split = WIL_SPLIT_TRAIN;
    bool whole_field = false;
    WIL_OWN(wil_samples) set = {0};
    cli_common common;
    cli_option options[] = {
        {"COHORT", CLI_INPUT, &cohort, .help = "cohort.tsv, or a folder in BIDS layout"},
        {"--out", CLI_OUTPUT, &out, "FILE.h5", .help = "patch set to write (HDF5)", .required = true},
        {"--split", CLI_CHOICE, &split, "NAME", .help = "whose patches", .choices = "train|val|test"},
        {"--size", CLI_INTS, size, "HxW", .help = "voxels along y and x; multiples of 32 for a gan", .n = 2,
            .min = 1, .max = 8192},
        {"--per-subject", CLI_INT, &config.per_subject, "N", .help = "patches per subject", .min = 1,
            .max = 1e6},
        {"--vessel-share", CLI_REAL, &config.vessel_frac, "F",
            .help = "share with a vessel voxel in the centre", .min = 0, .max = 1},
        {"--seed", CLI_U64, &config.seed, "N", .help = "another seed gives other positions"},
        {"--whole-field", CLI_FLAG, &whole_field,
            .help = "centres of the other patches anywhere, not only in the brain mask"},
        {"--montage", CLI_OUTPUT, &montage, "FILE.png", .help = "picture of some of the patches"},
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    config.height = size[0];
    config.width = size[1];
    config.inside_brain = !whole_field;
    const wil_monitor *monitor = cli_monitor_start(&common);
    warn_of_sides(&config, monitor);
    WIL_TRY(cut(out, cohort, split, &config, monitor));
    WIL_TRY(wil_samples_open(&set, out, WIL_SAMPLES_IN_MEMORY));
    if (montage != NULL)
        WIL_TRY(cli_montage_write(&set, montage));
    return report(&common, &set, out);
}

const cli_command cmd_patches = {
    .name = "patches",
    .purpose = "cuts labelled patches from the scans of a cohort",
    .example = "willis patches cohort.tsv --split train --out patches.h5\n"
               "willis patches cohort.tsv --split train --size 64 --per-subject 400 --out small.h5",
    .run = run,
    .computes = true,
};
