/* bench_step: seconds, memory and speed of the training steps on this machine. See bench/README.md. */
#include "bench_cases.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>

static const struct {
    const char *name;
    wil_status (*make)(bench_case *, const bench_config *);
} cases[] = {
    {"3x3 convolution 64-64", bench_case_convolution},
    {"WGAN-GP critic step", bench_case_critic},
    {"WGAN-GP generator step", bench_case_generator},
    {"U-Net training step", bench_case_unet},
};

static const char usage[] = "bench_step [options]: median seconds a training step\n"
                            "  --filters N       of the WGAN (16)\n"
                            "  --unet-filters N  of the U-Net's first level (16)\n"
                            "  --unet-levels N   of the U-Net (4)\n"
                            "  --batch N         patches a step (16)\n"
                            "  --patch N         voxels a side, a multiple of 32 (96)\n"
                            "  --repeats N       timed steps, after two that are not (7)\n"
                            "The thread count is OMP_NUM_THREADS.\n";

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static wil_status time_case(bench_case *bench, const char *name, int repeats)
{
    double *seconds = NULL;
    WIL_TRY(wil_alloc_f64(&seconds, (size_t)repeats));
    wil_status status = WIL_OK;
    for (int i = -2; status == WIL_OK && i < repeats; i++) { /* the first two warm up caches and clocks */
        double started_s = wil_time_s();
        status = bench_case_run(bench);
        if (i >= 0)
            seconds[i] = wil_time_s() - started_s;
    }
    if (status == WIL_OK) {
        qsort(seconds, (size_t)repeats, sizeof *seconds, by_size);
        double median_s = seconds[repeats / 2];
        printf("%-24s %10.4f %10.4f %12.1f %10.1f\n", name, median_s, seconds[0],
            (double)wil_plan_bytes(bench->step.plan) / (1024 * 1024),
            wil_plan_flops(bench->step.plan) / median_s * 1e-9);
        fflush(stdout);
    }
    wil_free(seconds);
    return status;
}

static wil_status run_all(const bench_config *config)
{
    printf("filters %d, U-Net %d x %d levels, batch %d, patch %d x %d, %d threads, median of %d\n\n",
        config->filters, config->unet_filters, config->unet_levels, config->batch, config->patch,
        config->patch, wil_thread_count(0), config->repeats);
    printf("%-24s %10s %10s %12s %10s\n", "", "median s", "best s", "plan MiB", "GFLOP/s");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bench_case bench;
        WIL_TRY(cases[i].make(&bench, config));
        wil_status status = time_case(&bench, cases[i].name, config->repeats);
        bench_case_clear(&bench);
        WIL_TRY(status);
    }
    printf("\npeak memory %.1f MiB\n", (double)wil_memory_peak_bytes() / (1024 * 1024));
    return WIL_OK;
}

/* A whole number from 1; 0 if the text is not one. */
static int parse_count(const char *text)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);
    return *text != '\0' && *end == '\0' && value >= 1 && value <= INT_MAX ? (int)value : 0;
}

int main(int argc, char **argv)
{
    bench_config config = {
        .filters = 16, .unet_filters = 16, .unet_levels = 4, .batch = 16, .patch = 96, .repeats = 7};
    int *const values[] = {&config.filters, &config.unet_filters, &config.unet_levels, &config.batch,
        &config.patch, &config.repeats};
    static const struct option options[] = {{"filters", required_argument, NULL, 0},
        {"unet-filters", required_argument, NULL, 1}, {"unet-levels", required_argument, NULL, 2},
        {"batch", required_argument, NULL, 3}, {"patch", required_argument, NULL, 4},
        {"repeats", required_argument, NULL, 5}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int option = 0;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return 0;
        }
        if (option < 0 || option > 5) {
            fputs(usage, stderr);
            return 2;
        }
        *values[option] = parse_count(optarg);
        if (*values[option] == 0) {
            fprintf(stderr, "--%s takes a whole number from 1, got '%s'\n", options[option].name, optarg);
            return 2;
        }
    }
    wil_status status = run_all(&config);
    if (status == WIL_OK)
        return 0;
    fprintf(stderr, "bench_step: %s\n", wil_status_message());
    return wil_status_is_wrong_input(status) ? 2 : 1;
}
