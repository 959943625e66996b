/* What a command of `willis` is, and what all commands share: options, the monitor, results.
 *
 * A command is one file: a table of its options, one call into the library, one result. The whole shape:
 *
 *     static wil_status run(const cli_command *self, int argc, char **argv)
 *     {
 *         const char *scan = NULL;
 *         double sigma_mm = 1;
 *         cli_common common;
 *         cli_option options[] = {
 *             {"SCAN", CLI_INPUT, &scan, .help = "the scan to smooth"},
 *             {"--sigma", CLI_REAL, &sigma_mm, "MM", .help = "width of the filter", .min = 0.1, .max = 20},
 *         };
 *         WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
 *         if (common.help_printed)
 *             return WIL_OK;
 *         ...
 *     }
 *     const cli_command cmd_smooth = {"smooth", "smooths a scan", "willis smooth scan.nii --sigma 2", run};
 *
 * The library never prints; here is where it is done: results on standard output, all else on standard error.
 */
#ifndef WILLIS_CLI_H
#define WILLIS_CLI_H

#include "willis/base.h"

typedef struct cli_command cli_command;
struct cli_command {
    const char *name;                                                  /* "generate", "phantom tof" */
    const char *purpose;                                               /* one line */
    const char *example;                                               /* lines to copy */
    wil_status (*run)(const cli_command *self, int argc, char **argv); /* argv: what follows the name */
    bool computes;                                                     /* has --threads and --quiet */
    const char *notes; /* NULL, or a paragraph below the options in --help */
};

/* ---- options ------------------------------------------------------------------------------------------ */

typedef enum cli_kind {
    CLI_FLAG,   /* bool */
    CLI_INT,    /* int */
    CLI_I64,    /* int64_t */
    CLI_U64,    /* uint64_t */
    CLI_REAL,   /* double; NaN: no default to show */
    CLI_INTS,   /* int[n], "96x96"; one value stands for all */
    CLI_REALS,  /* double[n], "0.5x0.5x0.7" or "0.5,1,2" */
    CLI_TEXT,   /* const char *, borrowed from argv; as all of the following */
    CLI_CHOICE, /* int: position among choices */
    CLI_LIST,   /* cli_list: may be given several times */
    CLI_INPUT,  /* file or folder that must exist */
    CLI_OUTPUT, /* file to write; checked to be writable and no input */
    CLI_OUTPUT_NIFTI,
    CLI_OUTPUT_FOLDER /* checked that it exists or can be made; not made */
} cli_kind;

#define CLI_LIST_MOST 128
typedef struct cli_list {
    const char *items[CLI_LIST_MOST];
    int n;
} cli_list;

typedef struct cli_option {
    const char *name; /* "--count"; without dashes an argument by position, which must be given */
    cli_kind kind;
    void *target;        /* what it holds before parsing is the default that --help shows */
    const char *value;   /* what its value is called in --help: "N", "MM", "FILE.png"; NULL for flags */
    const char *help;    /* one sentence, with the unit */
    double min, max;     /* of numbers; equal means unchecked */
    const char *choices; /* CLI_CHOICE: "train|val|test" */
    int *n_given;        /* CLI_REALS: NULL, or takes the number of values, 1 to n */
    int n;               /* CLI_INTS, CLI_REALS: how many values */
    bool required;       /* of options with dashes */
    bool given;          /* set by parsing */
} cli_option;

#define CLI_COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

typedef struct cli_common {
    bool json;         /* --json */
    bool quiet;        /* --quiet: neither progress nor information */
    int threads;       /* --threads; 0: all */
    bool help_printed; /* --help was given and has been answered: nothing is left to do */
} cli_common;

/* Fills the targets from argv, and checks inputs and outputs before any work is done. Fails: WIL_ERR_ARG
 * (unknown option with the nearest one, a value that is no number or out of range, an output that cannot be
 * written or would overwrite an input), WIL_ERR_INPUT (a file that is not there). */
WIL_NODISCARD wil_status cli_parse(
    const cli_command *self, cli_option *options, int n_options, int argc, char **argv, cli_common *common);
/* Whether the option was given. */
bool cli_given(const cli_option *options, int n_options, const char *name);
/* --help on standard output: purpose, usage, options with defaults, example. */
void cli_print_help(const cli_command *self, const cli_option *options, int n_options,
    const cli_option *shared, int n_shared);
/* One value into its target, strictly: the whole word, within the range. Fails: WIL_ERR_ARG with the option's
 * name. */
WIL_NODISCARD wil_status cli_value_set(const cli_option *option, const char *text);
/* The default of an option as text ("" if it has none); returned, freed with wil_free. */
WIL_NODISCARD wil_status cli_value_text(char **out, const cli_option *option);

/* ---- paths: refused now rather than after an hour ------------------------------------------------------ */

/* Fails WIL_ERR_ARG: the folder is not there or not writable; a folder or a device is there. */
WIL_NODISCARD wil_status cli_check_output(const char *name, const char *path);
WIL_NODISCARD wil_status cli_check_output_nifti(const char *name, const char *path); /* and .nii, .nii.gz */
WIL_NODISCARD wil_status cli_check_output_folder(const char *name, const char *path);
/* Parts a value "NAME=FILE" of the option `name`; both parts are the caller's to free, NULL on failure.
 * Fails: WIL_ERR_ARG (another form), WIL_ERR_INPUT (no such file). */
WIL_NODISCARD wil_status cli_named_input(
    char **label_out, char **path_out, const char *name, const char *text);
/* Whether both name one existing file. */
bool cli_same_file(const char *a, const char *b);

/* ---- while it runs ------------------------------------------------------------------------------------- */

/* Progress and messages on standard error; the first Ctrl-C (or SIGTERM) asks the library to stop, a second
 * one ends the program at once. Borrowed, one for the process. */
const wil_monitor *cli_monitor_start(const cli_common *common);
/* Ends a progress line that stands open on the terminal; before a failure is told. */
void cli_monitor_end(void);
/* n > 0: computes with n threads; 0: with all. */
void cli_use_threads(int n);
/* One line of progress, without its end; exposed for its test. n: size of text. */
void cli_progress_line(char *text, size_t n, const char *stage, int64_t done, int64_t total, double rate_hz,
    double left_s, const char *note, int bar_width);

/* ---- results ------------------------------------------------------------------------------------------- */

/* Prints value as JSON on standard output and releases it; NULL counts as out of memory. */
WIL_NODISCARD wil_status cli_print_json(json_t *value);
/* Prints lines of tab-separated cells as aligned columns; numbers to the right. The first line is the head.
 */
WIL_NODISCARD wil_status cli_print_table(const char *lines);
/* The end of a noun that is counted: "" for one, else "s" */
const char *cli_plural(int64_t n);
/* "2.4 s", "3 min 20 s", "1 h 05 min" */
const char *cli_duration(char text[32], double seconds);

#endif
