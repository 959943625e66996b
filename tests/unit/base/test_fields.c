/* Tables of fields: defaults, assignments, refusals of every kind, ranges of structs that C code filled. */
#include "fields_fixture.h"
#include "refusals.h"

static void defaults_come_from_the_table(void **state)
{
    (void)state;
    study s = default_study();
    assert_true(s.seed == 1 && s.gan.filters == 96 && s.gan.rate == 1e-4 && s.count == 5 && s.share == 0.5);
    assert_true(!s.gan.spectral && s.gan.kind == CRITIC_GP && isnan(s.low) && s.skip == -1 && s.batch == 0);
    assert_memory_equal(s.size, ((int[]){32, 32, 16}), sizeof s.size);
    assert_true(s.n_scales == 2 && s.scales[0] == 0.5 && s.scales[1] == 1 && s.files.n == 0);
    assert_string_equal(s.out, "runs/a");
    assert_null(s.note);
    drop_study(&s);
    assert_null(s.out);
    drop_study(&s); /* fine twice */
}

static void a_table_with_an_impossible_default_leaves_nothing_to_trip_over(void **state)
{
    (void)state;
    wil_field broken[sizeof STUDY / sizeof *STUDY];
    const wil_fields fields = WIL_FIELDS(study, broken);
    study s;
    memcpy(broken, STUDY, sizeof STUDY);
    broken[3].initial = "many";
    memset(&s, 0xAA, sizeof s);
    REFUSED(WIL_ERR_ARG, wil_fields_defaults(&fields, &s), "count", "many");
    wil_fields_clear(&fields, &s); /* frees what was set, and takes nothing else for a text */
}

static void an_assignment_sets_one_value(void **state)
{
    (void)state;
    static const char *const assignments[] = {"gan.filters=32", "gan.rate=2.5e-3", "gan.spectral=true",
        "gan.kind=wgan-gp-sn", "seed=18446744073709551615", "out=a=b c", "count=9007199254740993", "size=7",
        "skip=auto", "low=3", "scales=1,2,3", "files=a", "files=b", "batch=8"};
    study s = default_study();
    for (size_t i = 0; i < sizeof assignments / sizeof *assignments; i++)
        OK(wil_fields_assign(&study_fields, &s, assignments[i]));
    assert_true(s.gan.filters == 32 && s.gan.rate == 2.5e-3 && s.gan.spectral && s.gan.kind == CRITIC_SN);
    assert_true(s.seed == UINT64_MAX && s.count == 9007199254740993); /* 2^53 + 1: no way through a double */
    assert_string_equal(s.out, "a=b c");                              /* all behind the first = */
    assert_memory_equal(s.size, ((int[]){7, 7, 7}), sizeof s.size);
    assert_true(s.low == 3 && s.n_scales == 3 && s.scales[2] == 3 && s.files.n == 2 && s.batch == 8);
    assert_string_equal(s.files.items[1], "b");
    OK(wil_fields_assign(&study_fields, &s, "note=x"));
    OK(wil_fields_assign(&study_fields, &s, "note="));
    assert_null(s.note);
    drop_study(&s);
}

static void an_older_name_or_word_is_taken_too(void **state)
{
    (void)state;
    study s = default_study();
    OK(wil_fields_assign(&study_fields, &s, "net.filters=5"));
    OK(wil_fields_assign(&study_fields, &s, "net.learning_rate=0.5"));
    OK(wil_fields_assign(&study_fields, &s, "gan.kind=sn"));
    assert_true(s.gan.filters == 5 && s.gan.rate == 0.5 && s.gan.kind == CRITIC_SN);
    REFUSED(WIL_ERR_ARG, wil_fields_assign(&study_fields, &s, "net.rate=7"), "gan.rate must be");
    REFUSED(WIL_ERR_ARG, wil_fields_assign(&study_fields, &s, "gan.kind=s"), "got 's'");
    drop_study(&s);
}

static void an_assignment_without_key_or_sign_is_refused(void **state)
{
    (void)state;
    study s = default_study();
    REFUSED(WIL_ERR_ARG, wil_fields_assign(&study_fields, &s, "gan.filters"), "'gan.filters'", "key=value");
    REFUSED(WIL_ERR_ARG, wil_fields_assign(&study_fields, &s, "=32"), "'=32'", "key=value");
    drop_study(&s);
}

