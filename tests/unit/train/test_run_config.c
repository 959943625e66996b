#include "run_fixture.h"
#include "willis/train.h"
#include "willis/engine.h"
#include "refusals.h"

static wil_status load(wil_run_config *out, const char *path, const char *assignment)
{
    return wil_run_config_load(out, path, &assignment, assignment == NULL ? 0 : 1);
}

/* Source of the values: the reference study's text. */
static void the_defaults_are_the_studys_values(void **state)
{
    (void)state;
    wil_run_config c;
    OK(load(&c, NULL, NULL));
    assert_int_equal(c.kind, WIL_RUN_GAN);
    assert_int_equal(c.gan.model, WIL_GAN_WGAN_GP);
    assert_int_equal(c.gan.filters, 96);
    assert_int_equal(c.gan.batch, 128);
    assert_int_equal(c.gan.critic_steps, 5);
    assert_true(c.gan.critic_learning_rate == 1e-4 && c.gan.generator_learning_rate == 1e-4);
    assert_true(c.gan.beta1 == 0 && c.gan.beta2 == 0.9 && c.gan.gradient_penalty == 10);
    /* 194 epochs of 41,000 patches, 5 batches of 128 a step; the table rounds to hundreds */
    assert_float_equal(c.gan.steps, 194.0 * 41000 / (5 * 128), 50);
    assert_true(c.gan.weight_average == 0);
    assert_int_equal(c.unet.filters, 32);
    assert_int_equal(c.unet.levels, 5);
    assert_int_equal(c.unet.batch, 64);
    assert_int_equal(c.unet.epochs, 15);
    assert_true(c.unet.dropout == 0.1 && c.unet.learning_rate == 1e-4 && !c.unet.augment);
    assert_int_equal(c.unet.tile, 96);
    assert_int_equal(c.engine.precision, WIL_PRECISION_F32);
    assert_false(c.engine.recompute);
    wil_run_config_clear(&c);
}

static void a_file_and_then_assignments_overwrite_the_defaults(void **state)
{
    wil_run_config c;
    const char *path = in_folder(*state, "study.yaml");
    write_text(path, "engine: {precision: bf16, recompute: true}\n"
                     "run:\n  kind: unet\n  seed: 18446744073709551615\nunet:\n  augment: true\n"
                     "  batch: 8\n");
    OK(load(&c, path, "unet.batch=4"));
    assert_int_equal(c.kind, WIL_RUN_UNET);
    assert_true(c.seed == UINT64_MAX);
    assert_true(c.unet.augment);
    assert_int_equal(c.engine.precision, WIL_PRECISION_BF16); /* the words stand in the enumeration's order */
    assert_true(c.engine.recompute);
    assert_int_equal(c.unet.batch, 4);
    assert_int_equal(c.unet.epochs, 15);
    wil_run_config_clear(&c);
}

static void an_unknown_key_is_refused_with_its_line_and_the_nearest_key(void **state)
{
    wil_run_config c;
    const char *path = in_folder(*state, "study.yaml");
    write_text(path, "gan:\n  batch: 8\n  filtres: 4\n");
    REFUSED(WIL_ERR_INPUT, load(&c, path, NULL), "study.yaml:3", "gan.filtres", "gan.filters");
    REFUSED(WIL_ERR_ARG, load(&c, NULL, "gan.filtres=4"), "gan.filtres", "gan.filters");
    REFUSED(WIL_ERR_ARG, load(&c, NULL, "gan.filters"), "key=value");
    REFUSED(WIL_ERR_ARG, load(&c, NULL, "engine.precision=f16"), "engine.precision", "f32", "bf16");
    REFUSED(WIL_ERR_INPUT, load(&c, in_folder(*state, "absent.yaml"), NULL), "absent.yaml");
}

static wil_status assign(void *context, const wil_field_walk *w, const char *text)
{
    char assignment[200];
    (void)context;
    wil_run_config c;
    snprintf(assignment, sizeof assignment, "%s=%s", w->name, text);
    /* with a tile that any number of levels halves, and as few levels as any tile takes */
    const char *both[] = {
        assignment, strcmp(w->name, "unet.levels") == 0 ? "unet.tile=4096" : "unet.levels=2"};
    const wil_status status = wil_run_config_load(&c, NULL, both, 2);
    if (status == WIL_OK)
        wil_run_config_clear(&c);
    return status;
}

