/* The settings of a run: names, ranges, defaults and help of every one, and what depends on several. */
#include "willis/train.h"

#include <stddef.h>
#include <string.h>

static const wil_field RUN[] = {
    {"kind", WIL_CHOICE, offsetof(wil_run_config, kind), "gan", .choices = WIL_CHOICES("gan", "unet"),
        .old_word = "segmentation=unet", .on_resume = WIL_RESUME_REFUSED, .help = "what is trained"},
    {"seed", WIL_U64, offsetof(wil_run_config, seed), "1", .help = "seed of everything random in this run"},
    {"threads", WIL_INT, offsetof(wil_run_config, threads), "0", 0, 1024, .on_resume = WIL_RESUME_FREE,
        .help = "processor threads; 0: all"},
    {"output", WIL_TEXT, offsetof(wil_run_config, output), "run", .is_path = 1, .on_resume = WIL_RESUME_FREE,
        .help = "run folder, made if absent"},
    {"checkpoint_every", WIL_INT, offsetof(wil_run_config, checkpoint_every), "500", 1, 1e9,
        .on_resume = WIL_RESUME_FREE, .help = "generator steps (gan) or epochs (unet) between checkpoints"},
    {"sample_every", WIL_INT, offsetof(wil_run_config, sample_every), "500", 0, 1e9,
        .on_resume = WIL_RESUME_FREE, .help = "generator steps between sample grids; 0: none"},
    {"log_every", WIL_INT, offsetof(wil_run_config, log_every), "10", 1, 1e9, .on_resume = WIL_RESUME_FREE,
        .help = "generator steps between log rows"},
};
static const wil_fields run_fields = WIL_FIELDS(wil_run_config, RUN);

static const wil_field DATA[] = {
    {"patches", WIL_TEXT, offsetof(wil_run_config, patches), "patches.h5", .is_path = 1,
        .help = "patch set to train on"},
    {"cohort", WIL_TEXT, offsetof(wil_run_config, cohort), "", .is_path = 1,
        .help = "cohort whose val patients choose the best epoch (unet); empty: the last epoch is kept"},
};
static const wil_fields data_fields = WIL_FIELDS(wil_run_config, DATA);

static const wil_field ENGINE[] = {
    {"precision", WIL_CHOICE, offsetof(wil_engine_settings, precision), "f32",
        .choices = WIL_CHOICES("f32", "bf16"), .on_resume = WIL_RESUME_FREE,
        .help = "bf16: convolutions and stored activations in bfloat16, about twice as fast; weights, losses "
                "and sums stay f32"},
    {"recompute", WIL_BOOL, offsetof(wil_engine_settings, recompute), "false", .on_resume = WIL_RESUME_FREE,
        .help = "activations computed again rather than kept: less memory, more time, the same bits"},
};
static const wil_fields engine_fields = WIL_FIELDS(wil_engine_settings, ENGINE);

