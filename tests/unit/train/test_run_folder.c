#include "trainer.h"
#include "run_fixture.h"
#include "willis/train.h"

#include <omp.h>

static const run_facts FACTS = {.precision = WIL_PRECISION_BF16, .patches = 0x00c0ffee};

static wil_status open_run(int *lock, const wil_run_config *config, bool resume)
{
    return run_folder_open(lock, config, &resume, NULL);
}

static void save(const char *folder, int64_t step, float value)
{
    float data[4] = {value, value, value, value};
    WIL_OWN(wil_tensor_list) list = {0};
    OK(wil_tensor_list_add(&list, WIL_TENSOR_F32, wil_shape_of(1, 4), data, "w"));
    OK(run_checkpoint_write(folder, step, &list, &FACTS, NULL));
}

/* The newest sound checkpoint's value; what goes wrong is refused as opening refuses it. */
static wil_status load(const char *folder, int64_t *step_out, float *value_out, const run_facts *facts,
    const wil_monitor *monitor)
{
    float data[4];
    WIL_OWN(wil_tensor_list) list = {0};
    WIL_OWN(wil_tensor_reader) *reader = NULL;
    WIL_TRY(run_checkpoint_open(folder, &reader, step_out, facts, monitor));
    OK(wil_tensor_list_add(&list, WIL_TENSOR_F32, wil_shape_of(1, 4), data, "w"));
    OK(wil_tensor_list_read(&list, reader, true));
    *value_out = data[0];
    return WIL_OK;
}

static const char *checkpoint(const char *folder, int step)
{
    return in_folder(folder, "checkpoint-%08d.safetensors", step);
}

static void the_newest_two_checkpoints_are_kept(void **state)
{
    for (int step = 1; step <= 4; step++)
        save(*state, step * 10, (float)step);
    assert_false(wil_file_exists(checkpoint(*state, 10)));
    assert_false(wil_file_exists(checkpoint(*state, 20)));
    assert_true(wil_file_exists(checkpoint(*state, 30)));
    assert_true(wil_file_exists(checkpoint(*state, 40)));
}

static void the_newest_is_read(void **state)
{
    float value = 0;
    int64_t step = 0;
    save(*state, 9, 1);
    save(*state, 100000000, 2); /* nine digits: sorted by number, not by name */
    write_text(in_folder(*state, "checkpoint-7.safetensors"), "not named by us");
    OK(load(*state, &step, &value, &FACTS, NULL));
    assert_true(step == 100000000);
    assert_true(value == 2);
}

static void a_damaged_checkpoint_is_skipped_with_a_warning(void **state)
{
    float value = 0;
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    int64_t step = 0;
    save(*state, 10, 1);
    save(*state, 20, 2);
    cut_file_short(checkpoint(*state, 20));
    OK(load(*state, &step, &value, &FACTS, &monitor));
    assert_true(step == 10 && value == 1);
    assert_int_equal(heard.n_warnings, 1);
    SAYS(heard.warning, "skipped", "checkpoint-00000020");
}

static void a_damaged_checkpoint_does_not_push_out_a_sound_one(void **state)
{
    save(*state, 10, 1);
    save(*state, 20, 2);
    cut_file_short(checkpoint(*state, 20));
    save(*state, 12, 3); /* resumed from 10, interrupted at 12 */
    assert_true(wil_file_exists(checkpoint(*state, 10)));
    assert_true(wil_file_exists(checkpoint(*state, 12)));
    assert_false(wil_file_exists(checkpoint(*state, 20)));
}

static void without_a_sound_checkpoint_resuming_is_refused(void **state)
{
    float value = 0;
    int64_t step = 0;
    REFUSED(WIL_ERR_INPUT, load(*state, &step, &value, &FACTS, NULL), "no checkpoint", "--resume");
    save(*state, 10, 1);
    save(*state, 20, 1);
    cut_file_short(checkpoint(*state, 10));
    cut_file_short(checkpoint(*state, 20));
    REFUSED(WIL_ERR_INPUT, load(*state, &step, &value, &FACTS, NULL), "no sound checkpoint among 2",
        "put a copy of one back, or start anew in another run.output", "checkpoint-00000010");
}

static void a_name_with_a_step_below_zero_is_no_checkpoint(void **state)
{
    float value = 0;
    int64_t step = 0;
    save(*state, -5, 1);
    REFUSED(WIL_ERR_INPUT, load(*state, &step, &value, &FACTS, NULL), "no checkpoint");
}

