#include "cli_fixture.h"

/* ---- numbers ------------------------------------------------------------------------------------------- */

static void values_reach_their_targets(void **state)
{
    (void)state;
    targets t = {0};
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
    targets t = {.whole = 7, .real = 0.5, .text = "word", .sizes = {1, 2, 3}};
    const targets before = t;
    OK(PARSE(&t, "--json"));
    assert_int_equal(t.whole, before.whole);
    assert_true(t.real == before.real);
    assert_ptr_equal(t.text, before.text);
    assert_memory_equal(t.sizes, before.sizes, sizeof t.sizes);
    assert_true(t.common.json);
}

static void whole_numbers_must_be_whole_words_in_range(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", " 3", "3 ", "3x", "1e2", "3.0", "0x10", "three", "101", "-6", "99999999999999999999"};
    targets t = {.whole = 42};
    for (int i = 0; i < CLI_COUNT(wrong); i++)
        REFUSED(WIL_ERR_ARG, PARSE(&t, "--whole", wrong[i]), "--whole must be a whole number from -5 to 100",
            wrong[i]);
    assert_int_equal(t.whole, 42);
    OK(PARSE(&t, "--whole", "100"));
    assert_int_equal(t.whole, 100);
    /* beyond int, where no range is set */
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--any", "2147483648"), "--any must be a whole number, got '2147483648'");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--large", "9223372036854775808"), "--large");
}

static void seeds_are_whole_numbers_of_0_or_more(void **state)
{
    (void)state;
    static const char *const wrong[] = {"-1", "+1", "18446744073709551616", "", "1.5"};
    targets t = {0};
    for (int i = 0; i < CLI_COUNT(wrong); i++)
        REFUSED(WIL_ERR_ARG, PARSE(&t, "--seed", wrong[i]), "--seed must be a whole number of 0 or more");
}

static void real_numbers_are_decimal_finite_and_in_range(void **state)
{
    (void)state;
    static const char *const wrong[] = {"nan", "inf", "0x1p-2", "1e400", "0.5.5", "", " 0.5", "1.01", "-0.1"};
    targets t = {0};
    for (int i = 0; i < CLI_COUNT(wrong); i++)
        REFUSED(WIL_ERR_ARG, PARSE(&t, "--real", wrong[i]), "--real must be a number from 0 to 1", wrong[i]);
}

static void sizes_are_joined_by_x_and_one_stands_for_all(void **state)
{
    (void)state;
    static const char *const wrong[] = {"64x80", "64x80x32x1", "64xx32", "x64x80x32", "64x80x32x", "64x80xy",
        "0x80x32", "64x80x1001", "6.5x80x32", ""};
    targets t = {0};
    OK(PARSE(&t, "--sizes", "312x384x127"));
    assert_memory_equal(t.sizes, ((int[]){312, 384, 127}), sizeof t.sizes);
    OK(PARSE(&t, "--sizes", "64"));
    assert_memory_equal(t.sizes, ((int[]){64, 64, 64}), sizeof t.sizes);
    for (int i = 0; i < CLI_COUNT(wrong); i++)
        REFUSED(WIL_ERR_ARG, PARSE(&t, "--sizes", wrong[i]), "--sizes must be 1 or 3 whole numbers",
            "from 1 to 1000");
    assert_memory_equal(t.sizes, ((int[]){64, 64, 64}), sizeof t.sizes);
}

static void a_list_of_numbers_tells_how_many_there_are(void **state)
{
    (void)state;
    targets t = {.n_reals = 2, .reals = {9, 9, 9, 9}};
    OK(PARSE(&t, "--reals", "0.5,1,2"));
    assert_int_equal(t.n_reals, 3);
    assert_memory_equal(t.reals, ((double[]){0.5, 1, 2, 9}), sizeof t.reals);
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--reals", "1,2,3,4,5"), "--reals must be 1 to 4 numbers");
}

static void choices_are_listed_when_one_is_unknown(void **state)
{
    (void)state;
    targets t = {0};
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--choice", "va"), "--choice must be one of train|val|test, got 'va'");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--choice", "val|test"), "--choice");
    OK(PARSE(&t, "--choice", "test"));
    assert_int_equal(t.choice, 2);
}

/* ---- words --------------------------------------------------------------------------------------------- */

static void a_value_may_stand_behind_an_equals_sign(void **state)
{
    (void)state;
    targets t = {0};
    OK(PARSE(&t, "--whole=3", "--text=a=b", "--list=k=v"));
    assert_int_equal(t.whole, 3);
    assert_string_equal(t.text, "a=b");
    assert_string_equal(t.list.items[0], "k=v");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--flag=yes"), "--flag takes no value");
}

static void lists_grow_and_everything_else_is_given_once(void **state)
{
    (void)state;
    targets t = {0};
    OK(PARSE(&t, "--list", "a=1", "--list", "b=2"));
    assert_int_equal(t.list.n, 2);
    assert_string_equal(t.list.items[1], "b=2");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--whole", "1", "--whole", "2"), "--whole is given twice");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--flag", "--flag"), "--flag is given twice");
}

