/* Patch sets read from HDF5 files, which may come from anyone: all that a file says of itself is looked at
 * before memory is taken for it. */
#include "willis/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hdf5_attribute.h"
#include "hdf5_string.h"

#define MOST_SUBJECTS 1000000 /* each takes memory whatever its name's length */
#define MIB 1048576.0

enum { IMAGE, LABEL, POSITION, SUBJECT, SUBJECTS, RANGE, N_ARRAYS };

static const struct {
    const char *name;
    hdf5_kind kind;
    int rank;
} ARRAYS[N_ARRAYS] = {
    [IMAGE] = {"image", HDF5_FLOAT, 3},
    [LABEL] = {"label", HDF5_BYTE, 3},
    [POSITION] = {"position", HDF5_INT, 2},
    [SUBJECT] = {"subject", HDF5_STRING, 1},
    [SUBJECTS] = {"subjects", HDF5_STRING, 1},
    [RANGE] = {"subject_range", HDF5_FLOAT, 2},
};

/* ---- what the file says it holds ---------------------------------------------------------------------- */

static wil_status check_rows(const hdf5_array *array, uint64_t n, uint64_t n_columns)
{
    WIL_REQUIRE(array->dims[0] == n && array->dims[1] == n_columns, WIL_ERR_INPUT,
        "%s: /%s must be [%llu,%llu], but is [%llu,%llu]", array->file.path, array->name,
        (unsigned long long)n, (unsigned long long)n_columns, (unsigned long long)array->dims[0],
        (unsigned long long)array->dims[1]);
    return WIL_OK;
}

static wil_status check_shapes(const hdf5_array *arrays)
{
    const char *path = arrays[IMAGE].file.path;
    const hsize_t *image = arrays[IMAGE].dims;
    const hsize_t *label = arrays[LABEL].dims;
    WIL_REQUIRE(memcmp(image, label, sizeof arrays[IMAGE].dims) == 0, WIL_ERR_INPUT,
        "%s: /image is [%llu,%llu,%llu], but /label is [%llu,%llu,%llu]", path, (unsigned long long)image[0],
        (unsigned long long)image[1], (unsigned long long)image[2], (unsigned long long)label[0],
        (unsigned long long)label[1], (unsigned long long)label[2]);
    WIL_REQUIRE(arrays[SUBJECT].dims[0] == image[0], WIL_ERR_INPUT,
        "%s: /subject has %llu names for %llu patches", path, (unsigned long long)arrays[SUBJECT].dims[0],
        (unsigned long long)image[0]);
    WIL_REQUIRE(arrays[SUBJECTS].dims[0] <= MOST_SUBJECTS, WIL_ERR_INPUT,
        "%s: /subjects has %llu names; at most %d subjects are read, so make several sets of them", path,
        (unsigned long long)arrays[SUBJECTS].dims[0], MOST_SUBJECTS);
    WIL_TRY(check_rows(&arrays[POSITION], image[0], 3));
    return check_rows(&arrays[RANGE], arrays[SUBJECTS].dims[0], 2);
}

/* Together they must fit into the file, and what is kept of them into memory. */
static wil_status check_sizes(const hdf5_array *arrays)
{
    const hdf5_file *file = &arrays[IMAGE].file;
    const hsize_t *image = arrays[IMAGE].dims;
    uint64_t stored = 0;
    for (int i = 0; i < N_ARRAYS; i++)
        stored = hdf5_bytes_plus(stored, hdf5_array_bytes(&arrays[i]));
    WIL_TRY(hdf5_file_check_holds(file, stored, "the whole set"));
    const uint64_t pixels = hdf5_bytes_times(hdf5_bytes_times(image[0], image[1]), image[2]);
    const uint64_t needed = hdf5_bytes_plus(hdf5_bytes_times(pixels, sizeof(float) + 1), image[0] * 16);
    const size_t available = wil_memory_available_bytes();
    WIL_REQUIRE(needed <= available, WIL_ERR_MEMORY,
        "%s: the %llu patches of %llux%llu need %.1f MiB, but this machine has %.1f MiB of memory left: take "
        "fewer or smaller patches",
        file->path, (unsigned long long)image[0], (unsigned long long)image[1], (unsigned long long)image[2],
        (double)needed / MIB, (double)available / MIB);
    return WIL_OK;
}