static const wil_field GAN[] = {
    {"recipe", WIL_CHOICE, offsetof(wil_gan_settings, recipe), "study",
        .choices = WIL_CHOICES("study", "willis"),
        .help =
            "values of the settings that are not given: as published, or what was measured to draw better "
            "in the same time"},
    {"model", WIL_CHOICE, offsetof(wil_gan_settings, model), "wgan-gp",
        .choices = WIL_CHOICES("wgan-gp", "wgan-gp-sn", "dcgan"), .on_resume = WIL_RESUME_REFUSED,
        .in_model = 1,
        .help = "critic with instance norm, with spectral norm, or one that tells real from fake with batch "
                "norm (which brings batch 512, steps 14254, critic_steps 1, both learning rates 3e-4, beta1 "
                "0.5 and beta2 0.999 where these are not given)"},
    {"labels", WIL_CHOICE, offsetof(wil_gan_settings, labels), "joint",
        .choices = WIL_CHOICES("joint", "given"), .on_resume = WIL_RESUME_REFUSED, .in_model = 1,
        .help = "joint: image and label are drawn together; given: the image around a vessel mask, exactly"},
    {"generator", WIL_CHOICE, offsetof(wil_gan_settings, generator), "transposed",
        .choices = WIL_CHOICES("transposed", "upsample"), .on_resume = WIL_RESUME_REFUSED, .in_model = 1,
        .help = "how it doubles the size: transposed convolutions of kernel 5 (the study), or nearest "
                "upsampling and convolutions of kernel 3, which leave no grid of period two"},
    {"noise", WIL_BOOL, offsetof(wil_gan_settings, noise), "false", .on_resume = WIL_RESUME_REFUSED,
        .in_model = 1, .help = "the generator makes the image's noise from a white one, a number a voxel"},
    {"label_smoothing", WIL_CHOICE, offsetof(wil_gan_settings, label_smoothing), "one-sided",
        .choices = WIL_CHOICES("none", "one-sided", "study"),
        .help = "dcgan: what scores are held against: real 1, fake 0; real 0.9, fake 0; or drawn, real from "
                "0.7 to 1.2, which no score meets, fake from 0 to 0.3"},
    {"generator_loss", WIL_CHOICE, offsetof(wil_gan_settings, generator_loss), "feature-matching",
        .choices = WIL_CHOICES("adversarial", "feature-matching", "feature-l1"),
        .help = "dcgan: the critic's scores; means of its last features, over real and over fake; or the "
                "study's distance of what its last convolution says of unpaired samples"},
    {"minibatch_discrimination", WIL_BOOL, offsetof(wil_gan_settings, minibatch_discrimination), "false",
        .on_resume = WIL_RESUME_REFUSED,
        .help = "dcgan: the critic sees how alike the samples of a batch are"},
    {"filters", WIL_INT, offsetof(wil_gan_settings, filters), "96", 1, 1024, .on_resume = WIL_RESUME_REFUSED,
        .in_model = 1, .help = "f: channels of the widest-image layer"},
    {"latent", WIL_INT, offsetof(wil_gan_settings, latent), "100", 1, 65536, .on_resume = WIL_RESUME_REFUSED,
        .in_model = 1, .help = "length of the latent vector z"},
    {"batch", WIL_INT, offsetof(wil_gan_settings, batch), "128", 1, 65536, .help = "patches per update"},
    {"steps", WIL_INT, offsetof(wil_gan_settings, steps), "12400", 1, 1e9, .on_resume = WIL_RESUME_FREE,
        .help = "generator updates (194 epochs of 41,000 patches at batch 128, 5 critic updates each, are "
                "12,400)"},
    {"critic_steps", WIL_INT, offsetof(wil_gan_settings, critic_steps), "5", 1, 100,
        .help = "critic updates per generator update, each on a fresh batch"},
    {"critic_learning_rate", WIL_REAL, offsetof(wil_gan_settings, critic_learning_rate), "1e-4", 1e-9, 1,
        .help = "Adam"},
    {"generator_learning_rate", WIL_REAL, offsetof(wil_gan_settings, generator_learning_rate), "1e-4", 1e-9,
        1, .help = "Adam"},
    {"beta1", WIL_REAL, offsetof(wil_gan_settings, beta1), "0", 0, 0.9999, .help = "Adam"},
    {"beta2", WIL_REAL, offsetof(wil_gan_settings, beta2), "0.9", 0, 0.99999, .help = "Adam"},
    {"decay_from", WIL_REAL, offsetof(wil_gan_settings, decay_from), "1", 0, 1,
        .help =
            "share of the steps behind which both learning rates fall linearly to 0; 1: never (the study)"},
    {"gradient_penalty", WIL_REAL, offsetof(wil_gan_settings, gradient_penalty), "10", 0, 1e6,
        .help = "lambda"},
    {"penalty_every", WIL_INT, offsetof(wil_gan_settings, penalty_every), "1", 1, 1000,
        .help = "the gradient penalty stands in one of so many critic updates, so many times as strong"},
    {"scaling", WIL_CHOICE, offsetof(wil_gan_settings, scaling), "scan",
        .choices = WIL_CHOICES("scan", "patch"),
        .help = "intensities to [-1, 1] by the scan's robust range, or by each patch's minimum and maximum "
                "(the study)"},
    {"weight_average", WIL_REAL, offsetof(wil_gan_settings, weight_average), "0", 0, 0.99999,
        .help = "decay of the averaged generator that samples are drawn from; 0: none (the study)"},
    {"label_threshold", WIL_REAL, offsetof(wil_gan_settings, label_threshold), "0.5", 0, 1,
        .open = WIL_OPEN_BOTH, .in_model = 1,
        .help = "a generated label counts as vessel above this, on the scale of the network's output: -1 "
                "surely none, 1 surely vessel"},
    {"calibration_samples", WIL_INT, offsetof(wil_gan_settings, calibration_samples), "2048", 32, 1e7,
        .help = "latents from which the frozen batch-norm statistics are computed"},
};
static const wil_fields gan_fields = WIL_FIELDS(wil_gan_settings, GAN);

