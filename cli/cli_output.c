/* Results on standard output: one JSON object, or an aligned table. */
#include "cli.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- standard output ----------------------------------------------------------------------------------- */

static ssize_t write_plain(void *unused, const char *bytes, size_t n)
{
    char block[4097];
    size_t done = 0;
    (void)unused;
    while (done < n) {
        size_t count = n - done < sizeof block - 1 ? n - done : sizeof block - 1;
        for (size_t i = 0; i < count; i++) {
            const unsigned char byte = (unsigned char)bytes[done + i];
            const bool kept = byte == '\n' || byte == '\t' || (byte >= ' ' && byte != 0x7f);
            const bool second =
                byte >= 0x80 && byte < 0xa0 && done + i > 0 && (unsigned char)bytes[done + i - 1] == 0xc2;
            block[i] = kept && !second ? (char)byte : '?';
        }
        const ssize_t written = write(STDOUT_FILENO, block, count);
        if (written <= 0)
            return 0; /* a failure, errno says which */
        done += (size_t)written;
    }
    return (ssize_t)n;
}

void cli_plain_output(void)
{
    FILE *plain = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_plain});
    if (plain == NULL)
        return; /* without memory nothing much will be said */
    if (isatty(STDOUT_FILENO))
        (void)setvbuf(plain, NULL, _IOLBF, BUFSIZ);
    stdout = plain;
}

/* ---- JSON ---------------------------------------------------------------------------------------------- */

wil_status cli_print_json(json_t *value)
{
    WIL_OWN(json_t) *owned = value;
    WIL_OWN(char) *text = NULL;
    WIL_REQUIRE(value != NULL, WIL_ERR_MEMORY, "out of memory for the result");
    WIL_TRY(wil_json_format(&text, value, WIL_JSON_PRETTY, "the result"));
    WIL_REQUIRE(puts(text) != EOF, WIL_ERR_IO, "cannot write to standard output");
    return WIL_OK;
}

/* ---- words --------------------------------------------------------------------------------------------- */

const char *cli_plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

/* ---- tables -------------------------------------------------------------------------------------------- */

#define MOST_COLUMNS 16

typedef struct columns {
    int width[MOST_COLUMNS]; /* characters */
    bool numbers[MOST_COLUMNS];
} columns;

/* UTF-8 characters among n bytes. */
static int characters(const char *text, size_t n)
{
    int count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

static bool is_number(const char *cell, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isdigit((unsigned char)cell[i]) && strchr(".-+ex", cell[i]) == NULL)
            return false;
    return n > 0;
}

typedef void cell_visit(columns *c, int row, int column, const char *cell, size_t n, bool last);

static void measure(columns *c, int row, int column, const char *cell, size_t n, bool last)
{
    const int width = characters(cell, n);
    (void)last;
    c->width[column] = width > c->width[column] ? width : c->width[column];
    if (row > 0)
        c->numbers[column] = c->numbers[column] && is_number(cell, n);
}

static void print_cell(columns *c, int row, int column, const char *cell, size_t n, bool last)
{
    const int pad = c->width[column] - characters(cell, n);
    (void)row;
    if (c->numbers[column])
        printf("%*s%.*s", pad, "", (int)n, cell);
    else
        printf("%.*s%*s", (int)n, cell, last ? 0 : pad, "");
    printf(last ? "\n" : "  ");
}

static void visit_cells(columns *c, const char *lines, cell_visit *visit)
{
    int row = 0;
    int column = 0;
    for (const char *at = lines; *at != '\0'; at++) {
        const size_t n = strcspn(at, "\t\n");
        const bool last = at[n] != '\t' || column == MOST_COLUMNS - 1;
        visit(c, row, column, at, n, last);
        at += n;
        if (*at == '\0')
            return;
        row += last;
        column = last ? 0 : column + 1;
    }
}

wil_status cli_print_table(const char *lines)
{
    columns c = {.width = {0}};
    for (int i = 0; i < MOST_COLUMNS; i++)
        c.numbers[i] = true;
    visit_cells(&c, lines, measure);
    visit_cells(&c, lines, print_cell);
    WIL_REQUIRE(ferror(stdout) == 0, WIL_ERR_IO, "cannot write to standard output");
    return WIL_OK;
}
