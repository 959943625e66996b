/* cohort.tsv: one line per subject. */
#include "finding.h"

#include <stdlib.h>
#include <string.h>

enum { SUBJECT, SPLIT, IMAGE, LABEL, MASK, LABEL_ORIGIN, N_COLUMNS };
static const char *const COLUMN_NAMES[N_COLUMNS] = {
    "subject", "split", "image", "label", "mask", "label_origin"};

typedef struct cohort_table {
    const char *path;
    char *folder; /* that paths are relative to */
    wil_table table;
    int column[N_COLUMNS]; /* -1: absent */
} cohort_table;

static void cohort_table_clear(cohort_table *t)
{
    wil_table_free(&t->table);
    wil_free(t->folder);
}
WIL_OWNED_VALUE(cohort_table, cohort_table_clear)

static const char *cell(const cohort_table *t, int row, int which)
{
    return t->column[which] < 0 ? "" : wil_table_cell(&t->table, row, t->column[which]);
}

/* Unknown columns are left alone (age, sex), unless one looks like a column of ours that is absent. */
static wil_status find_columns(cohort_table *t)
{
    const char *absent[N_COLUMNS];
    int n_absent = 0;
    for (int i = 0; i < N_COLUMNS; i++) {
        t->column[i] = wil_table_column(&t->table, COLUMN_NAMES[i]);
        if (t->column[i] < 0)
            absent[n_absent++] = COLUMN_NAMES[i];
    }
    for (int i = 0; i < t->table.n_columns && n_absent > 0; i++) {
        const char *name = t->table.columns[i];
        const char *near =
            wil_table_column(&t->table, name) == i ? wil_nearest_word(name, absent, n_absent) : NULL;
        bool ours = false;
        for (int k = 0; k < N_COLUMNS; k++)
            ours = ours || strcmp(name, COLUMN_NAMES[k]) == 0;
        WIL_REQUIRE(ours || near == NULL, WIL_ERR_INPUT,
            "%s:1: unknown column '%s'; did you mean '%s'? Rename it (or drop it, if it is something else)",
            t->path, name, near);
    }
    WIL_REQUIRE(t->column[SUBJECT] >= 0 && t->column[IMAGE] >= 0, WIL_ERR_INPUT,
        "%s:1: no column '%s'; a cohort table has the columns subject, split, image, label, mask, separated "
        "by tabs",
        t->path, t->column[SUBJECT] < 0 ? "subject" : "image");
    return WIL_OK;
}

typedef struct sort_key {
    const char *id;
    int row;
} sort_key;
WIL_OWNED_POINTER(sort_key, wil_free)

