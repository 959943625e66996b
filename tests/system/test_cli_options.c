/* Words of a command line: into values, refusals, files. */
#include "cli_fixture.h"

/* ---- numbers ------------------------------------------------------------------------------------------- */

static void values_reach_their_targets(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    OK(PARSE(&t, "--flag", "--whole", "-3", "--large", "9007199254740993", "--seed", "18446744073709551615",
        "--real", "2.5e-1", "--choice", "val", "--text", "a b"));
    assert_true(t.flag);
    assert_int_equal(t.whole, -3);
    assert_true(t.large == 9007199254740993); /* 2^53 + 1: no way through a double */
    assert_true(t.seed == UINT64_MAX);
    assert_true(t.real == 0.25);
    assert_int_equal(t.choice, 1);
    assert_string_equal(t.text, "a b");
    assert_string_equal(t.scan, "/");
    assert_false(t.common.json);
}

static void what_is_not_given_keeps_its_default(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    OK(PARSE(&t, "--json"));
    assert_true(t.whole == 7 && t.real == 0.5 && t.on && !t.flag && t.n_reals == 2);
    assert_string_equal(t.text, "word");
    assert_null(t.out);
    assert_memory_equal(t.sizes, ((int[]){1, 2, 3}), sizeof t.sizes);
    assert_true(t.common.json);
}

static void truth_values_are_switched_from_their_default(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    OK(PARSE(&t, "--flag", "--no-on"));
    assert_true(t.flag && !t.on);
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--on"), "unknown option '--on'");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--no-flag"), "unknown option '--no-flag'");
}

static void sizes_and_lists_of_numbers(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    OK(PARSE(&t, "--sizes", "312x384x127", "--reals", "0.5,1,2"));
    assert_memory_equal(t.sizes, ((int[]){312, 384, 127}), sizeof t.sizes);
    assert_int_equal(t.n_reals, 3);
    assert_memory_equal(t.reals, ((double[]){0.5, 1, 2}), 3 * sizeof(double));
    OK(PARSE(&t, "--sizes", "64"));
    assert_memory_equal(t.sizes, ((int[]){64, 64, 64}), sizeof t.sizes);
    static const char *const wrong[] = {"64x80", "64x80x32x1", "64xx32", "x64x80x32", "64x80x32x", "64x80xy",
        "0x80x32", "64x80x1001", "6.5x80x32"};
    for (int i = 0; i < CLI_COUNT(wrong); i++)
        REFUSED(WIL_ERR_ARG, PARSE(&t, "--sizes", wrong[i]), "--sizes must be 1 or 3 whole numbers",
            "from 1 to 1000", wrong[i]);
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--reals", "1,2,3,4,5"), "--reals must be 1 to 4 numbers");
}

/* ---- words --------------------------------------------------------------------------------------------- */

static void a_value_may_stand_behind_an_equals_sign(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    OK(PARSE(&t, "-n", "4"));
    assert_int_equal(t.whole, 4);
    OK(PARSE(&t, "--whole=3", "--text=a=b", "--list=k=v"));
    assert_int_equal(t.whole, 3);
    assert_string_equal(t.text, "a=b");
    assert_string_equal(t.list.items[0], "k=v");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--flag=yes"), "--flag takes no value");
}

static void lists_grow_and_everything_else_is_given_once(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    OK(PARSE(&t, "--list", "a=1", "--list", "b=2"));
    assert_int_equal(t.list.n, 2);
    assert_string_equal(t.list.items[1], "b=2");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--whole", "1", "--whole", "2"), "--whole is given twice");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--flag", "--flag"), "--flag is given twice");
}

static void unknown_options_name_the_nearest(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--whloe", "3"), "unknown option '--whloe'", "did you mean --whole?",
        "willis try --help");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--threds=3"), "did you mean --threads?");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "-w"), "unknown option '-w'");
    /* half a name is not the name */
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--who", "3"), "unknown option '--who'");
}

static void a_forgotten_value_is_not_the_next_option(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--text", "--flag"), "--text takes a value, WORD");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--text", "--whole=3"), "--text takes a value");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--text"), "--text takes a value");
    OK(PARSE(&t, "--text", "-x"));
    assert_string_equal(t.text, "-x");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--text", ""), "--text is empty");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--out", ""), "--out is empty"); /* though it need not be given */
}

