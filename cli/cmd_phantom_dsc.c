/* willis phantom dsc: a cohort of heads through which a bolus passes, with the true maps of blood flow. */
#include "commands.h"

#include "willis/phantom.h"

typedef struct request {
    wil_dsc_config config;
    char *out;
    int n_train, n_val, n_test;
    bool five_axes;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"out", WIL_OUTPUT_FOLDER, AT(out), .help = "cohort to make"},
    {"train", WIL_INT, AT(n_train), "6", 0, 9999, .help = "subjects to train on"},
    {"val", WIL_INT, AT(n_val), "3", 0, 9999, .help = "subjects to choose settings by"},
    {"test", WIL_INT, AT(n_test), "3", 0, 9999, .help = "subjects to test on"},
    {NULL, WIL_SECTION, AT(config), .fields = &wil_dsc_fields},
    {"five_d", WIL_BOOL, AT(five_axes), .help = "series with axes X,Y,Z,1,T"},
};

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    WIL_OWN(char) *table = NULL;
    const int *matrix = r->config.matrix;
    WIL_TRY(wil_phantom_dsc_cohort(
        r->out, &r->config, r->n_train, r->n_val, r->n_test, r->five_axes, cli_monitor_start(common)));
    WIL_TRY(wil_path_join(&table, r->out, "cohort.tsv"));
    if (common->json)
        return cli_print_json(json_pack("{s:o, s:i, s:i, s:i, s:[iii], s:i, s:f, s:s, s:o}", "cohort",
            wil_json_text(table), "train", r->n_train, "val", r->n_val, "test", r->n_test, "matrix",
            matrix[0], matrix[1], matrix[2], "frames", r->config.n_frames, "tr_s", r->config.tr_s, "mode",
            wil_dsc_mode_name(r->config.mode), "seed", wil_json_u64(r->config.seed)));
    printf("%s: %d train, %d val and %d test subject%s of %dx%dx%d voxels and %d frames\n", table, r->n_train,
        r->n_val, r->n_test, cli_plural(r->n_test), matrix[0], matrix[1], matrix[2], r->config.n_frames);
    return WIL_OK;
}

const cli_command cmd_phantom_dsc = {
    .name = "phantom dsc",
    .purpose = "makes a cohort of DSC-MRI phantoms with true maps of blood flow",
    .example = "willis phantom dsc --out bolus --train 6 --val 3 --test 3\n"
               "willis phantom dsc --out acute --mode acute --train 1 --val 0 --test 0 --motion 1 --snr 40",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes =
        "Writes series with sidecars (TE, TR, relaxivities), and under derivatives/ the true maps (cbf, cbv, "
        "mtt, delay, dispersion, tmax, ttp, ktrans), masks, arterial input and movements.",
};
