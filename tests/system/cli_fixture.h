/* One option table with every kind of option, and the means to parse words into it. */
#ifndef WILLIS_TEST_CLI_FIXTURE_H
#define WILLIS_TEST_CLI_FIXTURE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "temp_folder.h"
#include "cli.h"

typedef struct targets {
    bool flag;
    int whole, choice, sizes[3], n_reals;
    int64_t large;
    uint64_t seed;
    double real, reals[4];
    const char *text, *scan, *model, *out, *mask, *folder;
    cli_list list;
    cli_common common;
} targets;

static const cli_command COMMAND = {
    .name = "try", .purpose = "tries", .example = "willis try scan", .computes = true};

/* Parses words into t, which holds the defaults. */
static inline wil_status parse_into(targets *t, int n_words, const char *const *words)
{
    char *argv[32];
    cli_option options[] = {
        {"SCAN", CLI_INPUT, &t->scan, .help = "a scan"},
        {"--flag", CLI_FLAG, &t->flag, .help = "a flag"},
        {"--whole", CLI_INT, &t->whole, "N", .help = "a whole number", .min = -5, .max = 100},
        {"--any", CLI_INT, &t->choice, "N", .help = "a whole number of any size"},
        {"--large", CLI_I64, &t->large, "N", .help = "a large number"},
        {"--seed", CLI_U64, &t->seed, "N", .help = "a seed"},
        {"--real", CLI_REAL, &t->real, "F", .help = "a number", .min = 0, .max = 1},
        {"--sizes", CLI_INTS, t->sizes, "XxYxZ", .help = "sizes", .n = 3, .min = 1, .max = 1000},
        {"--reals", CLI_REALS, t->reals, "F,F", .help = "numbers", .n = 4, .n_given = &t->n_reals},
        {"--choice", CLI_CHOICE, &t->choice, "NAME", .help = "a choice", .choices = "train|val|test"},
        {"--text", CLI_TEXT, &t->text, "WORD", .help = "a word"},
        {"--list", CLI_LIST, &t->list, "KEY=VALUE", .help = "a list"},
        {"--model", CLI_INPUT, &t->model, "FILE", .help = "another input"},
        {"--out", CLI_OUTPUT, &t->out, "FILE", .help = "an output"},
        {"--mask", CLI_OUTPUT_NIFTI, &t->mask, "FILE", .help = "a NIfTI output"},
        {"--folder", CLI_OUTPUT_FOLDER, &t->folder, "FOLDER", .help = "an output folder"},
    };
    for (int i = 0; i < n_words; i++)
        argv[i] = (char *)words[i];
    return cli_parse(&COMMAND, options, CLI_COUNT(options), n_words, argv, &t->common);
}

/* PARSE(&t, "--whole", "3"): "/" stands in for the scan, as it always exists. */
#define PARSE(t, ...)                                                                                        \
    parse_into(                                                                                              \
        (t), CLI_COUNT(((const char *const[]){"/", __VA_ARGS__})), (const char *const[]){"/", __VA_ARGS__})

/* The folder is also where the test runs. */
static inline int enter_folder(void **state)
{
    return make_folder(state) != 0 || chdir(*state) != 0;
}

static inline int leave_folder(void **state)
{
    const int left = chdir("/");
    return drop_folder(state) + left;
}

#endif
