#include "config_fixture.h"

static wil_status load(study *s, const char *folder, const char *text)
{
    return wil_config_load(s, keys, N_KEYS, write_text(in_folder(folder, "study.yaml"), text));
}

static void a_file_overwrites_what_it_names_and_nothing_else(void **state)
{
    study s = default_study();
    OK(load(&s, *state,
        "# a comment\nseed: 7\ngan:\n  filters: 64   # fewer\n  rate: 0.002\n  kind: \"wgan-gp-sn\"\n"
        "  spectral: true\nscore:\n  note: 'two words: here'\n"));
    assert_true(s.seed == 7 && s.filters == 64 && s.rate == 0.002 && s.kind == 1 && s.spectral);
    assert_string_equal(s.note, "two words: here");
    assert_int_equal(s.patch, 96);
    assert_string_equal(s.out, "runs/a");
    drop_study(&s);
}

static void empty_files_and_sections_change_nothing(void **state)
{
    study s = default_study();
    OK(load(&s, *state, ""));
    OK(load(&s, *state, "# nothing but a comment\n"));
    OK(load(&s, *state, "gan:\nseed: 5\n"));
    assert_true(s.seed == 5 && s.filters == 96);
    OK(load(&s, *state, "---\nseed: 6\n...\n"));
    assert_true(s.seed == 6);
    drop_study(&s);
}

static void check_refused(const char *folder, const char *text, const char *place, const char *words)
{
    study s = default_study();
    REFUSED(WIL_ERR_INPUT, load(&s, folder, text), folder, place, words);
    drop_study(&s);
}

static void an_unknown_key_is_named_with_file_line_and_the_nearest_key(void **state)
{
    check_refused(*state, "seed: 1\ngan:\n  filter: 32\n",
        "study.yaml:3:", "unknown key 'gan.filter'; did you mean 'gan.filters'?");
    check_refused(*state, "gam:\n  filters: 32\n", "study.yaml:1:", "unknown key 'gam'");
    check_refused(*state, "seed: 1\n\nsed: 1\n", "study.yaml:3:", "did you mean 'seed'?");
    check_refused(*state, "filters: 32\n", "study.yaml:1:", "unknown key 'filters'");
}

static void impossible_values_are_named_with_file_and_line(void **state)
{
    check_refused(
        *state, "gan:\n  filters: many\n", "study.yaml:2:", "must be a whole number from 1 to 1024");
    check_refused(*state, "gan:\n  filters:\n", "study.yaml:2:", "got ''");
    check_refused(*state, "gan:\n  patch: 100\n", "study.yaml:2:", "a multiple of 32");
    check_refused(*state, "gan:\n  rate: 7\n", "study.yaml:2:", "from 0 to 1");
    check_refused(*state, "gan:\n  kind: dcgan\n", "study.yaml:2:", "one of wgan-gp|wgan-gp-sn");
}

static void what_has_the_wrong_shape_is_refused(void **state)
{
    check_refused(*state, "gan:\n  filters: [1, 2]\n", "study.yaml:2:", "takes one value, not a list");
    check_refused(*state, "seed:\n  a: 1\n", "study.yaml:2:", "takes one value, not a mapping");
    check_refused(*state, "gan: 3\n", "study.yaml:1:", "'gan' is a section");
    check_refused(*state, "gan: [3]\n", "study.yaml:1:", "'gan' is a section");
    check_refused(*state, "- seed\n", "study.yaml:1:", "expected 'key: value' lines");
    check_refused(*state, "[a]: 3\n", "study.yaml:1:", "a key must be a word");
}

static void a_key_that_is_given_twice_is_refused_with_both_lines(void **state)
{
    check_refused(*state, "seed: 1\ngan:\n  filters: 8\nseed: 2\n",
        "study.yaml:4:", "seed is given twice, first in line 1");
    check_refused(*state, "gan:\n  filters: 8\ngan:\n  filters: 9\n",
        "study.yaml:4:", "gan.filters is given twice, first in line 2");
}

