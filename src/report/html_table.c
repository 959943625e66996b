/* Tables, and the row of big numbers. */
#include "report_internal.h"

#include <string.h>

/* true for "0.86", "-3", "1.2e-4", "85 %", "0.81 ± 0.03", "(0.79-0.88)", "nan"; false for "3D U-Net". */
static bool looks_like_number(const char *text)
{
    if (strcmp(text, "nan") == 0 || strcmp(text, "inf") == 0 || strcmp(text, "-inf") == 0)
        return true;
    bool digit = false;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at >= '0' && *at <= '9') {
            digit = true;
        } else if (strncmp(at, "±", 2) == 0 || strncmp(at, "×", 2) == 0) {
            at += 1;
        } else if (strncmp(at, "−", 3) == 0 || strncmp(at, "–", 3) == 0) {
            at += 2;
        } else if (*at == 'e' || *at == 'E') {
            if (!digit)
                return false;
        } else if (strchr(" .,+-%()/:", *at) == NULL) {
            return false;
        }
    }
    return digit;
}

static bool is_blank(const char *text)
{
    return text == NULL || *text == '\0' || strcmp(text, "-") == 0 || strcmp(text, "–") == 0;
}

/* A column is of numbers when every cell below its header is one or is left out, and one at least is there.
 */
static bool column_is_numeric(const char *const *cells, int n_rows, int n_columns, int column)
{
    bool any = false;
    for (int row = 1; row < n_rows; row++) {
        const char *cell = cells[(size_t)row * (size_t)n_columns + (size_t)column];
        if (is_blank(cell))
            continue;
        if (!looks_like_number(cell))
            return false;
        any = true;
    }
    return any;
}

static wil_status add_row(html_buffer *body, const char *const *cells, const uint8_t *numeric, int n_columns,
    const char *tag, const char *scope)
{
    WIL_TRY(html_buffer_text(body, "<tr>"));
    for (int column = 0; column < n_columns; column++) {
        WIL_TRY(html_buffer_format(body, "<%s%s%s>", tag, scope, numeric[column] ? " class=\"number\"" : ""));
        WIL_TRY(html_buffer_escaped(body, cells[column] != NULL ? cells[column] : ""));
        WIL_TRY(html_buffer_format(body, "</%s>", tag));
    }
    return html_buffer_text(body, "</tr>\n");
}

static wil_status add_table(wil_report *report, const char *caption, const char *const *cells,
    const uint8_t *numeric, int n_rows, int n_columns)
{
    html_buffer *body = &report->body;
    WIL_TRY(html_buffer_format(
        body, "<div class=\"wide\"><table>\n<caption><b>Table %d.</b> ", report->n_tables + 1));
    WIL_TRY(html_buffer_escaped(body, caption));
    WIL_TRY(html_buffer_text(body, "</caption>\n<thead>\n"));
    WIL_TRY(add_row(body, cells, numeric, n_columns, "th", " scope=\"col\""));
    WIL_TRY(html_buffer_text(body, "</thead>\n<tbody>\n"));
    for (int row = 1; row < n_rows; row++)
        WIL_TRY(add_row(body, cells + (size_t)row * (size_t)n_columns, numeric, n_columns, "td", ""));
    return html_buffer_text(body, "</tbody>\n</table></div>\n");
}

wil_status wil_report_table(
    wil_report *report, const char *caption, const char *const *cells, int n_rows, int n_columns)
{
    WIL_REQUIRE(report != NULL && caption != NULL && cells != NULL, WIL_ERR_ARG,
        "a report's table needs a caption and cells");
    WIL_REQUIRE(n_rows >= 1 && n_columns >= 1, WIL_ERR_ARG,
        "the table \"%s\" needs a header row and a column at least, got %d rows and %d columns", caption,
        n_rows, n_columns);
    WIL_OWN(uint8_t) *numeric = NULL; /* [n_columns] */
    WIL_TRY(wil_alloc_u8(&numeric, (size_t)n_columns));
    for (int column = 0; column < n_columns; column++)
        numeric[column] = column_is_numeric(cells, n_rows, n_columns, column);
    const size_t length = report->body.length;
    return report_conclude(
        report, length, add_table(report, caption, cells, numeric, n_rows, n_columns), &report->n_tables);
}

static wil_status add_highlights(
    html_buffer *body, const char *const *labels, const char *const *values, int n)
{
    WIL_TRY(html_buffer_text(body, "<dl class=\"highlights\">\n"));
    for (int i = 0; i < n; i++) {
        WIL_REQUIRE(labels[i] != NULL && values[i] != NULL, WIL_ERR_ARG,
            "highlight %d of a report has no label or no value", i);
        WIL_TRY(html_buffer_text(body, "<div><dt>"));
        WIL_TRY(html_buffer_escaped(body, labels[i]));
        WIL_TRY(html_buffer_text(body, "</dt><dd>"));
        WIL_TRY(html_buffer_escaped(body, values[i]));
        WIL_TRY(html_buffer_text(body, "</dd></div>\n"));
    }
    return html_buffer_text(body, "</dl>\n");
}

wil_status wil_report_highlights(
    wil_report *report, const char *const *labels, const char *const *values, int n)
{
    WIL_REQUIRE(report != NULL && labels != NULL && values != NULL, WIL_ERR_ARG,
        "a report's highlights need labels and values");
    WIL_REQUIRE(n >= 1, WIL_ERR_ARG, "a report's highlights need one at least, got %d", n);
    const size_t length = report->body.length;
    return report_conclude(report, length, add_highlights(&report->body, labels, values, n), NULL);
}
