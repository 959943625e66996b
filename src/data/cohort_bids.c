/* BIDS: sub-X/[ses-Y/]anat/sub-X[_...]_angio.nii[.gz], labels and brain masks under derivatives/. */
#include "finding.h"
#include "name_list.h"

#include <stdlib.h>
#include <string.h>

/* How files of one kind are named: before .nii or .nii.gz they end so, and hold the entity. The first way
 * that a subject has is taken. */
typedef struct naming {
    const char *entity; /* NULL: any */
    const char *end;
} naming;
static const naming IMAGES[] = {{NULL, "_angio"}};
static const naming LABELS[] = {
    {"_desc-vessel_", "_mask"}, {"_label-", "_mask"}, {"_label-", "_dseg"}, {NULL, "_dseg"}};
static const naming BRAINS[] = {{"_desc-brain_", "_mask"}, {"_label-brain_", "_mask"}};

/* A file of one subject that there should be at most one of. */
typedef struct file_search {
    const char *id;
    const naming *namings;
    int n_namings;
    int best; /* of the files found, the first way of naming that there is */
    char *found;
    char *second;
    name_list others; /* images that are named in none of these ways */
} file_search;

static void file_search_clear(file_search *s)
{
    wil_free(s->found);
    wil_free(s->second);
    name_list_clear(&s->others);
}
WIL_OWNED_VALUE(file_search, file_search_clear)

/* Length without .nii or .nii.gz; 0: no image. */
static size_t stem_length(const char *name)
{
    const size_t n = strlen(name);
    return name_ends_with(name, ".nii") ? n - 4 : name_ends_with(name, ".nii.gz") ? n - 7 : 0;
}

static bool is_named(const char *name, const naming *way)
{
    const size_t n = stem_length(name), n_end = strlen(way->end);
    if (n < n_end || memcmp(name + n - n_end, way->end, n_end) != 0)
        return false;
    const bool brain = strstr(name, "-brain_") != NULL; /* label-brain_mask is none of vessels */
    return way->entity == NULL ||
           (strstr(name, way->entity) != NULL && (!brain || strstr(way->entity, "brain") != NULL));
}

static wil_status take_file(file_search *s, const char *folder, const char *name)
{
    int way = 0;
    while (way < s->n_namings && !is_named(name, &s->namings[way]))
        way++;
    if (way == s->n_namings)
        return stem_length(name) > 0 ? name_list_add(&s->others, name) : WIL_OK;
    if (s->found != NULL && way > s->best)
        return WIL_OK;
    if (way < s->best) { /* a better name than what was found so far */
        wil_free(s->found);
        wil_free(s->second);
        s->found = s->second = NULL;
    }
    s->best = way;
    return s->second != NULL ? WIL_OK
                             : wil_path_join(s->found == NULL ? &s->found : &s->second, folder, name);
}

/* <root>/<id>/anat and <root>/<id>/ses-X/anat. */
static wil_status search_subject(file_search *s, const char *root)
{
    WIL_OWN(char) *folder = NULL, *prefix = NULL;
    WIL_OWN(name_list) sessions = {0};
    WIL_TRY(wil_path_join(&folder, root, s->id));
    WIL_TRY(wil_string_format(&prefix, "%s_", s->id));
    WIL_TRY(name_list_read(&sessions, folder, "ses-"));
    for (int k = -1; k < sessions.n; k++) {
        WIL_OWN(char) *anat = NULL;
        WIL_OWN(name_list) list = {0};
        WIL_TRY(wil_string_format(
            &anat, "%s/%s%sanat", folder, k < 0 ? "" : sessions.names[k], k < 0 ? "" : "/"));
        WIL_TRY(name_list_read(&list, anat, prefix));
        for (int i = 0; i < list.n; i++)
            WIL_TRY(take_file(s, anat, list.names[i]));
    }
    return WIL_OK;
}

/* In every pipeline's folder under derivatives/. */
static wil_status search_derivatives(file_search *s, const char *root)
{
    WIL_OWN(char) *folder = NULL;
    WIL_OWN(name_list) pipelines = {0};
    WIL_TRY(wil_path_join(&folder, root, "derivatives"));
    WIL_TRY(name_list_read(&pipelines, folder, ""));
    for (int i = 0; i < pipelines.n; i++) {
        WIL_OWN(char) *pipeline = NULL;
        WIL_TRY(wil_path_join(&pipeline, folder, pipelines.names[i]));
        WIL_TRY(search_subject(s, pipeline));
    }
    return WIL_OK;
}

/* Hands the one file over (NULL if there is none); two are a problem, as it is not ours to choose. */
static wil_status take_found(cohort_reader *r, file_search *s, char **out)
{
    const naming *way = &s->namings[s->best];
    if (s->second != NULL)
        WIL_TRY(cohort_reader_problem(r, r->cohort->n_subjects - 1,
            "%s has two files that end in %s%s.nii[.gz]: %s and %s; name the one to use in a cohort.tsv "
            "(runs "
            "and sessions are scans of one patient, who is one subject)",
            s->id, way->entity == NULL ? "" : way->entity + 1, way->entity == NULL ? way->end : way->end + 1,
            s->found, s->second));
    return wil_give(out, &s->found);
}

