/* Training from given weights on, and of some weights alone. */
#include "run_fixture.h"

#define GAN                                                                                                  \
    "gan.latent=8 gan.batch=4 gan.critic_steps=2 gan.calibration_samples=32 study.log_every=1 "              \
    "study.sample_every=0 study.checkpoint_every=2 study.threads=1 "
#define FIRST GAN "gan.filters=2 gan.steps=2 study.seed=7 gan.critic_learning_rate=1e-3 "
#define NEXT GAN "gan.filters=2 gan.steps=2 study.seed=8 "
#define UNET                                                                                                 \
    "study.kind=segmentation unet.filters=2 unet.levels=2 unet.batch=4 unet.epochs=1 unet.tile=32 "          \
    "study.checkpoint_every=1 study.threads=1 "

static int make_first_run(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    (void)write_tube_patches(*state, "patches.h5", 12, 32, 32);
    wil_train_result result = train_run(*state, "first", FIRST, false, NULL);
    wil_train_result_clear(&result);
    return 0;
}

/* Runs a study of which one key names a file of the first run. */
static void run_from(const char *folder, const char *run, const char *study, const char *file,
    const char *more, const wil_monitor *monitor)
{
    char text[1000];
    snprintf(text, sizeof text, "%s start_from=%s/%s %s", study, folder, file, more);
    wil_train_result result = train_run(folder, run, text, false, monitor);
    wil_train_result_clear(&result);
}

static wil_status try_from(
    const char *folder, const char *run, const char *study, const char *file, const char *more, bool resume)
{
    char text[1000];
    snprintf(text, sizeof text, "%s start_from=%s/%s %s", study, folder, file, more);
    return try_train(folder, run, "patches.h5", text, resume);
}

/* Largest difference of the tensors of two checkpoints whose names begin so and hold `part`; n_out: how many
 * there are. */
static double apart(const char *folder, const char *run, const char *prefix, const char *part, int *n_out)
{
    wil_tensor_file files[2];
    double most = 0;
    *n_out = 0;
    OK(wil_tensor_file_read(&files[0], in_folder(folder, "first/checkpoint-00000002.safetensors")));
    OK(wil_tensor_file_read(&files[1], in_folder(folder, "%s/checkpoint-00000002.safetensors", run)));
    for (int i = 0; i < files[0].n_tensors; i++) {
        const wil_tensor *one = &files[0].tensors[i];
        const wil_tensor *other = wil_tensor_file_find(&files[1], one->name);
        if (strncmp(one->name, prefix, strlen(prefix)) != 0 || strstr(one->name, part) == NULL ||
            other == NULL)
            continue;
        (*n_out)++;
        for (int64_t k = 0; k < wil_shape_count(one->shape); k++)
            most = fmax(
                most, fabs((double)((const float *)one->data)[k] - (double)((const float *)other->data)[k]));
    }
    wil_tensor_file_clear(&files[0]);
    wil_tensor_file_clear(&files[1]);
    return most;
}

#define STILL "gan.critic_learning_rate=1e-9 gan.generator_learning_rate=1e-9" /* Adam: a weight, a step */

static void a_network_is_where_its_own_file_was_and_others_are_drawn(void **state)
{
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    int n = 0;
    run_from(*state, "next", NEXT, "first/generator.safetensors", STILL, &monitor);
    assert_true(apart(*state, "next", "generator_weights.", "conv", &n) < 1e-7);
    assert_int_equal(n, 6);
    assert_true(apart(*state, "next", "critic_weights.", "conv", &n) > 1e-2);
    SAYS(heard.told, "generator: all weights from", "first/generator.safetensors", "critic: none in");
    assert_int_equal(heard.n_warnings, 0);
}

