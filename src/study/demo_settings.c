/* The settings of the demo: a study small enough for ten minutes on two cores. */
#include <math.h>
#include <string.h>

#include "demo_internal.h"

#define PATCH_SIDE 64
#define PATCHES_PER_SUBJECT 400
#define GAN_STEPS 1600
#define UNET_EPOCHS 3
#define PATCHES_PER_EPOCH 3600
#define WARMUP_STEPS 100
#define SYNTHETIC_COUNT 9600

static const char *const FILE_NAMES[DEMO_N_FILES] = {"demo.json", "cohort", "real.h5", "gan", "trees",
    "trees.h5", "synthetic.h5", "unet-real", "unet-synthetic", "predictions-real", "predictions-synthetic",
    "predictions-public", "pairs.png", "report.html", "result.json"};

#define AT(member) offsetof(wil_demo_config, member)
static const wil_field FIELDS[] = {
    {"seed", WIL_U64, AT(seed), "1", .help = "seed of everything random"},
    {"train", WIL_INT, AT(n_train), "16", 1, 9999, .help = "phantoms to train on"},
    {"val", WIL_INT, AT(n_val), "2", 1, 9999, .help = "phantoms to choose the best epoch by"},
    {"test", WIL_INT, AT(n_test), "4", 1, 9999, .help = "phantoms to test on"},
    {"matrix", WIL_INTS, AT(matrix), "208x256x84", 32, 2048, .n = 3, .help = "voxels of a phantom"},
    {"effort", WIL_REAL, AT(effort), "1", 0, 1000, .open = WIL_OPEN_MIN,
        .help = "scales the training steps; 1: about ten minutes on two cores"},
};
const wil_fields wil_demo_fields = WIL_FIELDS(wil_demo_config, FIELDS);

wil_demo_config wil_demo_config_default(void)
{
    wil_demo_config config;
    wil_fields_defaults_of_numbers(&wil_demo_fields, &config);
    config.folder = "demo";
    return config;
}

static wil_status check(const wil_demo_config *config)
{
    WIL_REQUIRE(config->folder != NULL && config->folder[0] != '\0', WIL_ERR_ARG, "the demo needs a folder");
    WIL_TRY(wil_fail_context(wil_fields_check(&wil_demo_fields, config), "the demo"));
    for (int axis = 0; axis < 2; axis++)
        WIL_REQUIRE(config->matrix[axis] >= PATCH_SIDE, WIL_ERR_ARG,
            "the demo's matrix is %d x %d x %d, but its patches need %d voxels along x and y",
            config->matrix[0], config->matrix[1], config->matrix[2], PATCH_SIDE);
    return WIL_OK;
}

/* Training steps scale with the effort; a run of none would test nothing. */
static int scaled(int steps, double effort)
{
    const double wanted = ceil(steps * effort);
    return wanted < 1 ? 1 : wanted > 1e9 ? 1000000000 : (int)wanted;
}

/* Settings that every run of the demo has, and those of one kind of run. */
static wil_status load(wil_run_config *out, const char *kind, uint64_t seed, const char *patches,
    const char *output, const char *const *more, int n_more)
{
    WIL_OWN(char) *is = NULL, *seeded = NULL, *reads = NULL, *writes = NULL;
    WIL_TRY(wil_string_format(&is, "run.kind=%s", kind));
    WIL_TRY(wil_string_format(&seeded, "run.seed=%llu", (unsigned long long)seed));
    WIL_TRY(wil_string_format(&reads, "data.patches=%s", patches));
    WIL_TRY(wil_string_format(&writes, "run.output=%s", output));
    const char *all[32] = {is, seeded, reads, writes};
    memcpy(all + 4, more, (size_t)n_more * sizeof *more);
    return wil_run_config_load(out, NULL, all, 4 + n_more);
}