static wil_status skip_subject(cohort_reader *r, const file_search *image)
{
    const char *other = image->others.n > 0 ? image->others.names[0] : NULL;
    return cohort_reader_skip(r, "%s has no image anat/%s_*angio.nii[.gz] and is left out%s%s%s", image->id,
        image->id, other == NULL ? "" : " (it has ", other == NULL ? "" : other, other == NULL ? "" : ")");
}

/* A label that is there under a name that we do not know is told. */
static wil_status tell_of_label(cohort_reader *r, const file_search *label, const file_search *mask)
{
    if (label->found != NULL)
        return WIL_OK;
    for (int i = 0; i < label->others.n; i++) {
        const char *name = label->others.names[i];
        if (mask->found == NULL || !name_ends_with(mask->found, name))
            return cohort_reader_skip(r,
                "%s has no label, and %s is left out: labels are named ..._desc-vessel_mask, "
                "..._label-NAME_mask or ..._dseg; give it so, or by a cohort.tsv",
                label->id, name);
    }
    return WIL_OK;
}

#define SEARCH(ways)                                                                                         \
    {                                                                                                        \
        .id = id, .namings = (ways), .n_namings = (int)(sizeof(ways) / sizeof *(ways)),                      \
        .best = (int)(sizeof(ways) / sizeof *(ways)) - 1                                                     \
    }

static wil_status add_subject(cohort_reader *r, const char *root, const char *id)
{
    WIL_OWN(file_search) image = SEARCH(IMAGES);
    WIL_OWN(file_search) label = SEARCH(LABELS);
    WIL_OWN(file_search) mask = SEARCH(BRAINS);
    WIL_TRY(search_subject(&image, root));
    if (image.found == NULL) /* another modality's subject */
        return skip_subject(r, &image);
    WIL_TRY(cohort_reader_add(r, id));
    wil_subject *subject = &r->cohort->subjects[r->cohort->n_subjects - 1];
    WIL_TRY(take_found(r, &image, &subject->image));
    WIL_TRY(search_derivatives(&label, root));
    WIL_TRY(search_derivatives(&mask, root));
    WIL_TRY(tell_of_label(r, &label, &mask));
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

/* Participants without a folder, and folders that are no subject's by their name. */
static wil_status tell_of_rest(cohort_reader *r, const char *root)
{
    static const char *const known[] = {"code", "derivatives", "sourcedata", "stimuli", "rawdata"};
    WIL_OWN(char) *path = NULL;
    WIL_OWN(wil_table) table = {0};
    WIL_OWN(name_list) entries = {0};
    WIL_TRY(wil_path_join(&path, root, "participants.tsv"));
    if (wil_file_exists(path))
        WIL_TRY(wil_table_read(&table, path, '\t'));
    const int column = wil_table_column(&table, "participant_id");
    for (int row = 0; row < table.n_rows && column >= 0; row++) {
        WIL_OWN(char) *folder = NULL;
        WIL_TRY(wil_path_join(&folder, root, wil_table_cell(&table, row, column)));
        if (!wil_folder_exists(folder))
            WIL_TRY(cohort_reader_skip(r, "%s:%d: %s has no folder of that name and is left out", path,
                table.lines[row], wil_table_cell(&table, row, column)));
    }
    WIL_TRY(name_list_read(&entries, root, ""));
    for (int i = 0; i < entries.n; i++) {
        WIL_OWN(char) *folder = NULL;
        bool ours = strncmp(entries.names[i], "sub-", 4) == 0;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            ours = ours || strcmp(entries.names[i], known[k]) == 0;
        WIL_TRY(wil_path_join(&folder, root, entries.names[i]));
        if (!ours && wil_folder_exists(folder))
            WIL_TRY(cohort_reader_skip(
                r, "the folder %s is left out: subjects' folders are named sub-...", entries.names[i]));
    }
    return WIL_OK;
}

wil_status cohort_bids_read(cohort_reader *reader, const char *folder)
{
    WIL_OWN(name_list) subjects = {0};
    WIL_TRY(name_list_read(&subjects, folder, "sub-"));
    for (int i = 0; i < subjects.n; i++) {
        WIL_OWN(char) *path = NULL;
        WIL_TRY(wil_path_join(&path, folder, subjects.names[i]));
        if (wil_folder_exists(path))
            WIL_TRY(add_subject(reader, folder, subjects.names[i]));
    }
    if (reader->cohort->n_subjects > 0) /* else it is no such folder */
        WIL_TRY(tell_of_rest(reader, folder));
    return read_splits(reader, folder);
}