static void a_checkpoint_gives_all_networks(void **state)
{
    int n = 0;
    run_from(
        *state, "next", NEXT, "first/checkpoint-00000002.safetensors", STILL " gan.weight_average=0.9", NULL);
    assert_true(apart(*state, "next", "generator_weights.", "", &n) < 1e-7);
    assert_true(n > 6);
    assert_true(apart(*state, "next", "critic_weights.", "", &n) < 1e-7);
    assert_true(n > 5);
}

static void files_that_do_not_fit_are_refused(void **state)
{
    REFUSED(WIL_ERR_INPUT,
        try_from(*state, "a", GAN "gan.filters=4", "first/generator.safetensors", "", false), "start_from",
        "first/generator.safetensors does not fit this run", "generator.conv1.weight", "has shape");
    REFUSED(WIL_ERR_INPUT, try_from(*state, "b", UNET, "first/generator.safetensors", "", false),
        "start_from", "holds none of the weights that this run has, such as unet.");
    REFUSED(WIL_ERR_INPUT, try_from(*state, "c", NEXT, "first/absent.safetensors", "", false), "start_from",
        "absent.safetensors");
    cut_file_short(in_folder(*state, "first/critic.safetensors"));
    REFUSED(WIL_ERR_INPUT, try_from(*state, "d", NEXT, "first/critic.safetensors", "", false), "start_from",
        "not a whole safetensors file");
    assert_false(wil_file_exists(in_folder(*state, "d/config.yaml")));
}

/* A critic with spectral norm has its weights under other names: the score's alone is not. */
static void a_network_that_is_found_in_part_is_warned_of(void **state)
{
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    wil_tensor_file file;
    OK(wil_tensor_file_read(&file, in_folder(*state, "first/critic.safetensors")));
    OK(wil_tensor_file_write(in_folder(*state, "part.safetensors"), file.tensors, 2, file.metadata));
    wil_tensor_file_clear(&file);
    run_from(*state, "next", NEXT, "part.safetensors", "", &monitor);
    assert_int_equal(heard.n_warnings, 1);
    SAYS(heard.warning, "part.safetensors holds 2 of the 6 weights of critic", "critic.conv");
}

/* ---- weights that move --------------------------------------------------------------------------------- */

static void weights_that_match_no_pattern_stay_to_the_bit(void **state)
{
    int n = 0;
    run_from(*state, "next", NEXT, "first/checkpoint-00000002.safetensors",
        "train=critic.conv[12]*,generator.conv6.*", NULL);
    assert_true(apart(*state, "next", "critic_weights.critic.conv1", "", &n) > 1e-5 && n == 1);
    assert_true(apart(*state, "next", "critic_weights.critic.conv2", "", &n) > 1e-5 && n == 1);
    assert_true(apart(*state, "next", "critic_weights.critic.conv3", "", &n) == 0 && n == 1);
    assert_true(apart(*state, "next", "generator_weights.generator.conv6", "", &n) > 1e-5 && n == 1);
    assert_true(apart(*state, "next", "generator_weights.generator.conv1", "", &n) == 0 && n == 1);
    assert_true(apart(*state, "next", "generator_weights.generator.norm", ".weight", &n) == 0 && n == 5);
    (void)apart(*state, "next", "critic_adam.", "exp_avg_sq", &n);
    assert_int_equal(n, 2); /* moments of what moves alone */
    (void)apart(*state, "next", "generator_adam.", "exp_avg_sq", &n);
    assert_int_equal(n, 1);
}

static void a_network_can_stay_as_a_whole(void **state)
{
    int n = 0;
    run_from(*state, "next", NEXT, "first/checkpoint-00000002.safetensors", "train=generator.*", NULL);
    assert_true(apart(*state, "next", "critic_weights.", "", &n) == 0 && n == 6);
    assert_true(apart(*state, "next", "generator_weights.", "conv", &n) > 1e-5);
}

