/* willis evaluate diversity: whether a generator repeats itself, or its training set. */
#include "commands.h"

#include <math.h>

#include "willis/evaluate.h"

static wil_status print_json(const wil_diversity *d)
{
    return cli_print_json(
        json_pack("{s:I, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:{s:I, s:o, s:[oo]}, s:o, s:o}", "n_samples",
            (json_int_t)d->n_samples, "ssim_mean", wil_json_real(d->ssim_mean), "ssim_sd",
            wil_json_real(d->ssim_sd), "n_references", (json_int_t)d->n_references, "train_distance",
            wil_json_real(d->train_distance), "test_distance", wil_json_real(d->test_distance), "ratio",
            wil_json_real(d->ratio), "nearer_to_train", wil_json_real(d->nearer_to_train), "null", "n",
            (json_int_t)d->n_null, "train_distance", wil_json_real(d->null_distance), "range90",
            wil_json_real(d->null_low), wil_json_real(d->null_high), "close_to_train",
            wil_json_real(d->close_to_train), "verdict",
            d->verdict == WIL_DIVERSITY_NO_SETS ? json_null()
                                                : json_string(wil_diversity_verdict_name(d->verdict))));
}

static void print_shares(const wil_diversity *d)
{
    if (isnan(d->ratio))
        printf("no ratio: half of the synthetic samples or more are held-out ones; ");
    else
        printf("ratio %.4f (1: knows none of both; below 1: nearer to training); ", d->ratio);
    printf(
        "%.1f %% are nearer to training\n%.1f %% are nearer to training than 95 %% of the held-out ones are "
        "(5 %% by chance)\n",
        100 * d->nearer_to_train, 100 * d->close_to_train);
}

/* Where which set is nearer means nothing, it is not said. */
static void print_comparison(const wil_diversity *d)
{
    printf("nearest of %lld training samples at %.4g, of as many held-out ones at %.4g (medians)\n"
           "held-out samples lie at %.4g from training themselves, 90 %% of them from %.4g to %.4g\n",
        (long long)d->n_references, d->train_distance, d->test_distance, d->null_distance, d->null_low,
        d->null_high);
    if (d->verdict != WIL_DIVERSITY_UNLIKE)
        print_shares(d);
    switch (d->verdict) {
    case WIL_DIVERSITY_NO_SETS:
        break;
    case WIL_DIVERSITY_TOO_FEW:
        printf("no verdict: %lld held-out samples are too few to tell what is near\n", (long long)d->n_null);
        break;
    case WIL_DIVERSITY_UNLIKE:
        printf("no verdict: most synthetic samples lie further from both sets than held-out ones from "
               "training, so they resemble neither, and which is nearer says nothing about memory\n");
        break;
    case WIL_DIVERSITY_NEARER:
        printf("verdict: nearer to training than samples that do not know it, as copies are\n");
        break;
    case WIL_DIVERSITY_NOT_NEARER:
        printf("verdict: no nearer to training than samples that do not know it\n");
        break;
    }
}

static void print_text(const wil_diversity *d)
{
    if (!isnan(d->ssim_mean))
        printf("SSIM %.4f +- %.4f between %lld synthetic images, all pairs (1: one image only)\n",
            d->ssim_mean, d->ssim_sd, (long long)d->n_samples);
    if (d->n_references > 0)
        print_comparison(d);
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
    .notes =
        "SSIM: uniform 7x7 window, sample covariance, images in [-1,1], mean over all pairs. Distances "
        "are root mean squares over the pixels of images in [-1,1] (or over features); training and "
        "held-out sets are cut to one size, as the nearest of more samples is nearer by itself. The null is "
        "the distance of held-out samples to their nearest training one; a verdict is given where most "
        "synthetic samples lie as near as that to either set.",
};
