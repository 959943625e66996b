/* What the scores of many cases say: as CSV, as JSON and as text, beside another run or alone. */
#include "willis/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- one column ---------------------------------------------------------------------------------------- */

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

static int rising(const void *a, const void *b)
{
    return (*(const int32_t *)a > *(const int32_t *)b) - (*(const int32_t *)a < *(const int32_t *)b);
}

wil_status wil_seg_results_labels(int32_t **out, int *n_out, const wil_seg_results *r)
{
    WIL_OWN(int32_t) *labels = NULL;
    int n = 0, n_found = 0;
    WIL_TRY(wil_alloc_i32(&labels, r->n_rows + 2));
    for (size_t k = 0; k < r->n_rows; k++)
        if (r->rows[k].label > 0)
            labels[n_found++] = r->rows[k].label;
    qsort(labels, (size_t)n_found, sizeof *labels, rising);
    for (int k = 0; k < n_found; k++)
        if (n == 0 || labels[k] != labels[n - 1])
            labels[n++] = labels[k];
    if (r->classes) {
        labels[n++] = WIL_SEG_CLASS_MEAN;
        labels[n++] = WIL_SEG_MERGED;
    } else {
        labels[n++] = WIL_SEG_WHOLE_MASK;
    }
    *n_out = n;
    return wil_give(out, &labels);
}

/* A column of the rows of one label. */
typedef struct label_values {
    double *now, *before; /* [n]; before: of the other run, NaN without */
    uint8_t *failed;
    int n;
} label_values;

static void label_values_clear(label_values *v)
{
    wil_free(v->now);
    wil_free(v->before);
    wil_free(v->failed);
}
WIL_OWNED_VALUE(label_values, label_values_clear)

static wil_status gather(label_values *out, const wil_seg_results *r, int label, int column)
{
    WIL_TRY(wil_alloc_f64(&out->now, r->n_rows));
    WIL_TRY(wil_alloc_f64(&out->before, r->n_rows));
    WIL_TRY(wil_alloc_u8(&out->failed, r->n_rows));
    for (size_t k = 0; k < r->n_rows; k++) {
        if (r->rows[k].label != label)
            continue;
        out->now[out->n] = r->rows[k].scores.value[column];
        out->failed[out->n] = r->rows[k].scores.status == WIL_SEG_PREDICTION_EMPTY;
        out->before[out->n++] = r->other == NULL ? NAN : r->other[k * WIL_SEG_MOST + (size_t)column];
    }
    return WIL_OK;
}

wil_status wil_seg_results_summary(wil_summary *out, const wil_seg_results *results, int label, int column)
{
    WIL_OWN(label_values) values = {.n = 0};
    WIL_TRY(gather(&values, results, label, column));
    return wil_metrics_summary(out, values.now, values.failed, values.n, results->seed);
}

static wil_status facts_of(column_facts *out, const wil_seg_results *r, int label, int column)
{
    WIL_OWN(label_values) values = {.n = 0};
    memset(out, 0, sizeof *out);
    WIL_TRY(gather(&values, r, label, column));
    WIL_TRY(wil_metrics_summary(&out->summary, values.now, values.failed, values.n, r->seed));
    return r->other == NULL ? WIL_OK : compare_as_written(&out->paired, values.before, values.now, values.n);
}

/* ---- CSV ----------------------------------------------------------------------------------------------- */

static wil_status summary_row(char **text, const wil_seg_results *r, int label, int column)
{
    wil_summary s;
    char name[48], words[16];
    WIL_TRY(wil_seg_results_summary(&s, r, label, column));
    WIL_TRY(wil_text_append(text, "%s,%s,%d,%d,%d", wil_seg_label_name(words, label),
        wil_seg_column(name, &r->config, column), s.n, s.n_failed, s.n_undefined));
    const double values[] = {s.mean, s.sd, s.median, s.low, s.high};
    for (int i = 0; i < (int)(sizeof values / sizeof *values); i++)
        WIL_TRY(wil_csv_number(text, values[i]));
    return wil_text_append(text, "\n");
}

wil_status wil_seg_results_write_summary(const wil_seg_results *results, const char *path)
{
    WIL_OWN(int32_t) *labels = NULL;
    WIL_OWN(char) *text = NULL;
    int n = 0;
    WIL_TRY(wil_seg_results_labels(&labels, &n, results));
    WIL_TRY(
        wil_text_append(&text, "class,measure,n,n_failed,n_undefined,mean,sd,median,ci95_low,ci95_high\n"));
    for (int k = 0; k < n; k++)
        for (int i = 0; i < wil_seg_columns(&results->config); i++)
            WIL_TRY(summary_row(&text, results, labels[k], i));
    return wil_file_write(path, text, strlen(text));
}

/* ---- JSON ---------------------------------------------------------------------------------------------- */

