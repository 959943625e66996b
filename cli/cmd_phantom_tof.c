/* willis phantom tof: a cohort of heads with arterial trees, or a head around given vessels. */
#include "commands.h"

#include <math.h>

#include "willis/phantom.h"

typedef struct request {
    wil_tof_config config;
    const char *out;
    int n_train, n_val, n_test;
    int site;                                    /* position in "a|b" */
    const char *vessels, *label_out, *brain_out; /* painting */
} request;

/* ---- a cohort ------------------------------------------------------------------------------------------ */

/* One of matrix and spacing alone keeps the field of view. */
static void set_grid(wil_tof_config *config, bool matrix_given, bool spacing_given)
{
    const wil_tof_config usual = wil_tof_config_default();
    const int *matrix = config->matrix;
    if (matrix_given && !spacing_given)
        wil_tof_config_set_matrix(config, matrix[0], matrix[1], matrix[2]);
    if (spacing_given && !matrix_given)
        for (int i = 0; i < 3; i++)
            config->matrix[i] = (int)lround(usual.matrix[i] * usual.spacing_mm[i] / config->spacing_mm[i]);
}

static wil_status make_cohort(const request *r, const cli_common *common)
{
    char *table = NULL;
    WIL_TRY(cli_check_output_folder("--out", r->out));
    WIL_TRY(wil_phantom_tof_cohort(
        r->out, &r->config, r->n_train, r->n_val, r->n_test, cli_monitor_start(common)));
    WIL_TRY(wil_path_join(&table, r->out, "cohort.tsv"));
    wil_status status = WIL_OK;
    if (common->json)
        status = cli_print_json(
            json_pack("{s:o, s:i, s:i, s:i, s:[iii], s:[fff], s:o}", "cohort", wil_json_text(table), "train",
                r->n_train, "val", r->n_val, "test", r->n_test, "matrix", r->config.matrix[0],
                r->config.matrix[1], r->config.matrix[2], "spacing_mm", r->config.spacing_mm[0],
                r->config.spacing_mm[1], r->config.spacing_mm[2], "seed", wil_json_u64(r->config.seed)));
    else
        printf("%s: %d train, %d val and %d test subject%s of %dx%dx%d voxels\n", table, r->n_train, r->n_val,
            r->n_test, cli_plural(r->n_test), r->config.matrix[0], r->config.matrix[1], r->config.matrix[2]);
    wil_free(table);
    return status;
}

/* ---- painting ------------------------------------------------------------------------------------------ */

static wil_status check_painting(const request *r, const cli_option *options, int n_options)
{
    static const char *const of_cohorts[] = {"--train", "--val", "--test", "--matrix", "--spacing",
        "--disease-share", "--vessel-density", "--vessel-calibre", "--tortuosity"};
    for (int i = 0; i < CLI_COUNT(of_cohorts); i++)
        WIL_REQUIRE(!cli_given(options, n_options, of_cohorts[i]), WIL_ERR_ARG,
            "%s says how phantoms are made; it has no meaning with --vessels, whose arteries and grid are "
            "given",
            of_cohorts[i]);
    WIL_TRY(cli_check_output_nifti("--out", r->out));
    WIL_REQUIRE(!cli_same_file(r->out, r->vessels), WIL_ERR_ARG,
        "--vessels and --out are one file, %s; it would be overwritten; give another --out", r->out);
    return WIL_OK;
}

static wil_status write_painting(const request *r, const wil_tof_subject *subject)
{
    WIL_TRY(wil_volume_write(&subject->image, r->out, WIL_NIFTI_U8, "willis TOF-MRA phantom"));
    if (r->label_out != NULL)
        WIL_TRY(wil_mask_write(&subject->label, r->label_out, "arteries with flow"));
    return r->brain_out == NULL ? WIL_OK
                                : wil_mask_write(&subject->brain, r->brain_out, "intracranial space");
}

static wil_status paint(const request *r, const cli_common *common)
{
    wil_mask vessels = {0};
    wil_tof_subject subject = {0};
    WIL_TRY(wil_mask_read(&vessels, r->vessels));
    wil_status status =
        wil_fail_context(wil_phantom_tof_paint(&subject, &vessels, &r->config, 1), "%s", r->vessels);
    if (status == WIL_OK)
        status = write_painting(r, &subject);
    if (status == WIL_OK && wil_mask_count(&subject.brain) == wil_grid_count(&subject.brain.grid))
        wil_monitor_info(cli_monitor_start(common),
            "the field is narrower than a head, so all of it is brain, "
            "without skull, fat or air; the brain mask is 1 everywhere");
    const int *size = vessels.grid.size;
    if (status == WIL_OK && common->json)
        status = cli_print_json(json_pack("{s:o, s:o, s:[iii], s:o}", "output", wil_json_text(r->out),
            "vessels", wil_json_text(r->vessels), "matrix", size[0], size[1], size[2], "seed",
            wil_json_u64(r->config.seed)));
    else if (status == WIL_OK)
        printf("%s: a head of %dx%dx%d voxels around the vessels of %s\n", r->out, size[0], size[1], size[2],
            r->vessels);
    wil_tof_subject_clear(&subject);
    wil_mask_clear(&vessels);
    return status;
}

