/* Fields from and to YAML files: what is refused where, and that what is written reads back. */
#include "fields_fixture.h"
#include "refusals.h"

static wil_status load(study *s, const char *folder, const char *text)
{
    return wil_fields_load(&study_fields, s, write_text(in_folder(folder, "study.yaml"), text));
}

static void a_file_overwrites_what_it_names_and_nothing_else(void **state)
{
    study s = default_study();
    OK(load(&s, *state,
        "# a comment\nseed: 7\ngan:\n  filters: 64   # fewer\n  rate: 0.002\n  kind: \"wgan-gp-sn\"\n"
        "  spectral: true\nnote: 'two words: here'\n"));
    assert_true(
        s.seed == 7 && s.gan.filters == 64 && s.gan.rate == 0.002 && s.gan.kind == 1 && s.gan.spectral);
    assert_string_equal(s.note, "two words: here");
    assert_int_equal(s.size[0], 32);
    assert_string_equal(s.out, "runs/a");
    drop_study(&s);
}

static void empty_files_and_sections_change_nothing(void **state)
{
    study s = default_study();
    OK(load(&s, *state, ""));
    OK(load(&s, *state, "# nothing but a comment\n"));
    OK(load(&s, *state, "gan:\nseed: 5\n"));
    assert_true(s.seed == 5 && s.gan.filters == 96);
    OK(load(&s, *state, "---\nseed: 6\n...\n"));
    assert_true(s.seed == 6);
    drop_study(&s);
}

static void refused_in(const char *folder, const char *text, const char *place, const char *words)
{
    study s = default_study();
    REFUSED(WIL_ERR_INPUT, load(&s, folder, text), folder, place, words);
    drop_study(&s);
}

static void an_unknown_key_is_named_with_file_line_and_the_nearest_key(void **state)
{
    refused_in(*state, "seed: 1\ngan:\n  filter: 32\n",
        "study.yaml:3:", "unknown key 'gan.filter'; did you mean 'gan.filters'?");
    refused_in(*state, "gam:\n  filters: 32\n", "study.yaml:1:", "unknown key 'gam'");
    refused_in(*state, "seed: 1\n\nsed: 1\n", "study.yaml:3:", "did you mean 'seed'?");
    refused_in(*state, "filters: 32\n", "study.yaml:1:", "unknown key 'filters'");
}

static wil_status load_value(void *context, const wil_field_walk *w, const char *text)
{
    char yaml[200];
    study s = default_study();
    const bool inner = w->section[0] != '\0';
    /* in quotes a tab has to be escaped */
    snprintf(yaml, sizeof yaml, "%s%s%s: \"%.*s%s\"\n", w->section, inner ? ":\n  " : "", w->field->name,
        (int)strcspn(text, "\t"), text, strchr(text, '\t') == NULL ? "" : "\\t");
    const wil_status status = load(&s, context, yaml);
    drop_study(&s);
    return status;
}

static void in_file_and_line(char name[128], const wil_field_walk *w)
{
    snprintf(name, 128, "study.yaml:%d: %s", w->section[0] == '\0' ? 1 : 2, w->name);
}

static void impossible_values_are_named_with_file_and_line(void **state)
{
    refusal_way way = {
        .give = load_value, .name = in_file_and_line, .status = WIL_ERR_INPUT, .context = *state};
    check_all_refusals(&way, &study_fields);
    assert_true(way.n_refused > 150 && way.n_taken > 15);
    refused_in(*state, "gan:\n  filters:\n", "study.yaml:2:", "got ''");
}

static void lists_may_be_sequences(void **state)
{
    study s = default_study();
    OK(load(&s, *state, "size: [4, 5, 6]\nscales:\n  - 1\n  - 2.5\nfiles: [a, \"b c\"]\nnet: {rate: 1}\n"));
    assert_memory_equal(s.size, ((int[]){4, 5, 6}), sizeof s.size);
    assert_true(s.n_scales == 2 && s.scales[1] == 2.5 && s.files.n == 2 && s.gan.rate == 1);
    assert_string_equal(s.files.items[1], "b c");
    drop_study(&s);
    refused_in(*state, "size: [4, 5]\n", "study.yaml:1:", "size must be 1 or 3 whole numbers");
    refused_in(*state, "files: [[4], 5]\n", "study.yaml:1:", "files takes a list of plain values");
}