static const wil_field UNET[] = {
    {"filters", WIL_INT, offsetof(wil_unet_settings, filters), "32", 1, 1024, .on_resume = WIL_RESUME_REFUSED,
        .in_model = 1, .help = "channels of the first level"},
    {"levels", WIL_INT, offsetof(wil_unet_settings, levels), "5", 2, 7, .on_resume = WIL_RESUME_REFUSED,
        .in_model = 1, .help = "resolution levels"},
    {"dropout", WIL_REAL, offsetof(wil_unet_settings, dropout), "0.1", 0, 0.95,
        .help = "between the convolutions of a level"},
    {"batch", WIL_INT, offsetof(wil_unet_settings, batch), "64", 1, 65536, .on_resume = WIL_RESUME_REFUSED,
        .help = "patches per update"},
    {"epochs", WIL_INT, offsetof(wil_unet_settings, epochs), "15", 1, 1e6, .on_resume = WIL_RESUME_FREE,
        .help = "passes over unet.patches_per_epoch patches"},
    {"patches_per_epoch", WIL_INT, offsetof(wil_unet_settings, patches_per_epoch), "0", 0, 1e9,
        .on_resume = WIL_RESUME_REFUSED, .help = "0: the whole set"},
    {"learning_rate", WIL_REAL, offsetof(wil_unet_settings, learning_rate), "1e-4", 1e-9, 1, .help = "Adam"},
    {"warmup_steps", WIL_INT, offsetof(wil_unet_settings, warmup_steps), "0", 0, 1e9,
        .help = "steps over which the learning rate rises to its value: a high one can lose all vessels at "
                "the start"},
    {"decay_from", WIL_REAL, offsetof(wil_unet_settings, decay_from), "1", 0, 1,
        .help = "share of the steps behind which the learning rate falls linearly to 0; 1: never"},
    {"augment", WIL_CHOICE, offsetof(wil_unet_settings, augment), "false",
        .choices = WIL_CHOICES("false", "true", "randomise"),
        .help =
            "true: rotation +-30 degrees, shear +-20 degrees, vertical flip (the study); randomise: size, "
            "contrast, sharpness, noise and shading too, for scans of other kinds than the patches are"},
    {"threshold", WIL_REAL, offsetof(wil_unet_settings, threshold), "0.5", 0, 1, .open = WIL_OPEN_MAX,
        .in_model = 1, .help = "vessel where the probability exceeds it"},
    {"tile", WIL_INT, offsetof(wil_unet_settings, tile), "96", 16, 4096, .in_model = 1,
        .help = "voxels a side of the tiles that whole slices are cut into"},
};
static const wil_fields unet_fields = WIL_FIELDS(wil_unet_settings, UNET);

/* A section that bears the name of a kind is that kind's own. */
static const wil_field SECTIONS[] = {
    {"start_from", WIL_TEXT, offsetof(wil_run_config, start_from), "", .is_path = 1,
        .on_resume = WIL_RESUME_REFUSED,
        .help = "network or checkpoint (.safetensors) whose weights the run starts with; empty: drawn anew"},
    {"train", WIL_TEXT, offsetof(wil_run_config, train), "", .on_resume = WIL_RESUME_REFUSED,
        .help =
            "weights that move, by name: patterns with * and commas between (critic.*,generator.conv6.*); "
            "the others stay as they are; empty: all move"},
    {"run", WIL_SECTION, 0, .fields = &run_fields, .also = "study"},
    {"data", WIL_SECTION, 0, .fields = &data_fields},
    {"engine", WIL_SECTION, offsetof(wil_run_config, engine), .fields = &engine_fields},
    {"gan", WIL_SECTION, offsetof(wil_run_config, gan), .fields = &gan_fields},
    {"unet", WIL_SECTION, offsetof(wil_run_config, unet), .fields = &unet_fields},
};
const wil_fields wil_run_fields = WIL_FIELDS(wil_run_config, SECTIONS);