static json_t *row_json(const wil_seg_results *r, const wil_seg_row *of)
{
    const wil_seg_scores *s = &of->scores;
    char name[48];
    json_t *row = json_pack("{s:o}", "case", wil_json_text(r->pairs->items[of->pair].name));
    if (r->classes)
        (void)json_object_set_new(row, "class", json_string(wil_seg_label_name(name, of->label)));
    (void)json_object_set_new(row, "status", json_string(wil_seg_status_name(s->status)));
    for (int i = 0; i < wil_seg_columns(&r->config); i++)
        (void)json_object_set_new(row, wil_seg_column(name, &r->config, i), wil_json_real(s->value[i]));
    if (of->label == WIL_SEG_CLASS_MEAN) /* has no counts */
        return row;
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

/* Into summary and comparison: the columns of one label by their names. */
static wil_status add_columns(json_t *summary, json_t *comparison, const wil_seg_results *r, int label)
{
    for (int i = 0; i < wil_seg_columns(&r->config); i++) {
        column_facts facts;
        char name[48];
        WIL_TRY(facts_of(&facts, r, label, i));
        (void)wil_seg_column(name, &r->config, i);
        (void)json_object_set_new(summary, name, summary_json(&facts.summary));
        (void)json_object_set_new(comparison, name, paired_json(&facts.paired));
    }
    return WIL_OK;
}

/* Of several labels each has its columns under its name. */
static wil_status add_labels(json_t *summary, json_t *comparison, const wil_seg_results *r)
{
    WIL_OWN(int32_t) *labels = NULL;
    int n = 0;
    if (!r->classes)
        return add_columns(summary, comparison, r, WIL_SEG_WHOLE_MASK);
    WIL_TRY(wil_seg_results_labels(&labels, &n, r));
    for (int k = 0; k < n; k++) {
        char name[16];
        json_t *of_summary = json_object(), *of_comparison = json_object();
        (void)json_object_set_new(summary, wil_seg_label_name(name, labels[k]), of_summary);
        (void)json_object_set_new(comparison, name, of_comparison);
        WIL_TRY(add_columns(of_summary, of_comparison, r, labels[k]));
    }
    return WIL_OK;
}

wil_status wil_seg_results_json(json_t **out, const wil_seg_results *r)
{
    WIL_OWN(json_t) *cases = json_array();
    WIL_OWN(json_t) *summary = json_object();
    WIL_OWN(json_t) *comparison = json_object();
    for (size_t k = 0; k < r->n_rows; k++)
        (void)json_array_append_new(cases, row_json(r, &r->rows[k]));
    WIL_TRY(add_labels(summary, comparison, r));
    *out = json_pack("{s:O, s:O}", "cases", cases, "summary", summary);
    if (!isnan(r->config.penalty_mm))
        (void)json_object_set_new(*out, "penalty_mm", wil_json_real(r->config.penalty_mm));
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
    WIL_TRY(facts_of(&facts, r, WIL_SEG_WHOLE_MASK, column));
    const wil_summary *s = &facts.summary;
    WIL_TRY(wil_text_append(lines, "\n%s", wil_seg_column(name, &r->config, column)));
    if (r->pairs->n == 1)
        return append_real(lines, r->rows[0].scores.value[column]);
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

/* The chief measures, and what the settings ask for. */
static bool is_shown(const wil_seg_results *r, int column)
{
    const int n_bands = r->config.n_calibre > 0 ? r->config.n_calibre + 1 : 0;
    return column == WIL_SEG_DSC || column == WIL_SEG_HD95_MM || column == WIL_SEG_NSD ||
           column == WIL_SEG_CLDICE || column == WIL_SEG_BETTI0_ERROR || column >= WIL_SEG_CALIBRE + n_bands;
}

/* Means over the cases; the interval and the comparison are Dice's. */
static wil_status label_row(char **lines, const wil_seg_results *r, int label)
{
    char name[16];
    column_facts dice;
    WIL_TRY(facts_of(&dice, r, label, WIL_SEG_DSC));
    WIL_TRY(wil_text_append(lines, "\n%s\t%d\t%d", wil_seg_label_name(name, label),
        dice.summary.n + dice.summary.n_undefined, dice.summary.n_failed));
    for (int i = 0; i < wil_seg_columns(&r->config); i++) {
        wil_summary s;
        if (!is_shown(r, i))
            continue;
        WIL_TRY(wil_seg_results_summary(&s, r, label, i));
        WIL_TRY(append_real(lines, s.mean));
        if (i == WIL_SEG_DSC) {
            WIL_TRY(append_real(lines, s.low));
            WIL_TRY(append_real(lines, s.high));
        }
    }
    return r->other == NULL ? WIL_OK : append_real(lines, dice.paired.p);
}

static wil_status label_table(char **lines, const wil_seg_results *r)
{
    WIL_OWN(int32_t) *labels = NULL;
    char name[48];
    int n = 0;
    WIL_TRY(wil_seg_results_labels(&labels, &n, r));
    WIL_TRY(wil_text_append(lines, "class\tn\tfailed"));
    for (int i = 0; i < wil_seg_columns(&r->config); i++)
        if (is_shown(r, i))
            WIL_TRY(wil_text_append(lines, "\t%s%s", wil_seg_column(name, &r->config, i),
                i == WIL_SEG_DSC ? "\t95% from\tto" : ""));
    if (r->other != NULL)
        WIL_TRY(wil_text_append(lines, "\tp (dsc)"));
    for (int k = 0; k < n; k++)
        WIL_TRY(label_row(lines, r, labels[k]));
    return wil_text_append(lines, "\n");
}

wil_status wil_seg_results_table(char **out, const wil_seg_results *r)
{
    WIL_OWN(char) *lines = NULL;
    WIL_TRY(r->classes ? label_table(&lines, r) : text_table(&lines, r));
    return wil_give(out, &lines);
}
