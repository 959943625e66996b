#include <omp.h>

#include "trainer.h"

#include "run_fixture.h"
#include "willis/train.h"

/* 12 patches of 32 x 32, nets of 2 filters: a step takes milliseconds. */
#define TINY                                                                                                 \
    "gan.filters=2 gan.latent=8 gan.batch=4 gan.critic_steps=2 gan.calibration_samples=32 study.seed=7 "     \
    "gan.critic_learning_rate=1e-3 gan.generator_learning_rate=1e-3 study.log_every=1 study.sample_every=0 " \
    "study.checkpoint_every=2 study.threads=1 "

static int make_patches_too(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    (void)write_tube_patches(*state, "patches.h5", 12, 32, 32);
    return 0;
}

#define GAN_CASE(name) cmocka_unit_test_setup_teardown(name, make_patches_too, drop_folder)

static void run_gan(
    const char *folder, const char *run, const char *more, bool resume, const wil_monitor *monitor)
{
    char text[800];
    snprintf(text, sizeof text, TINY "%s", more);
    wil_train_result result = train_run(folder, run, text, resume, monitor);
    wil_train_result_clear(&result);
}

static void assert_same_run(const char *folder, const char *a, const char *b)
{
    static const char *const files[] = {"generator.safetensors", "critic.safetensors", "log.csv"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_files_equal(in_folder(folder, "%s/%s", a, files[i]), in_folder(folder, "%s/%s", b, files[i]));
}

static void a_run_leaves_what_the_header_promises(void **state)
{
    char path[600];
    wil_train_result result = train_run(*state, "run", TINY "gan.steps=5 study.sample_every=2", false, NULL);
    assert_true(result.steps_done == 5 && !result.interrupted && result.seconds > 0 && result.plan_bytes > 0);
    assert_true(isnan(result.best_val_dice));
    snprintf(path, sizeof path, "%s/run/generator.safetensors", (char *)*state);
    assert_string_equal(result.model_path, path);
    wil_train_result_clear(&result);
    static const char *const files[] = {"config.yaml", "log.csv", "checkpoint-00000004.safetensors",
        "checkpoint-00000005.safetensors", "samples/step-00000002.png", "samples/step-00000004.png",
        "samples/step-00000005.png", "generator.safetensors", "critic.safetensors", "result.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (!wil_file_exists(in_folder(*state, "run/%s", files[i])))
            fail_msg("no %s", files[i]);
    assert_false(wil_file_exists(in_folder(*state, "run/checkpoint-00000002.safetensors")));
    wil_table log;
    OK(wil_table_read(&log, in_folder(*state, "run/log.csv"), ','));
    assert_int_equal(log.n_rows, 5);
    assert_string_equal(log.columns[0], "step");
    wil_table_free(&log);
    json_t *value = NULL;
    OK(wil_json_load(&value, in_folder(*state, "run/result.json")));
    assert_int_equal(json_integer_value(json_object_get(value, "steps_done")), 5);
    assert_true(json_is_false(json_object_get(value, "interrupted")));
    assert_string_equal(json_string_value(json_object_get(value, "model")), "generator.safetensors");
    json_decref(value);
    wil_run_config written;
    OK(wil_run_config_load(&written, in_folder(*state, "run/config.yaml"), NULL, 0));
    assert_int_equal(written.gan.steps, 5);
    assert_true(written.seed == 7);
    wil_run_config_clear(&written);
}

static void the_same_seed_gives_the_same_bits(void **state)
{
    run_gan(*state, "a", "gan.steps=3 study.threads=2", false, NULL);
    run_gan(*state, "b", "gan.steps=3 study.threads=2", false, NULL);
    assert_same_run(*state, "a", "b");
    run_gan(*state, "c", "gan.steps=3 study.threads=2 study.seed=8", false, NULL);
    assert_true(weights_distance(in_folder(*state, "a/generator.safetensors"),
                    in_folder(*state, "c/generator.safetensors")) > 1e-2);
}

/* Interrupts after 3 of 6 steps and resumes; all files are those of a run that went through. */
static void assert_resumed_equals_uninterrupted(const char *folder, const char *more)
{
    char text[400];
    char full[800];
    listener heard;
    const wil_monitor monitor = listen_until(&heard, 3);
    snprintf(text, sizeof text, "gan.steps=6 %s", more);
    snprintf(full, sizeof full, TINY "%s", text);
    run_gan(folder, "through", text, false, NULL);
    wil_train_result result = train_run(folder, "resumed", full, false, &monitor);
    assert_true(result.interrupted && result.steps_done == 3);
    assert_true(heard.done == 3 && heard.total == 6);
    wil_train_result_clear(&result);
    assert_true(wil_file_exists(in_folder(folder, "resumed/checkpoint-00000003.safetensors")));
    result = train_run(folder, "resumed", full, true, NULL);
    assert_true(!result.interrupted && result.steps_done == 6);
    wil_train_result_clear(&result);
    assert_same_run(folder, "through", "resumed");
    assert_files_equal(in_folder(folder, "through/checkpoint-00000006.safetensors"),
        in_folder(folder, "resumed/checkpoint-00000006.safetensors"));
}

static void a_resumed_run_equals_one_that_was_not_interrupted(void **state)
{
    assert_resumed_equals_uninterrupted(*state, "");
}

static void so_does_one_with_spectral_norm_averaging_and_two_threads(void **state)
{
    assert_resumed_equals_uninterrupted(
        *state, "gan.model=wgan-gp-sn gan.weight_average=0.9 study.threads=2");
}

/* Its fakes are drawn around labels of the set, chosen for each update. */
static void so_does_one_of_given_labels(void **state)
{
    assert_resumed_equals_uninterrupted(*state, "gan.labels=given gan.weight_average=0.9");
    wil_params *params = NULL;
    wil_generator_facts facts;
    OK(wil_generator_load(&params, &facts, in_folder(*state, "resumed/generator.safetensors")));
    assert_true(facts.net.labels == WIL_LABELS_GIVEN);
    wil_params_free(params);
}

static void a_kill_between_checkpoints_costs_only_the_steps_since(void **state)
{
    run_gan(*state, "through", "gan.steps=5", false, NULL);
    run_gan(*state, "killed", "gan.steps=5", false, NULL);
    /* as a kill at step 5 leaves it: checkpoints 2 and 4, a log that is further */
    assert_int_equal(unlink(in_folder(*state, "killed/checkpoint-00000005.safetensors")), 0);
    assert_int_equal(unlink(in_folder(*state, "killed/generator.safetensors")), 0);
    run_gan(*state, "killed", "gan.steps=5", true, NULL);
    assert_same_run(*state, "through", "killed");
}

static void a_damaged_newest_checkpoint_is_skipped_and_the_run_comes_out_the_same(void **state)
{
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    run_gan(*state, "through", "gan.steps=5", false, NULL);
    run_gan(*state, "damaged", "gan.steps=5", false, NULL);
    cut_file_short(in_folder(*state, "damaged/checkpoint-00000005.safetensors"));
    run_gan(*state, "damaged", "gan.steps=5", true, &monitor);
    assert_int_equal(heard.n_warnings, 1);
    SAYS(heard.warning, "checkpoint-00000005", "skipped");
    assert_same_run(*state, "through", "damaged");
}

static void a_finished_run_can_be_prolonged(void **state)
{
    run_gan(*state, "long", "gan.steps=4", false, NULL);
    run_gan(*state, "short", "gan.steps=2", false, NULL);
    run_gan(*state, "short", "gan.steps=4", true, NULL);
    assert_same_run(*state, "long", "short");
}

/* Equal bits are promised for one thread count; between counts oneDNN adds weight gradients in another order
 * (docs/kernel.md). Forward passes and data gradients keep their bits, so does the first critic loss. */
static void thread_counts_agree_within_rounding(void **state)
{
    run_gan(*state, "one", "gan.steps=2 study.threads=1", false, NULL);
    run_gan(*state, "two", "gan.steps=2 study.threads=2", false, NULL);
    /* Adam moves a weight by its learning rate times a ratio near 1, whatever the gradient's size, so a
     * gradient that is rounding alone may move a weight either way: 2 x 1e-3 in each of 2 or 4 updates. */
    assert_true(weights_distance(in_folder(*state, "one/generator.safetensors"),
                    in_folder(*state, "two/generator.safetensors")) < 4 * 2e-3);
    wil_table log[2];
    OK(wil_table_read(&log[0], in_folder(*state, "one/log.csv"), ','));
    OK(wil_table_read(&log[1], in_folder(*state, "two/log.csv"), ','));
    const double first[2] = {atof(wil_table_cell(&log[0], 0, 1)), atof(wil_table_cell(&log[1], 0, 1))};
    assert_float_equal(first[0], first[1], 1e-2 * fabs(first[0]));
    wil_table_free(&log[0]);
    wil_table_free(&log[1]);
}

static void count_threads(
    void *user, const char *stage, int64_t done, int64_t total, double elapsed_s, const char *note)
{
    (void)stage;
    (void)done;
    (void)total;
    (void)elapsed_s;
    (void)note;
    *(int *)user = omp_get_max_threads();
}

static void the_threads_of_the_study_are_used_and_given_back(void **state)
{
    int seen = 0;
    const wil_monitor monitor = {.user = &seen, .progress = count_threads};
    omp_set_num_threads(2);
    run_gan(*state, "one", "gan.steps=1 study.threads=1", false, &monitor);
    assert_int_equal(seen, 1);
    assert_int_equal(omp_get_max_threads(), 2);
    run_gan(*state, "all", "gan.steps=1 study.threads=0", false, &monitor);
    assert_int_equal(seen, 2);
}

static void the_averaged_generator_lags_behind(void **state)
{
    run_gan(*state, "plain", "gan.steps=6", false, NULL);
    run_gan(*state, "averaged", "gan.steps=6 gan.weight_average=0.9", false, NULL);
    /* averaging changes what is drawn from, never the training itself */
    assert_files_equal(in_folder(*state, "plain/log.csv"), in_folder(*state, "averaged/log.csv"));
    assert_files_equal(
        in_folder(*state, "plain/critic.safetensors"), in_folder(*state, "averaged/critic.safetensors"));
    assert_true(weights_distance(in_folder(*state, "plain/generator.safetensors"),
                    in_folder(*state, "averaged/generator.safetensors")) > 1e-4);
}

/* The first tensor of a set in a checkpoint. */
static float *first_weights(wil_tensor_file *file, const char *folder, int step, const char *prefix)
{
    char name[80];
    snprintf(name, sizeof name, "%s_weights.generator.conv1.weight", prefix);
    OK(wil_tensor_file_read(file, in_folder(folder, "run/checkpoint-%08d.safetensors", step)));
    const wil_tensor *tensor = wil_tensor_file_find(file, name);
    assert_non_null(tensor);
    return tensor->data;
}

/* m <- m + (1 - d) (w - m) with d = min(0.15, (1 + t) / (10 + t)), from the weights of two checkpoints: above
 * 0.15 as soon as t = 1. */
static void an_average_is_the_exponential_one(void **state)
{
    wil_tensor_file files[4];
    run_gan(*state, "run", "gan.steps=2 gan.weight_average=0.15 study.checkpoint_every=1", false, NULL);
    const float *before = first_weights(&files[0], *state, 1, "averaged");
    const float *weight = first_weights(&files[1], *state, 2, "generator");
    const float *after = first_weights(&files[2], *state, 2, "averaged");
    const float *first = first_weights(&files[3], *state, 1, "generator");
    int n_moved = 0;
    for (int i = 0; i < 16; i++) {
        const double expected = (double)before[i] + 0.85 * ((double)weight[i] - (double)before[i]);
        assert_float_equal(after[i], expected, 1e-7);                 /* weights of 0.1, one rounding */
        n_moved += fabs((double)first[i] - (double)before[i]) > 1e-6; /* it began at the first weights */
    }
    assert_true(n_moved > 8);
    for (int i = 0; i < 4; i++)
        wil_tensor_file_clear(&files[i]);
}

/* min(0.9, (1 + t) / (10 + t)) = 2 / 11 after the first step, as the first weights are to be forgotten fast.
 */
static void an_average_begins_fast(void **state)
{
    wil_tensor_file files[2];
    wil_run_config config;
    train t;
    run_gan(*state, "run", "gan.steps=1 gan.weight_average=0.9", false, NULL);
    make_config(&config, *state, "other", "patches.h5", TINY "gan.weight_average=0.9");
    OK(train_open(&t, &config, NULL));
    OK(train_first_values(&t));
    const float *weight = first_weights(&files[0], *state, 1, "generator");
    const float *mean = first_weights(&files[1], *state, 1, "averaged");
    /* a file has its axes in another order, so that only sums over a tensor are compared */
    const wil_param *first = wil_params_find(t.parts[0].set, "generator.conv1.weight");
    double sum[3] = {0};
    for (int64_t i = 0; i < wil_shape_count(first->shape); i++) {
        sum[0] += (double)first->value[i];
        sum[1] += (double)weight[i];
        sum[2] += (double)mean[i];
    }
    assert_true(fabs(sum[1] - sum[0]) > 1e-4);
    assert_float_equal(
        (sum[2] - sum[0]) / (sum[1] - sum[0]), 1 - 2.0 / 11, 1e-3); /* sums of float roundings */
    wil_tensor_file_clear(&files[0]);
    wil_tensor_file_clear(&files[1]);
    train_clear(&t);
    wil_run_config_clear(&config);
}

static void averaging_can_be_switched_on_when_resuming(void **state)
{
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    run_gan(*state, "run", "gan.steps=2", false, NULL);
    run_gan(*state, "run", "gan.steps=4 gan.weight_average=0.9", true, &monitor);
    assert_int_equal(heard.n_warnings, 1);
    SAYS(heard.warning, "gan.weight_average was 0 and is 0.9");
}

/* ---- failures ----------------------------------------------------------------------------------------- */

static void another_architecture_is_not_resumed_and_the_run_stays(void **state)
{
    run_gan(*state, "run", "gan.steps=2", false, NULL);
    char *before = read_text(in_folder(*state, "run/config.yaml"));
    REFUSED(WIL_ERR_ARG, try_train(*state, "run", "patches.h5", TINY "gan.steps=4 gan.filters=4", true),
        "run", "gan.filters = 2", "4");
    assert_true(wil_status_is_wrong_input(WIL_ERR_ARG)); /* the command line exits with 2 */
    char *after = read_text(in_folder(*state, "run/config.yaml"));
    assert_string_equal(before, after);
    wil_free(before);
    wil_free(after);
    (void)write_tube_patches(*state, "large.h5", 8, 64, 32);
    REFUSED(WIL_ERR_INPUT, try_train(*state, "run", "large.h5", TINY "gan.steps=4", true), "run",
        "checkpoint of step 2", "generator.conv1.weight", "shape");
    run_gan(*state, "run", "gan.steps=4", true, NULL);
}

static void a_folder_in_use_is_refused_before_anything_is_read(void **state)
{
    run_gan(*state, "run", "gan.steps=2", false, NULL);
    REFUSED(
        WIL_ERR_ARG, try_train(*state, "run", "absent.h5", TINY, false), "run", "checkpoints", "--resume");
    REFUSED(
        WIL_ERR_ARG, try_train(*state, "nowhere", "patches.h5", TINY, true), "nowhere", "no run to resume");
}

/* Sets every value of one tensor of a checkpoint. */
static void overwrite_tensor(const char *path, const char *name, float value)
{
    wil_tensor_file file;
    OK(wil_tensor_file_read(&file, path));
    wil_tensor *tensor = (wil_tensor *)wil_tensor_file_find(&file, name);
    assert_non_null(tensor);
    for (int64_t k = 0; k < wil_shape_count(tensor->shape); k++)
        ((float *)tensor->data)[k] = value;
    OK(wil_tensor_file_write(path, file.tensors, file.n_tensors, file.metadata));
    wil_tensor_file_clear(&file);
}

static void a_loss_that_is_not_finite_ends_the_run_and_leaves_the_last_checkpoint(void **state)
{
    char path[600];
    char copy[600];
    snprintf(path, sizeof path, "%s/run/checkpoint-00000002.safetensors", (char *)*state);
    snprintf(copy, sizeof copy, "%s/copy", (char *)*state);
    run_gan(*state, "run", "gan.steps=2", false, NULL);
    overwrite_tensor(path, "critic_weights.critic.conv6.weight", 3e38f); /* scores overflow */
    copy_file(copy, path);
    REFUSED(WIL_ERR_NUMERIC, try_train(*state, "run", "patches.h5", TINY "gan.steps=9", true), "not finite",
        "step 3", "gan.critic_learning_rate", "resume from the last checkpoint");
    assert_files_equal(copy, path);
    assert_false(wil_file_exists(in_folder(*state, "run/checkpoint-00000003.safetensors")));
}

static void patch_sets_that_do_not_fit_are_refused(void **state)
{
    REFUSED(WIL_ERR_INPUT, try_train(*state, "a", "absent.h5", TINY, false), "absent.h5");
    REFUSED(WIL_ERR_INPUT, try_train(*state, "b", "patches.h5", TINY "gan.batch=13", false), "patches.h5",
        "12 patches", "gan.batch = 13", "lower");
    (void)write_tube_patches(*state, "odd.h5", 8, 40, 32);
    REFUSED(
        WIL_ERR_ARG, try_train(*state, "c", "odd.h5", TINY, false), "odd.h5", "40 x 32", "multiples of 32");
    write_text(in_folder(*state, "text.h5"), "no HDF5");
    REFUSED(WIL_ERR_INPUT, try_train(*state, "d", "text.h5", TINY, false), "text.h5", "HDF5");
}

/* ---- engine ------------------------------------------------------------------------------------------- */

static void the_memory_is_told_before_it_is_taken(void **state)
{
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    run_gan(*state, "run", "gan.steps=1", false, &monitor);
    SAYS(heard.told, "memory: critic step ", "generator step ", "sample grids and calibration ",
        "weights and optimisers ", "available");
    assert_null(strstr(heard.told, "copy"));
}

/* Weights of 1024 filters and as many latents as can be take 120 GB, with moments and copies. */
static void a_training_beyond_the_machines_memory_is_refused(void **state)
{
    if (wil_memory_available_bytes() > (size_t)100 << 30) {
        print_message("skipped: this machine has the memory\n");
        skip();
    }
    REFUSED(WIL_ERR_ARG,
        try_train(*state, "run", "patches.h5", TINY "gan.filters=1024 gan.latent=65536", false),
        "training needs", "weights and optimisers", "are available", "gan.batch", "engine.recompute");
    assert_false(wil_file_exists(in_folder(*state, "run/config.yaml")));
}

static void recomputation_changes_no_bit(void **state)
{
    run_gan(*state, "kept", "gan.steps=2", false, NULL);
    run_gan(*state, "recomputed", "gan.steps=2 engine.recompute=true", false, NULL);
    assert_same_run(*state, "kept", "recomputed");
}

/* The text of the metadata "precision" of a generator's file. */
static void assert_precision(const char *folder, const char *run, const char *expected)
{
    wil_tensor_file file;
    OK(wil_tensor_file_read(&file, in_folder(folder, "%s/generator.safetensors", run)));
    assert_string_equal(json_string_value(json_object_get(file.metadata, "precision")), expected);
    wil_tensor_file_clear(&file);
}

/* A step moves weights by up to the learning rate, 1e-3: bfloat16, with 8 bits, turns some of these around,
 * so weights lie apart by up to twice that a step. */
static void bfloat16_trains_resumes_to_the_same_bits_or_is_replaced_and_said_so(void **state)
{
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    const bool there = wil_backend_has(WIL_BACKEND_FAST, WIL_PRECISION_BF16);
    run_gan(*state, "f32", "gan.steps=4", false, NULL);
    run_gan(*state, "bf16", "gan.steps=4 engine.precision=bf16", false, &monitor);
    assert_precision(*state, "f32", "f32");
    assert_precision(*state, "bf16", there ? "bf16" : "f32");
    const double apart = weights_distance(
        in_folder(*state, "f32/critic.safetensors"), in_folder(*state, "bf16/critic.safetensors"));
    if (!there) {
        SAYS(heard.warning, "no bfloat16 instructions", "f32");
        assert_true(apart == 0);
        return;
    }
    assert_int_equal(heard.n_warnings, 0);
    assert_true(apart > 0 && apart < 2 * 8 * 1e-3);
    run_gan(*state, "resumed", "gan.steps=2 engine.precision=bf16", false, NULL);
    run_gan(*state, "resumed", "gan.steps=4 engine.precision=bf16", true, NULL);
    assert_same_run(*state, "bf16", "resumed");
    run_gan(*state, "bf16", "gan.steps=5", true, &monitor);
    SAYS(heard.warning, "computed in bf16 and the run goes on in f32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GAN_CASE(a_run_leaves_what_the_header_promises),
        GAN_CASE(the_same_seed_gives_the_same_bits),
        GAN_CASE(a_resumed_run_equals_one_that_was_not_interrupted),
        GAN_CASE(so_does_one_with_spectral_norm_averaging_and_two_threads),
        GAN_CASE(so_does_one_of_given_labels),
        GAN_CASE(a_kill_between_checkpoints_costs_only_the_steps_since),
        GAN_CASE(a_damaged_newest_checkpoint_is_skipped_and_the_run_comes_out_the_same),
        GAN_CASE(a_finished_run_can_be_prolonged),
        GAN_CASE(thread_counts_agree_within_rounding),
        GAN_CASE(the_threads_of_the_study_are_used_and_given_back),
        GAN_CASE(the_averaged_generator_lags_behind),
        GAN_CASE(an_average_is_the_exponential_one),
        GAN_CASE(an_average_begins_fast),
        GAN_CASE(averaging_can_be_switched_on_when_resuming),
        GAN_CASE(another_architecture_is_not_resumed_and_the_run_stays),
        GAN_CASE(a_folder_in_use_is_refused_before_anything_is_read),
        GAN_CASE(a_loss_that_is_not_finite_ends_the_run_and_leaves_the_last_checkpoint),
        GAN_CASE(patch_sets_that_do_not_fit_are_refused),
        GAN_CASE(the_memory_is_told_before_it_is_taken),
        GAN_CASE(a_training_beyond_the_machines_memory_is_refused),
        GAN_CASE(recomputation_changes_no_bit),
        GAN_CASE(bfloat16_trains_resumes_to_the_same_bits_or_is_replaced_and_said_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