static void arguments_are_counted(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    REFUSED(WIL_ERR_ARG, parse_into(&t, 0, NULL), "SCAN is missing", "a scan", "willis try --help");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "surplus"), "'surplus' is one argument too many");
    const char *const words[] = {"--flag", "--", "/tmp"};
    OK(parse_into(&t, 3, words));
    assert_string_equal(t.scan, "/tmp");
}

static void required_options_must_be_given(void **state)
{
    (void)state;
    struct {
        int64_t count;
    } r = {0};
    static const wil_field list[] = {{"count", WIL_I64, 0, .help = "how many"}};
    const cli_command command = {.name = "try", .fields = {list, 1, sizeof r}};
    cli_common common;
    char word[] = "--count=3";
    char *argv[] = {word};
    REFUSED(WIL_ERR_ARG, cli_parse(&command, &r, 0, NULL, &common), "--count is missing (how many)");
    assert_false(cli_given(&common, "--count"));
    OK(cli_parse(&command, &r, 1, argv, &common));
    assert_true(cli_given(&common, "--count"));
    assert_int_equal(r.count, 3);
    REFUSED(WIL_ERR_ARG, cli_parse(&command, &r, 1, (char *[]){(char *)"--quiet"}, &common),
        "unknown option '--quiet'");
}

/* ---- files --------------------------------------------------------------------------------------------- */

static void inputs_must_exist(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    REFUSED(WIL_ERR_INPUT, PARSE(&t, "--model", "no/such.safetensors"), "no/such.safetensors", "--model");
}

static void outputs_must_have_a_place(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    OK(wil_file_write("file", "x", 1));
    OK(PARSE(&t, "--out", "new.h5"));
    assert_false(wil_file_exists("new.h5")); /* it is only checked */
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--out", "absent/new.h5"), "--out", "absent does not exist");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--out", "file/new.h5"), "--out", "file");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--out", "folder/"), "names a folder");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--out", "/tmp"), "is a folder");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--out", "/dev/null"), "not an ordinary file");
}

static void nifti_outputs_end_as_such(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--mask", "a.png"), "--mask", "a.png must end in .nii or .nii.gz");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--mask", ".nii"), "must end in");
    OK(PARSE(&t, "--mask", "a.nii"));
    OK(PARSE(&t, "--mask", "a.nii.gz"));
}

static void no_output_overwrites_an_input_or_another_output(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    OK(wil_file_write("in.nii", "x", 1));
    assert_int_equal(symlink("in.nii", "link.nii"), 0);
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--model", "in.nii", "--out", "./in.nii"), "--model and --out", "./in.nii",
        "overwritten");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--model", "in.nii", "--out", "link.nii"), "overwritten");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--out", "b.nii", "--mask", "b.nii"), "--out and --mask", "one file");
    OK(PARSE(&t, "--model", "in.nii", "--out", "other.nii"));
}

static void output_folders_may_be_made_but_not_through_a_file(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    OK(wil_file_write("file", "x", 1));
    OK(PARSE(&t, "--folder", "a/b/c/"));
    assert_false(wil_folder_exists("a"));
    OK(PARSE(&t, "--folder", "/tmp"));
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--folder", "file"), "--folder", "the file file is in the way");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--folder", "file/b"), "--folder",
        "file/b cannot be made into a folder: the file file is in the way");
}

static void a_folder_without_permission_is_refused(void **state)
{
    (void)state;
    WIL_OWN(targets) t = {0};
    if (geteuid() == 0) {
        print_message("skipped: root may write everywhere\n");
        skip();
    }
    assert_int_equal(mkdir("closed", 0500), 0);
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--folder", "closed/b"), "--folder", "closed cannot be written");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--out", "closed/b"), "--out", "closed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_reach_their_targets),
        cmocka_unit_test(what_is_not_given_keeps_its_default),
        cmocka_unit_test(truth_values_are_switched_from_their_default),
        cmocka_unit_test(sizes_and_lists_of_numbers),
        cmocka_unit_test(a_value_may_stand_behind_an_equals_sign),
        cmocka_unit_test(lists_grow_and_everything_else_is_given_once),
        cmocka_unit_test(unknown_options_name_the_nearest),
        cmocka_unit_test(a_forgotten_value_is_not_the_next_option),
        cmocka_unit_test(arguments_are_counted),
        cmocka_unit_test(required_options_must_be_given),
        cmocka_unit_test_setup_teardown(inputs_must_exist, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(outputs_must_have_a_place, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(nifti_outputs_end_as_such, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(
            no_output_overwrites_an_input_or_another_output, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(
            output_folders_may_be_made_but_not_through_a_file, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(a_folder_without_permission_is_refused, enter_folder, leave_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
