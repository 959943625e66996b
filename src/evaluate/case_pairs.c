/* Which prediction belongs to which truth: two files, or two folders whose files pair by name. */
#include "willis/evaluate.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- one folder ---------------------------------------------------------------------------------------- */

typedef struct entry {
    char *name, *path;
} entry;
typedef struct listing {
    const char *folder, *suffix;
    entry *entries; /* by name */
    size_t n, capacity;
} listing;

static void listing_clear(listing *list)
{
    for (size_t i = 0; i < list->n; i++) {
        wil_free(list->entries[i].name);
        wil_free(list->entries[i].path);
    }
    wil_free(list->entries);
}
WIL_OWNED_VALUE(listing, listing_clear)

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

/* Length of the case's name in a file's name; 0: the file is none of ours. */
static size_t case_length(const char *file, const char *suffix)
{
    static const char *const endings[] = {".nii.gz", ".nii", ".mha", ".mhd"};
    const size_t n = strlen(file), n_suffix = strlen(suffix);
    for (int i = 0; i < (int)(sizeof endings / sizeof *endings); i++) {
        const size_t n_end = strlen(endings[i]);
        if (n <= n_end + n_suffix || strcmp(file + n - n_end, endings[i]) != 0)
            continue;
        const size_t n_case = n - n_end - n_suffix;
        return memcmp(file + n_case, suffix, n_suffix) == 0 ? n_case : 0;
    }
    return 0;
}

