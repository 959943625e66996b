/* willis bench: seconds, speed and memory of what training and inference run. */
#include "commands.h"

#include "willis/bench.h"

static json_t *result_json(const wil_bench_result *r)
{
    json_t *size = json_array();
    for (int i = 0; i < r->n_size; i++)
        (void)json_array_append_new(size, json_integer(r->size[i]));
    return json_pack("{s:s, s:i, s:i, s:o, s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:I, s:f, s:s*}", "name",
        r->name, "batch", r->batch, "filters", r->filters, "size", size, "precision", r->precision, "threads",
        r->threads, "seconds_median", r->seconds_median, "seconds_min", r->seconds_min, "flops", r->flops,
        "gflop_s", r->gflop_s, "peak_fraction", r->peak_fraction, "plan_bytes", (json_int_t)r->plan_bytes,
        "peak_rss_mb", (double)r->peak_rss_bytes * 1e-6, "profile", r->profile);
}

static void print_result(const wil_bench_result *r)
{
    printf("%s, batch %d, %d filters, ", r->name, r->batch, r->filters);
    for (int i = 0; i < r->n_size; i++)
        printf("%s%d", i > 0 ? "x" : "", r->size[i]);
    printf(", %s, %d thread%s\n", r->precision, r->threads, cli_plural(r->threads));
    printf("time    %.4f s (median), %.4f s (best)\n", r->seconds_median, r->seconds_min);
    printf("speed   %.3g GFLOP/s, %.3g %% of the best convolution rate seen on this machine (%.3g GFLOP)\n",
        r->gflop_s, 100 * r->peak_fraction, r->flops * 1e-9);
    printf("memory  %.3g MB planned, %.3g MB at most in this process\n", (double)r->plan_bytes * 1e-6,
        (double)r->peak_rss_bytes * 1e-6);
    if (r->profile != NULL)
        printf("\n%s", r->profile);
}

/* How many values a size has depends on the name, which options do not know of each other. */
static wil_status set_size(wil_bench_config *config, const char *text)
{
    const wil_bench_info *info = NULL;
    WIL_TRY(wil_bench_find(&info, config->name));
    WIL_REQUIRE(text == NULL || info->n_size > 0, WIL_ERR_ARG, "--size: %s has fixed shapes; leave it out",
        info->name);
    const cli_option option = {
        "--size", CLI_INTS, config->size, "HxW", .n = info->n_size, .min = 1, .max = 4096};
    return text == NULL ? WIL_OK : cli_value_set(&option, text);
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    wil_bench_config config = wil_bench_config_default(NULL);
    wil_bench_result result;
    const char *size = NULL;
    int precision = 0;
    cli_common common;
    cli_option options[] = {
        {"NAME", CLI_TEXT, &config.name, .help = "what to time; `willis bench list` shows the names"},
        {"--batch", CLI_INT, &config.batch, "N", .help = "samples a step; 0: as listed", .min = 0,
            .max = 100000},
        {"--filters", CLI_INT, &config.filters, "N", .help = "width of the network; 0: as listed", .min = 0,
            .max = 4096},
        {"--size", CLI_TEXT, &size, "HxW",
            .help = "voxels: HxW, HxWxD, or HxWxT with time points; one value stands for all"},
        {"--precision", CLI_CHOICE, &precision, "P", .help = "of convolutions and products",
            .choices = "f32|bf16"},
        {"--recompute", CLI_FLAG, &config.recompute,
            .help = "compute cheap results again rather than keep them: less memory, more time"},
        {"--spectral", CLI_FLAG, &config.spectral, .help = "wgan: spectral norm in place of instance norm"},
        {"--weight-clip", CLI_FLAG, &config.weight_clip,
            .help = "critics: weights in [-0.01, 0.01] and RMSprop in place of the gradient penalty"},
        {"--per-sample-clip", CLI_FLAG, &config.per_sample_clip,
            .help = "critics: gradients clipped per sample, as private training needs them"},
        {"--profile", CLI_FLAG, &config.profile,
            .help = "also show where the time goes, by kind of operation"},
        {"--repeats", CLI_INT, &config.repeats, "N", .help = "timed steps", .min = 1, .max = 100000},
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    WIL_TRY(set_size(&config, size));
    config.bf16 = precision == 1;
    config.threads = common.threads;
    WIL_TRY(wil_bench_run(&result, &config, cli_monitor_start(&common)));
    wil_status status = WIL_OK;
    if (common.json)
        status = cli_print_json(result_json(&result));
    else
        print_result(&result);
    wil_bench_result_clear(&result);
    return status;
}

const cli_command cmd_bench = {
    .name = "bench",
    .purpose = "times a training step or an inference on this machine, with the speed and memory it takes",
    .example = "willis bench wgan2d-critic --batch 16 --filters 32\n"
               "willis bench conv-peak --json",
    .run = run,
    .computes = true,
    .notes =
        "A step is what training runs, optimiser included; weights and inputs are random. Nothing else "
        "should run on the machine meanwhile. Speed counts the multiply-adds that are executed; the "
        "best convolution rate is measured right after the steps. Memory is that of this process, so one "
        "process times one thing.",
};
