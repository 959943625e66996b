/* base: what every other module stands on.
 *
 * Status and messages, checked memory, a monitor through which long work reports and is interrupted,
 * parallel loops, addressed random numbers, atomic files, JSON and tables.
 * Settings have a header of their own, willis/base_fields.h.
 *
 * The smallest example, and the shape of every function in this library:
 *
 *     wil_status thing_load(thing *out, const char *path)
 *     {
 *         WIL_REQUIRE(path != NULL, WIL_ERR_ARG, "no path given");
 *         float *values = NULL;
 *         WIL_TRY(wil_alloc_f32(&values, 1000));
 *         ...
 *         return WIL_OK;
 *     }
 *
 * A function that can fail returns wil_status and must be checked. The words that explain a failure are kept
 * per thread, like errno, until the next failure: wil_status_message(). The library never prints or exits.
 */
#ifndef WILLIS_BASE_H
#define WILLIS_BASE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#pragma GCC visibility push(default)

#define WIL_NODISCARD __attribute__((warn_unused_result))
#define WIL_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))

/* ---- status ------------------------------------------------------------------------------------------- */

typedef enum wil_status {
    WIL_OK = 0,
    WIL_ERR_ARG,         /* a value the caller gave is impossible (wrong input) */
    WIL_ERR_INPUT,       /* a file the user gave is wrong: missing, damaged, inconsistent (wrong input) */
    WIL_ERR_IO,          /* reading or writing failed: disk full, no permission */
    WIL_ERR_MEMORY,      /* out of memory */
    WIL_ERR_NUMERIC,     /* the computation broke down: NaN, no convergence */
    WIL_ERR_INTERRUPTED, /* the user asked to stop; state was saved where promised */
    WIL_ERR_INTERNAL     /* our bug */
} wil_status;

/* Records the message of a failure for this thread and returns code. */
wil_status wil_fail(wil_status code, const char *format, ...) WIL_PRINTF(2, 3);
/* The same with ": " and what errno says behind; for want of memory the code is WIL_ERR_MEMORY. */
wil_status wil_fail_errno(wil_status code, const char *format, ...) WIL_PRINTF(2, 3);
/* Puts "<formatted>: " before this thread's message; returns code unchanged. Nothing happens for WIL_OK. */
wil_status wil_fail_context(wil_status code, const char *format, ...) WIL_PRINTF(2, 3);
/* The words of this thread's last failure; borrowed, valid until its next failure; "" if there was none. */
const char *wil_status_message(void);
/* true for WIL_ERR_ARG and WIL_ERR_INPUT: the user can mend it; the command line exits with 2. */
bool wil_status_is_wrong_input(wil_status code);
/* A value that is wrong makes the file wrong that it was read from: WIL_ERR_INPUT for WIL_ERR_ARG, else code.
 */
wil_status wil_status_of_file(wil_status code);

#define WIL_REQUIRE(condition, code, ...)                                                                    \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            return wil_fail((code), __VA_ARGS__);                                                            \
    } while (0)
/* The same with what errno says (wil_fail_errno). */
#define WIL_REQUIRE_ERRNO(condition, code, ...)                                                              \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            return wil_fail_errno((code), __VA_ARGS__);                                                      \
    } while (0)
#define WIL_TRY(call)                                                                                        \
    do {                                                                                                     \
        wil_status wil_try_status_ = (call);                                                                 \
        if (wil_try_status_ != WIL_OK)                                                                       \
            return wil_try_status_;                                                                          \
    } while (0)
/* For functions with something to free: sets status and jumps to the one exit. */
#define WIL_TRY_GOTO(status, call, label)                                                                    \
    do {                                                                                                     \
        (status) = (call);                                                                                   \
        if ((status) != WIL_OK)                                                                              \
            goto label;                                                                                      \
    } while (0)

/* ---- memory ------------------------------------------------------------------------------------------- */

/* Zeroed memory, aligned to 64 bytes, freed with wil_free. count * size overflow is refused.
 * Fails: WIL_ERR_MEMORY with the number of bytes that were wanted. *out is NULL on failure. */