static wil_status add_file(listing *list, const char *file)
{
    const size_t n = case_length(file, list->suffix);
    if (n == 0 || file[0] == '.')
        return WIL_OK;
    WIL_TRY(wil_grow((void **)&list->entries, &list->capacity, list->n + 1, sizeof *list->entries));
    entry *added = &list->entries[list->n];
    *added = (entry){0};
    WIL_TRY(wil_string_format(&added->name, "%.*s", (int)n, file));
    list->n++;
    return wil_path_join(&added->path, list->folder, file);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

static void close_folder(DIR *folder)
{
    if (folder != NULL)
        (void)closedir(folder);
}
WIL_OWNED_POINTER(DIR, close_folder)

static wil_status list_folder(listing *list)
{
    WIL_OWN(DIR) *folder = opendir(list->folder);
    WIL_REQUIRE_ERRNO(folder != NULL, WIL_ERR_INPUT, "cannot read the folder %s", list->folder);
    for (const struct dirent *file = readdir(folder); file != NULL; file = readdir(folder))
        WIL_TRY(add_file(list, file->d_name));
    WIL_REQUIRE(list->n > 0, WIL_ERR_INPUT, "%s holds no file whose name ends in %s.nii or %s.nii.gz",
        list->folder, list->suffix, list->suffix);
    qsort(list->entries, list->n, sizeof *list->entries, by_name);
    for (size_t i = 1; i < list->n; i++)
        WIL_REQUIRE(strcmp(list->entries[i - 1].name, list->entries[i].name) != 0, WIL_ERR_INPUT,
            "case %s has two files, %s and %s; take one of them away", list->entries[i].name,
            list->entries[i - 1].path, list->entries[i].path);
    return WIL_OK;
}

/* The file of a case; fails when there is none. of: the file that needs it. */
static wil_status find_partner(const char **path_out, const listing *list, const char *name, const char *of)
{
    const entry wanted = {.name = (char *)name};
    const entry *found = bsearch(&wanted, list->entries, list->n, sizeof *list->entries, by_name);
    WIL_REQUIRE(found != NULL, WIL_ERR_INPUT,
        "%s has no partner: there is no %s%s.nii or %s%s.nii.gz in %s; add it, or say by --truth-suffix, "
        "--prediction-suffix and --mask-suffix what follows the case's name in the files' names",
        of, name, list->suffix, name, list->suffix, list->folder);
    *path_out = found->path;
    return WIL_OK;
}

/* ---- pairs --------------------------------------------------------------------------------------------- */

static wil_status add_pair(
    wil_case_pairs *out, const char *name, const char *truth, const char *prediction, const char *mask)
{
    WIL_TRY(wil_grow((void **)&out->items, &out->capacity, out->n + 1, sizeof *out->items));
    wil_case_pair *pair = &out->items[out->n++];
    *pair = (wil_case_pair){0};
    WIL_TRY(wil_string_copy(&pair->name, name));
    WIL_TRY(wil_string_copy(&pair->truth, truth));
    WIL_TRY(wil_string_copy(&pair->prediction, prediction));
    return mask == NULL ? WIL_OK : wil_string_copy(&pair->mask, mask);
}

static wil_status pair_up(
    wil_case_pairs *out, const listing *truth, const listing *prediction, const listing *mask)
{
    for (size_t i = 0; i < prediction->n; i++) {
        const char *partner = NULL;
        WIL_TRY(find_partner(&partner, truth, prediction->entries[i].name, prediction->entries[i].path));
    }
    for (size_t i = 0; i < truth->n; i++) {
        const entry *of = &truth->entries[i];
        const char *predicted = NULL, *within = NULL;
        WIL_TRY(find_partner(&predicted, prediction, of->name, of->path));
        if (mask != NULL)
            WIL_TRY(find_partner(&within, mask, of->name, of->path));
        WIL_TRY(add_pair(out, of->name, of->path, predicted, within));
    }
    return WIL_OK;
}

static wil_status pair_folders(wil_case_pairs *out, const wil_case_source *source)
{
    WIL_OWN(listing) truth = {.folder = source->truth, .suffix = or_empty(source->truth_suffix)};
    WIL_OWN(listing)
    prediction = {.folder = source->prediction, .suffix = or_empty(source->prediction_suffix)};
    WIL_OWN(listing) mask = {.folder = source->mask, .suffix = or_empty(source->mask_suffix)};
    WIL_TRY(list_folder(&truth));
    WIL_TRY(list_folder(&prediction));
    if (source->mask != NULL)
        WIL_TRY(list_folder(&mask));
    return pair_up(out, &truth, &prediction, source->mask == NULL ? NULL : &mask);
}

static wil_status pair_files(wil_case_pairs *out, const wil_case_source *source)
{
    WIL_OWN(char) *name = NULL;
    const char *file = wil_path_name(source->truth);
    const size_t n = case_length(file, or_empty(source->truth_suffix));
    WIL_TRY(n > 0 ? wil_string_format(&name, "%.*s", (int)n, file) : wil_string_copy(&name, file));
    return add_pair(out, name, source->truth, source->prediction, source->mask);
}

wil_status wil_case_pairs_find(wil_case_pairs *out, const wil_case_source *source)
{
    *out = (wil_case_pairs){0};
    const bool folder = wil_folder_exists(source->truth);
    WIL_REQUIRE(wil_folder_exists(source->prediction) == folder, WIL_ERR_ARG,
        "--truth %s and --prediction %s must be two files or two folders", source->truth, source->prediction);
    WIL_REQUIRE(source->mask == NULL || wil_folder_exists(source->mask) == folder, WIL_ERR_ARG,
        "--mask %s must be a %s as --truth is", source->mask, folder ? "folder" : "file");
    return folder ? pair_folders(out, source) : pair_files(out, source);
}

void wil_case_pairs_clear(wil_case_pairs *pairs)
{
    for (size_t i = 0; i < pairs->n; i++) {
        wil_free(pairs->items[i].name);
        wil_free(pairs->items[i].truth);
        wil_free(pairs->items[i].prediction);
        wil_free(pairs->items[i].mask);
    }
    wil_free(pairs->items);
    *pairs = (wil_case_pairs){0};
}

wil_status wil_case_pair_context(wil_status status, const wil_case_pair *pair)
{
    const bool masked = pair->mask != NULL;
    return wil_fail_context(status, "%s against %s%s%s", pair->prediction, pair->truth,
        masked ? " within " : "", masked ? pair->mask : "");
}
