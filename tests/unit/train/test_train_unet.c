#include "run_fixture.h"
#include "willis/evaluate.h"
#include "willis/train.h"

/* 12 patches of 32 x 32 in batches of 4: three steps an epoch, milliseconds each. */
#define TINY                                                                                                 \
    "study.kind=segmentation unet.filters=2 unet.levels=2 unet.batch=4 unet.tile=32 unet.dropout=0.1 "       \
    "unet.learning_rate=1e-2 study.seed=7 study.checkpoint_every=1 study.threads=1 "

static int make_patches_too(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    (void)write_tube_patches(*state, "patches.h5", 12, 32, 32);
    (void)write_val_cohort(*state, 2);
    return 0;
}

#define UNET_CASE(name) cmocka_unit_test_setup_teardown(name, make_patches_too, drop_folder)

static wil_train_result run_unet(
    const char *folder, const char *run, const char *more, bool resume, const wil_monitor *monitor)
{
    char text[800];
    snprintf(text, sizeof text, TINY "data.cohort=%s/cohort.tsv %s", folder, more);
    return train_run(folder, run, text, resume, monitor);
}

static void run_and_forget(const char *folder, const char *run, const char *more, bool resume)
{
    wil_train_result result = run_unet(folder, run, more, resume, NULL);
    wil_train_result_clear(&result);
}

static void assert_same_run(const char *folder, const char *a, const char *b)
{
    assert_files_equal(
        in_folder(folder, "%s/unet.safetensors", a), in_folder(folder, "%s/unet.safetensors", b));
    assert_files_equal(in_folder(folder, "%s/log.csv", a), in_folder(folder, "%s/log.csv", b));
}

/* Dice on the val patients by the file alone. */
static double score_file(const char *folder, const char *run)
{
    wil_segmenter *segmenter = NULL;
    wil_cohort cohort;
    wil_score score;
    OK(wil_segmenter_open(&segmenter, in_folder(folder, "%s/unet.safetensors", run)));
    OK(wil_cohort_read(&cohort, in_folder(folder, "cohort.tsv")));
    OK(wil_score_cohort(&score, segmenter, &cohort, WIL_SPLIT_VAL, NULL, NULL));
    const double mean = score.mean;
    wil_score_clear(&score);
    wil_cohort_clear(&cohort);
    wil_segmenter_free(segmenter);
    return mean;
}

static void an_easy_task_is_learned_and_the_best_epoch_kept(void **state)
{
    (void)write_tube_patches(*state, "patches.h5", 32, 32, 32);
    wil_train_result result = run_unet(*state, "run", "unet.epochs=16 unet.filters=4", false, NULL);
    assert_true(result.steps_done == 16 && !result.interrupted && result.plan_bytes > 0);
    assert_true(result.best_val_dice > 0.9); /* tubes are 80 above tissue, whose noise spans 40 */
    wil_table log;
    OK(wil_table_read(&log, in_folder(*state, "run/log.csv"), ','));
    assert_int_equal(log.n_rows, 16);
    double best = 0;
    int best_epoch = 0;
    for (int i = 0; i < 16; i++) {
        const double dice = atof(wil_table_cell(&log, i, wil_table_column(&log, "val_dice")));
        assert_int_equal(atoi(wil_table_cell(&log, i, wil_table_column(&log, "step"))), 8 * (i + 1));
        if (dice > best) {
            best = dice;
            best_epoch = i + 1;
        }
    }
    assert_float_equal(result.best_val_dice, best, 1e-6); /* the log has seven digits */
    assert_int_equal(result.best_epoch, best_epoch);
    assert_true(score_file(*state, "run") == result.best_val_dice); /* what was validated is what was saved */
    wil_table_free(&log);
    wil_train_result_clear(&result);
}

