/* Scores of masks as a CSV table, as JSON and as text, and the comparison with another run. */
#include "willis/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void wil_seg_results_clear(wil_seg_results *results)
{
    wil_free(results->scores);
    wil_free(results->other);
    results->scores = NULL;
    results->other = NULL;
}

/* ---- CSV ----------------------------------------------------------------------------------------------- */

static wil_status add_row(wil_lines *lines, const wil_case_pair *pair, const wil_seg_scores *s, int n_columns)
{
    WIL_OWN(char) *row = NULL;
    WIL_TRY(wil_csv_cell(&row, pair->name));
    WIL_TRY(wil_text_append(&row, ",%s", wil_seg_status_name(s->status)));
    for (int i = 0; i < n_columns; i++)
        WIL_TRY(wil_csv_number(&row, s->value[i]));
    WIL_TRY(wil_text_append(&row, ",%zu,%zu,%zu,%zu\n", s->true_positive, s->false_positive,
        s->false_negative, s->true_negative));
    return wil_lines_add(lines, row);
}

wil_status wil_seg_results_write_csv(const wil_seg_results *r, const char *path)
{
    const int n = wil_seg_columns(&r->config);
    char name[48];
    WIL_OWN(wil_lines) lines = {0};
    WIL_TRY(wil_lines_add(&lines, "case,status"));
    for (int i = 0; i < n; i++) {
        WIL_TRY(wil_lines_add(&lines, ","));
        WIL_TRY(wil_lines_add(&lines, wil_seg_column(name, &r->config, i)));
    }
    WIL_TRY(wil_lines_add(&lines, ",tp_vox,fp_vox,fn_vox,tn_vox\n"));
    for (size_t k = 0; k < r->pairs->n; k++)
        WIL_TRY(add_row(&lines, &r->pairs->items[k], &r->scores[k], n));
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

static int row_of(const wil_table *table, const char *name)
{
    const int column = wil_table_column(table, "case");
    for (int row = 0; column >= 0 && row < table->n_rows; row++)
        if (strcmp(wil_table_cell(table, row, column), name) == 0)
            return row;
    return -1;
}

static wil_status take_other(wil_seg_results *r, const wil_table *table, const char *path)
{
    char name[48];
    for (size_t k = 0; k < r->pairs->n; k++) {
        const int row = row_of(table, r->pairs->items[k].name);
        WIL_REQUIRE(row >= 0, WIL_ERR_INPUT, "%s has no case %s; both runs need the same cases", path,
            r->pairs->items[k].name);
        for (int i = 0; i < wil_seg_columns(&r->config); i++) {
            int column = -1;
            WIL_TRY(find_column(&column, table, wil_seg_column(name, &r->config, i), path));
            WIL_TRY(parse_cell(&r->other[k * WIL_SEG_MOST + (size_t)i], table, row, column, path));
        }
    }
    WIL_REQUIRE((size_t)table->n_rows == r->pairs->n, WIL_ERR_INPUT,
        "%s has %d cases, this run %zu; both runs need the same cases", path, table->n_rows, r->pairs->n);
    return WIL_OK;
}

wil_status wil_seg_results_read_other(wil_seg_results *results, const char *path)
{
    WIL_OWN(wil_table) table = {0};
    results->other_path = path;
    WIL_TRY(wil_alloc_f64(&results->other, results->pairs->n * WIL_SEG_MOST));
    WIL_TRY(wil_table_read(&table, path, ','));
    return take_other(results, &table, path);
}

/* ---- summaries ----------------------------------------------------------------------------------------- */

typedef struct column_facts {
    wil_summary summary;
    wil_paired paired; /* with another run: b is this one */
} column_facts;

/* Both runs in the digits of a CSV, in place: else what is equal in both would differ by the digits that the
 * other run's file lacks, and count as a change in Wilcoxon's ranks. */
static wil_status compare_as_written(wil_paired *out, double *before, double *now, int n)
{
    for (int k = 0; k < n; k++) {
        before[k] = wil_csv_rounded(before[k]);
        now[k] = wil_csv_rounded(now[k]);
    }
    return wil_metrics_paired(out, before, now, n);
}

static wil_status facts_of(column_facts *out, const wil_seg_results *r, int column)
{
    const size_t n = r->pairs->n;
    WIL_OWN(double) *values = NULL, *before = NULL;
    WIL_OWN(uint8_t) *failed = NULL;
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_alloc_f64(&values, n));
    WIL_TRY(wil_alloc_f64(&before, n));
    WIL_TRY(wil_alloc_u8(&failed, n));
    for (size_t k = 0; k < n; k++) {
        values[k] = r->scores[k].value[column];
        failed[k] = r->scores[k].status == WIL_SEG_PREDICTION_EMPTY;
        before[k] = r->other == NULL ? NAN : r->other[k * WIL_SEG_MOST + (size_t)column];
    }
    WIL_TRY(wil_metrics_summary(&out->summary, values, failed, (int)n, r->seed));
    return r->other == NULL ? WIL_OK : compare_as_written(&out->paired, before, values, (int)n);
}

/* ---- JSON ---------------------------------------------------------------------------------------------- */