WIL_NODISCARD wil_status wil_alloc(void **out, size_t count, size_t size);
WIL_NODISCARD wil_status wil_alloc_f32(float **out, size_t count);
WIL_NODISCARD wil_status wil_alloc_f64(double **out, size_t count);
WIL_NODISCARD wil_status wil_alloc_u8(uint8_t **out, size_t count);
WIL_NODISCARD wil_status wil_alloc_i32(int32_t **out, size_t count);
/* Grows *array (elements of size bytes, *capacity of them) to hold at least needed; contents are kept. */
WIL_NODISCARD wil_status wil_grow(void **array, size_t *capacity, size_t needed, size_t size);
WIL_NODISCARD wil_status wil_string_copy(char **out, const char *text);
/* printf into a new string, returned to the caller, freed with wil_free. */
WIL_NODISCARD wil_status wil_string_format(char **out, const char *format, ...) WIL_PRINTF(2, 3);
void wil_free(void *memory); /* NULL is fine */
/* Control characters, which a terminal would obey, become '?', in place; tabs stay. text ends with 0. */
void wil_text_make_printable(char *text);
/* Asks beforehand for what a library of others is about to take, where that would crash or wait for ever
 * without: whether so much address space is to be had now. Nothing is kept. what: "reading YAML".
 * Fails: WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_memory_require(size_t bytes, const char *what);
/* Peak resident memory of this process so far, in bytes; 0 where unknown. */
size_t wil_memory_peak_bytes(void);
/* What this process may still take without swapping, in bytes: the machine's available memory, or what is
 * left of its control group (v2) where that is less; SIZE_MAX where unknown. */
size_t wil_memory_available_bytes(void);

/* ---- ownership ---------------------------------------------------------------------------------------- */

/* A local that is freed when its scope ends, however it ends (GNU C cleanup):
 *
 *     WIL_OWN(char) *path = NULL;                 freed with wil_free
 *     WIL_OWN(wil_params) *params = NULL;         freed with wil_params_free
 *     WIL_OWN(wil_volume) volume = {0};           emptied with wil_volume_clear
 *     ...
 *     return wil_give(out, &path);                hands over; nothing is freed then
 *
 * WIL_OWNED_POINTER and WIL_OWNED_VALUE, once beside the type, name the function that frees. */
#define WIL_OWN(type) __attribute__((cleanup(wil_own_##type))) type
#define WIL_OWNED_POINTER(type, free_function)                                                               \
    static inline void wil_own_##type(type **held)                                                           \
    {                                                                                                        \
        free_function(*held);                                                                                \
    }
#define WIL_OWNED_VALUE(type, clear_function)                                                                \
    static inline void wil_own_##type(type *held)                                                            \
    {                                                                                                        \
        clear_function(held);                                                                                \
    }
/* Moves *held to *out and leaves NULL behind; WIL_OK. */
#define wil_give(out, held) (*(out) = *(held), *(held) = NULL, WIL_OK)
/* The same for a value, of which zeros stay behind. */
#define wil_give_value(out, held)                                                                            \
    (*(out) = *(held), (void)__builtin_memset((held), 0, sizeof *(held)), WIL_OK)

WIL_OWNED_POINTER(void, wil_free)
WIL_OWNED_POINTER(char, wil_free)
WIL_OWNED_POINTER(float, wil_free)
WIL_OWNED_POINTER(double, wil_free)
WIL_OWNED_POINTER(uint8_t, wil_free)
WIL_OWNED_POINTER(int32_t, wil_free)
WIL_OWNED_POINTER(int64_t, wil_free)
WIL_OWNED_POINTER(size_t, wil_free)
WIL_OWNED_POINTER(json_t, json_decref)

/* ---- monitor: messages, progress, interruption -------------------------------------------------------- */

typedef enum wil_message_kind { WIL_MESSAGE_INFO, WIL_MESSAGE_WARNING } wil_message_kind;

/* Given to long-running functions, which report through it and ask whether to stop. NULL is fine everywhere
 * a monitor is taken, and any callback may be NULL. The library has no other way to talk. */
typedef struct wil_monitor {
    void *user;
    void (*message)(void *user, wil_message_kind kind, const char *text);
    /* stage: a short name ("train wgan"); done of total units in elapsed_s; note: e.g. "loss 0.31", may be ""
     */
    void (*progress)(
        void *user, const char *stage, int64_t done, int64_t total, double elapsed_s, const char *note);
    bool (*stop_requested)(void *user); /* true once the user pressed Ctrl-C */
} wil_monitor;

void wil_monitor_info(const wil_monitor *monitor, const char *format, ...) WIL_PRINTF(2, 3);
void wil_monitor_warn(const wil_monitor *monitor, const char *format, ...) WIL_PRINTF(2, 3);
void wil_monitor_progress(const wil_monitor *monitor, const char *stage, int64_t done, int64_t total,
    double elapsed_s, const char *note);