static void a_count_that_cannot_be_is_refused(void **state)
{
    static const double impossible[] = {-1, 1e10, NAN};
    double values[2] = {3, -0.5};
    const wil_run_config config = {.output = *state};
    WIL_OWN(train) t = {.config = &config, .step = 5};
    (void)train_add(&t, (train_part){PART_VALUES, "progress", .values = values, .n_values = 2, .counts = 1});
    OK(train_save(&t, "test"));
    OK(train_restore(&t));
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        values[0] = impossible[i];
        OK(train_save(&t, "test"));
        REFUSED(WIL_ERR_INPUT, train_restore(&t), "step 5", "progress", "a count, is impossible");
    }
}

/* Writes n bytes as the checkpoint of step 20, whose resuming must fall back to that of step 10. */
static void assert_damage_is_found(const char *folder, const char *bytes, size_t n, size_t at)
{
    float value = 0;
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    int64_t step = 0;
    FILE *stream = fopen(checkpoint(folder, 20), "wb");
    assert_true(stream != NULL && fwrite(bytes, 1, n, stream) == n && fclose(stream) == 0);
    OK(load(folder, &step, &value, &FACTS, &monitor));
    if (step != 10 || heard.n_warnings != 1)
        fail_msg("the damage at byte %zu was not found", at);
    SAYS(heard.warning, "skipped", "checkpoint-00000020", "the one before it");
}

static void damage_to_any_byte_is_found_and_the_checkpoint_before_is_used(void **state)
{
    char *bytes = NULL;
    size_t n = 0;
    save(*state, 10, 1);
    save(*state, 20, 2);
    OK(wil_file_read(checkpoint(*state, 20), &bytes, &n));
    for (size_t at = 0; at < n; at++) {
        const char kept = bytes[at];
        bytes[at] = (char)(kept ^ 1 << at % 8);
        assert_damage_is_found(*state, bytes, n, at);
        bytes[at] = kept;
        assert_damage_is_found(*state, bytes, at, at); /* cut off there */
    }
    wil_free(bytes);
}

static void another_number_of_threads_is_reported(void **state)
{
    float value = 0;
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    int64_t step = 0;
    const int threads = omp_get_max_threads();
    omp_set_num_threads(3);
    save(*state, 10, 1);
    OK(load(*state, &step, &value, &FACTS, &monitor));
    assert_int_equal(heard.n_warnings, 0);
    omp_set_num_threads(1);
    OK(load(*state, &step, &value, &FACTS, &monitor));
    SAYS(heard.warning, "step 10", "with 3 threads", "with 1", "--threads 3");
    omp_set_num_threads(threads);
}

static void another_precision_and_other_patches_are_reported(void **state)
{
    float value = 0;
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    int64_t step = 0;
    run_facts other = FACTS;
    save(*state, 10, 1);
    other.precision = WIL_PRECISION_F32;
    OK(load(*state, &step, &value, &other, &monitor));
    assert_int_equal(heard.n_warnings, 1);
    SAYS(heard.warning, "step 10", "computed in bf16", "goes on in f32", "engine.precision=bf16");
    other = FACTS;
    other.patches++;
    OK(load(*state, &step, &value, &other, &monitor));
    assert_int_equal(heard.n_warnings, 2);
    SAYS(heard.warning, "patch set is not the one", "step 10");
}

static void weights_that_are_not_finite_are_not_saved(void **state)
{
    float data[4] = {1, 2, NAN, 4};
    WIL_OWN(wil_tensor_list) list = {0};
    OK(wil_tensor_list_add(&list, WIL_TENSOR_F32, wil_shape_of(1, 4), data, "conv1"));
    save(*state, 10, 1);
    save(*state, 20, 2);
    REFUSED(WIL_ERR_NUMERIC, run_checkpoint_write(*state, 30, &list, &FACTS, NULL), "conv1", "step 30",
        "lower the learning rate");
    assert_true(wil_file_exists(checkpoint(*state, 10)) && wil_file_exists(checkpoint(*state, 20)));
    assert_false(wil_file_exists(checkpoint(*state, 30)));
}

static void a_log_is_trimmed_to_the_step_it_resumes_from(void **state)
{
    run_log log;
    OK(run_log_open(&log, *state, "step,loss", 0));
    for (int step = 1; step <= 12; step++)
        OK(run_log_row(&log, "%d,%d", step, 100 + step));
    fputs("13,1", log.file); /* cut short by a kill */
    run_log_close(&log);
    OK(run_log_open(&log, *state, "step,loss", 3));
    OK(run_log_row(&log, "4,204"));
    run_log_close(&log);
    char *text = read_text(in_folder(*state, "log.csv"));
    assert_string_equal(text, "step,loss\n1,101\n2,102\n3,103\n4,204\n");
    wil_free(text);
    OK(run_log_open(&log, *state, "step,loss", 20));
    run_log_close(&log);
    text = read_text(in_folder(*state, "log.csv")); /* nothing beyond: nothing is lost */
    assert_string_equal(text, "step,loss\n1,101\n2,102\n3,103\n4,204\n");
    wil_free(text);
}

