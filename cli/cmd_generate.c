/* willis generate: a synthetic patch set from a trained generator. */
#include "commands.h"

#include "cli_montage.h"
#include "willis/model.h"

typedef struct request {
    wil_generate_config config;
    char *out, *montage;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"GENERATOR", WIL_NETWORK, AT(config.model),
        .help = "generator.safetensors of a gan run, or the public network phantom"},
    {"out", WIL_OUTPUT, AT(out), .value = "FILE.h5", .help = "patch set to write (HDF5)"},
    {NULL, WIL_SECTION, AT(config), .fields = &wil_generate_fields},
    {"montage", WIL_OUTPUT, AT(montage), "", .value = "FILE.png", .help = "picture of some of the patches"},
};

static wil_status report(const cli_common *common, const wil_samples *set, const request *r)
{
    const wil_generate_config *config = &r->config;
    double frac = 0;
    const char *release = json_string_value(json_object_get(set->attributes, "release"));
    WIL_TRY(cli_vessel_frac(&frac, set));
    if (common->json)
        return cli_print_json(json_pack("{s:o, s:o, s:I, s:I, s:o, s:[ii], s:o, s:s*}", "output",
            wil_json_text(r->out), "model", wil_json_text(config->model), "n", (json_int_t)set->n, "first",
            (json_int_t)config->first, "seed", wil_json_u64(config->seed), "size", set->shape.height,
            set->shape.width, "vessel_frac", wil_json_real(frac), "release", release));
    printf("%s: %lld synthetic patch%s of %dx%d voxels, %.2f %% vessel%s%s\n", r->out, (long long)set->n,
        set->n == 1 ? "" : "es", set->shape.height, set->shape.width, 100 * frac,
        release == NULL ? "" : "; release: ", release == NULL ? "" : release);
    return WIL_OK;
}

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    WIL_OWN(wil_samples) set = {0};
    WIL_TRY(wil_generate_to(r->out, &r->config, cli_monitor_start(common)));
    WIL_TRY(wil_samples_open(&set, r->out, WIL_SAMPLES_IN_MEMORY));
    if (r->montage != NULL)
        WIL_TRY(cli_montage_write(&set, r->montage));
    return report(common, &set, r);
}

const cli_command cmd_generate = {
    .name = "generate",
    .purpose = "draws a labelled synthetic patch set from a trained generator",
    .example =
        "willis generate run-gan/generator.safetensors --count 10000 --seed 1 --out synthetic.h5\n"
        "willis generate run-given/generator.safetensors --labels phantom-labels.h5 --out synthetic.h5",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes =
        "Patch number i depends on the generator, the seed and i alone. A synthetic set is not anonymous "
        "by itself: a generator can remember its training patients. A set drawn around patients' masks "
        "carries "
        "their vessel trees and is marked as not to be released; only patches of a phantom cohort, which say "
        "so "
        "themselves, are taken for nobody's.",
};