static void a_segmentation_too_trains_some_weights_from_others_on(void **state)
{
    wil_tensor_file before, after;
    wil_train_result result = train_run(*state, "unet", UNET "unet.learning_rate=1e-2", false, NULL);
    wil_train_result_clear(&result);
    run_from(*state, "tuned", UNET "unet.learning_rate=1e-2 study.seed=9", "unet/unet.safetensors",
        "train=unet.out.*", NULL);
    OK(wil_tensor_file_read(&before, in_folder(*state, "unet/unet.safetensors")));
    OK(wil_tensor_file_read(&after, in_folder(*state, "tuned/unet.safetensors")));
    for (int i = 0; i < before.n_tensors; i++) {
        const wil_tensor *one = &before.tensors[i];
        const bool same = memcmp(one->data, wil_tensor_file_find(&after, one->name)->data,
                              (size_t)wil_shape_count(one->shape) * sizeof(float)) == 0;
        assert_true(same == (strstr(one->name, "unet.out.") == NULL));
    }
    wil_tensor_file_clear(&before);
    wil_tensor_file_clear(&after);
}

static void patterns_that_match_nothing_are_refused(void **state)
{
    REFUSED(WIL_ERR_ARG, try_train(*state, "a", "patches.h5", NEXT "train=critic.*,generater.*", false),
        "train: no weight of this run matches 'generater.*'", "such as ", "conv");
    REFUSED(WIL_ERR_ARG, try_train(*state, "b", "patches.h5", NEXT "train=critic.*,", false), "matches ''");
}

/* ---- resuming ------------------------------------------------------------------------------------------ */

static void a_resumed_run_starts_from_its_own_checkpoint(void **state)
{
    listener heard;
    const wil_monitor monitor = listen_until(&heard, 1);
    const char *file = "first/checkpoint-00000002.safetensors";
    run_from(*state, "through", NEXT, file, "train=critic.*", NULL);
    run_from(*state, "resumed", NEXT, file, "train=critic.*", &monitor);
    assert_true(wil_file_exists(in_folder(*state, "resumed/checkpoint-00000001.safetensors")));
    OK(try_from(*state, "resumed", NEXT, file, "train=critic.*", true));
    assert_files_equal(in_folder(*state, "through/checkpoint-00000002.safetensors"),
        in_folder(*state, "resumed/checkpoint-00000002.safetensors"));
    assert_files_equal(
        in_folder(*state, "through/critic.safetensors"), in_folder(*state, "resumed/critic.safetensors"));
}

static void another_start_and_other_weights_are_refused_when_resuming(void **state)
{
    const char *file = "first/checkpoint-00000002.safetensors";
    run_from(*state, "next", NEXT, file, "train=critic.*", NULL);
    REFUSED(WIL_ERR_ARG,
        try_from(*state, "next", NEXT, "first/generator.safetensors", "train=critic.* gan.steps=3", true),
        "start_from = ", "checkpoint-00000002");
    REFUSED(WIL_ERR_ARG, try_from(*state, "next", NEXT, file, "train=generator.* gan.steps=3", true),
        "train = critic.*", "generator.*");
    REFUSED(WIL_ERR_ARG, try_train(*state, "first", "patches.h5", FIRST "gan.steps=3 train=critic.*", true),
        "train = ", "critic.*");
}

#define FROM_CASE(name) cmocka_unit_test_setup_teardown(name, make_first_run, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FROM_CASE(a_network_is_where_its_own_file_was_and_others_are_drawn),
        FROM_CASE(a_checkpoint_gives_all_networks),
        FROM_CASE(files_that_do_not_fit_are_refused),
        FROM_CASE(a_network_that_is_found_in_part_is_warned_of),
        FROM_CASE(weights_that_match_no_pattern_stay_to_the_bit),
        FROM_CASE(a_network_can_stay_as_a_whole),
        FROM_CASE(a_segmentation_too_trains_some_weights_from_others_on),
        FROM_CASE(patterns_that_match_nothing_are_refused),
        FROM_CASE(a_resumed_run_starts_from_its_own_checkpoint),
        FROM_CASE(another_start_and_other_weights_are_refused_when_resuming),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