bool wil_monitor_stop_requested(const wil_monitor *monitor);
/* The same without progress, for work that is one unit of a longer one. monitor may be NULL. */
wil_monitor wil_monitor_without_progress(const wil_monitor *monitor);
double wil_time_s(void); /* monotonic clock, seconds */

/* ---- order -------------------------------------------------------------------------------------------- */

/* For qsort: doubles, ascending; without NaN. */
int wil_compare_doubles(const void *a, const void *b);

/* ---- hashes (FNV-1a) ---------------------------------------------------------------------------------- */

#define WIL_HASH_START 14695981039346656037u
/* Continues a 64-bit hash, which begins as WIL_HASH_START. */
uint64_t wil_hash_bytes(uint64_t hash, const void *bytes, size_t n);
uint32_t wil_hash_text(const char *text); /* 32 bits */

/* ---- parallel loops ----------------------------------------------------------------------------------- */

/* requested > 0 gives that; 0 gives what OpenMP would use (OMP_NUM_THREADS or all processors). */
int wil_thread_count(int requested);
/* Makes parallel loops of the calling thread run with as many threads as wil_thread_count says, and starts
 * them: OpenMP ends the program where it finds no memory for one later. Fails: WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_thread_start(int requested);
/* Runs body(begin, end, context) over [0, count) split into fixed chunks of `chunk` elements. The chunks do
 * not depend on the thread count, so per-chunk results combined in chunk order are the same bits always. */
void wil_parallel_for(
    int64_t count, int64_t chunk, void (*body)(int64_t begin, int64_t end, void *context), void *context);

/* ---- addressed random numbers ------------------------------------------------------------------------- */

/* Philox4x32-10 [Salmon2011]: a random number is a function of its address (seed, purpose, step, index), so
 * order, batching, threads and resuming cannot change it. One purpose per independent use; as their numbers
 * are part of the address, new ones go to the end. */
typedef enum wil_rng_purpose {
    WIL_RNG_INIT = 1,      /* network initialisation */
    WIL_RNG_LATENT,        /* z of training */
    WIL_RNG_LATENT_SAMPLE, /* z of generated sets and sample grids */
    WIL_RNG_INTERPOLATE,   /* gradient penalty mixing coefficients */
    WIL_RNG_DROPOUT,
    WIL_RNG_BATCH, /* data order */
    WIL_RNG_PATCH, /* patch positions */
    WIL_RNG_AUGMENT,
    WIL_RNG_PHANTOM_SHAPE, /* anatomy */
    WIL_RNG_PHANTOM_TREE,  /* arteries */
    WIL_RNG_PHANTOM_NOISE, /* scanner noise */
    WIL_RNG_SPLIT,
    WIL_RNG_BOOTSTRAP,
    WIL_RNG_TEST,
    WIL_RNG_SPECTRAL,      /* first vectors of power iterations */
    WIL_RNG_CALIBRATE,     /* z for normalisation statistics */
    WIL_RNG_PHANTOM_BOLUS, /* what a DSC phantom's subjects and voxels differ in */
    WIL_RNG_CLUSTER,       /* first centres of k-means */
    WIL_RNG_SUBSET,        /* which samples are compared */
    WIL_RNG_EMBED,         /* first places of an embedding */
    WIL_RNG_GUIDE,         /* labels that fakes of training are drawn around */
    WIL_RNG_GUIDE_SAMPLE,  /* and those of sample grids and normalisation statistics */
    WIL_RNG_TARGET         /* what a critic's scores are held against, where that is drawn */
} wil_rng_purpose;

typedef struct wil_rng {
    uint64_t seed;
    uint32_t purpose;
    uint32_t step; /* a training step, a subject number, ... */
} wil_rng;

wil_rng wil_rng_at(uint64_t seed, wil_rng_purpose purpose, uint32_t step);
void wil_rng_block(wil_rng rng, uint64_t index, uint32_t out[4]); /* the raw generator */
double wil_rng_uniform(wil_rng rng, uint64_t index);              /* in [0, 1) */
double wil_rng_normal(wil_rng rng, uint64_t index);               /* mean 0, variance 1 */
uint64_t wil_rng_below(wil_rng rng, uint64_t index, uint64_t n);  /* in [0, n), n > 0 */
/* Element i of out is the number at index first + i, whatever the thread count; uniform ones are cut to 24
 * bits, so that they stay below 1. */
