#include "base_fixture.h"

static wil_table read_text(const char *folder, const char *text, char separator)
{
    wil_table table;
    OK(wil_table_read(&table, write_text(in_folder(folder, "table"), text), separator));
    return table;
}

/* All cells, row by row, with '|' between cells and '/' behind rows. */
static void check_cells(const wil_table *table, const char *expected)
{
    char text[512] = "";
    for (int r = 0; r < table->n_rows; r++)
        for (int c = 0; c < table->n_columns; c++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", wil_table_cell(table, r, c),
                c + 1 < table->n_columns ? "|" : "/");
    assert_string_equal(text, expected);
}

static void cells_are_found_by_column_and_row(void **state)
{
    wil_table table = read_text(*state, "subject\tage\tsex\na\t70\tf\nb\t\tm\n", '\t');
    assert_int_equal(table.n_columns, 3);
    assert_int_equal(table.n_rows, 2);
    assert_int_equal(wil_table_column(&table, "subject"), 0);
    assert_int_equal(wil_table_column(&table, "sex"), 2);
    assert_int_equal(wil_table_column(&table, "SEX"), -1);
    assert_string_equal(wil_table_cell(&table, 0, 1), "70");
    check_cells(&table, "a|70|f/b||m/");
    assert_int_equal(table.lines[1], 3);
    wil_table_free(&table);
    assert_int_equal(table.n_rows, 0);
    wil_table_free(&table); /* fine twice */
}

static void line_ends_of_every_kind_are_understood(void **state)
{
    const char *texts[] = {"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\n1,2\n3,4", "a,b\r1,2\r3,4\r",
        "a,b\n\n1,2\n\r\n3,4\n\n",
        "\xEF\xBB\xBF"
        "a,b\n1,2\n3,4\n"};
    for (int i = 0; i < 6; i++) {
        wil_table table = read_text(*state, texts[i], ',');
        assert_int_equal(wil_table_column(&table, "a"), 0);
        check_cells(&table, "1|2/3|4/");
        wil_table_free(&table);
    }
}

static void quoted_cells_may_hold_separators_quotes_and_line_breaks(void **state)
{
    wil_table table = read_text(
        *state, "name,\"note, long\"\nx,\"a, b\"\n\"say \"\"hi\"\"\",\"two\nlines\"\n\"\",y\n", ',');
    assert_string_equal(table.columns[1], "note, long");
    check_cells(&table, "x|a, b/say \"hi\"|two\nlines/|y/");
    assert_int_equal(table.lines[0], 2);
    assert_int_equal(table.lines[1], 3);
    assert_int_equal(table.lines[2], 5); /* behind a row of two lines */
    wil_table_free(&table);
}

static void empty_cells_stay_in_their_place(void **state)
{
    wil_table table = read_text(*state, "a,b,c\n,,\n1,,3\n", ',');
    check_cells(&table, "||/1||3/");
    wil_table_free(&table);
    table = read_text(*state, "a,b\n", ',');
    assert_int_equal(table.n_rows, 0);
    wil_table_free(&table);
}

static void check_refused(const char *folder, const char *text, const char *line, const char *words)
{
    wil_table table;
    const char *path = write_text(in_folder(folder, "bad.tsv"), text);
    REFUSED(WIL_ERR_INPUT, wil_table_read(&table, path, ','), "bad.tsv", line, words);
    assert_null(table.cells);
}

static void damage_is_named_with_its_line(void **state)
{
    check_refused(*state, "a,b\n1,2\n1,2,3\n", ":3:", "3 cells, but the first line names 2 columns");
    check_refused(*state, "a,b\n\"1\n1\",2\n1\n", ":4:", "1 cells"); /* behind a row of two lines */
    check_refused(*state, "a,b\n1,\"2\n3,4\n", ":2:", "quote is opened but not closed");
    check_refused(*state, "a\n\"1\"2\n", ":2:", "behind a closing quote");
    check_refused(*state, "a,b\n\"1\" ,2\n", ":2:", "behind a closing quote");
    check_refused(*state, "", "", "is empty");
}

static void another_separator_is_named(void **state)
{
    wil_table table;
    const struct {
        const char *text, *words;
        char separator;
    } cases[] = {
        {"subject,image\na,b\n", ":1: its columns are separated by commas, but tabs were expected", '\t'},
        {"subject;image\na;b\n", "separated by semicolons, but tabs", '\t'},
        {"subject  image\na b\n", "separated by spaces, but tabs", '\t'},
        {"time;signal\n1;2\n", "separated by semicolons, but commas", ','},
        {"time\tsignal\n1\t2\n", "separated by tabs, but commas", ','},
        {"subject\timage\na b\n", ":2: its cells are separated by spaces, those of the first line by tabs",
            '\t'}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = write_text(in_folder(*state, "table"), cases[i].text);
        REFUSED(WIL_ERR_INPUT, wil_table_read(&table, path, cases[i].separator), path, cases[i].words);
    }
    table = read_text(*state, "signal of artery\n1\n", ','); /* one column with a name of three words */
    assert_int_equal(table.n_rows, 1);
    wil_table_free(&table);
}

static void what_is_no_text_is_refused(void **state)
{
    wil_table table;
    const char *path = in_folder(*state, "binary");
    OK(wil_file_write(path, "a,b\n1,\0", 7));
    REFUSED(WIL_ERR_INPUT, wil_table_read(&table, path, ','), path, "zero byte");
    REFUSED(WIL_ERR_INPUT, wil_table_read(&table, in_folder(*state, "none"), ','), "none", "No such file");
}

/* A row of many cells takes memory like its text, not like its square (which here would be 5 GB). */
static void a_wide_row_takes_little_memory(void **state)
{
    const int n = 100000;
    char *text = calloc((size_t)n + 2, 1);
    memset(text, ',', (size_t)n);
    text[n] = '\n';
    const size_t before = wil_memory_peak_bytes();
    wil_table table = read_text(*state, text, ',');
    assert_int_equal(table.n_columns, n + 1);
    assert_true(wil_memory_peak_bytes() - before < 200u << 20); /* 100 001 cells of at least 64 bytes */
    wil_table_free(&table);
    free(text);
}

static void text_grows_by_lines(void **state)
{
    (void)state;
    char *text = NULL;
    OK(wil_text_append(&text, "epoch\tloss\n"));
    for (int i = 0; i < 3; i++)
        OK(wil_text_append(&text, "%d\t%.2f\n", i, 0.5 * i));
    assert_string_equal(text, "epoch\tloss\n0\t0.00\n1\t0.50\n2\t1.00\n");
    wil_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(cells_are_found_by_column_and_row),
        CASE(line_ends_of_every_kind_are_understood),
        CASE(quoted_cells_may_hold_separators_quotes_and_line_breaks),
        CASE(empty_cells_stay_in_their_place),
        CASE(damage_is_named_with_its_line),
        CASE(another_separator_is_named),
        CASE(what_is_no_text_is_refused),
        CASE(a_wide_row_takes_little_memory),
        cmocka_unit_test(text_grows_by_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