const char *wil_run_kind_name(wil_run_kind kind)
{
    return RUN[0].choices[kind];
}

bool wil_run_section_used(const void *config, const char *section)
{
    for (int kind = 0; RUN[0].choices[kind] != NULL; kind++)
        if (strcmp(RUN[0].choices[kind], section) == 0)
            return kind == (int)((const wil_run_config *)config)->kind;
    return true;
}

wil_status wil_run_metadata(json_t **out, const wil_run_config *config)
{
    WIL_OWN(json_t) *metadata = json_object();
    WIL_REQUIRE(metadata != NULL, WIL_ERR_MEMORY, "out of memory for metadata");
    WIL_TRY(config->kind == WIL_RUN_GAN ? wil_fields_put_metadata(metadata, &gan_fields, &config->gan)
                                        : wil_fields_put_metadata(metadata, &unet_fields, &config->unet));
    return wil_give(out, &metadata);
}

/* What gan.recipe: willis sets (docs/train.md has the measurements). */
static const char *const RECIPE[] = {
    "gan.generator=upsample", "gan.noise=true", "gan.penalty_every=4", "gan.weight_average=0.995"};

/* What gan.model: dcgan sets, as published: 178 epochs of 41,000 patches at 512 a batch. */
static const char *const DCGAN[] = {"gan.batch=512", "gan.steps=14254", "gan.critic_steps=1",
    "gan.critic_learning_rate=3e-4", "gan.generator_learning_rate=3e-4", "gan.beta1=0.5", "gan.beta2=0.999"};

static wil_status assign(wil_run_config *out, const char *const *assignments, int n)
{
    for (int i = 0; i < n; i++)
        WIL_TRY(wil_fields_assign(&wil_run_fields, out, assignments[i]));
    return WIL_OK;
}

static wil_status read_given(
    wil_run_config *out, const char *path, const char *const *assignments, int n_assignments)
{
    if (path != NULL)
        WIL_TRY(wil_fields_load(&wil_run_fields, out, path));
    return assign(out, assignments, n_assignments);
}

/* What is given is read again over what the recipe and the model that it names bring along. */
static wil_status load(
    wil_run_config *out, const char *path, const char *const *assignments, int n_assignments)
{
    WIL_TRY(wil_fields_defaults(&wil_run_fields, out));
    WIL_TRY(read_given(out, path, assignments, n_assignments));
    const bool recipe = out->gan.recipe == WIL_GAN_RECIPE_WILLIS, dcgan = out->gan.model == WIL_GAN_DCGAN;
    if (recipe || dcgan) {
        wil_run_config_clear(out);
        WIL_TRY(wil_fields_defaults(&wil_run_fields, out));
        WIL_TRY(assign(out, RECIPE, recipe ? sizeof RECIPE / sizeof RECIPE[0] : 0));
        WIL_TRY(assign(out, DCGAN, dcgan ? sizeof DCGAN / sizeof DCGAN[0] : 0));
        WIL_TRY(read_given(out, path, assignments, n_assignments));
    }
    const int factor = 1 << (out->unet.levels - 1);
    WIL_REQUIRE(out->unet.tile % factor == 0, WIL_ERR_ARG,
        "unet.tile must be a multiple of %d for %d levels, got %d", factor, out->unet.levels, out->unet.tile);
    return WIL_OK;
}

wil_status wil_run_config_load(
    wil_run_config *out, const char *path, const char *const *assignments, int n_assignments)
{
    const wil_status status = load(out, path, assignments, n_assignments);
    if (status != WIL_OK)
        wil_run_config_clear(out);
    return status;
}

void wil_run_config_clear(wil_run_config *config)
{
    wil_fields_clear(&wil_run_fields, config);
}
