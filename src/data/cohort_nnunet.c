/* nnU-Net's folders: dataset.json, imagesTr/CASE_0000.nii.gz, labelsTr/CASE.nii.gz, and Ts likewise. */
#include "finding.h"
#include "name_list.h"

#include <stdlib.h>
#include <string.h>

#define CHANNEL "_0000" /* the first; version 1 of the layout has none */

bool cohort_is_nnunet(const char *folder)
{
    WIL_OWN(char) *facts = NULL, *images = NULL;
    if (wil_path_join(&facts, folder, "dataset.json") != WIL_OK ||
        wil_path_join(&images, folder, "imagesTr") != WIL_OK)
        return false;
    return wil_file_exists(facts) && wil_folder_exists(images);
}

/* One of the two halves. */
typedef struct half {
    const char *images, *labels; /* "imagesTr" */
    wil_split split;
} half;

/* The case of an image's name: without ending and channel. *first: whether it is the first channel, or has
 * none. */
static wil_status case_of(char **out, bool *first, const char *name, const char *ending)
{
    size_t n = strlen(name) - strlen(ending);
    const size_t n_channel = strlen(CHANNEL);
    *first = true;
    if (n > n_channel && name[n - n_channel] == '_' && strspn(name + n - 4, "0123456789") >= 4) {
        *first = memcmp(name + n - n_channel, CHANNEL, n_channel) == 0;
        n -= n_channel;
    }
    return wil_string_format(out, "%.*s", (int)n, name);
}

static wil_status add_case(
    cohort_reader *r, const char *root, const half *h, const char *file, const char *id, const char *ending)
{
    WIL_OWN(char) *label = NULL;
    WIL_TRY(cohort_reader_add(r, id));
    wil_subject *subject = &r->cohort->subjects[r->cohort->n_subjects - 1];
    subject->split = h->split;
    WIL_TRY(wil_string_format(&subject->image, "%s/%s/%s", root, h->images, file));
    WIL_TRY(wil_string_format(&label, "%s/%s/%s%s", root, h->labels, id, ending));
    if (!wil_file_exists(label))
        return WIL_OK;
    return wil_give(&subject->label, &label);
}

/* Labels whose image is not there. */
static wil_status tell_of_labels(
    cohort_reader *r, const char *root, const half *h, const char *ending, int first_subject)
{
    WIL_OWN(char) *folder = NULL;
    WIL_OWN(name_list) labels = {0};
    WIL_TRY(wil_path_join(&folder, root, h->labels));
    WIL_TRY(name_list_read(&labels, folder, ""));
    for (int i = 0; i < labels.n; i++) {
        bool known = !name_ends_with(labels.names[i], ending);
        for (int k = first_subject; k < r->cohort->n_subjects && !known; k++) {
            const char *label = r->cohort->subjects[k].label;
            known = label != NULL && strcmp(wil_path_name(label), labels.names[i]) == 0;
        }
        if (!known)
            WIL_TRY(cohort_reader_skip(
                r, "%s/%s has no image in %s and is left out", h->labels, labels.names[i], h->images));
    }
    return WIL_OK;
}

static wil_status read_half(cohort_reader *r, const char *root, const half *h, const char *ending)
{
    WIL_OWN(char) *folder = NULL;
    WIL_OWN(name_list) files = {0};
    const int first_subject = r->cohort->n_subjects;
    WIL_TRY(wil_path_join(&folder, root, h->images));
    WIL_TRY(name_list_read(&files, folder, ""));
    for (int i = 0; i < files.n; i++) {
        WIL_OWN(char) *id = NULL;
        bool first = true;
        if (!name_ends_with(files.names[i], ending)) {
            WIL_TRY(cohort_reader_skip(r, "%s/%s is left out: dataset.json says that images end in %s",
                h->images, files.names[i], ending));
            continue;
        }
        WIL_TRY(case_of(&id, &first, files.names[i], ending));
        if (first)
            WIL_TRY(add_case(r, root, h, files.names[i], id, ending));
        else
            WIL_TRY(cohort_reader_skip(r, "%s/%s is left out: only the first channel (%s) is read", h->images,
                files.names[i], CHANNEL));
    }
    return tell_of_labels(r, root, h, ending, first_subject);
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const wil_subject *)a)->id, ((const wil_subject *)b)->id);
}

/* What dataset.json says of the files' ending; version 1 says nothing, and means .nii.gz. */
static wil_status find_ending(char **out, const char *root)
{
    WIL_OWN(char) *path = NULL;
    WIL_OWN(json_t) *facts = NULL;
    WIL_TRY(wil_path_join(&path, root, "dataset.json"));
    WIL_TRY(wil_json_load(&facts, path));
    const json_t *ending = json_object_get(facts, "file_ending");
    WIL_REQUIRE(ending == NULL || (json_is_string(ending) && json_string_value(ending)[0] == '.'),
        WIL_ERR_INPUT, "%s: its file_ending is no text that begins with a dot, '.nii.gz' for example", path);
    return wil_string_copy(out, ending == NULL ? ".nii.gz" : json_string_value(ending));
}

wil_status cohort_nnunet_read(cohort_reader *reader, const char *folder)
{
    static const half halves[] = {
        {"imagesTr", "labelsTr", WIL_SPLIT_TRAIN}, {"imagesTs", "labelsTs", WIL_SPLIT_TEST}};
    wil_cohort *cohort = reader->cohort;
    WIL_OWN(char) *ending = NULL;
    WIL_TRY(find_ending(&ending, folder));
    for (int k = 0; k < 2; k++)
        WIL_TRY(read_half(reader, folder, &halves[k], ending));
    if (cohort->n_subjects > 1)
        qsort(cohort->subjects, (size_t)cohort->n_subjects, sizeof *cohort->subjects, by_id);
    for (int i = 1; i < cohort->n_subjects; i++)
        if (strcmp(cohort->subjects[i - 1].id, cohort->subjects[i].id) == 0)
            WIL_TRY(cohort_reader_problem(reader, i,
                "%s: the case %s is there twice, as %s and %s; a patient belongs to one split only", folder,
                cohort->subjects[i].id, cohort->subjects[i - 1].image, cohort->subjects[i].image));
    return WIL_OK;
}
