/* willis phantom dsc: a cohort of heads through which a bolus passes, with the true maps of blood flow. */
#include "commands.h"

#include "willis/phantom.h"

typedef struct request {
    wil_dsc_config config;
    const char *out;
    int n_train, n_val, n_test;
    int shape, mode, residue; /* positions among the choices */
    bool five_axes;
} request;

static wil_status make_cohort(const request *r, const cli_common *common)
{
    char *table = NULL;
    const int *matrix = r->config.matrix;
    WIL_TRY(wil_phantom_dsc_cohort(
        r->out, &r->config, r->n_train, r->n_val, r->n_test, r->five_axes, cli_monitor_start(common)));
    WIL_TRY(wil_path_join(&table, r->out, "cohort.tsv"));
    wil_status status = WIL_OK;
    if (common->json)
        status = cli_print_json(json_pack("{s:o, s:i, s:i, s:i, s:[iii], s:i, s:f, s:s, s:o}", "cohort",
            wil_json_text(table), "train", r->n_train, "val", r->n_val, "test", r->n_test, "matrix",
            matrix[0], matrix[1], matrix[2], "frames", r->config.n_frames, "tr_s", r->config.tr_s, "mode",
            wil_dsc_mode_name(r->config.mode), "seed", wil_json_u64(r->config.seed)));
    else
        printf("%s: %d train, %d val and %d test subject%s of %dx%dx%d voxels and %d frames\n", table,
            r->n_train, r->n_val, r->n_test, cli_plural(r->n_test), matrix[0], matrix[1], matrix[2],
            r->config.n_frames);
    wil_free(table);
    return status;
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    request r = {.config = wil_dsc_config_default(), .n_train = 6, .n_val = 3, .n_test = 3};
    wil_dsc_config *c = &r.config;
    cli_common common;
    r.shape = c->shape;
    r.mode = c->mode;
    r.residue = c->residue;
    cli_option options[] = {
        {"--out", CLI_OUTPUT_FOLDER, &r.out, "FOLDER", .help = "cohort to make", .required = true},
        {"--train", CLI_INT, &r.n_train, "N", .help = "subjects to train on", .min = 0, .max = 9999},
        {"--val", CLI_INT, &r.n_val, "N", .help = "subjects to choose settings by", .min = 0, .max = 9999},
        {"--test", CLI_INT, &r.n_test, "N", .help = "subjects to test on", .min = 0, .max = 9999},
        {"--shape", CLI_CHOICE, &r.shape, "S", .help = "the TOF phantom's head, or a block of tissue",
            .choices = "head|slab"},
        {"--mode", CLI_CHOICE, &r.mode, "M",
            .help = "acute: a middle cerebral artery closed; chronic: one or a carotid narrowed; mixed: all "
                    "three in turn",
            .choices = "healthy|acute|chronic|mixed"},
        {"--residue", CLI_CHOICE, &r.residue, "R", .help = "residue function of tissue; any: one by subject",
            .choices = "exponential|boxcar|gamma|biexponential|any"},
        {"--matrix", CLI_INTS, c->matrix, "XxYxZ", .help = "voxels", .n = 3, .min = 1, .max = 512},
        {"--spacing", CLI_REALS, c->spacing_mm, "XxYxZ", .help = "mm", .n = 3, .min = 0.5, .max = 20},
        {"--frames", CLI_INT, &c->n_frames, "N", .help = "time points", .min = 16, .max = 512},
        {"--tr", CLI_REAL, &c->tr_s, "S", .help = "seconds between frames", .min = 0.2, .max = 5},
        {"--te", CLI_REAL, &c->te_s, "S", .help = "echo time in seconds", .min = 0.005, .max = 0.1},
        {"--flip", CLI_REAL, &c->flip_deg, "DEG", .help = "flip angle", .min = 1, .max = 90},
        {"--dummies", CLI_INT, &c->n_dummies, "N",
            .help = "excitations before the first frame; 0 shows the way to steady state", .min = 0,
            .max = 1000},
        {"--r2-tissue", CLI_REAL, &c->r2_tissue, "X", .help = "relaxivity (kappa) of tissue, 1/s per mM",
            .min = 0.1, .max = 10000},
        {"--r2-blood", CLI_REAL, &c->r2_blood, "X", .help = "the same of blood in vessels", .min = 0.1,
            .max = 10000},
        {"--blood-quadratic", CLI_REAL, &c->blood_quadratic, "X",
            .help = "quadratic term of blood, 1/s per mM^2", .min = 0, .max = 1000},
        {"--hematocrit-factor", CLI_REAL, &c->hematocrit_factor, "X",
            .help = "(1 - hematocrit of large) / (1 - of small vessels)", .min = 0.1, .max = 2},
        {"--density", CLI_REAL, &c->density_g_ml, "X", .help = "of brain, g/ml", .min = 0.5, .max = 2},
        {"--bolus", CLI_REAL, &c->bolus_s, "S", .help = "when it reaches the head, +- 1.5 s by subject",
            .min = 4, .max = 600},
        {"--snr", CLI_REAL, &c->snr, "X",
            .help = "baseline signal of brain tissue over the noise's SD; 0: no noise", .min = 0,
            .max = 10000},
        {"--drift", CLI_REAL, &c->drift_frac, "F", .help = "share of the signal over the series", .min = -0.5,
            .max = 0.5},
        {"--motion", CLI_REAL, &c->motion_mm, "MM", .help = "size of the head's movements", .min = 0,
            .max = 20},
        {"--leakage", CLI_REAL, &c->leakage_per_min, "K",
            .help = "Ktrans in 1/min, in the core (acute) or a ball in one hemisphere", .min = 0, .max = 1},
        {"--variation", CLI_REAL, &c->variation, "F",
            .help = "between subjects and voxels, relative; 0: the literature's values", .min = 0, .max = 2},
        {"--five-d", CLI_FLAG, &r.five_axes, .help = "series with axes X,Y,Z,1,T"},
        {"--seed", CLI_U64, &c->seed, "N", .help = "another seed gives other patients"},
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    c->shape = (wil_dsc_shape)r.shape;
    c->mode = (wil_dsc_mode)r.mode;
    c->residue = (wil_dsc_residue)r.residue;
    return make_cohort(&r, &common);
}

const cli_command cmd_phantom_dsc = {
    .name = "phantom dsc",
    .purpose = "makes a cohort of DSC-MRI phantoms with true maps of blood flow",
    .example = "willis phantom dsc --out bolus --train 6 --val 3 --test 3\n"
               "willis phantom dsc --out acute --mode acute --train 1 --val 0 --test 0 --motion 1 --snr 40",
    .run = run,
    .computes = true,
    .notes =
        "Writes series with sidecars (TE, TR, relaxivities), and under derivatives/ the true maps (cbf, cbv, "
        "mtt, delay, dispersion, tmax, ttp, ktrans), masks, arterial input and movements.",
};