static void a_second_document_is_refused(void **state)
{
    check_refused(*state, "seed: 1\n---\nseed: 2\n", "study.yaml:3:", "a second document begins");
    check_refused(*state, "seed: 1\n...\nnonsense: [\n", "study.yaml:", "not YAML");
}

static void what_is_no_yaml_is_refused_with_its_line(void **state)
{
    check_refused(*state, "seed: 1\ngan:\n  filters: [\n", "study.yaml:", "not YAML");
    check_refused(*state, "seed: 1\n\tgan: 2\n", "study.yaml:2:", "not YAML");
    check_refused(*state, "seed: \"1\n", "study.yaml:", "not YAML");
    study s = default_study();
    REFUSED(WIL_ERR_INPUT, wil_config_load(&s, keys, N_KEYS, in_folder(*state, "none.yaml")), "none.yaml",
        "No such file");
    drop_study(&s);
}

static void anchors_cannot_make_a_file_nest_without_end(void **state)
{
    study s = default_study();
    OK(load(&s, *state, "seed: &a 12\ngan:\n  filters: *a\n"));
    assert_int_equal(s.filters, 12);
    const wil_status status = load(&s, *state, "gan: &a\n  gan: *a\n");
    assert_int_equal(status, WIL_ERR_INPUT);
    drop_study(&s);
}

static void the_text_of_a_configuration_reads_back_as_the_same(void **state)
{
    const char *notes[] = {"", "plain", "with: colon # hash", "\"quoted\" \\back\\",
        "two\nlines\tand \x01\x7f", "true", " spaces ", "- list",
        "Stra\xC3\x9F"
        "e %s 100%"};
    const double rates[] = {1e-4, 0.1, 1.0 / 3, 1e-300, 0, 1};
    for (int i = 0; i < 9; i++) {
        char *text = NULL;
        study s = default_study();
        study back = default_study();
        wil_free(s.note);
        OK(wil_string_copy(&s.note, notes[i]));
        s.rate = rates[i % 6];
        s.seed = UINT64_MAX - (uint64_t)i;
        s.filters = 5 + i;
        s.spectral = i % 2;
        s.kind = i % 2;
        OK(wil_config_text(&text, &s, keys, N_KEYS));
        OK(load(&back, *state, text));
        assert_true(s.seed == back.seed && s.filters == back.filters && s.patch == back.patch &&
                    s.rate == back.rate && s.spectral == back.spectral && s.kind == back.kind);
        assert_string_equal(s.out, back.out);
        assert_string_equal(s.note, back.note);
        wil_free(text);
        drop_study(&s);
        drop_study(&back);
    }
}

static void the_text_of_a_configuration_explains_itself(void **state)
{
    (void)state;
    char *text = NULL;
    study s = default_study();
    OK(wil_config_text(&text, &s, keys, N_KEYS));
    assert_string_equal(text, "seed: 1  # of all random numbers\n"
                              "out: \"runs/a\"  # folder of the run\n"
                              "\n"
                              "gan:\n"
                              "  filters: 96  # of the first layer\n"
                              "  patch: 96  # side in voxels\n"
                              "  rate: 0.0001  # learning rate\n"
                              "  spectral: false\n"
                              "  kind: wgan-gp  # wgan-gp|wgan-gp-sn: variant\n"
                              "\n"
                              "score:\n"
                              "  note: \"\"  # printed beside the score\n");
    wil_free(text);
    drop_study(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_file_overwrites_what_it_names_and_nothing_else),
        CASE(empty_files_and_sections_change_nothing),
        CASE(an_unknown_key_is_named_with_file_line_and_the_nearest_key),
        CASE(impossible_values_are_named_with_file_and_line),
        CASE(what_has_the_wrong_shape_is_refused),
        CASE(a_key_that_is_given_twice_is_refused_with_both_lines),
        CASE(a_second_document_is_refused),
        CASE(what_is_no_yaml_is_refused_with_its_line),
        CASE(anchors_cannot_make_a_file_nest_without_end),
        CASE(the_text_of_a_configuration_reads_back_as_the_same),
        CASE(the_text_of_a_configuration_explains_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
