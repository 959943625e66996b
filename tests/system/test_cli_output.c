#include <fcntl.h>

#include "cli_fixture.h"
#include "cli_vessels.h"

/* Runs print with standard output in the file "out"; returns its text, freed by the caller. */
static char *printed(void (*print)(void))
{
    char *text = NULL;
    size_t n = 0;
    fflush(stdout);
    const int before = dup(STDOUT_FILENO);
    const int file = open("out", O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(before >= 0 && file >= 0);
    dup2(file, STDOUT_FILENO);
    print();
    fflush(stdout);
    dup2(before, STDOUT_FILENO);
    close(before);
    close(file);
    OK(wil_file_read("out", &text, &n));
    return text;
}

static void print_scores(void)
{
    OK(cli_print_table("subject\tDice\tnote\nsub-1\t0.5\tgood\nM\xc3\xbcller\t-10.25\t7\n"));
}

static void tables_are_aligned_by_characters_with_numbers_to_the_right(void **state)
{
    (void)state;
    char *text = printed(print_scores);
    assert_string_equal(text, "subject    Dice  note\n"
                              "sub-1       0.5  good\n"
                              "M\xc3\xbcller   -10.25  7\n");
    wil_free(text);
}

typedef struct heard {
    int n;
    char text[512];
} heard;

static void hear(void *user, wil_message_kind kind, const char *text)
{
    heard *h = user;
    assert_int_equal(kind, WIL_MESSAGE_WARNING);
    h->n++;
    snprintf(h->text, sizeof h->text, "%s", text);
}

static void a_mask_that_can_hardly_be_arteries_is_warned_of(void **state)
{
    (void)state;
    heard h = {0};
    const wil_monitor monitor = {.user = &h, .message = hear};
    cli_warn_implausible(&monitor, "a.nii", 50, 100000, "Look."); /* 0.05 and 5 %: both ends are plausible */
    cli_warn_implausible(&monitor, "a.nii", 5000, 100000, "Look.");
    assert_int_equal(h.n, 0);
    cli_warn_implausible(&monitor, "a.nii", 49, 100000, "Look.");
    assert_int_equal(h.n, 1);
    assert_non_null(strstr(h.text, "a.nii: 0.049 % of the voxels looked at are marked"));
    assert_non_null(strstr(h.text, "less than 0.05 or more than 5 %. Look."));
    cli_warn_implausible(&monitor, "a.nii", 5001, 100000, "Look.");
    assert_int_equal(h.n, 2);
    cli_warn_implausible(&monitor, "a.nii", 0, 0, "Look."); /* nothing looked at, nothing found */
    assert_int_equal(h.n, 3);
}

static void one_thing_has_no_s(void **state)
{
    (void)state;
    assert_string_equal(cli_plural(1), "");
    assert_string_equal(cli_plural(0), "s");
    assert_string_equal(cli_plural(2), "s");
}

static void print_object(void)
{
    OK(cli_print_json(
        json_pack("{s:o, s:o, s:o, s:o, s:o}", "nan", wil_json_real(NAN), "half", wil_json_real(0.5), "name",
            wil_json_text("a\xff"), "none", wil_json_text(NULL), "seed", wil_json_u64(UINT64_MAX))));
}

static void json_holds_what_json_cannot_say_in_another_way(void **state)
{
    (void)state;
    json_t *value = NULL;
    wil_free(printed(print_object));
    OK(wil_json_load(&value, "out"));
    assert_true(json_is_null(json_object_get(value, "nan")));
    assert_true(json_is_null(json_object_get(value, "none")));
    assert_true(json_real_value(json_object_get(value, "half")) == 0.5);
    assert_string_equal(json_string_value(json_object_get(value, "name")), "a?");
    assert_string_equal(json_string_value(json_object_get(value, "seed")), "18446744073709551615");
    json_decref(value);
    REFUSED(WIL_ERR_MEMORY, cli_print_json(NULL), "out of memory");
}

static const wil_field LIST[] = {
    {"SCAN", WIL_INPUT, AT(scan), .help = "a scan"},
    {"whole", WIL_INT, AT(whole), "7", 1, 9, .unit = "mm", .help = "counts"},
    {"unset", WIL_REAL, AT(real), "",
        .help = "without a default, and with a help that is so long that it has to go on in a second line"},
    {"found", WIL_REAL, AT(reals), "auto", .unit = "s", .help = "found elsewhere"},
    {"sizes", WIL_INTS, AT(sizes), "96x64", .n = 2, .value = "HxW", .help = "two"},
    {"split", WIL_CHOICE, AT(choice), "val", .choices = WIL_CHOICES("train", "val"), .help = "whose"},
    {"on", WIL_BOOL, AT(on), "true", .help = "switches it off"},
    {"out", WIL_OUTPUT, AT(out), .also = "-o", .help = "a place"},
};

static void print_help(void)
{
    const cli_command command = {.name = "try",
        .purpose = "tries",
        .example = "willis try scan",
        .fields = WIL_FIELDS(targets, LIST),
        .computes = true};
    char word[] = "-h";
    char *argv[] = {word};
    targets t;
    cli_common common;
    OK(wil_fields_defaults(&command.fields, &t));
    OK(cli_parse(&command, &t, 1, argv, &common));
    assert_true(common.help);
}

static void help_is_made_of_the_table(void **state)
{
    (void)state;
    static const char *const words[] = {"willis try: tries\n",
        "usage: willis try SCAN --out FILE [options]\n", "counts [1 to 9 mm] (default 7)\n",
        "without a default, and with a help that is so long that it has to go on\n",
        "\n                            in a second line\n", "two (default 96x64)\n",
        "whose: train|val (default val)\n", "found elsewhere [s] (default auto)\n",
        "--no-on                   switches it off\n", "  -o, --out FILE            a place (required)\n",
        "--threads N", "--json", "EXAMPLE\n  willis try scan\n"};
    char *text = printed(print_help);
    for (int i = 0; i < CLI_COUNT(words); i++)
        if (strstr(text, words[i]) == NULL)
            fail_msg("no \"%s\" in:\n%s", words[i], text);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 100);
    wil_free(text);
}

