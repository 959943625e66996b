/* Tables of text, one row a line. */
#include "willis/base.h"

#include <stdarg.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xEF\xBB\xBF" /* spreadsheets put it before UTF-8 */

typedef struct reader {
    const char *path, *at;
    char separator;
    int line; /* of the cell being read */
    wil_table *table;
    size_t cell_capacity, line_capacity;
    int n_cells; /* of all rows, the header excluded */
} reader;

/* At least as many bytes as the cell takes. */
static size_t cell_bound(const char *at, char separator)
{
    const char ends[] = {separator, '\r', '\n', '\0'};
    if (*at != '"')
        return strcspn(at, ends) + 1;
    const char *end = at + 1;
    while (*end != '\0' && (end[0] != '"' || end[1] == '"'))
        end += end[0] == '"' ? 2 : 1;
    return (size_t)(end - at) + 1;
}

static bool at_end_of_cell(const reader *r)
{
    return *r->at == r->separator || *r->at == '\n' || *r->at == '\r' || *r->at == '\0';
}

static wil_status copy_quoted(reader *r, char *text)
{
    const int first_line = r->line;
    for (r->at++; *r->at != '"' || r->at[1] == '"'; r->at++) {
        WIL_REQUIRE(
            *r->at != '\0', WIL_ERR_INPUT, "%s:%d: a quote is opened but not closed", r->path, first_line);
        r->at += *r->at == '"'; /* a doubled quote is one */
        r->line += *r->at == '\n';
        *text++ = *r->at;
    }
    r->at++;
    WIL_REQUIRE(at_end_of_cell(r), WIL_ERR_INPUT,
        "%s:%d: text stands behind a closing quote; double the quotes that belong to the cell", r->path,
        r->line);
    return WIL_OK;
}

static void copy_plain(reader *r, char *text)
{
    while (!at_end_of_cell(r))
        *text++ = *r->at++;
}

/* Reads one cell; *end_out says whether it was the last of its row. */
static wil_status read_cell(reader *r, char **out, bool *end_out)
{
    char *text = NULL;
    WIL_TRY(wil_alloc((void **)&text, cell_bound(r->at, r->separator), 1));
    wil_status status = WIL_OK;
    if (*r->at == '"')
        status = copy_quoted(r, text);
    else
        copy_plain(r, text);
    *end_out = *r->at != r->separator;
    if (!*end_out)
        r->at++;
    if (status != WIL_OK) {
        wil_free(text);
        return status;
    }
    *out = text;
    return WIL_OK;
}

