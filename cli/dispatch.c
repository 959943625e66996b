/* Finds the command, runs it, and turns its status into words and an exit status:
 * 0 done, 1 failed, 2 wrong input, 130 interrupted. */
#include "commands.h"

#include "willis/kernel.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_WRONG_INPUT = 2, EXIT_INTERRUPTED = 130 };

/* ---- finding a command --------------------------------------------------------------------------------- */

/* How many of the words name the command: 0 if they do not. */
static int words_of(const cli_command *command, int n_words, char **words)
{
    const char *name = command->name;
    for (int i = 0; i < n_words; i++) {
        const size_t n = strcspn(name, " ");
        if (strlen(words[i]) != n || memcmp(words[i], name, n) != 0)
            return 0;
        if (name[n] == '\0')
            return i + 1;
        name += n + 1;
    }
    return 0;
}

/* "cohort" of "cohort check". */
static bool is_family(const char *word)
{
    const size_t n = strlen(word);
    for (int i = 0; i < cli_n_commands; i++)
        if (strncmp(cli_commands[i]->name, word, n) == 0 && cli_commands[i]->name[n] == ' ')
            return true;
    return false;
}

/* family "": all of them. */
static void print_commands(FILE *to, const char *family)
{
    const size_t n = strlen(family);
    for (int i = 0; i < cli_n_commands; i++) {
        const cli_command *command = cli_commands[i];
        if (n == 0 || (strncmp(command->name, family, n) == 0 && command->name[n] == ' '))
            fprintf(to, "  %-22s %s\n", command->name, command->purpose);
    }
}

static void print_help(void)
{
    printf("willis: learns from labelled brain angiograms to make synthetic ones, and measures what they are "
           "worth.\nFor research use only. Not a medical device.\n\n"
           "usage: willis COMMAND [arguments]\n\n");
    print_commands(stdout, "");
    printf("\n`willis COMMAND --help` (or `willis help COMMAND`) explains a command, with an example.\n"
           "Exit status: 0 done, 1 failed, 2 wrong input, 130 interrupted.\n"
           "The environment variable WILLIS_ISA=base, avx2 or avx512 lowers the instruction set in use.\n\n"
           "EXAMPLE\n  willis demo --out demo\n");
}

static int wrong_family(const char *family, char *word)
{
    if (word == NULL) {
        fprintf(stderr, "willis %s: a second word is missing:\n", family);
    } else {
        wil_text_make_printable(word);
        fprintf(stderr, "willis %s: unknown command '%s'; there are:\n", family, word);
    }
    print_commands(stderr, family);
    return EXIT_WRONG_INPUT;
}

static int unknown_command(char *word)
{
    const char *words[2 * CLI_MOST_COMMANDS];
    char families[CLI_MOST_COMMANDS][32];
    int n = 0;
    for (int i = 0; i < cli_n_commands; i++) {
        snprintf(families[i], sizeof families[i], "%.*s", (int)strcspn(cli_commands[i]->name, " "),
            cli_commands[i]->name);
        words[n++] = families[i];
    }
    wil_text_make_printable(word);
    const char *near = wil_nearest_word(word, words, n);
    if (near != NULL)
        fprintf(stderr, "willis: unknown command '%s'; did you mean '%s'?\n", word, near);
    else
        fprintf(stderr, "willis: unknown command '%s'; `willis --help` lists the commands\n", word);
    return EXIT_WRONG_INPUT;
}

/* ---- running one --------------------------------------------------------------------------------------- */

static int exit_status(wil_status status)
{
    if (status == WIL_OK)
        return EXIT_DONE;
    if (status == WIL_ERR_INTERRUPTED)
        return EXIT_INTERRUPTED;
    return wil_status_is_wrong_input(status) ? EXIT_WRONG_INPUT : EXIT_FAILED;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int run_command(const cli_command *command, int argc, char **argv)
{
    wil_status status = wil_kernel_isa_check();
    if (status == WIL_OK)
        status = cli_call(command, argc, argv);
    if (status == WIL_OK && is_family(command->name) && asks_for_help(argc, argv)) {
        printf("\nCOMMANDS OF THIS NAME\n");
        print_commands(stdout, command->name);
    }
    if (status != WIL_OK) {
        cli_monitor_end();
        fprintf(stderr, "willis %s: %s\n", command->name, wil_status_message());
    }
    return exit_status(status);
}

/* words: the command's name and its arguments. */
static int dispatch(int n_words, char **words)
{
    for (int i = 0; i < cli_n_commands; i++) {
        const int n = words_of(cli_commands[i], n_words, words);
        if (n > 0)
            return run_command(cli_commands[i], n_words - n, words + n);
    }
    if (!is_family(words[0]))
        return unknown_command(words[0]);
    if (n_words > 1 && (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0)) {
        print_commands(stdout, words[0]);
        return EXIT_DONE;
    }
    return wrong_family(words[0], n_words > 1 ? words[1] : NULL);
}

/* `willis help COMMAND` is `willis COMMAND --help`. */
static int help(int n_words, char **words)
{
    char *line[4] = {0};
    int n = 0;
    for (; n < n_words && n < 2; n++)
        line[n] = words[n];
    if (n == 0) {
        print_help();
        return EXIT_DONE;
    }
    line[n++] = (char *)"--help";
    return dispatch(n, line);
}

static int run_line(int argc, char **argv)
{
    if (argc < 2) {
        print_help();
        return EXIT_WRONG_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help();
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("willis %s\n", WILLIS_VERSION);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "help") == 0)
        return help(argc - 2, argv + 2);
    return dispatch(argc - 1, argv + 1);
}

int willis_main(int argc, char **argv, const volatile int *n_refused)
{
    cli_crash_watch(n_refused);
    /* a file beyond the size limit becomes a failed write, which is told in a sentence */
    (void)signal(SIGXFSZ, SIG_IGN);
    cli_plain_output();
    int status = run_line(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        fprintf(stderr, "willis: cannot write to standard output: %s\n", strerror(errno));
        status = status == EXIT_DONE ? EXIT_FAILED : status;
    }
    return cli_crash_watch_end(status);
}
