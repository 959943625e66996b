#include "cli_result_table.h"

#include <math.h>
#include <string.h>

#include "willis/evaluate.h"

static wil_status check_columns(
    const wil_table *table, const char *path, const cli_figure *figures, int n_figures)
{
    for (int i = 0; i < n_figures; i++) {
        const char *found = i + 1 < table->n_columns ? table->columns[i + 1] : "no such column";
        WIL_REQUIRE(strcmp(found, figures[i].name) == 0, WIL_ERR_INPUT,
            "%s: holds '%s' where this run has '%s': figures of other features or settings cannot stand in "
            "one table; give another --table",
            path, found, figures[i].name);
    }
    WIL_REQUIRE(table->n_columns == n_figures + 1 && strcmp(table->columns[0], "label") == 0, WIL_ERR_INPUT,
        "%s: has %d columns, this run %d; give another --table", path, table->n_columns, n_figures + 1);
    return WIL_OK;
}

static wil_status add_old_rows(char **text, const wil_table *table)
{
    for (int row = 0; row < table->n_rows; row++)
        for (int column = 0; column < table->n_columns; column++) {
            WIL_TRY(wil_csv_cell(text, wil_table_cell(table, row, column)));
            WIL_TRY(wil_text_append(text, column + 1 < table->n_columns ? "," : "\n"));
        }
    return WIL_OK;
}

static wil_status add_row(char **text, const char *label, const cli_figure *figures, int n_figures)
{
    WIL_TRY(wil_csv_cell(text, label));
    for (int i = 0; i < n_figures; i++)
        WIL_TRY(wil_csv_number(text, figures[i].value));
    return wil_text_append(text, "\n");
}

wil_status cli_result_table_add(const char *path, const char *label, const cli_figure *figures, int n_figures)
{
    wil_table table = {0};
    char *text = NULL;
    WIL_OWN(wil_file_lock) lock = {0};
    WIL_TRY(wil_file_lock_take(&lock, path)); /* two runs that end together both add their row */
    wil_status status = WIL_OK;
    if (wil_file_exists(path)) {
        WIL_TRY_GOTO(status, wil_table_read(&table, path, ','), done);
        WIL_TRY_GOTO(status, check_columns(&table, path, figures, n_figures), done);
    }
    WIL_TRY_GOTO(status, wil_text_append(&text, "label"), done);
    for (int i = 0; i < n_figures; i++)
        WIL_TRY_GOTO(status, wil_text_append(&text, ",%s", figures[i].name), done);
    WIL_TRY_GOTO(status, wil_text_append(&text, "\n"), done);
    WIL_TRY_GOTO(status, add_old_rows(&text, &table), done);
    WIL_TRY_GOTO(status, add_row(&text, label, figures, n_figures), done);
    status = wil_file_write(path, text, strlen(text));
done:
    wil_free(text);
    wil_table_free(&table);
    return status;
}