/* What a line that came out as one cell is separated by, if not by what was expected; NULL: nothing. */
static const char *other_separator(const char *cell, char expected)
{
    static const struct {
        char mark;
        const char *name;
    } marks[] = {{'\t', "tabs"}, {';', "semicolons"}, {',', "commas"}, {' ', "spaces"}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (marks[i].mark != expected && strchr(cell, marks[i].mark) != NULL &&
            (marks[i].mark != ' ' || expected == '\t')) /* a column of commas may have a name of two words */
            return marks[i].name;
    return NULL;
}

static const char *separator_name(char separator)
{
    return separator == '\t' ? "tabs" : separator == ',' ? "commas" : "another separator";
}

static void end_of_line(reader *r)
{
    r->at += *r->at == '\r';
    r->at += *r->at == '\n';
    r->line++;
}

static wil_status read_header(reader *r)
{
    size_t capacity = 0;
    bool end = false;
    while (!end) {
        char *cell = NULL;
        WIL_TRY(wil_grow(
            (void **)&r->table->columns, &capacity, (size_t)r->table->n_columns + 1, sizeof(char *)));
        WIL_TRY(read_cell(r, &cell, &end));
        r->table->columns[r->table->n_columns++] = cell;
    }
    const char *other = r->table->n_columns == 1 ? other_separator(r->table->columns[0], r->separator) : NULL;
    WIL_REQUIRE(other == NULL, WIL_ERR_INPUT,
        "%s:%d: its columns are separated by %s, but %s were expected; save it with these", r->path, r->line,
        other, separator_name(r->separator));
    end_of_line(r);
    return WIL_OK;
}

static wil_status read_row(reader *r)
{
    wil_table *table = r->table;
    const int line = r->line; /* a quoted cell may reach over several */
    int n = 0;
    bool end = false;
    WIL_TRY(wil_grow((void **)&table->lines, &r->line_capacity, (size_t)table->n_rows + 1, sizeof(int)));
    while (!end) {
        char *cell = NULL;
        WIL_TRY(wil_grow((void **)&table->cells, &r->cell_capacity, (size_t)r->n_cells + 1, sizeof(char *)));
        WIL_TRY(read_cell(r, &cell, &end));
        table->cells[r->n_cells++] = cell;
        n++;
    }
    const char *other =
        n == 1 && table->n_columns > 1 ? other_separator(table->cells[r->n_cells - 1], r->separator) : NULL;
    WIL_REQUIRE(other == NULL, WIL_ERR_INPUT,
        "%s:%d: its cells are separated by %s, those of the first line by %s", r->path, line, other,
        separator_name(r->separator));
    WIL_REQUIRE(n == table->n_columns, WIL_ERR_INPUT, "%s:%d: %d cells, but the first line names %d columns",
        r->path, line, n, table->n_columns);
    table->lines[table->n_rows++] = line;
    end_of_line(r);
    return WIL_OK;
}

static wil_status read_rows(reader *r)
{
    if (strncmp(r->at, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
        r->at += strlen(BYTE_ORDER_MARK);
    WIL_REQUIRE(*r->at != '\0', WIL_ERR_INPUT, "%s: is empty; its first line must name the columns", r->path);
    WIL_TRY(read_header(r));
    while (*r->at != '\0') {
        if (*r->at == '\n' || *r->at == '\r')
            end_of_line(r); /* an empty line */
        else
            WIL_TRY(read_row(r));
    }
    return WIL_OK;
}

wil_status wil_table_read(wil_table *out, const char *path, char separator)
{
    char *text = NULL;
    size_t n = 0;
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_file_read_most(path, WIL_TABLE_MOST, &text, &n));
    reader r = {.path = path, .at = text, .separator = separator, .line = 1, .table = out};
    wil_status status = WIL_OK;
    if (strlen(text) != n)
        status = wil_fail(WIL_ERR_INPUT, "%s: holds a zero byte; it is not a text table", path);
    else
        status = read_rows(&r);
    wil_free(text);
    if (status != WIL_OK) {
        for (int i = out->n_rows * out->n_columns; i < r.n_cells; i++)
            wil_free(out->cells[i]); /* of the unfinished row */
        wil_table_free(out);
    }
    return status;
}

int wil_table_column(const wil_table *table, const char *name)
{
    for (int i = 0; i < table->n_columns; i++)
        if (strcmp(table->columns[i], name) == 0)
            return i;
    return -1;
}

const char *wil_table_cell(const wil_table *table, int row, int column)
{
    return table->cells[(size_t)row * (size_t)table->n_columns + (size_t)column];
}

void wil_table_free(wil_table *table)
{
    for (int i = 0; i < table->n_rows * table->n_columns; i++)
        wil_free(table->cells[i]);
    for (int i = 0; i < table->n_columns; i++)
        wil_free(table->columns[i]);
    wil_free(table->cells);
    wil_free(table->columns);
    wil_free(table->lines);
    memset(table, 0, sizeof *table);
}

wil_status wil_text_append(char **text, const char *format, ...)
{
    WIL_OWN(char) *line = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int n = vasprintf(&line, format, arguments);
    va_end(arguments);
    WIL_REQUIRE(n >= 0, WIL_ERR_MEMORY, "out of memory for a text");
    const size_t old = *text == NULL ? 0 : strlen(*text);
    size_t capacity = 0; /* unknown: realloc is cheap when the block can stay */
    WIL_TRY(wil_grow((void **)text, &capacity, old + (size_t)n + 1, 1));
    memcpy(*text + old, line, (size_t)n + 1);
    return WIL_OK;
}

wil_status wil_lines_add_bytes(wil_lines *lines, const char *bytes, size_t n_bytes)
{
    WIL_TRY(wil_grow((void **)&lines->text, &lines->capacity, lines->n_bytes + n_bytes + 1, 1));
    memcpy(lines->text + lines->n_bytes, bytes, n_bytes);
    lines->n_bytes += n_bytes;
    lines->text[lines->n_bytes] = '\0';
    return WIL_OK;
}

wil_status wil_lines_add(wil_lines *lines, const char *text)
{
    return wil_lines_add_bytes(lines, text, strlen(text));
}

void wil_lines_clear(wil_lines *lines)
{
    wil_free(lines->text);
    memset(lines, 0, sizeof *lines);
}
