/* willis phantom tof: a cohort of heads with arterial trees, or a head around given vessels. */
#include "commands.h"

#include <math.h>

#include "willis/phantom.h"

typedef struct request {
    wil_tof_config config;
    char *out;
    int n_train, n_val, n_test;
    char *vessels, *label_out, *brain_out; /* painting */
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"out", WIL_TEXT, AT(out), .value = "FOLDER",
        .help = "cohort to make; with --vessels the image, FILE.nii.gz"},
    {"train", WIL_INT, AT(n_train), "8", 0, 9999, .help = "subjects to train on"},
    {"val", WIL_INT, AT(n_val), "2", 0, 9999, .help = "subjects to choose settings by"},
    {"test", WIL_INT, AT(n_test), "4", 0, 9999, .help = "subjects to test on"},
    {NULL, WIL_SECTION, AT(config), .fields = &wil_tof_fields},
    {"vessels", WIL_INPUT, AT(vessels), "", .help = "paint one head around this vessel mask instead"},
    {"label_out", WIL_OUTPUT_NIFTI, AT(label_out), "", .help = "with --vessels: where to write the label"},
    {"brain_out", WIL_OUTPUT_NIFTI, AT(brain_out), "",
        .help = "with --vessels: where to write the brain mask"},
};

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
    WIL_OWN(char) *table = NULL;
    WIL_TRY(cli_check_output_folder("--out", r->out));
    WIL_TRY(wil_phantom_tof_cohort(
        r->out, &r->config, r->n_train, r->n_val, r->n_test, cli_monitor_start(common)));
    WIL_TRY(wil_path_join(&table, r->out, "cohort.tsv"));
    if (common->json)
        return cli_print_json(
            json_pack("{s:o, s:i, s:i, s:i, s:[iii], s:[fff], s:o}", "cohort", wil_json_text(table), "train",
                r->n_train, "val", r->n_val, "test", r->n_test, "matrix", r->config.matrix[0],
                r->config.matrix[1], r->config.matrix[2], "spacing_mm", r->config.spacing_mm[0],
                r->config.spacing_mm[1], r->config.spacing_mm[2], "seed", wil_json_u64(r->config.seed)));
    printf("%s: %d train, %d val and %d test subject%s of %dx%dx%d voxels\n", table, r->n_train, r->n_val,
        r->n_test, cli_plural(r->n_test), r->config.matrix[0], r->config.matrix[1], r->config.matrix[2]);
    return WIL_OK;
}

/* ---- painting ------------------------------------------------------------------------------------------ */

static wil_status check_painting(const request *r, const cli_common *common)
{
    static const char *const of_cohorts[] = {"--train", "--val", "--test", "--matrix", "--spacing",
        "--disease-share", "--vessel-density", "--vessel-calibre", "--tortuosity", "--labels-only"};
    for (int i = 0; i < CLI_COUNT(of_cohorts); i++)
        WIL_REQUIRE(!cli_given(common, of_cohorts[i]), WIL_ERR_ARG,
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
    if (status == WIL_OK) /* the monitor takes the signals, and painting works in one piece */
        cli_warn_of_header(cli_monitor_start(common), r->vessels);
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

static wil_status run(void *settings, const cli_common *common)
{
    request *r = settings;
    if (r->vessels != NULL) {
        WIL_TRY(check_painting(r, common));
        return paint(r, common);
    }
    WIL_REQUIRE(r->label_out == NULL && r->brain_out == NULL, WIL_ERR_ARG,
        "--label-out and --brain-out go with --vessels; a cohort's labels and masks are in its folder");
    set_grid(&r->config, cli_given(common, "--matrix"), cli_given(common, "--spacing"));
    return make_cohort(r, common);
}

const cli_command cmd_phantom_tof = {
    .name = "phantom tof",
    .purpose = "makes a cohort of TOF-MRA phantoms with exact labels, or paints a head around given vessels",
    .example = "willis phantom tof --out phantom --train 8 --val 2 --test 4 --matrix 208x256x96\n"
               "willis phantom tof --vessels vessels.nii.gz --out painted.nii.gz --brain-out brain.nii.gz",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
};