/* ---- values ------------------------------------------------------------------------------------------- */

static wil_status read_numbers(wil_patches *out, const hdf5_array *arrays)
{
    out->n = (int64_t)arrays[IMAGE].dims[0];
    out->height = (int)arrays[IMAGE].dims[1];
    out->width = (int)arrays[IMAGE].dims[2];
    const size_t n_pixels = (size_t)out->n * (size_t)out->height * (size_t)out->width;
    WIL_TRY(wil_alloc_f32(&out->image, n_pixels));
    WIL_TRY(wil_alloc_u8(&out->label, n_pixels));
    WIL_TRY(wil_alloc_i32(&out->position, 3 * (size_t)out->n));
    WIL_TRY(hdf5_array_read(&arrays[IMAGE], out->image));
    WIL_TRY(hdf5_array_read(&arrays[LABEL], out->label));
    return hdf5_array_read(&arrays[POSITION], out->position);
}

static wil_status take_listed(void *user, int64_t i, const char *text)
{
    wil_patches *out = user;
    return wil_string_copy(&out->subjects[i], text);
}

/* A subject's name and its place in /subjects, sorted by name so that a million patches find theirs. */
typedef struct listed {
    const char *name;
    int at;
} listed;

static int compare_listed(const void *a, const void *b)
{
    return strcmp(((const listed *)a)->name, ((const listed *)b)->name);
}

static int compare_name(const void *name, const void *entry)
{
    return strcmp(name, ((const listed *)entry)->name);
}

typedef struct matcher {
    wil_patches *patches;
    const char *path;
    listed *sorted; /* [n_subjects] */
    int at;         /* the patch before: patches of one subject stand together */
} matcher;

static wil_status take_matched(void *user, int64_t i, const char *text)
{
    matcher *m = user;
    const wil_patches *patches = m->patches;
    if (strcmp(text, patches->subjects[m->at]) != 0) {
        const listed *found =
            bsearch(text, m->sorted, (size_t)patches->n_subjects, sizeof *m->sorted, compare_name);
        WIL_REQUIRE(found != NULL, WIL_ERR_INPUT, "%s: patch %lld is of '%s', which is not among /subjects",
            m->path, (long long)i, text);
        m->at = found->at;
    }
    patches->subject[i] = m->at;
    return WIL_OK;
}

static wil_status match_subjects(wil_patches *out, const hdf5_array *names)
{
    matcher m = {.patches = out, .path = names->file.path};
    WIL_TRY(wil_alloc((void **)&m.sorted, (size_t)out->n_subjects, sizeof *m.sorted));
    for (int i = 0; i < out->n_subjects; i++)
        m.sorted[i] = (listed){.name = out->subjects[i], .at = i};
    qsort(m.sorted, (size_t)out->n_subjects, sizeof *m.sorted, compare_listed);
    wil_status status = WIL_OK;
    for (int i = 1; i < out->n_subjects && status == WIL_OK; i++)
        if (strcmp(m.sorted[i - 1].name, m.sorted[i].name) == 0)
            status = wil_fail(WIL_ERR_INPUT,
                "%s: /subjects lists '%s' twice; each subject must be there once", m.path, m.sorted[i].name);
    if (status == WIL_OK)
        status = hdf5_strings_each(names, take_matched, &m);
    wil_free(m.sorted);
    return status;
}

