/* BIDS: sub-X/anat/sub-X[_...]_angio.nii[.gz], labels and brain masks under derivatives/. */
#include "finding.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

typedef struct name_list {
    char **names;
    size_t capacity;
    int n;
} name_list;

static void name_list_clear(name_list *list)
{
    for (int i = 0; i < list->n; i++)
        wil_free(list->names[i]);
    wil_free(list->names);
    memset(list, 0, sizeof *list);
}
WIL_OWNED_VALUE(name_list, name_list_clear)

static void close_folder(DIR *folder)
{
    if (folder != NULL)
        (void)closedir(folder);
}
WIL_OWNED_POINTER(DIR, close_folder)

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder that begin with prefix, sorted, since a file system's own order is arbitrary. None if
 * there is no such folder. Clear out in any case. */
static wil_status list_folder(name_list *out, const char *path, const char *prefix)
{
    memset(out, 0, sizeof *out);
    WIL_OWN(DIR) *folder = opendir(path);
    if (folder == NULL)
        return WIL_OK;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
            continue;
        WIL_TRY(wil_grow((void **)&out->names, &out->capacity, (size_t)out->n + 1, sizeof *out->names));
        WIL_TRY(wil_string_copy(&out->names[out->n], entry->d_name));
        out->n++;
    }
    if (out->n > 1)
        qsort(out->names, (size_t)out->n, sizeof *out->names, compare_names);
    return WIL_OK;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text);
    const size_t n_end = strlen(end);
    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

/* A file of one subject that there should be at most one of. */
typedef struct file_search {
    const char *id;
    const char *suffix; /* before .nii: "_angio" */
    char *found;
    char *second;
} file_search;

static void file_search_clear(file_search *s)
{
    wil_free(s->found);
    wil_free(s->second);
}
WIL_OWNED_VALUE(file_search, file_search_clear)

static bool is_nifti_with(const char *name, const char *suffix)
{
    char end[64];
    snprintf(end, sizeof end, "%s.nii", suffix);
    if (ends_with(name, end))
        return true;
    snprintf(end, sizeof end, "%s.nii.gz", suffix);
    return ends_with(name, end);
}

static wil_status search_anat(file_search *s, const char *root)
{
    WIL_OWN(char) *folder = NULL;
    WIL_OWN(char) *prefix = NULL;
    WIL_OWN(name_list) list = {0};
    WIL_TRY(wil_string_format(&folder, "%s/%s/anat", root, s->id));
    WIL_TRY(wil_string_format(&prefix, "%s_", s->id));
    WIL_TRY(list_folder(&list, folder, prefix));
    for (int i = 0; i < list.n && s->second == NULL; i++)
        if (is_nifti_with(list.names[i], s->suffix))
            WIL_TRY(wil_path_join(s->found == NULL ? &s->found : &s->second, folder, list.names[i]));
    return WIL_OK;
}

/* In every pipeline's folder under derivatives/. */
static wil_status search_derivatives(file_search *s, const char *root)
{
    WIL_OWN(char) *folder = NULL;
    WIL_OWN(name_list) pipelines = {0};
    WIL_TRY(wil_path_join(&folder, root, "derivatives"));
    WIL_TRY(list_folder(&pipelines, folder, ""));
    for (int i = 0; i < pipelines.n; i++) {
        WIL_OWN(char) *pipeline = NULL;
        WIL_TRY(wil_path_join(&pipeline, folder, pipelines.names[i]));
        WIL_TRY(search_anat(s, pipeline));
    }
    return WIL_OK;
}

/* Hands the one file over (NULL if there is none); two are a problem, as it is not ours to choose. */
static wil_status take_found(cohort_reader *r, file_search *s, char **out)
{
    if (s->second != NULL)
        WIL_TRY(cohort_reader_problem(r, r->cohort->n_subjects - 1,
            "%s has two files that end in %s.nii[.gz]: %s and %s; name the one to use in a cohort.tsv", s->id,
            s->suffix, s->found, s->second));
    return wil_give(out, &s->found);
}