void wil_rng_fill_uniform_f32(wil_rng rng, uint64_t first, size_t n, float *out);
void wil_rng_fill_normal_f32(wil_rng rng, uint64_t first, size_t n, float *out);
/* Fisher-Yates: puts 0 .. n-1 into out in random order. */
void wil_rng_permutation(wil_rng rng, size_t n, size_t *out);

/* For sequential code (growing a tree): the same numbers, one after another. */
typedef struct wil_rng_cursor {
    wil_rng rng;
    uint64_t next;
} wil_rng_cursor;
double wil_rng_next_uniform(wil_rng_cursor *cursor);
double wil_rng_next_normal(wil_rng_cursor *cursor);
uint64_t wil_rng_next_below(wil_rng_cursor *cursor, uint64_t n);

/* ---- files -------------------------------------------------------------------------------------------- */

/* A file that appears at its place only when it is complete: write to temp_path (in the same folder, so that
 * the rename is atomic; the extension is kept, as libraries look at it), then publish, or discard. What is
 * replaced keeps its mode; where a symbolic link stands, the file behind it is replaced. */
typedef struct wil_atomic_file {
    char *final_path; /* behind links */
    char *temp_path;  /* there from the beginning, empty */
    int lock;         /* descriptor of temp_path, locked as long as its writer lives */
} wil_atomic_file;

/* Removes what killed writers of the same path left. Fails: WIL_ERR_IO when the folder does not exist or is
 * not writable (says which), or when something else than a file is in its place (a folder, /dev/null). */
WIL_NODISCARD wil_status wil_atomic_begin(wil_atomic_file *file, const char *path);
/* Flushes temp_path to disk and renames it to final_path; frees the struct's strings in any case. */
WIL_NODISCARD wil_status wil_atomic_publish(wil_atomic_file *file);
/* Removes temp_path if it exists, frees the strings; safe on a zeroed struct and after publish. */
void wil_atomic_discard(wil_atomic_file *file);
WIL_OWNED_VALUE(wil_atomic_file, wil_atomic_discard)
/* Removes from a folder the temporary files of writers that were killed: those whose lock can be taken. */
void wil_atomic_remove_leftovers(const char *folder);
/* Held from reading a file to replacing it, so that no other program's change is lost in between: waits for
 * ".<name>.lock" beside it, which is removed again. Nothing is held where the file system knows no locks. */
typedef struct wil_file_lock {
    char *path;
    int descriptor;
} wil_file_lock;
WIL_NODISCARD wil_status wil_file_lock_take(wil_file_lock *out, const char *path);
void wil_file_lock_release(wil_file_lock *lock); /* a zeroed one is fine */
WIL_OWNED_VALUE(wil_file_lock, wil_file_lock_release)
/* Whole buffer to path, atomically. Checks every write, the flush and the close. */
WIL_NODISCARD wil_status wil_file_write(const char *path, const void *bytes, size_t n_bytes);
/* Every input is opened by this: an ordinary file or a link to one, to be closed with fclose. Devices, pipes
 * and folders may never end, or wait for ever, and are refused. Fails: WIL_ERR_INPUT; *out is NULL then. */
WIL_NODISCARD wil_status wil_file_open(FILE **out, const char *path);
/* Whether wil_file_open would take it, for files that a library opens by name. Fails: WIL_ERR_INPUT. */
WIL_NODISCARD wil_status wil_file_check(const char *path);
/* Whole file into a new buffer with a 0 byte behind it; freed with wil_free. Fails: WIL_ERR_INPUT, also for
 * more than most_bytes or WIL_FILE_MOST. */
WIL_NODISCARD wil_status wil_file_read(const char *path, char **bytes_out, size_t *n_bytes_out);
WIL_NODISCARD wil_status wil_file_read_most(
    const char *path, size_t most_bytes, char **bytes_out, size_t *n_bytes_out);
#define WIL_FILE_MOST ((size_t)1 << 30)
#define WIL_TABLE_MOST ((size_t)64 << 20) /* a cohort of 300,000 subjects */
#define WIL_JSON_MOST ((size_t)16 << 20)
#define WIL_YAML_MOST ((size_t)1 << 20)
/* A file in the folder of a cohort that is being made: until it is removed, nobody takes it for a whole one.
 */
