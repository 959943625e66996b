/* The table behind a study's YAML file: names, ranges, defaults and help of every setting. */
#include "willis/train.h"

#include <stddef.h>
#include <string.h>

#define AT(field) offsetof(wil_run_config, field)

static const wil_config_key KEYS[] = {
    {"study.kind", WIL_CONFIG_CHOICE, AT(kind), "gan", 0, 0, "gan|segmentation", "what is trained"},
    {"study.seed", WIL_CONFIG_U64, AT(seed), "1", 0, 0, NULL, "seed of everything random in this run"},
    {"study.threads", WIL_CONFIG_INT, AT(threads), "0", 0, 1024, NULL, "processor threads; 0: all"},
    {"study.output", WIL_CONFIG_STRING, AT(output), "run", 0, 0, NULL, "run folder, made if absent"},
    {"study.checkpoint_every", WIL_CONFIG_INT, AT(checkpoint_every), "500", 1, 1e9, NULL,
        "generator steps (gan) or epochs (segmentation) between checkpoints"},
    {"study.sample_every", WIL_CONFIG_INT, AT(sample_every), "500", 0, 1e9, NULL,
        "generator steps between sample grids; 0: none"},
    {"study.log_every", WIL_CONFIG_INT, AT(log_every), "10", 1, 1e9, NULL,
        "generator steps between log rows"},
    {"data.patches", WIL_CONFIG_STRING, AT(patches), "patches.h5", 0, 0, NULL, "patch set to train on"},
    {"data.cohort", WIL_CONFIG_STRING, AT(cohort), "", 0, 0, NULL,
        "cohort whose val patients choose the best epoch (segmentation); empty: the last epoch is kept"},
    {"engine.precision", WIL_CONFIG_CHOICE, AT(engine.precision), "f32", 0, 0, "f32|bf16",
        "bf16: convolutions and stored activations in bfloat16, about twice as fast; weights, losses and "
        "sums stay "
        "f32"},
    {"engine.recompute", WIL_CONFIG_BOOL, AT(engine.recompute), "false", 0, 0, NULL,
        "activations computed again rather than kept: less memory, more time, the same bits"},
    {"gan.model", WIL_CONFIG_CHOICE, AT(gan.model), "wgan-gp", 0, 0, "wgan-gp|wgan-gp-sn",
        "critic with instance norm, or with spectral norm"},
    {"gan.filters", WIL_CONFIG_INT, AT(gan.filters), "96", 1, 1024, NULL,
        "f: channels of the widest-image layer"},
    {"gan.latent", WIL_CONFIG_INT, AT(gan.latent), "100", 1, 65536, NULL, "length of the latent vector z"},
    {"gan.batch", WIL_CONFIG_INT, AT(gan.batch), "128", 1, 65536, NULL, "patches per update"},
    {"gan.steps", WIL_CONFIG_INT, AT(gan.steps), "12400", 1, 1e9, NULL,
        "generator updates (194 epochs of 41,000 patches at batch 128, 5 critic updates each, are 12,400)"},
    {"gan.critic_steps", WIL_CONFIG_INT, AT(gan.critic_steps), "5", 1, 100, NULL,
        "critic updates per generator update, each on a fresh batch"},
    {"gan.critic_learning_rate", WIL_CONFIG_REAL, AT(gan.critic_learning_rate), "1e-4", 1e-9, 1, NULL,
        "Adam"},
    {"gan.generator_learning_rate", WIL_CONFIG_REAL, AT(gan.generator_learning_rate), "1e-4", 1e-9, 1, NULL,
        "Adam"},
    {"gan.beta1", WIL_CONFIG_REAL, AT(gan.beta1), "0", 0, 0.9999, NULL, "Adam"},
    {"gan.beta2", WIL_CONFIG_REAL, AT(gan.beta2), "0.9", 0, 0.99999, NULL, "Adam"},
    {"gan.decay_from", WIL_CONFIG_REAL, AT(gan.decay_from), "1", 0, 1, NULL,
        "share of the steps behind which both learning rates fall linearly to 0; 1: never (the study)"},
    {"gan.gradient_penalty", WIL_CONFIG_REAL, AT(gan.gradient_penalty), "10", 0, 1e6, NULL, "lambda"},
    {"gan.scaling", WIL_CONFIG_CHOICE, AT(gan.scaling), "scan", 0, 0, "scan|patch",
        "intensities to [-1, 1] by the scan's robust range, or by each patch's minimum and maximum (the "
        "study)"},
    {"gan.weight_average", WIL_CONFIG_REAL, AT(gan.weight_average), "0", 0, 0.99999, NULL,
        "decay of the averaged generator that samples are drawn from; 0: none (the study)"},
    {"gan.label_threshold", WIL_CONFIG_REAL, AT(gan.label_threshold), "0.5", 0, 1, NULL,
        "a generated label counts as vessel above this"},
    {"gan.calibration_samples", WIL_CONFIG_INT, AT(gan.calibration_samples), "2048", 32, 1e7, NULL,
        "latents from which the frozen batch-norm statistics are computed"},
    {"unet.filters", WIL_CONFIG_INT, AT(unet.filters), "32", 1, 1024, NULL, "channels of the first level"},
    {"unet.levels", WIL_CONFIG_INT, AT(unet.levels), "5", 2, 7, NULL, "resolution levels"},
    {"unet.dropout", WIL_CONFIG_REAL, AT(unet.dropout), "0.1", 0, 0.95, NULL,
        "between the convolutions of a level"},
    {"unet.batch", WIL_CONFIG_INT, AT(unet.batch), "64", 1, 65536, NULL, "patches per update"},
    {"unet.epochs", WIL_CONFIG_INT, AT(unet.epochs), "15", 1, 1e6, NULL,
        "passes over unet.patches_per_epoch patches"},
    {"unet.patches_per_epoch", WIL_CONFIG_INT, AT(unet.patches_per_epoch), "0", 0, 1e9, NULL,
        "0: the whole set"},
    {"unet.learning_rate", WIL_CONFIG_REAL, AT(unet.learning_rate), "1e-4", 1e-9, 1, NULL, "Adam"},
    {"unet.warmup_steps", WIL_CONFIG_INT, AT(unet.warmup_steps), "0", 0, 1e9, NULL,
        "steps over which the learning rate rises to its value: a high one can lose all vessels at the "
        "start"},
    {"unet.decay_from", WIL_CONFIG_REAL, AT(unet.decay_from), "1", 0, 1, NULL,
        "share of the steps behind which the learning rate falls linearly to 0; 1: never"},
    {"unet.augment", WIL_CONFIG_BOOL, AT(unet.augment), "false", 0, 0, NULL,
        "rotation +-30 degrees, shear +-20 degrees, vertical flip"},
    {"unet.threshold", WIL_CONFIG_REAL, AT(unet.threshold), "0.5", 0, 1, NULL,
        "vessel where the probability exceeds it"},
    {"unet.tile", WIL_CONFIG_INT, AT(unet.tile), "96", 16, 4096, NULL,
        "voxels a side of the tiles that whole slices are cut into"},
};