static wil_status add_subject(cohort_reader *r, const char *root, const char *id)
{
    WIL_OWN(file_search) image = {.id = id, .suffix = "_angio"};
    WIL_OWN(file_search) label = {.id = id, .suffix = "_desc-vessel_mask"};
    WIL_OWN(file_search) mask = {.id = id, .suffix = "_desc-brain_mask"};
    WIL_TRY(search_anat(&image, root));
    if (image.found == NULL) /* another modality's subject */
        return r->findings == NULL ? WIL_OK
                                   : finding_add(r->findings, -1, WIL_FINDING_NOTE,
                                         "%s has no image anat/%s_*angio.nii[.gz] and is left out", id, id);
    WIL_TRY(cohort_reader_add(r, id));
    wil_subject *subject = &r->cohort->subjects[r->cohort->n_subjects - 1];
    WIL_TRY(take_found(r, &image, &subject->image));
    WIL_TRY(search_derivatives(&label, root));
    WIL_TRY(search_derivatives(&mask, root));
    WIL_TRY(take_found(r, &label, &subject->label));
    return take_found(r, &mask, &subject->mask);
}

/* Every line of participants.tsv that names the subject; a second one must agree with the first. */
static wil_status split_of_subject(cohort_reader *r, int at, const wil_table *table, const char *path)
{
    const int id_column = wil_table_column(table, "participant_id");
    const int split_column = wil_table_column(table, "split");
    wil_subject *subject = &r->cohort->subjects[at];
    bool seen = false;
    for (int row = 0; row < table->n_rows; row++) {
        wil_split split = WIL_SPLIT_NONE;
        if (strcmp(wil_table_cell(table, row, id_column), subject->id) != 0)
            continue;
        const char *word = wil_table_cell(table, row, split_column);
        if (!cohort_split_parse(&split, word))
            WIL_TRY(cohort_reader_problem(r, at,
                "%s:%d: unknown split '%s' of %s; expected train, val, test or n/a", path, table->lines[row],
                word, subject->id));
        if (seen && split != subject->split)
            WIL_TRY(cohort_reader_problem(r, at,
                "%s:%d: %s is in two splits, %s and %s; a patient belongs to one split only", path,
                table->lines[row], subject->id, wil_split_name(subject->split), wil_split_name(split)));
        subject->split = seen ? subject->split : split;
        seen = true;
    }
    return WIL_OK;
}

static wil_status read_splits(cohort_reader *r, const char *root)
{
    WIL_OWN(char) *path = NULL;
    WIL_OWN(wil_table) table = {0};
    WIL_TRY(wil_path_join(&path, root, "participants.tsv"));
    if (wil_file_exists(path))
        WIL_TRY(wil_table_read(&table, path, '\t'));
    if (wil_table_column(&table, "split") < 0)
        return WIL_OK;
    WIL_REQUIRE(wil_table_column(&table, "participant_id") >= 0, WIL_ERR_INPUT,
        "%s:1: no column 'participant_id', by which the splits are assigned", path);
    for (int i = 0; i < r->cohort->n_subjects; i++)
        WIL_TRY(split_of_subject(r, i, &table, path));
    return WIL_OK;
}

wil_status cohort_bids_read(cohort_reader *reader, const char *folder)
{
    WIL_OWN(name_list) subjects = {0};
    WIL_TRY(list_folder(&subjects, folder, "sub-"));
    for (int i = 0; i < subjects.n; i++) {
        WIL_OWN(char) *path = NULL;
        WIL_TRY(wil_path_join(&path, folder, subjects.names[i]));
        if (wil_folder_exists(path))
            WIL_TRY(add_subject(reader, folder, subjects.names[i]));
    }
    return read_splits(reader, folder);
}