static void unknown_options_name_the_nearest(void **state)
{
    (void)state;
    targets t = {0};
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
    targets t = {0};
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--text", "--flag"), "--text takes a value, WORD");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--text", "--whole=3"), "--text takes a value");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--text"), "--text takes a value");
    OK(PARSE(&t, "--text", "-x"));
    assert_string_equal(t.text, "-x");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--text", ""), "--text is empty");
}

static void arguments_are_counted(void **state)
{
    (void)state;
    targets t = {0};
    REFUSED(WIL_ERR_ARG, parse_into(&t, 0, NULL), "SCAN is missing", "a scan", "willis try --help");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "surplus"), "'surplus' is one argument too many");
    const char *const words[] = {"--flag", "--", "/tmp"};
    OK(parse_into(&t, 3, words));
    assert_string_equal(t.scan, "/tmp");
}

static void required_options_must_be_given(void **state)
{
    (void)state;
    int64_t count = 0;
    cli_common common;
    cli_option options[] = {{"--count", CLI_I64, &count, "N", .help = "how many", .required = true}};
    char word[] = "--count=3";
    char *argv[] = {word};
    REFUSED(WIL_ERR_ARG, cli_parse(&COMMAND, options, 1, 0, NULL, &common), "--count is missing (how many)");
    assert_false(cli_given(options, 1, "--count"));
    OK(cli_parse(&COMMAND, options, 1, 1, argv, &common));
    assert_true(cli_given(options, 1, "--count"));
    assert_int_equal(count, 3);
}

/* ---- files --------------------------------------------------------------------------------------------- */

static void inputs_must_exist(void **state)
{
    (void)state;
    targets t = {0};
    REFUSED(WIL_ERR_INPUT, PARSE(&t, "--model", "no/such.safetensors"), "no/such.safetensors", "--model");
}

static void outputs_must_have_a_place(void **state)
{
    (void)state;
    targets t = {0};
    OK(wil_file_write("file", "x", 1));
    OK(PARSE(&t, "--out", "new.h5"));
    assert_false(wil_file_exists("new.h5")); /* it is only checked */
    t = (targets){0};
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--out", "absent/new.h5"), "--out", "absent does not exist");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--out", "file/new.h5"), "--out", "file");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--out", "folder/"), "names a folder");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--out", "/tmp"), "is a folder");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--out", "/dev/null"), "not an ordinary file");
}

static void nifti_outputs_end_as_such(void **state)
{
    (void)state;
    targets t = {0};
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--mask", "a.png"), "--mask", "a.png must end in .nii or .nii.gz");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--mask", ".nii"), "must end in");
    t = (targets){0};
    OK(PARSE(&t, "--mask", "a.nii"));
    t = (targets){0};
    OK(PARSE(&t, "--mask", "a.nii.gz"));
}

static void no_output_overwrites_an_input_or_another_output(void **state)
{
    (void)state;
    targets t = {0};
    OK(wil_file_write("in.nii", "x", 1));
    assert_int_equal(symlink("in.nii", "link.nii"), 0);
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--model", "in.nii", "--out", "./in.nii"), "--model and --out", "./in.nii",
        "overwritten");
    t = (targets){0};
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--model", "in.nii", "--out", "link.nii"), "overwritten");
    t = (targets){0};
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--out", "b.nii", "--mask", "b.nii"), "--out and --mask", "one file");
    t = (targets){0};
    OK(PARSE(&t, "--model", "in.nii", "--out", "other.nii"));
}

static void output_folders_may_be_made_but_not_through_a_file(void **state)
{
    (void)state;
    targets t = {0};
    OK(wil_file_write("file", "x", 1));
    OK(PARSE(&t, "--folder", "a/b/c/"));
    assert_false(wil_folder_exists("a"));
    t = (targets){0};
    OK(PARSE(&t, "--folder", "/tmp"));
    t = (targets){0};
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--folder", "file"), "--folder", "the file file is in the way");
    REFUSED(WIL_ERR_ARG, PARSE(&t, "--folder", "file/b"), "--folder",
        "file/b cannot be made into a folder: the file file is in the way");
}

static void a_folder_without_permission_is_refused(void **state)
{
    (void)state;
    targets t = {0};
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
        cmocka_unit_test(whole_numbers_must_be_whole_words_in_range),
        cmocka_unit_test(seeds_are_whole_numbers_of_0_or_more),
        cmocka_unit_test(real_numbers_are_decimal_finite_and_in_range),
        cmocka_unit_test(sizes_are_joined_by_x_and_one_stands_for_all),
        cmocka_unit_test(a_list_of_numbers_tells_how_many_there_are),
        cmocka_unit_test(choices_are_listed_when_one_is_unknown),
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