static void an_unknown_key_is_refused_with_the_nearest_one(void **state)
{
    (void)state;
    study s = default_study();
    REFUSED(WIL_ERR_ARG, wil_fields_assign(&study_fields, &s, "gan.filter=32"), "unknown key 'gan.filter'",
        "did you mean 'gan.filters'");
    REFUSED(WIL_ERR_ARG, wil_fields_assign(&study_fields, &s, "momentum=1"), "unknown key 'momentum'",
        "config defaults");
    REFUSED(WIL_ERR_ARG, wil_fields_assign(&study_fields, &s, "gan=1"), "unknown key 'gan'");
    assert_int_equal(s.gan.filters, 96);
    drop_study(&s);
}

static wil_status assign(void *context, const wil_field_walk *w, const char *text)
{
    char assignment[160];
    study *s = context;
    study before = *s;
    snprintf(assignment, sizeof assignment, "%s=%s", w->name, text);
    const wil_status status = wil_fields_assign(&study_fields, s, assignment);
    if (status != WIL_OK)
        assert_memory_equal(s, &before, sizeof before); /* the value stays as it was */
    return status;
}

static void what_a_field_cannot_take_is_refused_in_one_sentence(void **state)
{
    (void)state;
    study s = default_study();
    refusal_way way = {.give = assign, .status = WIL_ERR_ARG, .context = &s};
    check_all_refusals(&way, &study_fields);
    assert_true(way.n_refused > 150 && way.n_taken > 15);
    drop_study(&s);
}

static void the_sentences_say_what_is_expected(void **state)
{
    (void)state;
    static const struct {
        const char *assignment, *sentence;
    } cases[] = {
        {"gan.filters=many", "gan.filters must be a whole number from 1 to 1024, got 'many'"},
        {"gan.rate=0x1p-1", "gan.rate must be a number from 0 to 1, got '0x1p-1'"},
        {"seed=-1", "seed must be a whole number of 0 or more, got '-1'"},
        {"share=1", "share must be a number above 0 and below 1, got '1'"},
        {"low=0", "low must be a number above 0 mm, or auto, got '0'"},
        {"size=0x2x3", "size must be 1 or 3 whole numbers joined by 'x', each from 1 to 512, got '0x2x3'"},
        {"size=4x4", "size must be 1 or 3 whole numbers"},
        {"scales=1,2,3,4,5", "scales must be 1 to 4 numbers joined by ',', each from 0 to 9, got"},
        {"gan.spectral=yes", "gan.spectral must be true or false, got 'yes'"},
        {"gan.kind=wgan", "gan.kind must be one of wgan-gp|wgan-gp-sn, got 'wgan'"},
        {"out=", "out is empty"},
    };
    study s = default_study();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        REFUSED(WIL_ERR_ARG, wil_fields_assign(&study_fields, &s, cases[i].assignment), cases[i].sentence);
    drop_study(&s);
}

static void numbers_without_a_range_are_still_numbers_of_their_type(void **state)
{
    (void)state;
    struct free {
        int n;
        double x;
    } s;
    static const wil_field list[] = {{"n", WIL_INT, offsetof(struct free, n), "0", .help = ""},
        {"x", WIL_REAL, offsetof(struct free, x), "0", .help = ""}};
    const wil_fields fields = WIL_FIELDS(struct free, list);
    wil_fields_defaults_of_numbers(&fields, &s);
    REFUSED(WIL_ERR_ARG, wil_fields_assign(&fields, &s, "n=2147483648"), "n must be a whole number, got");
    REFUSED(WIL_ERR_ARG, wil_fields_assign(&fields, &s, "x=inf"), "x must be a number, got 'inf'");
    REFUSED(WIL_ERR_ARG, wil_fields_assign(&fields, &s, "x=1e999"), "x must be a number, got '1e999'");
    OK(wil_fields_assign(&fields, &s, "n=-2147483648"));
    OK(wil_fields_assign(&fields, &s, "x=-1e300"));
    assert_true(s.n == INT32_MIN && s.x == -1e300);
}

