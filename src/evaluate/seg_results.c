/* Scores of masks row by row: their CSV table, and that of another run. */
#include "willis/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---------------------------------------------------------------------------------------------- */

static wil_status add_row(wil_seg_results *r, size_t pair, int label, const wil_seg_scores *scores)
{
    WIL_TRY(wil_grow((void **)&r->rows, &r->row_capacity, r->n_rows + 1, sizeof *r->rows));
    r->rows[r->n_rows++] = (wil_seg_row){.pair = pair, .label = label, .scores = *scores};
    return WIL_OK;
}

/* Of the case that comes next. */
static size_t next_pair(const wil_seg_results *r)
{
    return r->n_rows == 0 ? 0 : r->rows[r->n_rows - 1].pair + 1;
}

wil_status wil_seg_results_add(wil_seg_results *results, const wil_seg_scores *scores)
{
    return add_row(results, next_pair(results), WIL_SEG_WHOLE_MASK, scores);
}

wil_status wil_seg_results_add_classes(wil_seg_results *results, const wil_seg_classes *classes)
{
    const size_t pair = next_pair(results);
    for (int k = 0; k < classes->n; k++)
        WIL_TRY(add_row(results, pair, classes->label[k], &classes->scores[k]));
    WIL_TRY(add_row(results, pair, WIL_SEG_CLASS_MEAN, &classes->mean));
    return add_row(results, pair, WIL_SEG_MERGED, &classes->merged);
}

void wil_seg_results_clear(wil_seg_results *results)
{
    wil_free(results->rows);
    wil_free(results->other);
    results->rows = NULL;
    results->other = NULL;
    results->n_rows = results->row_capacity = 0;
}

const char *wil_seg_label_name(char text[16], int label)
{
    if (label > 0)
        snprintf(text, 16, "%d", label);
    else
        snprintf(text, 16, "%s",
            label == WIL_SEG_CLASS_MEAN ? "mean"
            : label == WIL_SEG_MERGED   ? "merged"
                                        : "all");
    return text;
}

/* ---- CSV ----------------------------------------------------------------------------------------------- */

/* A mean over labels has no counts. */
static wil_status add_line(wil_lines *lines, const wil_seg_results *r, const wil_seg_row *row)
{
    const wil_seg_scores *s = &row->scores;
    WIL_OWN(char) *text = NULL;
    char label[16];
    WIL_TRY(wil_csv_cell(&text, r->pairs->items[row->pair].name));
    if (r->classes)
        WIL_TRY(wil_text_append(&text, ",%s", wil_seg_label_name(label, row->label)));
    WIL_TRY(wil_text_append(&text, ",%s", wil_seg_status_name(s->status)));
    for (int i = 0; i < wil_seg_columns(&r->config); i++)
        WIL_TRY(wil_csv_number(&text, s->value[i]));
    if (row->label == WIL_SEG_CLASS_MEAN)
        WIL_TRY(wil_text_append(&text, ",,,,\n"));
    else
        WIL_TRY(wil_text_append(&text, ",%zu,%zu,%zu,%zu\n", s->true_positive, s->false_positive,
            s->false_negative, s->true_negative));
    return wil_lines_add(lines, text);
}

wil_status wil_seg_results_write_csv(const wil_seg_results *r, const char *path)
{
    WIL_OWN(wil_lines) lines = {0};
    char name[48];
    WIL_TRY(wil_lines_add(&lines, r->classes ? "case,class,status" : "case,status"));
    for (int i = 0; i < wil_seg_columns(&r->config); i++) {
        WIL_TRY(wil_lines_add(&lines, ","));
        WIL_TRY(wil_lines_add(&lines, wil_seg_column(name, &r->config, i)));
    }
    WIL_TRY(wil_lines_add(&lines, ",tp_vox,fp_vox,fn_vox,tn_vox\n"));
    for (size_t k = 0; k < r->n_rows; k++)
        WIL_TRY(add_line(&lines, r, &r->rows[k]));
    return wil_file_write(path, lines.text, lines.n_bytes);
}

/* ---- the other run ------------------------------------------------------------------------------------- */