/* ---- the command --------------------------------------------------------------------------------------- */

static wil_status run(const cli_command *self, int argc, char **argv)
{
    request r = {.config = wil_tof_config_default(), .n_train = 8, .n_val = 2, .n_test = 4};
    wil_tof_config *c = &r.config;
    cli_common common;
    cli_option options[] = {
        {"--out", CLI_TEXT, &r.out, "FOLDER", .help = "cohort to make; with --vessels the image, FILE.nii.gz",
            .required = true},
        {"--train", CLI_INT, &r.n_train, "N", .help = "subjects to train on", .min = 0, .max = 9999},
        {"--val", CLI_INT, &r.n_val, "N", .help = "subjects to choose settings by", .min = 0, .max = 9999},
        {"--test", CLI_INT, &r.n_test, "N", .help = "subjects to test on", .min = 0, .max = 9999},
        {"--matrix", CLI_INTS, c->matrix, "XxYxZ", .help = "voxels; alone it keeps the field of view", .n = 3,
            .min = 32, .max = 2048},
        {"--spacing", CLI_REALS, c->spacing_mm, "XxYxZ", .help = "mm; alone it keeps the field of view",
            .n = 3, .min = 0.2, .max = 3},
        {"--site", CLI_CHOICE, &r.site, "S", .help = "protocol: 3 T, or 1.5 T with more noise and fat",
            .choices = "a|b"},
        {"--seed", CLI_U64, &c->seed, "N", .help = "another seed gives other patients"},
        {"--disease-share", CLI_REAL, &c->disease_share, "F", .help = "share with a stenosis or an occlusion",
            .min = 0, .max = 1},
        {"--vessel-density", CLI_REAL, &c->vessel_density, "F", .help = "number of branches, relative",
            .min = 0.25, .max = 4},
        {"--vessel-calibre", CLI_REAL, &c->vessel_calibre, "F", .help = "radii, relative", .min = 0.5,
            .max = 2},
        {"--tortuosity", CLI_REAL, &c->tortuosity, "F", .help = "bends, relative", .min = 0, .max = 3},
        {"--noise", CLI_REAL, &c->noise_scale, "F", .help = "noise, relative to the site's", .min = 0,
            .max = 20},
        {"--bias", CLI_REAL, &c->bias_scale, "F", .help = "coil shading, relative to the site's", .min = 0,
            .max = 3},
        {"--vessels", CLI_INPUT, &r.vessels, "FILE",
            .help = "paint one head around this vessel mask instead"},
        {"--label-out", CLI_OUTPUT_NIFTI, &r.label_out, "FILE.nii.gz",
            .help = "with --vessels: where to write the label"},
        {"--brain-out", CLI_OUTPUT_NIFTI, &r.brain_out, "FILE.nii.gz",
            .help = "with --vessels: where to write the brain mask"},
    };
    const int n = CLI_COUNT(options);
    WIL_TRY(cli_parse(self, options, n, argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    c->site = "ab"[r.site];
    if (r.vessels != NULL) {
        WIL_TRY(check_painting(&r, options, n));
        return paint(&r, &common);
    }
    WIL_REQUIRE(r.label_out == NULL && r.brain_out == NULL, WIL_ERR_ARG,
        "--label-out and --brain-out go with --vessels; a cohort's labels and masks are in its folder");
    set_grid(c, cli_given(options, n, "--matrix"), cli_given(options, n, "--spacing"));
    return make_cohort(&r, &common);
}

const cli_command cmd_phantom_tof = {
    .name = "phantom tof",
    .purpose = "makes a cohort of TOF-MRA phantoms with exact labels, or paints a head around given vessels",
    .example = "willis phantom tof --out phantom --train 8 --val 2 --test 4 --matrix 208x256x96\n"
               "willis phantom tof --vessels vessels.nii.gz --out painted.nii.gz --brain-out brain.nii.gz",
    .run = run,
    .computes = true,
};
