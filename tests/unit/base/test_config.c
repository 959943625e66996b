#include "config_fixture.h"

static void defaults_come_from_the_table(void **state)
{
    (void)state;
    study s = default_study();
    assert_true(s.seed == 1 && s.filters == 96 && s.patch == 96 && s.rate == 1e-4);
    assert_true(!s.spectral && s.kind == 0);
    assert_string_equal(s.out, "runs/a");
    assert_string_equal(s.note, "");
    drop_study(&s);
    assert_null(s.out);
    drop_study(&s); /* fine twice */
}

static void a_table_with_an_impossible_default_leaves_nothing_to_trip_over(void **state)
{
    (void)state;
    wil_config_key broken[N_KEYS];
    study s;
    memcpy(broken, keys, sizeof keys);
    broken[2].default_text = "many";
    memset(&s, 0xAA, sizeof s);
    REFUSED(WIL_ERR_ARG, wil_config_defaults(&s, broken, N_KEYS), "gan.filters", "many");
    wil_config_clear(&s, broken, N_KEYS); /* frees what was set, and takes nothing else for a string */
}

static void an_assignment_sets_one_value(void **state)
{
    (void)state;
    study s = default_study();
    OK(wil_config_set(&s, keys, N_KEYS, "gan.filters=32"));
    OK(wil_config_set(&s, keys, N_KEYS, "gan.rate=2.5e-3"));
    OK(wil_config_set(&s, keys, N_KEYS, "gan.spectral=true"));
    OK(wil_config_set(&s, keys, N_KEYS, "gan.kind=wgan-gp-sn"));
    OK(wil_config_set(&s, keys, N_KEYS, "seed=18446744073709551615"));
    OK(wil_config_set(&s, keys, N_KEYS, "out=a=b c")); /* all behind the first = */
    assert_true(s.filters == 32 && s.rate == 2.5e-3 && s.spectral && s.kind == 1 && s.seed == UINT64_MAX);
    assert_string_equal(s.out, "a=b c");
    OK(wil_config_set(&s, keys, N_KEYS, "out="));
    assert_string_equal(s.out, "");
    assert_int_equal(s.patch, 96);
    drop_study(&s);
}

static void an_assignment_without_key_or_sign_is_refused(void **state)
{
    (void)state;
    study s = default_study();
    REFUSED(WIL_ERR_ARG, wil_config_set(&s, keys, N_KEYS, "gan.filters"), "'gan.filters'", "key=value");
    REFUSED(WIL_ERR_ARG, wil_config_set(&s, keys, N_KEYS, "=32"), "'=32'", "key=value");
    drop_study(&s);
}

static void an_unknown_key_is_refused_with_the_nearest_one(void **state)
{
    (void)state;
    study s = default_study();
    REFUSED(WIL_ERR_ARG, wil_config_set(&s, keys, N_KEYS, "gan.filter=32"), "unknown key 'gan.filter'",
        "did you mean 'gan.filters'");
    REFUSED(WIL_ERR_ARG, wil_config_set(&s, keys, N_KEYS, "momentum=1"), "unknown key 'momentum'",
        "config defaults");
    REFUSED(WIL_ERR_ARG, wil_config_set(&s, keys, N_KEYS, "gan=1"), "unknown key 'gan'");
    assert_int_equal(s.filters, 96);
    drop_study(&s);
}

/* The assignment is refused with these words, and the value stays as it was. */
static void check_value_refused(const char *assignment, const char *words)
{
    study s = default_study();
    study before = s;
    char *name = strdup(assignment);
    *strchr(name, '=') = '\0';
    REFUSED(WIL_ERR_ARG, wil_config_set(&s, keys, N_KEYS, assignment), name, words);
    assert_memory_equal(&s, &before, sizeof s);
    free(name);
    drop_study(&s);
}