static void a_row_cut_short_is_dropped(void **state)
{
    run_log log;
    write_text(in_folder(*state, "log.csv"), "step,loss\n1,101\n2,1");
    OK(run_log_open(&log, *state, "step,loss", 2));
    run_log_close(&log);
    char *text = read_text(in_folder(*state, "log.csv"));
    assert_string_equal(text, "step,loss\n1,101\n");
    wil_free(text);
}

static void a_new_run_starts_a_new_log(void **state)
{
    run_log log;
    write_text(in_folder(*state, "log.csv"), "step,loss\n1,101\n");
    OK(run_log_open(&log, *state, "step,loss", 0));
    run_log_close(&log);
    char *text = read_text(in_folder(*state, "log.csv"));
    assert_string_equal(text, "step,loss\n");
    wil_free(text);
}

static void a_folder_that_holds_a_run_is_refused(void **state)
{
    wil_run_config config;
    int lock = -1;
    make_config(&config, *state, "run", "patches.h5", "");
    REFUSED(WIL_ERR_ARG, open_run(&lock, &config, true), "no run to resume");
    assert_false(wil_folder_exists(config.output));
    OK(open_run(&lock, &config, false));
    save(config.output, 1, 1);
    run_folder_close(lock);
    REFUSED(WIL_ERR_ARG, open_run(&lock, &config, false), config.output, "--resume", "run.output");
    OK(open_run(&lock, &config, true));
    run_folder_close(lock);
    assert_int_equal(unlink(checkpoint(config.output, 1)), 0);
    write_text(in_folder(config.output, "unet.safetensors"), "a network");
    REFUSED(WIL_ERR_ARG, open_run(&lock, &config, false), "trained network", "unet.safetensors");
    wil_run_config_clear(&config);
}

static void a_run_killed_before_its_first_checkpoint_starts_from_the_beginning(void **state)
{
    wil_run_config config;
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    int lock = -1;
    bool resume = true;
    make_config(&config, *state, "run", "patches.h5", "");
    OK(wil_folder_make(config.output));
    write_text(in_folder(config.output, "log.csv"), "step\n1\n");
    OK(run_folder_open(&lock, &config, &resume, &monitor));
    assert_false(resume);
    SAYS(heard.warning, config.output, "no checkpoint", "from the beginning");
    run_folder_close(lock);
    write_text(in_folder(config.output, "generator.safetensors"), "a network"); /* that is not to be lost */
    REFUSED(WIL_ERR_ARG, open_run(&lock, &config, true), "trained network", "generator.safetensors");
    wil_run_config_clear(&config);
}

static void what_a_kill_left_half_written_is_removed(void **state)
{
    static const char *const left[] = {
        ".checkpoint-00000010.4711.tmp.safetensors", ".log.1.tmp.csv", "samples/.step-00000010.99.tmp.png"};
    static const char *const kept[] = {".notes.tmp", "log.1.tmp.csv", ".checkpoint-00000010.safetensors"};
    wil_run_config config;
    int lock = -1;
    make_config(&config, *state, "run", "patches.h5", "");
    OK(wil_folder_make(in_folder(config.output, "samples")));
    for (int i = 0; i < 3; i++) {
        write_text(in_folder(config.output, "%s", left[i]), "half");
        write_text(in_folder(config.output, "%s", kept[i]), "a user's");
    }
    OK(open_run(&lock, &config, false));
    for (int i = 0; i < 3; i++) {
        assert_false(wil_file_exists(in_folder(config.output, "%s", left[i])));
        assert_true(wil_file_exists(in_folder(config.output, "%s", kept[i])));
    }
    run_folder_close(lock);
    wil_run_config_clear(&config);
}

static void two_trainings_cannot_share_a_folder(void **state)
{
    wil_run_config config;
    int lock = -1;
    int second = -1;
    make_config(&config, *state, "run", "patches.h5", "");
    OK(open_run(&lock, &config, false));
    REFUSED(WIL_ERR_ARG, open_run(&second, &config, false), config.output, "in use");
    run_folder_close(lock);
    OK(open_run(&second, &config, false));
    run_folder_close(second);
    wil_run_config_clear(&config);
}

static void a_file_in_the_folders_place_is_refused(void **state)
{
    wil_run_config config;
    int lock = -1;
    write_text(in_folder(*state, "run"), "a file");
    make_config(&config, *state, "run", "patches.h5", "");
    REFUSED(WIL_ERR_ARG, open_run(&lock, &config, false), config.output, "file of that name");
    wil_run_config_clear(&config);
}

