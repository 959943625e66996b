/* Whose samples a set holds, and where they lie in the scans: what is in memory of every set. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hdf5_string.h"
#include "samples_layout.h"

#define MOST_SUBJECTS 1000000 /* each takes memory whatever its name's length */

static wil_status check_rows(const hdf5_array *array, int64_t n, int n_columns)
{
    WIL_REQUIRE(array->dims[0] == (hsize_t)n && array->dims[1] == (hsize_t)n_columns, WIL_ERR_INPUT,
        "%s: /%s must be [%lld,%d], but is [%llu,%llu]", array->file.path, array->name, (long long)n,
        n_columns, (unsigned long long)array->dims[0], (unsigned long long)array->dims[1]);
    return WIL_OK;
}

static wil_status take_listed(void *user, int64_t i, const char *text)
{
    wil_samples *out = user;
    return wil_string_copy(&out->subjects[i], text);
}

/* A subject's name and its place in /subjects, sorted by name so that a million patches find theirs. */
typedef struct listed {
    const char *name;
    int at;
} listed;
WIL_OWNED_POINTER(listed, wil_free)

static int compare_listed(const void *a, const void *b)
{
    return strcmp(((const listed *)a)->name, ((const listed *)b)->name);
}

static int compare_name(const void *name, const void *entry)
{
    return strcmp(name, ((const listed *)entry)->name);
}

typedef struct matcher {
    wil_samples *set;
    const char *path;
    listed *sorted; /* [n_subjects] */
    int at;         /* the patch before: patches of one subject stand together */
} matcher;

static wil_status take_matched(void *user, int64_t i, const char *text)
{
    matcher *m = user;
    const wil_samples *set = m->set;
    if (strcmp(text, set->subjects[m->at]) != 0) {
        const listed *found =
            bsearch(text, m->sorted, (size_t)set->n_subjects, sizeof *m->sorted, compare_name);
        WIL_REQUIRE(found != NULL, WIL_ERR_INPUT, "%s: patch %lld is of '%s', which is not among /subjects",
            m->path, (long long)i, text);
        m->at = found->at;
    }
    set->subject[i] = m->at;
    return WIL_OK;
}

static wil_status match_subjects(wil_samples *out, const hdf5_array *names)
{
    WIL_OWN(listed) *sorted = NULL;
    WIL_TRY(wil_alloc((void **)&sorted, (size_t)out->n_subjects, sizeof *sorted));
    matcher m = {.set = out, .path = names->file.path, .sorted = sorted};
    for (int i = 0; i < out->n_subjects; i++)
        sorted[i] = (listed){.name = out->subjects[i], .at = i};
    qsort(sorted, (size_t)out->n_subjects, sizeof *sorted, compare_listed);
    for (int i = 1; i < out->n_subjects; i++)
        WIL_REQUIRE(strcmp(sorted[i - 1].name, sorted[i].name) != 0, WIL_ERR_INPUT,
            "%s: /subjects lists '%s' twice; each subject must be there once", m.path, sorted[i].name);
    return hdf5_strings_each(names, take_matched, &m);
}

static wil_status check_ranges(const wil_samples *set, const char *path)
{
    for (int i = 0; i < set->n_subjects; i++) {
        const float *range = set->subject_range + 2 * i;
        WIL_REQUIRE(isfinite(range[0]) && isfinite(range[1]) && range[0] < range[1], WIL_ERR_INPUT,
            "%s: /subject_range of %s is [%g, %g]; the first must be below the second", path,
            set->subjects[i], (double)range[0], (double)range[1]);
    }
    return WIL_OK;
}

/* The datasets beside the pixels. Clear in any case. */
typedef struct subject_arrays {
    hdf5_array position, subject, subjects, range;
} subject_arrays;

static void subject_arrays_clear(subject_arrays *arrays)
{
    hdf5_array_close(&arrays->position);
    hdf5_array_close(&arrays->subject);
    hdf5_array_close(&arrays->subjects);
    hdf5_array_close(&arrays->range);
}
WIL_OWNED_VALUE(subject_arrays, subject_arrays_clear)

/* Opens all and looks at their shapes before memory is taken for any. */
static wil_status open_arrays(subject_arrays *out, const hdf5_file *file, int64_t n)
{
    WIL_TRY(hdf5_array_open(&out->position, file, "position", SAMPLES_HINT, HDF5_INT, 2));
    WIL_TRY(hdf5_array_open(&out->subject, file, "subject", SAMPLES_HINT, HDF5_STRING, 1));
    WIL_TRY(hdf5_array_open(&out->subjects, file, "subjects", SAMPLES_HINT, HDF5_STRING, 1));
    WIL_TRY(hdf5_array_open(&out->range, file, "subject_range", SAMPLES_HINT, HDF5_FLOAT, 2));
    WIL_REQUIRE(out->subject.dims[0] == (hsize_t)n, WIL_ERR_INPUT,
        "%s: /subject has %llu names for %lld patches", file->path, (unsigned long long)out->subject.dims[0],
        (long long)n);
    WIL_REQUIRE(out->subjects.dims[0] <= MOST_SUBJECTS, WIL_ERR_INPUT,
        "%s: /subjects has %llu names; at most %d subjects are read, so make several sets of them",
        file->path, (unsigned long long)out->subjects.dims[0], MOST_SUBJECTS);
    WIL_TRY(check_rows(&out->position, n, 3));
    return check_rows(&out->range, (int64_t)out->subjects.dims[0], 2);
}

wil_status samples_read_subjects(wil_samples *out, const hdf5_file *file)
{
    WIL_OWN(subject_arrays) arrays = {{.dataset = -1}, {.dataset = -1}, {.dataset = -1}, {.dataset = -1}};
    WIL_TRY(open_arrays(&arrays, file, out->n));
    const size_t n_subjects = (size_t)arrays.subjects.dims[0];
    WIL_TRY(wil_alloc_i32(&out->position, 3 * (size_t)out->n));
    WIL_TRY(hdf5_array_read(&arrays.position, out->position));
    WIL_TRY(wil_alloc((void **)&out->subjects, n_subjects, sizeof *out->subjects));
    out->n_subjects = (int)n_subjects;
    WIL_TRY(hdf5_strings_each(&arrays.subjects, take_listed, out));
    WIL_TRY(wil_alloc_f32(&out->subject_range, 2 * n_subjects));
    WIL_TRY(hdf5_array_read(&arrays.range, out->subject_range));
    WIL_TRY(wil_alloc_i32(&out->subject, (size_t)out->n));
    WIL_TRY(match_subjects(out, &arrays.subject));
    return check_ranges(out, file->path);
}
