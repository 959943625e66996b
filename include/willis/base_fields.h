/* Settings: what one is, is said once, in a row of a table of fields.
 *
 * A table describes a struct. Run files, --set, command-line options with their --help, the range checks of
 * the library, the metadata of networks, what may change when a run is resumed, result.json and the tables of
 * docs/ all read it; a new setting is one row and one member.
 *
 *     typedef struct blur { double sigma; int passes; wil_edge edge; char *out; } blur;
 *
 *     static const wil_field FIELDS[] = {
 *         {"sigma", WIL_REAL, offsetof(blur, sigma), "1", 0.1, 20, .unit = "mm", .help = "width"},
 *         {"passes", WIL_INT, offsetof(blur, passes), "2", 1, 9, .help = "how often"},
 *         {"edge", WIL_CHOICE, offsetof(blur, edge), "mirror", .choices = WIL_CHOICES("mirror", "zero"),
 *             .help = "what lies outside"},
 *         {"out", WIL_OUTPUT, offsetof(blur, out), .help = "file to write"},        -- must be given
 *     };
 *     const wil_fields blur_fields = WIL_FIELDS(blur, FIELDS);
 *
 *     WIL_TRY(wil_fields_defaults(&blur_fields, &settings));
 *     WIL_TRY(wil_fields_load(&blur_fields, &settings, "blur.yaml"));
 *     WIL_TRY(wil_fields_assign(&blur_fields, &settings, "sigma=2.5"));
 *     ...
 *     wil_fields_clear(&blur_fields, &settings);
 *
 * Values are judged alike wherever they come from: a number is decimal and the whole word (no blanks, no
 * 0x10, no nan, no inf), within its range; a choice is one of its words; a text that has no empty default is
 * not empty.
 */
#ifndef WILLIS_BASE_FIELDS_H
#define WILLIS_BASE_FIELDS_H

#include "willis/base.h"

#pragma GCC visibility push(default)

typedef enum wil_field_type {
    WIL_BOOL,    /* bool; "true" or "false"; --name, or --no-name where the default is true */
    WIL_INT,     /* int */
    WIL_I64,     /* int64_t */
    WIL_U64,     /* uint64_t */
    WIL_REAL,    /* double */
    WIL_INTS,    /* int[n]: "312x384x127"; one value stands for all */
    WIL_REALS,   /* double[n], likewise; with count_offset 1 to n of them: "0.5,1,2" */
    WIL_CHOICE,  /* an enum (or int): position among choices */
    WIL_TEXT,    /* char *, owned by the struct; NULL where the text is empty; as all of the following */
    WIL_INPUT,   /* path of a file or folder that must exist (the command line looks) */
    WIL_NETWORK, /* an input that may also be the name of a public network (the command line finds it) */
    WIL_OUTPUT,  /* path of a file to write */
    WIL_OUTPUT_NIFTI,
    WIL_OUTPUT_FOLDER,
    WIL_LIST,   /* wil_text_list: may be given several times */
    WIL_SECTION /* a struct within: "gan.filters"; without a name its fields are the outer struct's own */
} wil_field_type;

/* What becomes of a run that is resumed with another value. */
typedef enum wil_on_resume { WIL_RESUME_REPORTED, WIL_RESUME_REFUSED, WIL_RESUME_FREE } wil_on_resume;

/* Which ends do not belong to the range. */
enum { WIL_OPEN_MIN = 1, WIL_OPEN_MAX = 2, WIL_OPEN_BOTH = 3 };

typedef struct wil_field {
    const char *name; /* "vessel_density": --vessel-density, tof.vessel_density; in capitals: by position */
    wil_field_type type;
    size_t offset; /* in the struct */
    /* Its value before anything is given. NULL: must be given. "": none (texts NULL, numbers 0). Of a number
     * "auto": found elsewhere, kept as NaN or -1; then "auto" may be given too. */
    const char *initial;
    double min, max;                 /* of numbers; max may be INFINITY; equal: unchecked */
    const char *help;                /* one sentence */
    const char *unit;                /* "mm"; NULL: none */
    const char *value;               /* what the value is called in --help ("FILE.png"); NULL: by type */
    const char *const *choices;      /* of WIL_CHOICE: WIL_CHOICES("train", "val"), ends with NULL */
    const struct wil_fields *fields; /* of WIL_SECTION */
    const char *also;                /* another name that is taken, an older or a shorter one: "-o" */
    const char *old_word;            /* of WIL_CHOICE: "segmentation=unet", a word that is still taken */
    size_t count_offset;             /* of WIL_REALS: an int, how many there are; 0: always n */
    int n;                           /* of WIL_INTS and WIL_REALS */
    unsigned open : 2;
    unsigned on_resume : 2; /* wil_on_resume */
    unsigned in_model : 1;  /* is written into the network's file */
    unsigned
        is_path : 1; /* a text that says where the user keeps something; so do WIL_INPUT, WIL_OUTPUT... */
} wil_field;

typedef struct wil_fields {
    const wil_field *list;
    int n;
    size_t size; /* of the struct */
} wil_fields;
#define WIL_FIELDS(type, array)                                                                              \
    {                                                                                                        \
        (array), (int)(sizeof(array) / sizeof *(array)), sizeof(type)                                        \
    }