#define WIL_COHORT_UNFINISHED "unfinished.txt"
/* What a cohort's column label_origin, and a patch set's attribute, say of labels that are no patient's. */
#define WIL_PHANTOM_ORIGIN "phantom"
bool wil_file_exists(const char *path);
bool wil_folder_exists(const char *path);
/* mkdir -p, and a probe that the folder can be written. Fails: WIL_ERR_ARG (not writable, or a file is
 * there). */
WIL_NODISCARD wil_status wil_folder_make(const char *path);
/* "a/b" + "c" -> "a/b/c"; an absolute second part wins. Returned, freed with wil_free. */
WIL_NODISCARD wil_status wil_path_join(char **out, const char *folder, const char *name);
/* The folder part of path ("." if none). Returned, freed with wil_free. */
WIL_NODISCARD wil_status wil_path_folder(char **out, const char *path);
const char *wil_path_name(const char *path); /* the part behind the last '/'; borrowed from path */

/* ---- tables (CSV, TSV) -------------------------------------------------------------------------------- */

typedef struct wil_table {
    char **columns; /* [n_columns] */
    char **cells;   /* [n_rows * n_columns], row by row; "" for an empty cell */
    int *lines;     /* [n_rows] line of each row in its file, from 1, for messages */
    int n_columns;
    int n_rows;
} wil_table;

/* Reads a file whose first line names the columns. Quoted cells (also with line breaks), CRLF, a trailing
 * newline, empty lines and a byte order mark are understood; a row with another number of cells is refused
 * with its line. Free with wil_table_free. */
WIL_NODISCARD wil_status wil_table_read(wil_table *out, const char *path, char separator);
int wil_table_column(const wil_table *table, const char *name); /* -1 if absent */
const char *wil_table_cell(const wil_table *table, int row, int column);
void wil_table_free(wil_table *table);
WIL_OWNED_VALUE(wil_table, wil_table_free)
/* Grows text by one line of formatted cells; for log files and result tables. text may be NULL at first. */
WIL_NODISCARD wil_status wil_text_append(char **text, const char *format, ...) WIL_PRINTF(2, 3);

/* A text of many lines: wil_text_append looks for its end each time, which takes the square of their number.
 */
typedef struct wil_lines {
    char *text; /* NULL while nothing was added */
    size_t n_bytes, capacity;
} wil_lines;
WIL_NODISCARD wil_status wil_lines_add(wil_lines *lines, const char *text);
WIL_NODISCARD wil_status wil_lines_add_bytes(wil_lines *lines, const char *bytes, size_t n_bytes);
void wil_lines_clear(wil_lines *lines);
WIL_OWNED_VALUE(wil_lines, wil_lines_clear)

/* Appends a cell of a CSV file: one that holds a comma or a quote stands in quotes [RFC 4180]. */
WIL_NODISCARD wil_status wil_csv_cell(char **text, const char *cell);
/* ",<number>", with nothing behind the comma for NaN. */
WIL_NODISCARD wil_status wil_csv_number(char **text, double value);
/* What a reader of wil_csv_number's cell gets: the value in its digits. */
double wil_csv_rounded(double value);

/* ---- JSON (jansson) ----------------------------------------------------------------------------------- */

WIL_NODISCARD wil_status wil_json_save(
    const json_t *value, const char *path); /* atomic, indented, sorted as built */
WIL_NODISCARD wil_status wil_json_load(json_t **out, const char *path); /* names line and column on error */
/* text[n], called by its name in messages. Fails: WIL_ERR_INPUT, WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_json_parse(json_t **out, const char *text, size_t n, const char *name);
/* The value as a text, freed with wil_free; flags are Jansson's. Fails: WIL_ERR_MEMORY, also where there was
 * none for a part of the value when it was made. */
#define WIL_JSON_PRETTY (JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12))
WIL_NODISCARD wil_status wil_json_format(char **out, const json_t *value, size_t flags, const char *name);

json_t *wil_json_real(double value);     /* null for NaN and infinity */
json_t *wil_json_text(const char *text); /* bytes that are not UTF-8 become '?'; NULL gives null */
json_t *wil_json_u64(uint64_t value);    /* text beyond 2^63 - 1, where JSON's integers end */

/* ---- words --------------------------------------------------------------------------------------------- */

/* The entry of words (n of them) nearest to word by edit distance; NULL if none is near. Borrowed. */
const char *wil_nearest_word(const char *word, const char *const *words, int n);

#pragma GCC visibility pop
#endif