static void a_run_leaves_what_the_header_promises(void **state)
{
    wil_train_result result = run_unet(*state, "run", "unet.epochs=3", false, NULL);
    static const char *const files[] = {"config.yaml", "log.csv", "checkpoint-00000006.safetensors",
        "checkpoint-00000009.safetensors", "unet.safetensors", "result.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (!wil_file_exists(in_folder(*state, "run/%s", files[i])))
            fail_msg("no %s", files[i]);
    json_t *value = NULL;
    OK(wil_json_load(&value, in_folder(*state, "run/result.json")));
    assert_int_equal(json_integer_value(json_object_get(value, "epochs_done")), 3);
    assert_int_equal(json_integer_value(json_object_get(value, "best_epoch")), result.best_epoch);
    assert_float_equal(json_real_value(json_object_get(value, "best_val_dice")), result.best_val_dice,
        1e-11); /* JSON keeps twelve digits */
    assert_string_equal(json_string_value(json_object_get(value, "model")), "unet.safetensors");
    json_decref(value);
    wil_train_result_clear(&result);
}

/* Puts a best epoch of another run into a checkpoint: its Dice, and weights that are told by their bias. */
static void plant_best(const char *path, double dice)
{
    wil_tensor_file file;
    OK(wil_tensor_file_read(&file, path));
    ((double *)wil_tensor_file_find(&file, "progress")->data)[0] = dice;
    ((float *)wil_tensor_file_find(&file, "best.unet.out.bias")->data)[0] = 42;
    OK(wil_tensor_file_write(path, file.tensors, file.n_tensors, file.metadata));
    wil_tensor_file_clear(&file);
}

static float saved_bias(const char *folder)
{
    wil_tensor_file file;
    OK(wil_tensor_file_read(&file, in_folder(folder, "run/unet.safetensors")));
    const float bias = *(float *)wil_tensor_file_find(&file, "unet.out.bias")->data;
    wil_tensor_file_clear(&file);
    return bias;
}

static void a_later_epoch_replaces_the_best_only_if_it_is_better(void **state)
{
    run_and_forget(*state, "run", "unet.epochs=1", false);
    plant_best(
        in_folder(*state, "run/checkpoint-00000003.safetensors"), 2.0); /* no Dice is better than that */
    wil_train_result result = run_unet(*state, "run", "unet.epochs=2", true, NULL);
    assert_true(result.best_epoch == 1 && result.best_val_dice == 2.0 && saved_bias(*state) == 42);
    wil_train_result_clear(&result);
    plant_best(in_folder(*state, "run/checkpoint-00000006.safetensors"), -1.0);
    result = run_unet(*state, "run", "unet.epochs=3", true, NULL);
    assert_true(result.best_epoch == 3 && result.best_val_dice >= 0 && saved_bias(*state) != 42);
    wil_train_result_clear(&result);
}

static void without_a_cohort_the_last_epoch_is_kept(void **state)
{
    wil_train_result result = train_run(*state, "run", TINY "unet.epochs=2", false, NULL);
    assert_true(result.best_epoch == 2 && isnan(result.best_val_dice));
    wil_train_result_clear(&result);
    json_t *value = NULL;
    OK(wil_json_load(&value, in_folder(*state, "run/result.json")));
    assert_true(json_is_null(json_object_get(value, "best_val_dice")));
    json_decref(value);
    wil_tensor_file checkpoint;
    wil_tensor_file model;
    OK(wil_tensor_file_read(&checkpoint, in_folder(*state, "run/checkpoint-00000006.safetensors")));
    OK(wil_tensor_file_read(&model, in_folder(*state, "run/unet.safetensors")));
    for (int i = 0; i < model.n_tensors; i++) {
        char name[200];
        snprintf(name, sizeof name, "weights.%s", model.tensors[i].name);
        assert_memory_equal(wil_tensor_file_find(&checkpoint, name)->data, model.tensors[i].data,
            (size_t)wil_shape_count(model.tensors[i].shape) * sizeof(float));
    }
    wil_tensor_file_clear(&checkpoint);
    wil_tensor_file_clear(&model);
}

/* ---- resuming ----------------------------------------------------------------------------------------- */

#define INTERRUPTED_RUN "unet.epochs=3 unet.augment=true study.threads=2"

/* Interrupts when asked for the stop_at-th time, after epochs_done epochs; all files are those of a run that
 * went through. */
static void assert_resumed_equals_uninterrupted(
    const char *folder, int stop_at, int epochs_done, const char *checkpoint)
{
    listener heard;
    const wil_monitor monitor = listen_with(&heard, stop_at);
    wil_train_result result = run_unet(folder, "resumed", INTERRUPTED_RUN, false, &monitor);
    assert_true(result.interrupted);
    assert_int_equal(result.steps_done, epochs_done);
    assert_true(wil_file_exists(in_folder(folder, "resumed/%s", checkpoint)));
    assert_true(wil_file_exists(in_folder(folder, "resumed/unet.safetensors")));
    wil_train_result_clear(&result);
    result = run_unet(folder, "resumed", INTERRUPTED_RUN, true, NULL);
    assert_true(!result.interrupted && result.steps_done == 3);
    wil_train_result_clear(&result);
    assert_same_run(folder, "through", "resumed");
    assert_files_equal(in_folder(folder, "through/checkpoint-00000009.safetensors"),
        in_folder(folder, "resumed/checkpoint-00000009.safetensors"));
}

/* The run "through"; heard: how often it was asked whether to stop. That is once after each step, between the
 * operations of a step's plan (*in_step times), and in each validation between the two slices of both
 * patients. */
static void run_through(const char *folder, listener *heard, int *in_step)
{
    const wil_monitor monitor = listen_with(heard, 0);
    wil_train_result result = run_unet(folder, "through", INTERRUPTED_RUN, false, &monitor);
    wil_train_result_clear(&result);
    *in_step = heard->asked[1] - 1;
    assert_true(*in_step > 10);
    assert_int_equal(heard->asked[3] - heard->asked[2], *in_step + 2 + 1);
}

static void a_run_interrupted_within_an_epoch_resumes_to_the_same_bits(void **state)
{
    listener heard;
    int in_step = 0;
    run_through(*state, &heard, &in_step);
    assert_resumed_equals_uninterrupted(*state, heard.asked[5], 1, "checkpoint-00000005.safetensors");
}

static void so_does_one_interrupted_within_its_first_validation(void **state)
{
    listener heard;
    int in_step = 0;
    run_through(*state, &heard, &in_step);
    assert_resumed_equals_uninterrupted(
        *state, heard.asked[2] + in_step + 2, 0, "checkpoint-00000003.safetensors");
}

static void so_does_one_interrupted_within_its_last_validation(void **state)
{
    listener heard;
    int in_step = 0;
    run_through(*state, &heard, &in_step);
    assert_resumed_equals_uninterrupted(
        *state, heard.asked[8] + in_step + 1, 2, "checkpoint-00000009.safetensors");
}

static void the_same_seed_gives_the_same_bits_and_augmentation_is_a_switch(void **state)
{
    run_and_forget(*state, "a", "unet.epochs=1", false);
    run_and_forget(*state, "b", "unet.epochs=1", false);
    assert_same_run(*state, "a", "b");
    run_and_forget(*state, "augmented", "unet.epochs=1 unet.augment=true", false); /* correctness.md, E1 */
    assert_true(weights_distance(in_folder(*state, "a/unet.safetensors"),
                    in_folder(*state, "augmented/unet.safetensors")) > 1e-4);
    run_and_forget(*state, "seeded", "unet.epochs=1 study.seed=8", false);
    assert_true(weights_distance(in_folder(*state, "a/unet.safetensors"),
                    in_folder(*state, "seeded/unet.safetensors")) > 1e-2);
}

/* Where all patches are one patch and nothing is learned, only dropout is left to change the loss. */
static void every_step_drops_out_anew(void **state)
{
    wil_samples patches;
    make_tube_patches(&patches, 4, 32, 32);
    for (size_t i = 1; i < 4; i++) {
        memcpy(patches.image + i * 1024, patches.image, 1024 * sizeof(float));
        memcpy(patches.label + i * 1024, patches.label, 1024);
    }
    OK(wil_samples_write(&patches, in_folder(*state, "patches.h5")));
    wil_samples_clear(&patches);
    for (int dropout = 0; dropout < 2; dropout++) {
        const char *run = dropout ? "with" : "without";
        double loss[2];
        wil_table log;
        char more[400];
        snprintf(more, sizeof more, TINY "unet.epochs=2 unet.learning_rate=1e-9 unet.dropout=%s",
            dropout ? "0.5" : "0");
        wil_train_result result = train_run(*state, run, more, false, NULL);
        wil_train_result_clear(&result);
        OK(wil_table_read(&log, in_folder(*state, "%s/log.csv", run), ','));
        for (int i = 0; i < 2; i++)
            loss[i] = atof(wil_table_cell(&log, i, 2));
        wil_table_free(&log);
        if (dropout)
            assert_true(fabs(loss[0] - loss[1]) > 1e-4);
        else /* one Adam step of 1e-9, and a loss below 1 in seven digits */
            assert_float_equal(loss[0], loss[1], 1e-6);
    }
}

static void an_epoch_can_be_shorter_than_the_set(void **state)
{
    run_and_forget(*state, "run", "unet.epochs=3 unet.patches_per_epoch=8", false);
    wil_table log;
    OK(wil_table_read(&log, in_folder(*state, "run/log.csv"), ','));
    assert_int_equal(log.n_rows, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(atoi(wil_table_cell(&log, i, 0)), 2 * (i + 1));
    wil_table_free(&log);
}

/* ---- failures ----------------------------------------------------------------------------------------- */

static void patch_sets_that_do_not_fit_are_refused(void **state)
{
    REFUSED(WIL_ERR_INPUT, try_train(*state, "a", "absent.h5", TINY, false), "absent.h5");
    REFUSED(WIL_ERR_INPUT, try_train(*state, "b", "patches.h5", TINY "unet.batch=13", false), "patches.h5",
        "12 patches", "unet.batch = 13");
    (void)write_tube_patches(*state, "odd.h5", 8, 36, 32);
    REFUSED(WIL_ERR_ARG, try_train(*state, "c", "odd.h5", TINY "unet.levels=4", false), "odd.h5", "36", "8");
}

static void cohorts_that_cannot_choose_an_epoch_are_refused_before_training(void **state)
{
    char cohort[600];
    char text[1200];
    snprintf(cohort, sizeof cohort, "%s/other.tsv", (char *)*state);
    snprintf(text, sizeof text, TINY "data.cohort=%s", cohort);
    write_text(cohort, "subject\tsplit\timage\tlabel\tmask\np0\ttrain\tp0_image.nii\tp0_label.nii\t\n");
    REFUSED(WIL_ERR_INPUT, try_train(*state, "a", "patches.h5", text, false), "other.tsv", "val split",
        "data.cohort");
    write_text(cohort, "subject\tsplit\timage\tlabel\tmask\np0\tval\tp0_image.nii\t\t\n");
    REFUSED(WIL_ERR_INPUT, try_train(*state, "b", "patches.h5", text, false), "other.tsv", "p0", "no label");
    assert_false(wil_file_exists(in_folder(*state, "b/log.csv")));
}

static void checkpoints_of_something_else_are_not_resumed(void **state)
{
    run_and_forget(*state, "run", "unet.epochs=1", false);
    REFUSED(WIL_ERR_ARG, try_train(*state, "run", "patches.h5", TINY "unet.filters=4", true), "run",
        "unet.filters = 2", "4");
    assert_int_equal(unlink(in_folder(*state, "run/config.yaml")), 0);
    REFUSED(WIL_ERR_INPUT, try_train(*state, "run", "patches.h5", TINY "unet.filters=4", true), "run",
        "checkpoint of step 3", "another architecture");
    REFUSED(WIL_ERR_INPUT,
        try_train(*state, "run", "patches.h5", "gan.filters=2 gan.batch=4 study.threads=1", true), "run",
        "checkpoint of step 3", "another architecture");
}

static void a_loss_that_is_not_finite_ends_the_run(void **state)
{
    char path[600];
    char copy[600];
    snprintf(path, sizeof path, "%s/run/checkpoint-00000003.safetensors", (char *)*state);
    snprintf(copy, sizeof copy, "%s/copy", (char *)*state);
    run_and_forget(*state, "run", "unet.epochs=1", false);
    wil_tensor_file file;
    OK(wil_tensor_file_read(&file, path));
    wil_tensor *weight = (wil_tensor *)wil_tensor_file_find(&file, "weights.unet.down1.conv2.bias");
    ((float *)weight->data)[0] = INFINITY;
    OK(wil_tensor_file_write(path, file.tensors, file.n_tensors, file.metadata));
    wil_tensor_file_clear(&file);
    copy_file(copy, path);
    REFUSED(WIL_ERR_NUMERIC, try_train(*state, "run", "patches.h5", TINY "unet.epochs=2", true), "not finite",
        "step 4", "unet.learning_rate");
    assert_files_equal(copy, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNET_CASE(an_easy_task_is_learned_and_the_best_epoch_kept),
        UNET_CASE(a_run_leaves_what_the_header_promises),
        UNET_CASE(a_later_epoch_replaces_the_best_only_if_it_is_better),
        UNET_CASE(without_a_cohort_the_last_epoch_is_kept),
        UNET_CASE(a_run_interrupted_within_an_epoch_resumes_to_the_same_bits),
        UNET_CASE(so_does_one_interrupted_within_its_first_validation),
        UNET_CASE(so_does_one_interrupted_within_its_last_validation),
        UNET_CASE(the_same_seed_gives_the_same_bits_and_augmentation_is_a_switch),
        UNET_CASE(every_step_drops_out_anew),
        UNET_CASE(an_epoch_can_be_shorter_than_the_set),
        UNET_CASE(patch_sets_that_do_not_fit_are_refused),
        UNET_CASE(cohorts_that_cannot_choose_an_epoch_are_refused_before_training),
        UNET_CASE(checkpoints_of_something_else_are_not_resumed),
        UNET_CASE(a_loss_that_is_not_finite_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
