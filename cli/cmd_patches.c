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
    printf("%s: %lld %spatch%s of %dx%d voxels from %d subject%s, %.2f %% vessel\n", path, (long long)set->n,
        set->labels_only ? "label " : "", set->n == 1 ? "" : "es", set->shape.height, set->shape.width,
        set->n_subjects, cli_plural(set->n_subjects), 100 * frac);
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

typedef struct request {
    wil_patch_config config;
    char *cohort, *out, *montage;
    wil_split split;
    bool whole_field;
    wil_mask_rule rule;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"COHORT", WIL_INPUT, AT(cohort), .help = "cohort.tsv, or a folder in BIDS or nnU-Net layout"},
    {"out", WIL_OUTPUT, AT(out), .value = "FILE.h5", .help = "patch set to write (HDF5)"},
    {"split", WIL_CHOICE, AT(split), "train", .choices = WIL_CHOICES("train", "val", "test"),
        .help = "whose patches"},
    {NULL, WIL_SECTION, AT(config), .fields = &wil_patch_fields},
    {"whole_field", WIL_BOOL, AT(whole_field),
        .help = "centres of the other patches anywhere, not only in the brain mask"},
    {NULL, WIL_SECTION, AT(rule), .fields = &wil_mask_rule_fields},
    {"montage", WIL_OUTPUT, AT(montage), "", .value = "FILE.png", .help = "picture of some of the patches"},
};

static bool without_images(const wil_cohort *cohort, wil_split split)
{
    for (int i = 0; i < cohort->n_subjects; i++)
        if (cohort->subjects[i].split == split && cohort->subjects[i].image != NULL)
            return false;
    return true;
}

static wil_status run(void *settings, const cli_common *common)
{
    request *r = settings;
    WIL_OWN(wil_cohort) cohort = {0};
    WIL_OWN(wil_samples) set = {0};
    const wil_monitor *monitor = cli_monitor_start(common);
    r->config.inside_brain = !r->whole_field;
    warn_of_sides(&r->config, monitor);
    WIL_TRY(wil_cohort_read(&cohort, r->cohort));
    wil_cohort_set_rule(&cohort, &r->rule);
    wil_cohort_tell(&cohort, monitor);
    WIL_TRY(wil_samples_cut_to(r->out, &cohort, r->split, &r->config, monitor));
    WIL_TRY(without_images(&cohort, r->split) ? wil_samples_open_labels(&set, r->out, WIL_SAMPLES_IN_MEMORY)
                                              : wil_samples_open(&set, r->out, WIL_SAMPLES_IN_MEMORY));
    if (r->montage != NULL)
        WIL_TRY(cli_montage_write(&set, r->montage));
    return report(common, &set, r->out);
}

const cli_command cmd_patches = {
    .name = "patches",
    .purpose = "cuts labelled patches from the scans of a cohort",
    .example = "willis patches cohort.tsv --split train --out patches.h5\n"
               "willis patches cohort.tsv --split train --size 64 --per-subject 400 --out small.h5",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
};
