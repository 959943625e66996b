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

typedef struct request {
    wil_bench_config config;
    char *size;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"NAME", WIL_TEXT, AT(config.name), .help = "what to time; `willis bench list` shows the names"},
    {"size", WIL_TEXT, AT(size), "", .value = "HxW",
        .help = "voxels: HxW, HxWxD, or HxWxT with time points; one value stands for all"},
    {NULL, WIL_SECTION, AT(config), .fields = &wil_bench_fields},
};

/* How many values a size has depends on the name, which fields do not know of each other. */
static wil_status set_size(wil_bench_config *config, const char *text)
{
    const wil_bench_info *info = NULL;
    WIL_TRY(wil_bench_find(&info, config->name));
    WIL_REQUIRE(text == NULL || info->n_size > 0, WIL_ERR_ARG, "--size: %s has fixed shapes; leave it out",
        info->name);
    const wil_field size = {
        "size", WIL_INTS, offsetof(wil_bench_config, size), NULL, 1, 4096, .n = info->n_size};
    return text == NULL ? WIL_OK : wil_field_set(&size, config, text, "--size");
}

static wil_status run(void *settings, const cli_common *common)
{
    request *r = settings;
    wil_bench_result result;
    WIL_TRY(set_size(&r->config, r->size));
    r->config.threads = common->threads;
    WIL_TRY(wil_bench_run(&result, &r->config, cli_monitor_start(common)));
    wil_status status = WIL_OK;
    if (common->json)
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
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes =
        "A step is what training runs, optimiser included; weights and inputs are random. Nothing else "
        "should run on the machine meanwhile. Speed counts the multiply-adds that are executed; the "
        "best convolution rate is measured right after the steps. Memory is that of this process, so one "
        "process times one thing.",
};