/* An empty cell is undefined, "inf" a failure. */
static wil_status parse_cell(double *out, const wil_table *table, int row, int column, const char *path)
{
    const char *cell = wil_table_cell(table, row, column);
    char *end = NULL;
    *out = cell[0] == '\0' ? NAN : strtod(cell, &end);
    WIL_REQUIRE(cell[0] == '\0' || *end == '\0', WIL_ERR_INPUT, "%s, line %d: %s is \"%s\", not a number",
        path, table->lines[row], table->columns[column], cell);
    return WIL_OK;
}

static wil_status find_column(int *out, const wil_table *table, const char *column, const char *path)
{
    *out = wil_table_column(table, column);
    WIL_REQUIRE(*out >= 0, WIL_ERR_INPUT,
        "%s has no column %s; make it by willis evaluate segmentation --csv with the same --tolerance and "
        "--calibre",
        path, column);
    return WIL_OK;
}

wil_status wil_seg_results_read_column(
    double **out, const wil_table *table, const char *column, const char *path)
{
    WIL_OWN(double) *values = NULL;
    int at = -1;
    *out = NULL;
    WIL_TRY(find_column(&at, table, column, path));
    WIL_TRY(wil_alloc_f64(&values, (size_t)table->n_rows + 1));
    for (int row = 0; row < table->n_rows; row++)
        WIL_TRY(parse_cell(&values[row], table, row, at, path));
    return wil_give(out, &values);
}

/* -1: none. class_column -1: any class. */
static int row_of(const wil_table *table, const char *name, int class_column, const char *class_name)
{
    const int column = wil_table_column(table, "case");
    for (int row = 0; column >= 0 && row < table->n_rows; row++)
        if (strcmp(wil_table_cell(table, row, column), name) == 0 &&
            (class_column < 0 || strcmp(wil_table_cell(table, row, class_column), class_name) == 0))
            return row;
    return -1;
}

/* The values of one row; a label that only this run has is undefined in the other. */
static wil_status take_row(
    double *out, const wil_seg_results *r, const wil_table *table, int row, const char *path)
{
    char name[48];
    for (int i = 0; i < wil_seg_columns(&r->config); i++) {
        int column = -1;
        WIL_TRY(find_column(&column, table, wil_seg_column(name, &r->config, i), path));
        out[i] = NAN;
        if (row >= 0)
            WIL_TRY(parse_cell(&out[i], table, row, column, path));
    }
    return WIL_OK;
}

static wil_status take_other(wil_seg_results *r, const wil_table *table, const char *path)
{
    const int class_column = wil_table_column(table, "class");
    const size_t n = r->classes ? r->n_rows : r->pairs->n;
    WIL_REQUIRE((class_column >= 0) == r->classes, WIL_ERR_INPUT,
        "%s was made %s --labels, this run is %s; compare runs of one kind", path,
        r->classes ? "without" : "with", r->classes ? "with" : "without");
    for (size_t k = 0; k < n; k++) {
        const char *name = r->pairs->items[r->classes ? r->rows[k].pair : k].name;
        char label[16] = "";
        WIL_REQUIRE(row_of(table, name, -1, NULL) >= 0, WIL_ERR_INPUT,
            "%s has no case %s; both runs need the same cases", path, name);
        if (r->classes)
            (void)wil_seg_label_name(label, r->rows[k].label);
        WIL_TRY(
            take_row(r->other + k * WIL_SEG_MOST, r, table, row_of(table, name, class_column, label), path));
    }
    WIL_REQUIRE(r->classes || (size_t)table->n_rows == r->pairs->n, WIL_ERR_INPUT,
        "%s has %d cases, this run %zu; both runs need the same cases", path, table->n_rows, r->pairs->n);
    return WIL_OK;
}

wil_status wil_seg_results_read_other(wil_seg_results *results, const char *path)
{
    WIL_OWN(wil_table) table = {0};
    results->other_path = path;
    WIL_TRY(wil_alloc_f64(
        &results->other, (results->classes ? results->n_rows : results->pairs->n) * WIL_SEG_MOST));
    WIL_TRY(wil_table_read(&table, path, ','));
    return take_other(results, &table, path);
}