static void a_wrong_type_or_an_impossible_value_is_refused(void **state)
{
    (void)state;
    wil_run_config c;
    refusal_way way = {.give = assign, .status = WIL_ERR_ARG};
    check_all_refusals(&way, &wil_run_fields);
    assert_true(way.n_refused > 500);
    REFUSED(WIL_ERR_ARG, load(&c, NULL, "gan.beta1=0x1p-1"),
        "gan.beta1 must be a number from 0 to 0.9999, got '0x1p-1'");
    REFUSED(
        WIL_ERR_ARG, load(&c, NULL, "unet.augment=False"), "false|true|randomise"); /* correctness.md, G17 */
    REFUSED(
        WIL_ERR_ARG, load(&c, NULL, "gan.label_threshold=1"), "gan.label_threshold", "above 0 and below 1");
}

static void older_names_are_taken(void **state)
{
    wil_run_config c;
    const char *path = in_folder(*state, "study.yaml");
    write_text(path, "study:\n  kind: segmentation\n  output: here\n");
    OK(load(&c, path, "study.seed=5"));
    assert_true(c.kind == WIL_RUN_UNET && c.seed == 5);
    assert_string_equal(c.output, "here");
    wil_run_config_clear(&c);
    write_text(path, "study:\n  kind: gan\nrun:\n  kind: gan\n");
    REFUSED(WIL_ERR_INPUT, load(&c, path, NULL), "study.yaml:4", "run.kind is given twice, first in line 2");
}

static void a_tile_must_be_halved_by_every_level(void **state)
{
    (void)state;
    wil_run_config c;
    REFUSED(WIL_ERR_ARG, load(&c, NULL, "unet.tile=100"), "unet.tile", "multiple of 16", "100");
    REFUSED(WIL_ERR_ARG, load(&c, NULL, "unet.levels=7"), "multiple of 64", "7 levels", "96");
    const char *both[] = {"unet.levels=7", "unet.tile=128"};
    OK(wil_run_config_load(&c, NULL, both, 2));
    wil_run_config_clear(&c);
}

static void what_is_written_reads_back_as_the_same(void **state)
{
    wil_run_config c;
    wil_run_config back;
    const char *set[] = {"gan.critic_learning_rate=0.000123456789012345", "run.output=a \"b\" #c",
        "gan.scaling=patch", "run.seed=18446744073709551615"};
    char *text[2] = {NULL, NULL};
    const char *path = in_folder(*state, "config.yaml");
    OK(wil_run_config_load(&c, NULL, set, 4));
    OK(wil_fields_yaml(&text[0], &wil_run_fields, &c, NULL));
    write_text(path, text[0]);
    OK(wil_run_config_load(&back, path, NULL, 0));
    OK(wil_fields_yaml(&text[1], &wil_run_fields, &back, NULL));
    assert_string_equal(text[0], text[1]);
    assert_true(back.gan.critic_learning_rate == 0.000123456789012345);
    assert_string_equal(back.output, "a \"b\" #c");
    wil_free(text[0]);
    wil_free(text[1]);
    wil_run_config_clear(&c);
    wil_run_config_clear(&back);
}

static void every_key_has_a_sentence_of_help(void **state)
{
    (void)state;
    for (wil_field_walk w = wil_fields_walk(&wil_run_fields); wil_field_next(&w);)
        if (w.field->help == NULL || w.field->help[0] == '\0')
            fail_msg("%s has no help", w.name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_are_the_studys_values),
        CASE(a_file_and_then_assignments_overwrite_the_defaults),
        CASE(an_unknown_key_is_refused_with_its_line_and_the_nearest_key),
        cmocka_unit_test(a_wrong_type_or_an_impossible_value_is_refused),
        cmocka_unit_test(a_tile_must_be_halved_by_every_level),
        CASE(older_names_are_taken),
        CASE(what_is_written_reads_back_as_the_same),
        cmocka_unit_test(every_key_has_a_sentence_of_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
