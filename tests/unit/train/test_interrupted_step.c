/* Ctrl-C at any moment: a stop is asked for at every poll of a whole training in turn, between the operations
 * of its steps too. Resumed, each run ends with the files of one that went through. */
#include "run_fixture.h"

#define GAN                                                                                                  \
    "gan.filters=2 gan.latent=8 gan.batch=4 gan.critic_steps=2 gan.calibration_samples=32 gan.steps=2 "      \
    "gan.model=wgan-gp-sn gan.weight_average=0.9 gan.critic_learning_rate=1e-3 study.seed=7 "                \
    "study.log_every=1 study.sample_every=0 study.checkpoint_every=2 study.threads=1"
#define UNET                                                                                                 \
    "study.kind=segmentation unet.filters=2 unet.levels=2 unet.batch=6 unet.epochs=2 unet.tile=32 "          \
    "unet.dropout=0.1 unet.learning_rate=1e-2 unet.augment=true study.seed=7 study.checkpoint_every=1 "      \
    "study.threads=1 data.cohort=%s/cohort.tsv"

static int make_data(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    (void)write_tube_patches(*state, "patches.h5", 12, 32, 32);
    (void)write_val_cohort(*state, 1);
    return 0;
}

/* files: NULL at the end. Returns how many runs were interrupted. */
static int assert_every_interruption_resumes(const char *folder, const char *study, const char *const *files)
{
    listener heard;
    wil_monitor monitor = listen_with(&heard, 0);
    wil_train_result result = train_run(folder, "through", study, false, &monitor);
    wil_train_result_clear(&result);
    const int n_asked = heard.n_asked;
    int n_interrupted = 0;
    for (int at = 1; at <= n_asked; at++) {
        char run[32];
        snprintf(run, sizeof run, "run-%d", at);
        monitor = listen_with(&heard, at);
        result = train_run(folder, run, study, false, &monitor);
        n_interrupted += result.interrupted;
        wil_train_result_clear(&result);
        result = train_run(folder, run, study, true, NULL);
        assert_false(result.interrupted);
        wil_train_result_clear(&result);
        for (int i = 0; files[i] != NULL; i++)
            assert_files_equal(
                in_folder(folder, "through/%s", files[i]), in_folder(folder, "%s/%s", run, files[i]));
    }
    return n_interrupted;
}

static void a_gan_loses_nothing(void **state)
{
    static const char *const files[] = {
        "generator.safetensors", "critic.safetensors", "log.csv", "checkpoint-00000002.safetensors", NULL};
    /* two steps of three updates; dozens of operations each before the first gradient is handed over */
    assert_true(assert_every_interruption_resumes(*state, GAN, files) > 2 * 3 * 30);
}

static void nor_does_a_segmentation(void **state)
{
    static const char *const files[] = {
        "unet.safetensors", "log.csv", "checkpoint-00000004.safetensors", NULL};
    char study[800];
    snprintf(study, sizeof study, UNET, (char *)*state);
    /* two epochs of two steps, and a validation each */
    assert_true(assert_every_interruption_resumes(*state, study, files) > 4 * 20 + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_gan_loses_nothing, make_data, drop_folder),
        cmocka_unit_test_setup_teardown(nor_does_a_segmentation, make_data, drop_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