static wil_status gan_settings(wil_demo_state *demo)
{
    static const char *const more[] = {"gan.recipe=willis", "gan.labels=given", "gan.filters=16",
        "gan.latent=64", "gan.batch=16", "gan.critic_steps=2", "gan.critic_learning_rate=5e-4",
        "gan.generator_learning_rate=5e-4", "gan.calibration_samples=1024", "run.log_every=10",
        "run.sample_every=500", "run.checkpoint_every=500"};
    WIL_TRY(load(&demo->gan, "gan", demo->config->seed, demo->path[DEMO_FILE_REAL], demo->path[DEMO_FILE_GAN],
        more, sizeof more / sizeof more[0]));
    demo->gan.gan.steps = scaled(GAN_STEPS, demo->config->effort);
    return WIL_OK;
}

/* Both networks are trained alike; only the patches differ. */
static wil_status unet_settings(
    wil_run_config *out, const wil_demo_state *demo, wil_demo_file patches, wil_demo_file folder)
{
    static const char *const more[] = {"unet.filters=16", "unet.levels=4", "unet.dropout=0", "unet.batch=16",
        "unet.learning_rate=1e-3", "unet.decay_from=0.5", "unet.tile=64", "unet.augment=true",
        "run.checkpoint_every=1"};
    WIL_TRY(load(out, "unet", demo->config->seed, demo->path[patches], demo->path[folder], more,
        sizeof more / sizeof more[0]));
    out->unet.epochs = UNET_EPOCHS;
    out->unet.patches_per_epoch = scaled(PATCHES_PER_EPOCH, demo->config->effort);
    out->unet.warmup_steps = scaled(WARMUP_STEPS, demo->config->effort);
    wil_free(out->cohort);
    return wil_string_copy(&out->cohort, demo->path[DEMO_FILE_COHORT]);
}

static void phantom_settings(wil_demo_state *demo)
{
    const wil_demo_config *config = demo->config;
    demo->phantom = wil_tof_config_default();
    wil_tof_config_set_matrix(&demo->phantom, config->matrix[0], config->matrix[1], config->matrix[2]);
    demo->phantom.seed = config->seed;
    demo->patch = wil_patch_config_default();
    demo->patch.height = PATCH_SIDE;
    demo->patch.width = PATCH_SIDE;
    demo->patch.vessel_frac = 0.7; /* few steps are left for patches without arteries */
    demo->patch.per_subject = scaled(PATCHES_PER_SUBJECT, config->effort);
    demo->patch.seed = config->seed;
    demo->n_synthetic = scaled(SYNTHETIC_COUNT, config->effort);
}

wil_status demo_settings(wil_demo_state *out, const wil_demo_config *config)
{
    memset(out, 0, sizeof *out);
    out->config = config;
    WIL_TRY(check(config));
    for (int i = 0; i < DEMO_N_FILES; i++)
        WIL_TRY(wil_path_join(&out->path[i], config->folder, FILE_NAMES[i]));
    phantom_settings(out);
    WIL_TRY(gan_settings(out));
    WIL_TRY(unet_settings(&out->real.config, out, DEMO_FILE_REAL, DEMO_FILE_UNET_REAL));
    return unet_settings(&out->synthetic.config, out, DEMO_FILE_SYNTHETIC, DEMO_FILE_UNET_SYNTHETIC);
}

static void arm_clear(wil_demo_arm *arm)
{
    wil_run_config_clear(&arm->config);
    wil_train_result_clear(&arm->trained);
    wil_score_clear(&arm->score);
}

void wil_demo_state_clear(wil_demo_state *demo)
{
    for (int i = 0; i < DEMO_N_FILES; i++)
        wil_free(demo->path[i]);
    wil_run_config_clear(&demo->gan);
    wil_train_result_clear(&demo->gan_trained);
    wil_cohort_clear(&demo->cohort);
    arm_clear(&demo->real);
    arm_clear(&demo->synthetic);
    wil_score_clear(&demo->public_network);
    memset(demo, 0, sizeof *demo);
}