const wil_config_key *wil_run_config_keys(int *n_out)
{
    *n_out = (int)(sizeof KEYS / sizeof KEYS[0]);
    return KEYS;
}

bool wil_run_key_is_used(const wil_config_key *key, int kind)
{
    const char *const other = kind == WIL_RUN_GAN ? "unet." : "gan.";
    return strncmp(key->name, other, strlen(other)) != 0;
}

static wil_status run_config_check(const wil_run_config *config)
{
    WIL_REQUIRE(config->output[0] != '\0', WIL_ERR_ARG, "study.output is empty; name the run folder");
    WIL_REQUIRE(
        config->patches[0] != '\0', WIL_ERR_ARG, "data.patches is empty; name a patch set (willis patches)");
    WIL_REQUIRE(config->unet.tile % (1 << (config->unet.levels - 1)) == 0, WIL_ERR_ARG,
        "unet.tile must be a multiple of %d for %d levels, got %d", 1 << (config->unet.levels - 1),
        config->unet.levels, config->unet.tile);
    WIL_REQUIRE(config->gan.label_threshold > 0 && config->gan.label_threshold < 1, WIL_ERR_ARG,
        "gan.label_threshold must lie between 0 and 1, got %g: at either end every label is full or empty",
        config->gan.label_threshold);
    WIL_REQUIRE(config->unet.threshold < 1, WIL_ERR_ARG,
        "unet.threshold must lie below 1, got %g: no probability exceeds that", config->unet.threshold);
    return WIL_OK;
}

wil_status wil_run_config_load(
    wil_run_config *out, const char *path, const char *const *assignments, int n_assignments)
{
    int n_keys = 0;
    const wil_config_key *keys = wil_run_config_keys(&n_keys);
    memset(out, 0, sizeof *out);
    wil_status status = wil_config_defaults(out, keys, n_keys);
    if (status == WIL_OK && path != NULL)
        status = wil_config_load(out, keys, n_keys, path);
    for (int i = 0; status == WIL_OK && i < n_assignments; i++)
        status = wil_config_set(out, keys, n_keys, assignments[i]);
    if (status == WIL_OK)
        status = run_config_check(out);
    if (status != WIL_OK)
        wil_run_config_clear(out);
    return status;
}

void wil_run_config_clear(wil_run_config *config)
{
    int n_keys = 0;
    const wil_config_key *keys = wil_run_config_keys(&n_keys);
    wil_config_clear(config, keys, n_keys);
}