#define WIL_CHOICES(...) ((const char *const[]){__VA_ARGS__, NULL})
_Static_assert(sizeof(wil_field_type) == sizeof(int), "a choice fills an enum through an int");

typedef struct wil_text_list {
    char **items; /* owned, as the texts are */
    int n;
    size_t capacity;
} wil_text_list;

/* ---- whole structs ------------------------------------------------------------------------------------- */

/* Fills the struct from the table: call first, it frees nothing. What must be given is zero. */
WIL_NODISCARD wil_status wil_fields_defaults(const wil_fields *fields, void *settings);
/* The same of a table without texts, which cannot fail. */
void wil_fields_defaults_of_numbers(const wil_fields *fields, void *settings);
/* Defines the function that returns a struct as its table, one without texts, fills it. */
#define WIL_FIELDS_DEFAULT(type, name, fields)                                                               \
    type name(void)                                                                                          \
    {                                                                                                        \
        type settings;                                                                                       \
        wil_fields_defaults_of_numbers(&(fields), &settings);                                                \
        return settings;                                                                                     \
    }
/* Overwrites with what a YAML file says: sections are mappings; lists and arrays may be sequences. Fails:
 * WIL_ERR_INPUT with file and line: unknown keys (with the nearest), what wil_field_set refuses, a key twice.
 */
WIL_NODISCARD wil_status wil_fields_load(const wil_fields *fields, void *settings, const char *path);
/* Overwrites one value: "gan.filters=32" (from --set). Fails: WIL_ERR_ARG. */
WIL_NODISCARD wil_status wil_fields_assign(const wil_fields *fields, void *settings, const char *assignment);
/* Whether all numbers and choices of a struct that C code filled lie in their ranges. Fails: WIL_ERR_ARG, in
 * the words of wil_field_set. */
WIL_NODISCARD wil_status wil_fields_check(const wil_fields *fields, const void *settings);
void wil_fields_clear(const wil_fields *fields, void *settings); /* frees the texts */

/* All values as YAML, with help as comments. used: NULL, or whether a section is written. Returned. */
typedef bool wil_section_used(const void *settings, const char *section);
WIL_NODISCARD wil_status wil_fields_yaml(
    char **out, const wil_fields *fields, const void *settings, wil_section_used *used);
/* All values as one object, sections within. It may leave the house: of a path it has the role alone, the
 * field's name in capitals ("PATCHES"). Returned; NULL: out of memory. */
json_t *wil_fields_json(const wil_fields *fields, const void *settings, wil_section_used *used);

/* What is in_model, to and from the metadata of a network's file, each as text under its name. A value that
 * an older file lacks is the default, if it has one. Fails: WIL_ERR_INPUT naming path and value. */
WIL_NODISCARD wil_status wil_fields_put_metadata(
    json_t *metadata, const wil_fields *fields, const void *settings);
WIL_NODISCARD wil_status wil_fields_get_metadata(
    const wil_fields *fields, void *settings, const json_t *metadata, const char *path);

/* ---- one by one ---------------------------------------------------------------------------------------- */

/* Goes through a table and the sections in it:
 *
 *     wil_field_walk w = wil_fields_walk(&fields);
 *     while (wil_field_next(&w))
 *         WIL_TRY(wil_field_text(&text, w.field, (char *)settings + w.offset));
 */
typedef struct wil_field_walk {
    const wil_field *field;
    size_t offset;       /* in the whole struct, of the struct that its table describes */
    const char *section; /* that it stands in; "" for none */
    char name[96];       /* "gan.filters" */
    int number;          /* from 0 */
    struct {
        const wil_fields *fields;
        const wil_field *entry; /* the section that these are of; NULL: none */
        size_t offset;
        int next;
    } level[3];
    int depth;
} wil_field_walk;
wil_field_walk wil_fields_walk(const wil_fields *fields);
bool wil_field_next(wil_field_walk *walk);
/* The field of that dotted name, or of its other names. Fails: WIL_ERR_ARG with the nearest name. */
WIL_NODISCARD wil_status wil_field_find(wil_field_walk *out, const wil_fields *fields, const char *name);

/* Text into a field of `in`, the struct that the field's table describes; the message calls it `name`. A list
 * grows by it. Fails: WIL_ERR_ARG with name, what was expected, the range, and the text; the value stays. */
WIL_NODISCARD wil_status wil_field_set(const wil_field *field, void *in, const char *text, const char *name);
/* The value as text that reads back as the same; "" for none. Returned. */
WIL_NODISCARD wil_status wil_field_text(char **out, const wil_field *field, const void *in);
/* Whether the value lies in its range. Fails: WIL_ERR_ARG in the words of wil_field_set. */
WIL_NODISCARD wil_status wil_field_check(const wil_field *field, const void *in, const char *name);
json_t *wil_field_json(const wil_field *field, const void *in);
bool wil_field_is_path(const wil_field *field);
/* "1 to 1024", "above 0", "0 to below 1 mm"; "" for none. In text, which is returned. */
const char *wil_field_range(char text[96], const wil_field *field);
/* "train|val|test", into text, which is returned. */
const char *wil_field_choices(char text[160], const wil_field *field);

#pragma GCC visibility pop
#endif
