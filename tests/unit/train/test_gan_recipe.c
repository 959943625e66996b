/* What gan.recipe: willis is made of, where it meets the training. */
#include "test.h"

#include "run_fixture.h"
#include "trainer.h"

#define TINY                                                                                                 \
    "gan.filters=2 gan.latent=8 gan.batch=4 gan.critic_steps=2 gan.calibration_samples=32 run.seed=7 "       \
    "gan.critic_learning_rate=1e-3 gan.generator_learning_rate=1e-3 run.log_every=1 run.sample_every=0 "     \
    "run.checkpoint_every=2 run.threads=1 "
#define PARTS "gan.recipe=willis gan.penalty_every=3 gan.weight_average=0.9 "

static int make_patches_too(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    (void)write_tube_patches(*state, "patches.h5", 12, 32, 32);
    return 0;
}

#define RUN_TEST(name) TEST_WITH(name, make_patches_too, drop_folder)

static void run_gan(
    const char *folder, const char *run, const char *more, bool resume, const wil_monitor *monitor)
{
    char text[800];
    snprintf(text, sizeof text, TINY "%s", more);
    wil_train_result result = train_run(folder, run, text, resume, monitor);
    wil_train_result_clear(&result);
}

static wil_run_config load(const char *a, const char *b)
{
    wil_run_config config;
    const char *const given[] = {a, b};
    OK(wil_run_config_load(&config, NULL, given, b == NULL ? 1 : 2));
    return config;
}

TEST(the_recipe_fills_in_what_is_not_given)
{
    WIL_OWN(wil_run_config) study = load("gan.recipe=study", NULL);
    WIL_OWN(wil_run_config) willis = load("gan.recipe=willis", NULL);
    assert_true(study.gan.generator == WIL_GROWTH_TRANSPOSED && !study.gan.noise);
    assert_int_equal(study.gan.penalty_every, 1);
    assert_true(willis.gan.generator == WIL_GROWTH_UPSAMPLE && willis.gan.noise);
    assert_true(willis.gan.penalty_every > 1 && willis.gan.weight_average > 0.9);
}

TEST(what_is_given_wins_over_the_recipe_wherever_it_stands)
{
    WIL_OWN(wil_run_config) before = load("gan.generator=transposed", "gan.recipe=willis");
    WIL_OWN(wil_run_config) after = load("gan.recipe=willis", "gan.penalty_every=7");
    assert_true(before.gan.generator == WIL_GROWTH_TRANSPOSED && before.gan.noise);
    assert_int_equal(after.gan.penalty_every, 7);
}

TEST(what_the_recipe_cannot_be_is_refused)
{
    static const char *const bad[][3] = {{"gan.recipe=best", "gan.recipe", "study, willis"},
        {"gan.generator=unet", "gan.generator", "transposed, upsample"}, {"gan.noise=2", "gan.noise", ""},
        {"gan.penalty_every=0", "gan.penalty_every", "1"},
        {"gan.penalty_every=1.5", "gan.penalty_every", ""}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        wil_run_config config;
        REFUSED(WIL_ERR_ARG, wil_run_config_load(&config, NULL, bad[i], 1), bad[i][1]);
    }
}

RUN_TEST(a_resumed_recipe_equals_one_that_was_not_interrupted)
{
    listener heard;
    const wil_monitor monitor = listen_until(&heard, 3);
    run_gan(*state, "through", PARTS "gan.steps=6", false, NULL);
    run_gan(*state, "resumed", PARTS "gan.steps=6", false, &monitor);
    assert_int_equal(heard.done, 3);
    run_gan(*state, "resumed", PARTS "gan.steps=6", true, NULL);
    static const char *const files[] = {"generator.safetensors", "critic.safetensors", "log.csv"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_files_equal(
            in_folder(*state, "through/%s", files[i]), in_folder(*state, "resumed/%s", files[i]));
}

/* The first update has the penalty, k times as strong; the next k - 1 have none. */
RUN_TEST(a_penalty_now_and_then_is_as_many_times_as_strong)
{
#define ONE_UPDATE "gan.critic_steps=1 gan.steps=1 "
    run_gan(*state, "often", ONE_UPDATE "gan.gradient_penalty=6", false, NULL);
    run_gan(*state, "seldom", ONE_UPDATE "gan.gradient_penalty=2 gan.penalty_every=3", false, NULL);
    assert_true(weights_distance(in_folder(*state, "often/critic.safetensors"),
                    in_folder(*state, "seldom/critic.safetensors")) == 0);
    run_gan(*state, "with", ONE_UPDATE "gan.gradient_penalty=1e-12", false, NULL);
    assert_true(weights_distance(in_folder(*state, "often/critic.safetensors"),
                    in_folder(*state, "with/critic.safetensors")) > 1e-5);
}

RUN_TEST(updates_between_two_penalties_have_none)
{
#define TWO_UPDATES "gan.critic_steps=2 gan.steps=1 gan.critic_learning_rate=1e-9 "
    wil_table log[2];
    run_gan(*state, "strong", TWO_UPDATES "gan.gradient_penalty=1e6 gan.penalty_every=2", false, NULL);
    run_gan(*state, "none", TWO_UPDATES "gan.gradient_penalty=0", false, NULL);
    OK(wil_table_read(&log[0], in_folder(*state, "strong/log.csv"), ','));
    OK(wil_table_read(&log[1], in_folder(*state, "none/log.csv"), ','));
    /* at a rate near 0 the second update sees the first weights still: a loss without penalty is the same */
    const double loss[2] = {atof(wil_table_cell(&log[0], 0, 1)), atof(wil_table_cell(&log[1], 0, 1))};
    assert_float_equal(loss[0], loss[1], 1e-4);
    assert_true(atof(wil_table_cell(&log[0], 0, 3)) > 1); /* the penalty of the first one is logged */
    wil_table_free(&log[0]);
    wil_table_free(&log[1]);
}
