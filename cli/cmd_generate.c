/* willis generate: a synthetic patch set from a trained generator. */
#include "commands.h"

#include <math.h>

#include "cli_montage.h"
#include "willis/model.h"

static wil_status report(
    const cli_common *common, const wil_samples *set, const wil_generate_config *config, const char *path)
{
    double frac = 0;
    WIL_TRY(cli_vessel_frac(&frac, set));
    if (common->json)
        return cli_print_json(json_pack("{s:o, s:o, s:I, s:I, s:o, s:[ii], s:o}", "output",
            wil_json_text(path), "model", wil_json_text(config->model), "n", (json_int_t)set->n, "first",
            (json_int_t)config->first, "seed", wil_json_u64(config->seed), "size", set->shape.height,
            set->shape.width, "vessel_frac", wil_json_real(frac)));
    printf("%s: %lld synthetic patch%s of %dx%d voxels, %.2f %% vessel\n", path, (long long)set->n,
        set->n == 1 ? "" : "es", set->shape.height, set->shape.width, 100 * frac);
    return WIL_OK;
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    wil_generate_config config = {.first = 0, .seed = 1, .label_threshold = NAN};
    const char *out = NULL;
    const char *montage = NULL;
    WIL_OWN(wil_samples) set = {0};
    cli_common common;
    cli_option options[] = {
        {"GENERATOR", CLI_INPUT, &config.model, .help = "generator.safetensors of a gan run"},
        {"--count", CLI_I64, &config.count, "N", .help = "patches to draw", .min = 1, .max = 1e8,
            .required = true},
        {"--out", CLI_OUTPUT, &out, "FILE.h5", .help = "patch set to write (HDF5)", .required = true},
        {"--seed", CLI_U64, &config.seed, "N", .help = "another seed gives another set"},
        {"--first", CLI_I64, &config.first, "N",
            .help = "number of the first patch: a set can be drawn in parts, patch by patch the same",
            .min = 0, .max = 1e12},
        {"--threshold", CLI_REAL, &config.label_threshold, "T",
            .help = "a label counts as vessel above this; otherwise what the generator was trained with",
            .min = 0, .max = 1},
        {"--montage", CLI_OUTPUT, &montage, "FILE.png", .help = "picture of some of the patches"},
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    WIL_TRY(wil_generate_to(out, &config, cli_monitor_start(&common)));
    WIL_TRY(wil_samples_open(&set, out, WIL_SAMPLES_IN_MEMORY));
    if (montage != NULL)
        WIL_TRY(cli_montage_write(&set, montage));
    return report(&common, &set, &config, out);
}

const cli_command cmd_generate = {
    .name = "generate",
    .purpose = "draws a labelled synthetic patch set from a trained generator",
    .example = "willis generate run-gan/generator.safetensors --count 10000 --seed 1 --out synthetic.h5",
    .run = run,
    .computes = true,
    .notes =
        "Patch number i depends on the generator, the seed and i alone. A synthetic set is not anonymous "
        "by itself: a generator can remember its training patients.",
};