/* ---- settings of a run that is resumed ---------------------------------------------------------------- */

static wil_status compare(const char *folder, const char *before, const char *now, listener *heard)
{
    wil_run_config config;
    const wil_monitor monitor = listen_with(heard, 0);
    make_config(&config, folder, "run", "patches.h5", before);
    OK(wil_folder_make(config.output));
    OK(run_config_write(&config));
    wil_run_config_clear(&config);
    make_config(&config, folder, "run", "patches.h5", now);
    const wil_status status = run_config_compare(&config, &monitor);
    wil_run_config_clear(&config);
    return status;
}

static void another_architecture_is_refused_with_both_values(void **state)
{
    listener heard;
    REFUSED(WIL_ERR_ARG, compare(*state, "gan.filters=4", "gan.filters=8", &heard),
        "run: this run was started", "gan.filters = 4", "continued with 8", "run.output");
    REFUSED(WIL_ERR_ARG, compare(*state, "gan.model=wgan-gp", "gan.model=wgan-gp-sn", &heard),
        "gan.model = wgan-gp and", "wgan-gp-sn");
    REFUSED(WIL_ERR_ARG, compare(*state, "run.kind=gan", "run.kind=unet", &heard), "run.kind = gan");
    REFUSED(WIL_ERR_ARG, compare(*state, "run.kind=unet", "run.kind=unet unet.batch=8", &heard),
        "unet.batch = 64");
}

static void a_change_of_the_numbers_is_reported(void **state)
{
    listener heard;
    OK(compare(*state, "", "gan.critic_learning_rate=5e-5", &heard));
    assert_int_equal(heard.n_warnings, 1);
    SAYS(heard.warning, "run: gan.critic_learning_rate was 0.0001 and is 5e-05 from here on");
    OK(compare(*state, "", "engine.precision=bf16", &heard)); /* the checkpoint knows what was computed in */
    assert_int_equal(heard.n_warnings, 0);
    OK(compare(*state, "data.patches=a#b", "data.patches=c", &heard)); /* a # is no comment here */
    SAYS(heard.warning, "data.patches was \"a#b\" and is \"c\"");
}

static void what_changes_no_numbers_is_not_reported(void **state)
{
    listener heard;
    OK(compare(*state, "", "", &heard));
    assert_int_equal(heard.n_warnings, 0);
    OK(compare(*state, "",
        "gan.steps=99999 run.threads=1 run.log_every=3 engine.recompute=true unet.filters=64 "
        "unet.batch=2",
        &heard));
    assert_int_equal(heard.n_warnings, 0);
}

static void a_run_without_its_settings_can_be_continued(void **state)
{
    listener heard;
    wil_run_config config;
    const wil_monitor monitor = listen_with(&heard, 0);
    make_config(&config, *state, "run", "patches.h5", "");
    OK(run_config_compare(&config, &monitor));
    assert_int_equal(heard.n_warnings, 1);
    SAYS(heard.warning, "not known", "config.yaml");
    wil_run_config_clear(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_newest_two_checkpoints_are_kept),
        CASE(the_newest_is_read),
        CASE(a_damaged_checkpoint_is_skipped_with_a_warning),
        CASE(a_damaged_checkpoint_does_not_push_out_a_sound_one),
        CASE(without_a_sound_checkpoint_resuming_is_refused),
        CASE(a_name_with_a_step_below_zero_is_no_checkpoint),
        CASE(a_count_that_cannot_be_is_refused),
        CASE(damage_to_any_byte_is_found_and_the_checkpoint_before_is_used),
        CASE(another_number_of_threads_is_reported),
        CASE(another_precision_and_other_patches_are_reported),
        CASE(weights_that_are_not_finite_are_not_saved),
        CASE(a_log_is_trimmed_to_the_step_it_resumes_from),
        CASE(a_row_cut_short_is_dropped),
        CASE(a_new_run_starts_a_new_log),
        CASE(a_folder_that_holds_a_run_is_refused),
        CASE(a_run_killed_before_its_first_checkpoint_starts_from_the_beginning),
        CASE(what_a_kill_left_half_written_is_removed),
        CASE(two_trainings_cannot_share_a_folder),
        CASE(a_file_in_the_folders_place_is_refused),
        CASE(another_architecture_is_refused_with_both_values),
        CASE(a_change_of_the_numbers_is_reported),
        CASE(what_changes_no_numbers_is_not_reported),
        CASE(a_run_without_its_settings_can_be_continued),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
