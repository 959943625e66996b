/* What a command of `willis` is, and what all commands share: options, the monitor, results.
 *
 * A command is one file: a table of its fields, one call into the library, one result. The whole shape:
 *
 *     typedef struct request { wil_blur_config config; char *scan, *out; } request;
 *
 *     static const wil_field FIELDS[] = {
 *         {"SCAN", WIL_INPUT, offsetof(request, scan), .help = "the scan to smooth"},
 *         {"out", WIL_OUTPUT_NIFTI, offsetof(request, out), .help = "file to write"},
 *         {NULL, WIL_SECTION, offsetof(request, config), .fields = &wil_blur_fields},
 *     };
 *
 *     static wil_status run(void *settings, const cli_common *common)
 *     {
 *         const request *r = settings;
 *         ...
 *     }
 *     const cli_command cmd_smooth = {"smooth", "smooths a scan", "willis smooth scan.nii --out out.nii",
 *         WIL_FIELDS(request, FIELDS), run};
 *
 * Where the library has a table of its own, its fields become options as they stand (here --sigma). A field
 * in capitals is an argument by position; a truth value is an option without a value, --no-name where its
 * default is true; a field without a default must be given.
 *
 * The library never prints; here is where it is done: results on standard output, all else on standard error.
 */
#ifndef WILLIS_CLI_H
#define WILLIS_CLI_H

#include "willis/base.h"
#include "willis/base_fields.h"

typedef struct cli_common cli_common;
typedef struct cli_command {
    const char *name;    /* "generate", "phantom tof" */
    const char *purpose; /* one line */
    const char *example; /* lines to copy */
    wil_fields fields;   /* of the struct that run is given, filled; texts belong to it */
    wil_status (*run)(void *settings, const cli_common *common);
    bool computes;     /* has --threads and --quiet */
    const char *notes; /* NULL, or a paragraph below the options in --help */
} cli_command;

/* ---- options ------------------------------------------------------------------------------------------ */

#define CLI_COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))
#define CLI_MOST_OPTIONS 64

struct cli_common {
    bool json;   /* --json */
    bool quiet;  /* --quiet: neither progress nor information */
    bool help;   /* --help was given and has been answered: nothing is left to do */
    int threads; /* --threads; 0: all */
    const cli_command *command;
    bool given[CLI_MOST_OPTIONS]; /* by the fields' numbers in the command's table */
};
extern const wil_fields cli_common_fields;

/* Parses the words behind the command's name, runs it, and frees what its struct holds. */
WIL_NODISCARD wil_status cli_call(const cli_command *command, int argc, char **argv);
/* The first part: fills settings, which hold the defaults, from argv, and checks inputs and outputs before
 * any work is done. Fails: WIL_ERR_ARG (unknown option with the nearest one, what wil_field_set refuses, an
 * output that cannot be written or would overwrite an input), WIL_ERR_INPUT (a file that is not there). */
WIL_NODISCARD wil_status cli_parse(
    const cli_command *command, void *settings, int argc, char **argv, cli_common *common);
/* Whether the option of that name ("--matrix") was given. */
bool cli_given(const cli_common *common, const char *option);
/* "--vessel-density", "--no-bias", "SCAN". */
const char *cli_option_name(char name[96], const wil_field *field);
/* What its value is called: "N", "FILE.nii.gz"; "" for truth values and arguments by position. */
const char *cli_option_value(const wil_field *field);
bool cli_is_required(const wil_field *field);
/* --help on standard output: purpose, usage, options with defaults, example. settings hold the defaults. */
void cli_print_help(const cli_command *command, const void *settings);

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

/* Progress and messages on standard error; the first Ctrl-C (or SIGTERM, SIGHUP, SIGXCPU) asks the library to
 * stop, a second one ends the program at once. Borrowed, one for the process. */
const wil_monitor *cli_monitor_start(const cli_common *common);
/* From now on standard output holds no control character but line ends and tabs, whatever files, ids and keys
 * are called. */
void cli_plain_output(void);
/* From now on a crash in other people's code behind a refused allocation (*n_refused not 0) ends with "out of
 * memory" and exit status 1. */
void cli_crash_watch(const volatile int *n_refused);
/* The program ends of its own will; exit_status unchanged. */
int cli_crash_watch_end(int exit_status);
struct wil_grid;
/* Warns of a scan whose header programs read differently, and of a mask whose file has other axes than the
 * image's that it was turned to lie on. What cannot be read is not judged here. */
void cli_warn_of_header(const wil_monitor *monitor, const char *path);
void cli_tell_of_turn(const wil_monitor *monitor, const struct wil_grid *mask, const char *path,
    const struct wil_grid *image, const char *image_path);
/* Ends a progress line that stands open on the terminal; before a failure is told. */
void cli_monitor_end(void);
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