static int compare_keys(const void *a, const void *b)
{
    const sort_key *x = a;
    const sort_key *y = b;
    const int order = strcmp(x->id, y->id);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

/* *out stays NULL for an empty cell. */
static wil_status take_file(cohort_reader *r, const cohort_table *t, int row, int which, char **out)
{
    const int subject = r->cohort->n_subjects - 1;
    const char *id = r->cohort->subjects[subject].id;
    const char *name = cell(t, row, which);
    const int line = t->table.lines[row];
    if (name[0] == '\0' || strcmp(name, "n/a") == 0) {
        const char *label = cell(t, row, LABEL); /* labels can stand alone */
        if (which != IMAGE || (label[0] != '\0' && strcmp(label, "n/a") != 0))
            return WIL_OK;
        return cohort_reader_problem(r, subject, "%s:%d: %s has no image", t->path, line, id);
    }
    WIL_TRY(wil_path_join(out, t->folder, name));
    if (wil_file_exists(*out))
        return WIL_OK;
    return cohort_reader_problem(r, subject,
        "%s:%d: the %s of %s does not exist: %s (paths in the table are relative to its folder)", t->path,
        line, COLUMN_NAMES[which], id, *out);
}

/* Rows come sorted, so another row of this subject was the one before. */
static wil_status check_twice(cohort_reader *r, const cohort_table *t, int line, int line_before)
{
    const int at = r->cohort->n_subjects - 1;
    const wil_subject *subject = &r->cohort->subjects[at];
    if (at == 0 || strcmp(subject[-1].id, subject->id) != 0)
        return WIL_OK;
    if (subject[-1].split != subject->split)
        return cohort_reader_problem(r, at,
            "%s:%d: %s is in two splits, %s (line %d) and %s; a patient belongs to one split only", t->path,
            line, subject->id, wil_split_name(subject[-1].split), line_before,
            wil_split_name(subject->split));
    return cohort_reader_problem(r, at,
        "%s:%d: %s stands here again (first in line %d); one line per subject", t->path, line, subject->id,
        line_before);
}

static wil_status read_row(cohort_reader *r, const cohort_table *t, int row, int row_before)
{
    const char *id = cell(t, row, SUBJECT);
    const int line = t->table.lines[row];
    WIL_REQUIRE(id[0] != '\0' && strchr(id, '/') == NULL, WIL_ERR_INPUT,
        "%s:%d: '%s' cannot be the name of a subject: it must not be empty or hold '/', since files are "
        "named by it",
        t->path, line, id);
    WIL_TRY(cohort_reader_add(r, id));
    wil_subject *subject = &r->cohort->subjects[r->cohort->n_subjects - 1];
    if (!cohort_split_parse(&subject->split, cell(t, row, SPLIT)))
        WIL_TRY(cohort_reader_problem(r, r->cohort->n_subjects - 1,
            "%s:%d: unknown split '%s' of %s; expected train, val, test or an empty cell", t->path, line,
            cell(t, row, SPLIT), id));
    WIL_TRY(check_twice(r, t, line, row_before < 0 ? 0 : t->table.lines[row_before]));
    subject->is_phantom = strcmp(cell(t, row, LABEL_ORIGIN), WIL_PHANTOM_ORIGIN) == 0;
    WIL_TRY(take_file(r, t, row, IMAGE, &subject->image));
    WIL_TRY(take_file(r, t, row, LABEL, &subject->label));
    return take_file(r, t, row, MASK, &subject->mask);
}

static wil_status read_sorted(cohort_reader *r, cohort_table *t)
{
    WIL_OWN(sort_key) *keys = NULL;
    WIL_TRY(find_columns(t));
    WIL_TRY(wil_path_folder(&t->folder, t->path));
    WIL_TRY(wil_alloc((void **)&keys, (size_t)t->table.n_rows + 1, sizeof *keys));
    for (int i = 0; i < t->table.n_rows; i++)
        keys[i] = (sort_key){cell(t, i, SUBJECT), i};
    qsort(keys, (size_t)t->table.n_rows, sizeof *keys, compare_keys);
    for (int i = 0; i < t->table.n_rows; i++)
        WIL_TRY(read_row(r, t, keys[i].row, i == 0 ? -1 : keys[i - 1].row));
    return WIL_OK;
}

static wil_status read_table(cohort_reader *r, const char *path)
{
    WIL_OWN(cohort_table) t = {.path = path};
    WIL_TRY(wil_table_read(&t.table, path, '\t'));
    return read_sorted(r, &t);
}

static wil_status check_finished(const char *folder)
{
    WIL_OWN(char) *mark = NULL;
    WIL_TRY(wil_path_join(&mark, folder, WIL_COHORT_UNFINISHED));
    WIL_REQUIRE(!wil_file_exists(mark), WIL_ERR_INPUT,
        "%s: this cohort is being made, or its making was stopped half-way (%s): give the same command "
        "again, "
        "which begins anew in the same folder",
        folder, wil_path_name(mark));
    return WIL_OK;
}

static wil_status read_source(cohort_reader *r, const char *path)
{
    char **source = &r->cohort->source;
    WIL_REQUIRE(wil_file_exists(path) || wil_folder_exists(path), WIL_ERR_INPUT,
        "%s: no such file or folder; expected a cohort.tsv, a folder that holds one, a BIDS folder or an "
        "nnU-Net folder",
        path);
    WIL_OWN(char) *folder = NULL;
    if (!wil_folder_exists(path)) {
        WIL_TRY(wil_path_folder(&folder, path));
        WIL_TRY(check_finished(folder));
        WIL_TRY(wil_string_copy(source, path));
        return read_table(r, path);
    }
    WIL_TRY(check_finished(path));
    WIL_TRY(wil_path_join(source, path, "cohort.tsv"));
    if (wil_file_exists(*source))
        return read_table(r, *source);
    wil_free(*source);
    *source = NULL;
    WIL_TRY(wil_string_copy(source, path));
    return cohort_is_nnunet(path) ? cohort_nnunet_read(r, path) : cohort_bids_read(r, path);
}

wil_status cohort_read_collecting(wil_cohort *out, const char *path, finding_list *findings)
{
    cohort_reader r = {.cohort = out, .findings = findings};
    memset(out, 0, sizeof *out);
    WIL_REQUIRE(path != NULL && path[0] != '\0', WIL_ERR_ARG, "no path of a cohort given");
    wil_status status = read_source(&r, path);
    if (status == WIL_OK && out->n_subjects == 0)
        status = wil_fail(WIL_ERR_INPUT,
            "%s: no subject found; expected a cohort.tsv with a line per subject, images named "
            "sub-*/[ses-*/]anat/sub-*_angio.nii[.gz] (sub-*/anat/sub-*_angio.nii), or nnU-Net's dataset.json "
            "with "
            "imagesTr; DICOM is converted with dcm2niix%s%s",
            out->source, out->n_skipped > 0 ? ". Left out: " : "", out->n_skipped > 0 ? out->skipped[0] : "");
    if (status != WIL_OK)
        wil_cohort_clear(out);
    return status;
}

wil_status wil_cohort_read(wil_cohort *out, const char *path)
{
    return cohort_read_collecting(out, path, NULL);
}
