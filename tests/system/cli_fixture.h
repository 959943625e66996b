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
#include "willis/data.h"

typedef struct targets {
    bool flag, on;
    int whole, any, sizes[3], n_reals;
    wil_split choice;
    int64_t large;
    uint64_t seed;
    double real, reals[4];
    char *text, *scan, *model, *out, *mask, *folder;
    wil_text_list list;
    cli_common common;
} targets;

#define AT(member) offsetof(targets, member)
static const wil_field TARGETS[] = {
    {"SCAN", WIL_INPUT, AT(scan), .help = "a scan"},
    {"flag", WIL_BOOL, AT(flag), .help = "a flag"},
    {"on", WIL_BOOL, AT(on), "true", .help = "what is on at first"},
    {"whole", WIL_INT, AT(whole), "7", -5, 100, .also = "-n", .help = "a whole number"},
    {"any", WIL_INT, AT(any), "0", .help = "a whole number of any size"},
    {"large", WIL_I64, AT(large), "0", .help = "a large number"},
    {"seed", WIL_U64, AT(seed), "1", .help = "a seed"},
    {"real", WIL_REAL, AT(real), "0.5", 0, 1, .help = "a number"},
    {"sizes", WIL_INTS, AT(sizes), "1x2x3", 1, 1000, .n = 3, .help = "sizes"},
    {"reals", WIL_REALS, AT(reals), "9,9", .n = 4, .count_offset = AT(n_reals), .help = "numbers"},
    {"choice", WIL_CHOICE, AT(choice), "train", .choices = WIL_CHOICES("train", "val", "test"),
        .help = "a choice"},
    {"text", WIL_TEXT, AT(text), "word", .value = "WORD", .help = "a word"},
    {"list", WIL_LIST, AT(list), "", .value = "KEY=VALUE", .help = "a list"},
    {"model", WIL_INPUT, AT(model), "", .help = "another input"},
    {"out", WIL_OUTPUT, AT(out), "", .help = "an output"},
    {"mask", WIL_OUTPUT_NIFTI, AT(mask), "", .help = "a NIfTI output"},
    {"folder", WIL_OUTPUT_FOLDER, AT(folder), "", .help = "an output folder"},
};

static const cli_command COMMAND = {.name = "try",
    .purpose = "tries",
    .example = "willis try scan",
    .fields = WIL_FIELDS(targets, TARGETS),
    .computes = true};

/* Parses words into t, whose texts are freed first. */
static inline wil_status parse_into(targets *t, int n_words, const char *const *words)
{
    char *argv[32];
    wil_fields_clear(&COMMAND.fields, t);
    OK(wil_fields_defaults(&COMMAND.fields, t));
    for (int i = 0; i < n_words; i++)
        argv[i] = (char *)words[i];
    return cli_parse(&COMMAND, t, n_words, argv, &t->common);
}

static inline void targets_clear(targets *t)
{
    wil_fields_clear(&COMMAND.fields, t);
}
WIL_OWNED_VALUE(targets, targets_clear)

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