static void what_has_the_wrong_shape_is_refused(void **state)
{
    refused_in(*state, "gan:\n  filters: [1, 2]\n", "study.yaml:2:", "takes one value, not a list");
    refused_in(*state, "seed:\n  a: 1\n", "study.yaml:2:", "takes one value, not a mapping");
    refused_in(*state, "gan: 3\n", "study.yaml:1:", "'gan' is a section");
    refused_in(*state, "gan: [3]\n", "study.yaml:1:", "'gan' is a section");
    refused_in(*state, "- seed\n", "study.yaml:1:", "expected 'key: value' lines");
    refused_in(*state, "[a]: 3\n", "study.yaml:1:", "a key must be a word");
}

static void a_key_that_is_given_twice_is_refused_with_both_lines(void **state)
{
    refused_in(*state, "seed: 1\ngan:\n  filters: 8\nseed: 2\n",
        "study.yaml:4:", "seed is given twice, first in line 1");
    refused_in(*state, "gan:\n  filters: 8\ngan:\n  filters: 9\n",
        "study.yaml:4:", "gan.filters is given twice, first in line 2");
}

static void a_second_document_is_refused(void **state)
{
    refused_in(*state, "seed: 1\n---\nseed: 2\n", "study.yaml:3:", "a second document begins");
    refused_in(*state, "seed: 1\n...\nnonsense: [\n", "study.yaml:", "not YAML");
}

static void what_is_no_yaml_is_refused_with_its_line(void **state)
{
    refused_in(*state, "seed: 1\ngan:\n  filters: [\n", "study.yaml:", "not YAML");
    refused_in(*state, "seed: 1\n\tgan: 2\n", "study.yaml:2:", "not YAML");
    refused_in(*state, "seed: \"1\n", "study.yaml:", "not YAML");
    study s = default_study();
    REFUSED(WIL_ERR_INPUT, wil_fields_load(&study_fields, &s, in_folder(*state, "none.yaml")), "none.yaml",
        "No such file");
    drop_study(&s);
}

static void anchors_cannot_make_a_file_nest_without_end(void **state)
{
    study s = default_study();
    OK(load(&s, *state, "seed: &a 12\ngan:\n  filters: *a\n"));
    assert_int_equal(s.gan.filters, 12);
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
        s.note = NULL;
        if (notes[i][0] != '\0')
            OK(wil_string_copy(&s.note, notes[i]));
        OK(wil_fields_assign(&study_fields, &s, "files=a, \"b\""));
        s.count = 1000000 * i;
        s.size[1] = 5 + i;
        s.low = i % 2 ? NAN : 0.1;
        s.skip = i % 3 - 1;
        s.gan.rate = rates[i % 6];
        s.seed = UINT64_MAX - (uint64_t)i;
        s.gan.filters = 5 + i;
        s.gan.spectral = i % 2;
        s.gan.kind = (critic)(i % 2);
        OK(wil_fields_yaml(&text, &study_fields, &s, NULL));
        OK(load(&back, *state, text));
        assert_true(s.seed == back.seed && s.gan.filters == back.gan.filters && s.size[1] == back.size[1] &&
                    s.skip == back.skip && s.count == back.count && isnan(s.low) == isnan(back.low) &&
                    s.gan.rate == back.gan.rate && s.gan.spectral == back.gan.spectral &&
                    s.gan.kind == back.gan.kind);
        assert_string_equal(s.out, back.out);
        assert_string_equal(s.note == NULL ? "" : s.note, back.note == NULL ? "" : back.note);
        assert_string_equal(s.files.items[0], back.files.items[0]);
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
    const wil_fields first = {STUDY, 3, sizeof s};
    OK(wil_fields_yaml(&text, &first, &s, NULL));
    assert_string_equal(text, "seed: 1  # of all random numbers\n"
                              "out: \"runs/a\"  # folder of the run\n"
                              "\n"
                              "gan:\n"
                              "  filters: 96  # of the first layer\n"
                              "  rate: 0.0001  # learning rate\n"
                              "  spectral: false\n"
                              "  kind: wgan-gp  # wgan-gp|wgan-gp-sn: variant\n");
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
        CASE(lists_may_be_sequences),
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