static void progress_says_what_is_done_how_fast_and_what_is_left(void **state)
{
    (void)state;
    char line[256];
    cli_progress_line(line, sizeof line, "train gan", 30, 120, 2, 45, "loss 0.3", 8);
    assert_string_equal(line, "train gan [##......] 30 of 120  2/s  45 s left  loss 0.3");
    cli_progress_line(line, sizeof line, "score", 1, 4, 0.05, 60, "", 0);
    assert_string_equal(line, "score 1 of 4  20 s each  1 min 00 s left");
    cli_progress_line(line, sizeof line, "score", 4, 4, 0.05, 0, "", 4); /* nothing is left */
    assert_string_equal(line, "score [####] 4 of 4  20 s each");
    cli_progress_line(line, sizeof line, "resumed", 50, 100, NAN, NAN, "", 0); /* no rate yet */
    assert_string_equal(line, "resumed 50 of 100");
}

static void durations_are_rounded_as_people_say_them(void **state)
{
    (void)state;
    char text[32];
    assert_string_equal(cli_duration(text, 2.44), "2.4 s");
    assert_string_equal(cli_duration(text, 59.4), "59 s");
    assert_string_equal(cli_duration(text, 59.6), "1 min 00 s");
    assert_string_equal(cli_duration(text, 200), "3 min 20 s");
    assert_string_equal(cli_duration(text, 3900), "1 h 05 min");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            tables_are_aligned_by_characters_with_numbers_to_the_right, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(
            json_holds_what_json_cannot_say_in_another_way, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(help_is_made_of_the_table, enter_folder, leave_folder),
        cmocka_unit_test(a_mask_that_can_hardly_be_arteries_is_warned_of),
        cmocka_unit_test(one_thing_has_no_s),
        cmocka_unit_test(progress_says_what_is_done_how_fast_and_what_is_left),
        cmocka_unit_test(durations_are_rounded_as_people_say_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
