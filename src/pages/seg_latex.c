/* Scores of masks as a table of LaTeX. */
#include "column_list.h"

#include <math.h>
#include <string.h>

/* Characters that mean something to LaTeX. */
static wil_status append_escaped(char **text, const char *words)
{
    for (; *words != '\0'; words++) {
        if (strchr("_%&#${}", *words) != NULL)
            WIL_TRY(wil_text_append(text, "\\%c", *words));
        else if (*words == '\\')
            WIL_TRY(wil_text_append(text, "\\textbackslash{}"));
        else if (*words == '~' || *words == '^')
            WIL_TRY(wil_text_append(text, "\\%c{}", *words));
        else
            WIL_TRY(wil_text_append(text, "%c", *words));
    }
    return WIL_OK;
}

static wil_status append_cell(char **text, const wil_summary *s)
{
    if (isnan(s->mean))
        return wil_text_append(text, " & --");
    WIL_TRY(wil_text_append(text, " & %.3f", s->mean));
    return isnan(s->low) ? WIL_OK : wil_text_append(text, " [%.3f, %.3f]", s->low, s->high);
}

static wil_status append_row(
    char **text, const wil_seg_results *r, const column_list *columns, int label, const char *label_of_masks)
{
    char name[16];
    wil_summary s;
    WIL_TRY(wil_seg_results_summary(&s, r, label, WIL_SEG_DSC));
    WIL_TRY(
        append_escaped(text, label == WIL_SEG_WHOLE_MASK ? label_of_masks : wil_seg_label_name(name, label)));
    WIL_TRY(wil_text_append(text, " & %d & %d", s.n + s.n_undefined, s.n_failed));
    for (int i = 0; i < columns->n; i++) {
        WIL_TRY(wil_seg_results_summary(&s, r, label, columns->index[i]));
        WIL_TRY(append_cell(text, &s));
    }
    return wil_text_append(text, " \\\\\n");
}

wil_status wil_seg_latex_check(const wil_seg_results *results, const char *columns)
{
    column_list list;
    return column_list_parse(&list, results, columns);
}

wil_status wil_seg_latex_write(
    const wil_seg_results *results, const char *columns, const char *label, const char *path)
{
    WIL_OWN(int32_t) *labels = NULL;
    WIL_OWN(char) *text = NULL;
    column_list list;
    int n = 0;
    WIL_TRY(column_list_parse(&list, results, columns));
    WIL_TRY(wil_seg_results_labels(&labels, &n, results));
    WIL_TRY(wil_text_append(&text, "%% mean and 95 %% bootstrap interval of the mean; n: cases, missed: "
                                   "empty predictions, whose infinite distances are left out\n"
                                   "\\begin{tabular}{lrr"));
    for (int i = 0; i < list.n; i++)
        WIL_TRY(wil_text_append(&text, "l"));
    WIL_TRY(wil_text_append(&text, "}\n\\hline\n%s & n & missed", results->classes ? "class" : ""));
    for (int i = 0; i < list.n; i++) {
        WIL_TRY(wil_text_append(&text, " & "));
        WIL_TRY(append_escaped(&text, list.name[i]));
    }
    WIL_TRY(wil_text_append(&text, " \\\\\n\\hline\n"));
    for (int k = 0; k < n; k++)
        WIL_TRY(append_row(&text, results, &list, labels[k], label));
    WIL_TRY(wil_text_append(&text, "\\hline\n\\end{tabular}\n"));
    return wil_file_write(path, text, strlen(text));
}
