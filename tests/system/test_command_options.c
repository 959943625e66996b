/* Every option of every command: what it cannot take is refused in one sentence, by the range in its table;
 * each is explained, and has a place in its struct. */
#include "cli_fixture.h"
#include "commands.h"
#include "refusals.h"

/* The words of a command line that give one field a value; a text is not judged alone, as files are looked
 * for. */
static wil_status give(void *context, const wil_field_walk *w, const char *text)
{
    const cli_command *command = context;
    WIL_OWN(void) *settings = NULL;
    cli_common common;
    char name[96];
    char *argv[4] = {name, (char *)text};
    int n = 2;
    if (cli_option_name(name, w->field)[0] != '-') { /* behind those that stand before it; "/" exists */
        n = 0;
        for (wil_field_walk v = wil_fields_walk(&command->fields);
             wil_field_next(&v) && v.number < w->number;)
            if (cli_option_name(name, v.field)[0] != '-')
                argv[n++] = (char *)"/";
        argv[n++] = (char *)text;
    }
    OK(wil_alloc(&settings, 1, command->fields.size + 1));
    OK(wil_fields_defaults(&command->fields, settings));
    const wil_status status = cli_parse(command, settings, n, argv, &common);
    const bool taken = status == WIL_ERR_ARG && strstr(wil_status_message(), "is missing") != NULL;
    wil_fields_clear(&command->fields, settings);
    return taken ? WIL_OK : status; /* that others are missing comes after it was taken */
}

static void option_name(char name[128], const wil_field_walk *w)
{
    cli_option_name(name, w->field);
}

static void options_refuse_what_they_cannot_take(void **state)
{
    (void)state;
    int n_refused = 0;
    for (int i = 0; i < cli_n_commands; i++) {
        refusal_way way = {
            .give = give, .name = option_name, .status = WIL_ERR_ARG, .context = (void *)cli_commands[i]};
        for (wil_field_walk w = wil_fields_walk(&cli_commands[i]->fields); wil_field_next(&w);) {
            if (w.field->type < WIL_TEXT && w.field->type != WIL_BOOL)
                check_field_refusals(&way, &w);
            if (w.field->type >= WIL_TEXT)
                check_refused(&way, &w, ""); /* a variable that a script forgot to fill */
        }
        n_refused += way.n_refused;
    }
    assert_true(n_refused > 2000);
}

static void every_option_is_explained_and_fits_its_struct(void **state)
{
    (void)state;
    for (int i = 0; i < cli_n_commands; i++) {
        const wil_fields *fields = &cli_commands[i]->fields;
        char names[CLI_MOST_OPTIONS][96];
        for (wil_field_walk w = wil_fields_walk(fields); wil_field_next(&w);) {
            assert_true(w.number < CLI_MOST_OPTIONS && w.section[0] == '\0');
            assert_true(w.field->help != NULL && w.field->help[0] != '\0');
            assert_true(w.offset + w.field->offset < fields->size);
            cli_option_name(names[w.number], w.field);
            for (int k = 0; k < w.number; k++)
                assert_string_not_equal(names[k], names[w.number]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_refuse_what_they_cannot_take),
        cmocka_unit_test(every_option_is_explained_and_fits_its_struct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