/* A struct that C code filled is held to the same ranges, in the same words. */
static void a_struct_is_judged_as_text_is(void **state)
{
    (void)state;
    study s = default_study();
    OK(wil_fields_check(&study_fields, &s));
    s.batch = 8, s.skip = 3, s.low = 0.1;
    OK(wil_fields_check(&study_fields, &s));
    s.gan.filters = 1025;
    REFUSED(WIL_ERR_ARG, wil_fields_check(&study_fields, &s),
        "gan.filters must be a whole number from 1 to 1024, got '1025'");
    s.gan.filters = 1024, s.gan.kind = (critic)2;
    REFUSED(WIL_ERR_ARG, wil_fields_check(&study_fields, &s), "gan.kind must be one of", "got '2'");
    s.gan.kind = CRITIC_GP, s.share = NAN;
    REFUSED(WIL_ERR_ARG, wil_fields_check(&study_fields, &s), "share must be a number above 0 and below 1");
    s.share = 0.5, s.size[2] = 513;
    REFUSED(WIL_ERR_ARG, wil_fields_check(&study_fields, &s), "size", "got '32x32x513'");
    s.size[2] = 1, s.n_scales = 5;
    REFUSED(WIL_ERR_ARG, wil_fields_check(&study_fields, &s), "scales");
    s.n_scales = 1, s.skip = -2;
    REFUSED(WIL_ERR_ARG, wil_fields_check(&study_fields, &s), "skip", "or auto, got '-2'");
    s.skip = 0, s.batch = 0, s.count = -1;
    REFUSED(WIL_ERR_ARG, wil_fields_check(&study_fields, &s), "count", "got '-1'");
    drop_study(&s);
}

static void metadata_keep_what_a_network_needs(void **state)
{
    (void)state;
    study s = default_study();
    study back = default_study();
    json_t *metadata = json_object();
    s.seed = UINT64_MAX, s.gan.filters = 7, s.gan.kind = CRITIC_SN, s.count = 9;
    OK(wil_fields_put_metadata(metadata, &study_fields, &s));
    assert_int_equal(json_object_size(metadata), 3);
    OK(wil_fields_get_metadata(&study_fields, &back, metadata, "net"));
    assert_true(back.seed == UINT64_MAX && back.gan.filters == 7 && back.gan.kind == CRITIC_SN);
    assert_int_equal(back.count, 5);
    (void)json_object_set_new(metadata, "filters", json_string("0x7"));
    REFUSED(WIL_ERR_INPUT, wil_fields_get_metadata(&study_fields, &back, metadata, "net"),
        "net: the network's 'filters' must be a whole number from 1 to 1024, got '0x7'", "damaged");
    (void)json_object_del(metadata, "filters"); /* an older file, which did not know of it */
    back.gan.filters = 96;
    OK(wil_fields_get_metadata(&study_fields, &back, metadata, "net"));
    assert_int_equal(back.gan.filters, 96);
    wil_field must[] = {GAN[0]};
    must[0].initial = NULL;
    const wil_fields needed = WIL_FIELDS(gan, must);
    REFUSED(
        WIL_ERR_INPUT, wil_fields_get_metadata(&needed, &back.gan, metadata, "net"), "'filters' is missing");
    json_decref(metadata);
    drop_study(&s);
    drop_study(&back);
}

static bool not_gan(const void *settings, const char *section)
{
    (void)settings;
    return strcmp(section, "gan") != 0;
}

static void json_has_the_values_with_their_types(void **state)
{
    (void)state;
    study s = default_study();
    s.low = INFINITY;
    json_t *all = wil_fields_json(&study_fields, &s, NULL);
    json_t *expected = json_pack(
        "{s:i, s:s, s:{s:i, s:f, s:b, s:s}, s:i, s:f, s:n, s:[iii], s:i, s:i, s:[ff], s:n, s:[]}", "seed", 1,
        "out", "OUT", "gan", "filters", 96, "rate", 1e-4, "spectral", 0, "kind", "wgan-gp", "count", 5,
        "share", 0.5, "low", "size", 32, 32, 16, "skip", -1, "batch", 0, "scales", 0.5, 1.0, "note", "files");
    assert_true(json_equal(all, expected));
    json_decref(all);
    s.seed = UINT64_MAX;
    all = wil_fields_json(&study_fields, &s, not_gan);
    assert_null(json_object_get(all, "gan"));
    assert_string_equal(json_string_value(json_object_get(all, "seed")), "18446744073709551615");
    json_decref(all);
    json_decref(expected);
    drop_study(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table),
        cmocka_unit_test(a_table_with_an_impossible_default_leaves_nothing_to_trip_over),
        cmocka_unit_test(an_assignment_sets_one_value),
        cmocka_unit_test(an_older_name_or_word_is_taken_too),
        cmocka_unit_test(an_assignment_without_key_or_sign_is_refused),
        cmocka_unit_test(an_unknown_key_is_refused_with_the_nearest_one),
        cmocka_unit_test(what_a_field_cannot_take_is_refused_in_one_sentence),
        cmocka_unit_test(the_sentences_say_what_is_expected),
        cmocka_unit_test(numbers_without_a_range_are_still_numbers_of_their_type),
        cmocka_unit_test(a_struct_is_judged_as_text_is),
        cmocka_unit_test(metadata_keep_what_a_network_needs),
        cmocka_unit_test(json_has_the_values_with_their_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
