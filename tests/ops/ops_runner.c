/* ops_runner: what every operation gives, how it is differentiated, how fast it is, and where.
 *
 *     ops_runner test|grad|isa|perf|support [-o NAMES] [-p REGEX] [-b BACKEND]
 *     ops_runner --list | --missing          the cases; the operations of ops.def without one
 *
 * -o conv,pool_* chooses by the names of cases or operations, -p 'k3 .* \[2,' by the words of --list. */
#include <fnmatch.h>
#include <getopt.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include "ops.h"

static const struct {
    const char *name, *backends; /* that -b takes */
    int (*run)(const ops_choice *choice);
} MODES[] = {{"test", "fast ref", ops_values}, {"grad", "f64", ops_grad}, {"isa", "fast", ops_isa},
    {"perf", "fast bf16 ref f64", ops_perf}, {"support", "fast bf16 ref f64", ops_support}};
#define N_MODES ((int)(sizeof MODES / sizeof MODES[0]))

bool ops_wants(const ops_choice *choice, const char *backend)
{
    return choice->backend == NULL || strcmp(choice->backend, backend) == 0;
}

int ops_run(
    const ops_choice *choice, const char *mode, CMUnitTestFunction test, bool (*fits)(const ops_test *))
{
    int n = 0;
    struct CMUnitTest *tests = calloc((size_t)choice->n, sizeof *tests);
    for (int i = 0; tests != NULL && i < choice->n; i++)
        if (fits == NULL || fits(&choice->list[i]))
            tests[n++] = (struct CMUnitTest){choice->list[i].words, test, NULL, NULL, &choice->list[i]};
    if (n == 0)
        fprintf(stderr, "ops_runner: none of these cases is for %s\n", mode);
    const int failed = n == 0 ? 1 : _cmocka_run_group_tests(mode, tests, (size_t)n, NULL, NULL);
    free(tests);
    return failed != 0;
}

/* ---- choosing ----------------------------------------------------------------------------------------- */

static void append_sizes(char *words, size_t n, const char *letter, const int64_t *sizes)
{
    const size_t at = strlen(words);
    if (sizes[0] > 0 && (sizes[1] == sizes[0] || sizes[1] == 0) && (sizes[2] == sizes[0] || sizes[2] == 0))
        snprintf(words + at, n - at, " %s%d", letter, (int)sizes[0]);
    else if (sizes[0] > 0)
        snprintf(words + at, n - at, " %s%dx%dx%d", letter, (int)sizes[0], (int)sizes[1], (int)sizes[2]);
}

static void describe(ops_test *t)
{
    const op_case *c = t->c;
    snprintf(t->words, sizeof t->words, "%s", c->name);
    append_sizes(t->words, sizeof t->words, "k", c->kernel);
    append_sizes(t->words, sizeof t->words, "s", c->stride);
    append_sizes(t->words, sizeof t->words, "p", c->pad);
    append_sizes(t->words, sizeof t->words, "to", c->spatial);
    if (c->axes != 0)
        snprintf(strchr(t->words, '\0'), 16, " axes%d", (int)c->axes);
    for (int i = 0; i < c->n_inputs; i++) {
        const size_t at = strlen(t->words);
        snprintf(t->words + at, sizeof t->words - at, " %s", wil_shape_say(c->shape[i]).text);
    }
}

/* Whether a case, or an operation in it that is not everywhere, has one of the names, which commas part. */
static bool named(const op_case *c, const char *names)
{
    char copy[256];
    char *rest = copy;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name; (name = strsep(&rest, ",")) != NULL;) {
        if (fnmatch(name, c->name, 0) == 0)
            return true;
        for (wil_op_kind kind = 0; kind < WIL_OP_KINDS; kind++)
            if (wil_op_row(kind)->class > WIL_OP_CLASS_POINTWISE &&
                fnmatch(name, wil_op_name(kind), 0) == 0 && case_has(c, kind))
                return true;
    }
    return false;
}

static int choose(ops_choice *out, const char *names, const char *pattern)
{
    regex_t regex;
    int n = 0;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return fprintf(stderr, "ops_runner: -p '%s' is no regular expression\n", pattern), 2;
    while (op_case_at(n, NULL) != NULL)
        n++;
    out->list = calloc((size_t)n, sizeof *out->list);
    for (int i = 0; out->list != NULL && i < n; i++) {
        ops_test *t = &out->list[out->n];
        t->choice = out;
        t->c = op_case_at(i, &t->large);
        describe(t);
        out->n += (names == NULL || named(t->c, names)) && regexec(&regex, t->words, 0, NULL, 0) == 0;
    }
    regfree(&regex);
    return out->n > 0 ? 0 : (fprintf(stderr, "ops_runner: no case is so named; --list shows all\n"), 2);
}

static int list(const ops_choice *choice)
{
    for (int i = 0; i < choice->n; i++)
        printf("%s\n", choice->list[i].words);
    return 0;
}

/* The operations without a case; leaves are no operations. */
static int missing(const ops_choice *choice)
{
    int n = 0;
    for (wil_op_kind kind = 0; kind < WIL_OP_KINDS; kind++) {
        bool seen = wil_op_row(kind)->class == WIL_OP_CLASS_LEAF;
        for (int i = 0; i < choice->n && !seen; i++)
            seen = case_has(choice->list[i].c, kind);
        n += !seen && printf("%s\n", wil_op_name(kind)) > 0;
    }
    return n > 0;
}

static bool has_word(const char *words, const char *word)
{
    const char *at = strstr(words, word);
    return at != NULL && (at == words || at[-1] == ' ') && strchr(" ", at[strlen(word)]) != NULL;
}

static int run_mode(ops_choice *choice, const char *name)
{
    for (int i = 0; i < N_MODES; i++)
        if (strcmp(name, MODES[i].name) == 0) {
            if (choice->backend == NULL || has_word(MODES[i].backends, choice->backend))
                return MODES[i].run(choice);
            return fprintf(stderr, "ops_runner: %s has the back ends %s, not '%s'\n", name, MODES[i].backends,
                       choice->backend),
                   2;
        }
    return fprintf(stderr, "ops_runner: '%s' is no mode; test, grad, isa, perf, support\n", name), 2;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {{"list", 0, NULL, 'l'}, {"missing", 0, NULL, 'm'}, {0}};
    ops_choice choice = {0};
    const char *names = NULL, *pattern = "";
    int (*only)(const ops_choice *) = NULL;
    for (int option; (option = getopt_long(argc, argv, "o:b:p:", longs, NULL)) != -1;)
        switch (option) {
        case 'o':
            names = optarg;
            break;
        case 'b':
            choice.backend = optarg;
            break;
        case 'p':
            pattern = optarg;
            break;
        case 'l':
            only = list;
            break;
        case 'm':
            only = missing;
            break;
        default:
            return 2;
        }
    if (only == NULL && optind + 1 != argc)
        return fprintf(stderr,
                   "usage: ops_runner test|grad|isa|perf|support [-o NAMES] [-p REGEX] [-b BACKEND]\n"
                   "       ops_runner --list|--missing\n"),
               2;
    int status = choose(&choice, names, pattern);
    if (status == 0)
        status = only != NULL ? only(&choice) : run_mode(&choice, argv[optind]);
    free(choice.list);
    return status;
}