static wil_status read_subjects(wil_patches *out, const hdf5_array *arrays)
{
    const size_t n = (size_t)arrays[SUBJECTS].dims[0];
    WIL_TRY(wil_alloc((void **)&out->subjects, n, sizeof *out->subjects));
    out->n_subjects = (int)n;
    WIL_TRY(hdf5_strings_each(&arrays[SUBJECTS], take_listed, out));
    WIL_TRY(wil_alloc_f32(&out->subject_range, 2 * n));
    WIL_TRY(hdf5_array_read(&arrays[RANGE], out->subject_range));
    WIL_TRY(wil_alloc_i32(&out->subject, (size_t)out->n));
    return match_subjects(out, &arrays[SUBJECT]);
}

static wil_status check_values(const wil_patches *patches, const char *path)
{
    const size_t one = (size_t)patches->height * (size_t)patches->width;
    for (size_t i = 0; i < (size_t)patches->n * one; i++) {
        WIL_REQUIRE(isfinite(patches->image[i]), WIL_ERR_INPUT,
            "%s: /image holds NaN or infinity, first in patch %zu", path, i / one);
        WIL_REQUIRE(patches->label[i] <= 1, WIL_ERR_INPUT,
            "%s: /label must be 0 or 1, but holds %d, first in patch %zu", path, patches->label[i], i / one);
    }
    for (int i = 0; i < patches->n_subjects; i++) {
        const float *range = patches->subject_range + 2 * i;
        WIL_REQUIRE(isfinite(range[0]) && isfinite(range[1]) && range[0] < range[1], WIL_ERR_INPUT,
            "%s: /subject_range of %s is [%g, %g]; the first must be below the second", path,
            patches->subjects[i], (double)range[0], (double)range[1]);
    }
    for (int k = 0; k < 3; k++)
        WIL_REQUIRE(isfinite(patches->spacing_mm[k]) && patches->spacing_mm[k] > 0, WIL_ERR_INPUT,
            "%s: the attribute 'spacing_mm' holds %g; lengths must be above 0", path, patches->spacing_mm[k]);
    return WIL_OK;
}

static wil_status read_contents(wil_patches *out, const hdf5_file *file, hdf5_array *arrays)
{
    for (int i = 0; i < N_ARRAYS; i++)
        WIL_TRY(hdf5_array_open(&arrays[i], file, ARRAYS[i].name,
            "a patch set holds image, label, subject, position, subjects and subject_range", ARRAYS[i].kind,
            ARRAYS[i].rank));
    WIL_TRY(check_shapes(arrays));
    WIL_TRY(check_sizes(arrays));
    WIL_TRY(read_numbers(out, arrays));
    WIL_TRY(read_subjects(out, arrays));
    WIL_TRY(hdf5_doubles_read(out->spacing_mm, file, "spacing_mm", 3));
    WIL_TRY(hdf5_attributes_read(&out->attributes, file));
    return check_values(out, file->path);
}

static wil_status read_file(wil_patches *out, const char *path)
{
    hdf5_file file;
    hdf5_array arrays[N_ARRAYS];
    for (int i = 0; i < N_ARRAYS; i++)
        arrays[i].dataset = -1;
    WIL_REQUIRE(wil_file_exists(path), WIL_ERR_INPUT, "%s: no such file", path);
    WIL_REQUIRE(hdf5_file_is(path), WIL_ERR_INPUT,
        "%s: is not an HDF5 file; a patch set is made by `willis patches` or `willis generate`", path);
    wil_status status = hdf5_file_open(&file, path);
    if (status == WIL_OK)
        status = read_contents(out, &file, arrays);
    for (int i = 0; i < N_ARRAYS; i++)
        hdf5_array_close(&arrays[i]);
    hdf5_file_close(&file);
    return status;
}

wil_status wil_patches_read(wil_patches *out, const char *path)
{
    memset(out, 0, sizeof *out);
    const hdf5_scope scope = hdf5_scope_begin();
    const wil_status status = read_file(out, path);
    hdf5_scope_end(scope);
    if (status != WIL_OK)
        wil_patches_clear(out);
    return status;
}
