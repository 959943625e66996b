/* willis evaluate diversity: whether a generator repeats itself, or its training set. */
#include "commands.h"

#include <math.h>

#include "willis/evaluate.h"

static wil_status print_json(const wil_diversity *d)
{
    return cli_print_json(json_pack("{s:I, s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "n_samples",
        (json_int_t)d->n_samples, "ssim_mean", wil_json_real(d->ssim_mean), "ssim_sd",
        wil_json_real(d->ssim_sd), "n_references", (json_int_t)d->n_references, "train_distance",
        wil_json_real(d->train_distance), "test_distance", wil_json_real(d->test_distance), "ratio",
        wil_json_real(d->ratio), "nearer_to_train", wil_json_real(d->nearer_to_train)));
}

static void print_text(const wil_diversity *d)
{
    if (!isnan(d->ssim_mean))
        printf("SSIM %.4f +- %.4f between %lld synthetic images, all pairs (1: one image only)\n",
            d->ssim_mean, d->ssim_sd, (long long)d->n_samples);
    if (d->n_references > 0) {
        printf("nearest of %lld training samples at %.4g, of as many held-out ones at %.4g (medians)\n",
            (long long)d->n_references, d->train_distance, d->test_distance);
        if (isnan(d->ratio))
            printf("no ratio: half of the synthetic samples or more are held-out ones; ");
        else
            printf("ratio %.4f (1: knows none of both; below 1: nearer to training); ", d->ratio);
        printf("%.1f %% are nearer to training\n", 100 * d->nearer_to_train);
    }
}

typedef struct request {
    wil_diversity_config config;
    wil_sample_source synthetic;
    char *train, *test;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"synthetic", WIL_INPUT, AT(synthetic.path),
        .help = "the synthetic patch set, or a matrix of features (.npy, HDF5; then no SSIM)"},
    {"train", WIL_INPUT, AT(train), "", .help = "what the generator was trained on"},
    {"test", WIL_INPUT, AT(test), "", .help = "real samples it never saw"},
    {"dataset", WIL_TEXT, AT(synthetic.dataset), "", .value = "NAME",
        .help = "HDF5 files hold a matrix of features of this name, and are no patch sets"},
    {NULL, WIL_SECTION, AT(config), .fields = &wil_diversity_fields},
};

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    wil_sample_source train = r->synthetic;
    wil_sample_source test = r->synthetic;
    wil_diversity result;
    train.path = r->train;
    test.path = r->test;
    (void)cli_monitor_start(common);
    WIL_TRY(wil_diversity_evaluate(&result, &r->synthetic, r->train == NULL ? NULL : &train,
        r->test == NULL ? NULL : &test, &r->config));
    if (common->json)
        return print_json(&result);
    print_text(&result);
    return WIL_OK;
}

const cli_command cmd_evaluate_diversity = {
    .name = "evaluate diversity",
    .purpose = "whether a generator repeats itself, or its training set",
    .example = "willis evaluate diversity --synthetic generated.h5 --train train.h5 --test test.h5",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes = "SSIM: uniform 7x7 window, sample covariance, images in [-1,1], mean over all pairs. Distances "
             "are root mean squares over the pixels of images in [-1,1] (or over features); training and "
             "held-out sets are cut to one size, as the nearest of more samples is nearer by itself.",
};