static json_t *case_json(const wil_seg_results *r, size_t k)
{
    const wil_seg_scores *s = &r->scores[k];
    char name[48];
    json_t *row = json_pack("{s:o, s:s}", "case", wil_json_text(r->pairs->items[k].name), "status",
        wil_seg_status_name(s->status));
    for (int i = 0; i < wil_seg_columns(&r->config); i++)
        (void)json_object_set_new(row, wil_seg_column(name, &r->config, i), wil_json_real(s->value[i]));
    (void)json_object_set_new(row, "tp_vox", json_integer((json_int_t)s->true_positive));
    (void)json_object_set_new(row, "fp_vox", json_integer((json_int_t)s->false_positive));
    (void)json_object_set_new(row, "fn_vox", json_integer((json_int_t)s->false_negative));
    (void)json_object_set_new(row, "tn_vox", json_integer((json_int_t)s->true_negative));
    return row;
}

static json_t *summary_json(const wil_summary *s)
{
    return json_pack("{s:o, s:o, s:o, s:[oo], s:i, s:i, s:i}", "mean", wil_json_real(s->mean), "sd",
        wil_json_real(s->sd), "median", wil_json_real(s->median), "ci95", wil_json_real(s->low),
        wil_json_real(s->high), "n", s->n, "n_failed", s->n_failed, "n_undefined", s->n_undefined);
}

static json_t *paired_json(const wil_paired *p)
{
    return json_pack("{s:o, s:o, s:o, s:b, s:o, s:i, s:i, s:i}", "mean_difference",
        wil_json_real(p->mean_difference), "median_difference", wil_json_real(p->median_difference),
        "wilcoxon_p", wil_json_real(p->p), "exact", p->exact, "rank_biserial",
        wil_json_real(p->rank_biserial), "n", p->n, "n_equal", p->n_equal, "n_undefined", p->n_undefined);
}

wil_status wil_seg_results_json(json_t **out, const wil_seg_results *r)
{
    WIL_OWN(json_t) *cases = json_array();
    WIL_OWN(json_t) *summary = json_object();
    WIL_OWN(json_t) *comparison = json_object();
    for (size_t k = 0; k < r->pairs->n; k++)
        (void)json_array_append_new(cases, case_json(r, k));
    for (int i = 0; i < wil_seg_columns(&r->config); i++) {
        column_facts facts;
        char name[48];
        WIL_TRY(facts_of(&facts, r, i));
        (void)wil_seg_column(name, &r->config, i);
        (void)json_object_set_new(summary, name, summary_json(&facts.summary));
        (void)json_object_set_new(comparison, name, paired_json(&facts.paired));
    }
    *out = json_pack("{s:O, s:O}", "cases", cases, "summary", summary);
    if (r->other != NULL) {
        (void)json_object_set_new(*out, "compared_with", wil_json_text(r->other_path));
        (void)json_object_set(*out, "comparison", comparison);
    }
    WIL_REQUIRE(*out != NULL, WIL_ERR_MEMORY, "out of memory for the result");
    return WIL_OK;
}

/* ---- text ---------------------------------------------------------------------------------------------- */

static wil_status append_real(char **lines, double value)
{
    return isnan(value) ? wil_text_append(lines, "\t-") : wil_text_append(lines, "\t%.4g", value);
}

static wil_status text_row(char **lines, const wil_seg_results *r, int column)
{
    column_facts facts;
    char name[48];
    WIL_TRY(facts_of(&facts, r, column));
    const wil_summary *s = &facts.summary;
    WIL_TRY(wil_text_append(lines, "\n%s", wil_seg_column(name, &r->config, column)));
    if (r->pairs->n == 1)
        return append_real(lines, r->scores[0].value[column]);
    WIL_TRY(append_real(lines, s->mean));
    WIL_TRY(append_real(lines, s->sd));
    WIL_TRY(append_real(lines, s->median));
    WIL_TRY(append_real(lines, s->low));
    WIL_TRY(append_real(lines, s->high));
    WIL_TRY(wil_text_append(lines, "\t%d\t%d", s->n, s->n_failed));
    if (r->other == NULL)
        return WIL_OK;
    WIL_TRY(append_real(lines, facts.paired.median_difference));
    WIL_TRY(append_real(lines, facts.paired.p));
    return append_real(lines, facts.paired.rank_biserial);
}

static wil_status text_table(char **lines, const wil_seg_results *r)
{
    if (r->pairs->n == 1)
        WIL_TRY(wil_text_append(lines, "measure\tvalue"));
    else
        WIL_TRY(wil_text_append(lines, "measure\tmean\tsd\tmedian\t95%% from\tto\tn\tfailed%s",
            r->other == NULL ? "" : "\tmedian change\tp\teffect"));
    for (int i = 0; i < wil_seg_columns(&r->config); i++)
        WIL_TRY(text_row(lines, r, i));
    return wil_text_append(lines, "\n");
}

wil_status wil_seg_results_table(char **out, const wil_seg_results *r)
{
    WIL_OWN(char) *lines = NULL;
    WIL_TRY(text_table(&lines, r));
    return wil_give(out, &lines);
}