static void values_of_the_wrong_type_are_refused(void **state)
{
    (void)state;
    check_value_refused("gan.filters=many", "must be a whole number from 1 to 1024, got 'many'");
    check_value_refused("gan.filters=32.5", "whole number");
    check_value_refused("gan.filters=", "got ''");
    check_value_refused("gan.filters=32 voxels", "got '32 voxels'");
    check_value_refused("gan.rate=fast", "must be a number from 0 to 1, got 'fast'");
    check_value_refused("gan.rate=nan", "got 'nan'");
    check_value_refused("gan.spectral=yes", "must be true or false, got 'yes'");
    check_value_refused("gan.kind=wgan", "must be one of wgan-gp|wgan-gp-sn, got 'wgan'");
    check_value_refused("gan.kind=wgan-gp|wgan-gp-sn", "must be one of");
    check_value_refused("seed=x", "whole number of 0 or more");
}

static void values_out_of_range_are_refused(void **state)
{
    (void)state;
    check_value_refused("gan.filters=0", "from 1 to 1024, got '0'");
    check_value_refused("gan.filters=1025", "from 1 to 1024, got '1025'");
    check_value_refused("gan.filters=4294967328", "got '4294967328'"); /* 32 in the low half */
    check_value_refused("gan.filters=99999999999999999999", "got '99999999999999999999'");
    check_value_refused("gan.rate=1.01", "from 0 to 1");
    check_value_refused("gan.rate=1e999", "got '1e999'");
    check_value_refused("seed=-1", "whole number of 0 or more, got '-1'");
    check_value_refused("seed= -1", "whole number of 0 or more, got ' -1'");
    check_value_refused("seed=18446744073709551616", "whole number of 0 or more");
    study s = default_study();
    OK(wil_config_set(&s, keys, N_KEYS, "gan.filters=1")); /* both ends belong to the range */
    OK(wil_config_set(&s, keys, N_KEYS, "gan.filters=1024"));
    OK(wil_config_set(&s, keys, N_KEYS, "gan.rate=0"));
    OK(wil_config_set(&s, keys, N_KEYS, "gan.rate=1"));
    drop_study(&s);
}

static void numbers_without_a_range_are_still_numbers_of_their_type(void **state)
{
    (void)state;
    struct {
        int n;
        double x;
    } s;
    const wil_config_key free_keys[] = {{"n", WIL_CONFIG_INT, 0, "0", 0, 0, NULL, ""},
        {"x", WIL_CONFIG_REAL, sizeof(double), "0", 0, 0, NULL, ""}};
    OK(wil_config_defaults(&s, free_keys, 2));
    REFUSED(WIL_ERR_ARG, wil_config_set(&s, free_keys, 2, "n=2147483648"), "whole number, got");
    REFUSED(WIL_ERR_ARG, wil_config_set(&s, free_keys, 2, "x=inf"), "a number, got 'inf'");
    REFUSED(WIL_ERR_ARG, wil_config_set(&s, free_keys, 2, "x=nan"), "a number, got 'nan'");
    REFUSED(WIL_ERR_ARG, wil_config_set(&s, free_keys, 2, "x=1e999"), "a number, got '1e999'");
    OK(wil_config_set(&s, free_keys, 2, "n=-2147483648"));
    OK(wil_config_set(&s, free_keys, 2, "x=-1e300"));
    assert_true(s.n == INT32_MIN && s.x == -1e300);
}

static void a_number_that_must_be_a_multiple_is_held_to_it(void **state)
{
    (void)state;
    check_value_refused("gan.patch=100", "must be a multiple of 32, got 100");
    check_value_refused("gan.patch=288", "from 32 to 256");
    study s = default_study();
    OK(wil_config_set(&s, keys, N_KEYS, "gan.patch=64"));
    assert_int_equal(s.patch, 64);
    drop_study(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table),
        cmocka_unit_test(a_table_with_an_impossible_default_leaves_nothing_to_trip_over),
        cmocka_unit_test(an_assignment_sets_one_value),
        cmocka_unit_test(an_assignment_without_key_or_sign_is_refused),
        cmocka_unit_test(an_unknown_key_is_refused_with_the_nearest_one),
        cmocka_unit_test(values_of_the_wrong_type_are_refused),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(numbers_without_a_range_are_still_numbers_of_their_type),
        cmocka_unit_test(a_number_that_must_be_a_multiple_is_held_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
