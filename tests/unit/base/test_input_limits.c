/* Inputs that would never end, or take the square of their length, are refused at once. */
#include <fcntl.h>
#include <time.h>

#include "base_fixture.h"
#include "fields_fixture.h"
#include "test.h"

#define AT_ONCE_S                                                                                            \
    2.0 /* of processor time: linear readers take some 10 ms, also under sanitizers below 1 s                \
         */

static double processor_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void check_no_input(const char *path, const char *words)
{
    char *bytes = NULL;
    size_t n = 0;
    FILE *file = NULL;
    json_t *value = NULL;
    wil_table table;
    study s = default_study();
    REFUSED(WIL_ERR_INPUT, wil_file_open(&file, path), path, words);
    assert_null(file);
    REFUSED(WIL_ERR_INPUT, wil_file_check(path), path, words);
    REFUSED(WIL_ERR_INPUT, wil_file_read(path, &bytes, &n), path, words);
    assert_null(bytes);
    REFUSED(WIL_ERR_INPUT, wil_json_load(&value, path), path, words);
    REFUSED(WIL_ERR_INPUT, wil_table_read(&table, path, ','), path, words);
    REFUSED(WIL_ERR_INPUT, wil_fields_load(&study_fields, &s, path), path, words);
    drop_study(&s);
}

TEST_IN_FOLDER(devices_pipes_and_folders_are_no_input)
{
    const char *pipe = in_folder(*state, "pipe");
    const char *link = in_folder(*state, "link");
    assert_int_equal(mkfifo(pipe, 0600), 0); /* opening it would wait for a writer */
    assert_int_equal(symlink("/dev/zero", link), 0);
    check_no_input(pipe, "is a device or pipe");
    check_no_input("/dev/zero", "is a device or pipe");
    check_no_input("/dev/null", "is a device or pipe");
    check_no_input(link, "is a device or pipe");
    check_no_input(*state, "is a folder");
    assert_int_equal(symlink(write_text(in_folder(*state, "a.txt"), "text"), in_folder(*state, "good")), 0);
    check_text(in_folder(*state, "good"), "text");
}

/* A file that is long without taking room. */
static const char *make_long(const char *path, size_t n_bytes)
{
    write_text(path, "a\n");
    assert_int_equal(truncate(path, (off_t)n_bytes), 0);
    return path;
}

TEST_IN_FOLDER(a_file_beyond_its_limit_is_refused_and_one_at_it_is_read)
{
    char *bytes = NULL;
    size_t n = 0;
    json_t *value = NULL;
    wil_table table;
    study s = default_study();
    const char *path = make_long(in_folder(*state, "long"), 1001);
    REFUSED(WIL_ERR_INPUT, wil_file_read_most(path, 1000, &bytes, &n), path, "is longer than");
    assert_null(bytes);
    OK(wil_file_read_most(path, 1001, &bytes, &n));
    assert_int_equal(n, 1001);
    wil_free(bytes);
    make_long(path, (size_t)1 << 40);
    REFUSED(WIL_ERR_INPUT, wil_json_load(&value, path), "longer than the 16 MiB");
    REFUSED(WIL_ERR_INPUT, wil_table_read(&table, path, ','), "longer than the 64 MiB");
    REFUSED(WIL_ERR_INPUT, wil_fields_load(&study_fields, &s, path), "longer than the 1 MiB");
    drop_study(&s);
}

/* n times what, then end. */
static const char *repeat(const char *path, const char *begin, int n, const char *what, const char *end)
{
    WIL_OWN(wil_lines) text = {0};
    OK(wil_lines_add(&text, begin));
    for (int i = 0; i < n; i++)
        OK(wil_lines_add(&text, what));
    OK(wil_lines_add(&text, end));
    OK(wil_file_write(path, text.text, text.n_bytes));
    return path;
}

static void refused_at_once(const char *path, const char *words)
{
    study s = default_study();
    const double start_s = processor_s();
    REFUSED(WIL_ERR_INPUT, wil_fields_load(&study_fields, &s, path), path, words);
    assert_true(processor_s() - start_s < AT_ONCE_S);
    drop_study(&s);
}

TEST_IN_FOLDER(yaml_without_end_of_depth_anchors_or_values_is_refused_at_once)
{
    const char *path = in_folder(*state, "a.yaml");
    const char *deep = "more than 32 deep";
    refused_at_once(repeat(path, "", 100000, "[", ""), deep);
    refused_at_once(repeat(path, "seed: ", 100000, "{a: ", ""), deep);
    refused_at_once(repeat(path, "", 100000, "- ", "a\n"), deep);
    refused_at_once(repeat(path, "", 100000, "? ", "a\n"), deep);
    refused_at_once(repeat(path, "a:\n", 40, " [\n", ""), "a.yaml:33: ");
    refused_at_once(repeat(path, "seed: [", 50000, "&a 1, ", "]\n"), "more than 100 anchors");
    refused_at_once(repeat(path, "seed: [&a 1", 50000, ", *a", "]\n"), "more than 100 anchors");
    refused_at_once(repeat(path, "size: [1", 500000, ",1", "]\n"), "500001 values, more than 100");
    refused_at_once(repeat(path, "", 20, "[", ""), "not YAML"); /* within the limits as before */
}

TEST(many_lines_make_a_text_in_time_that_grows_with_their_number)
{
    WIL_OWN(wil_lines) lines = {0};
    const double start_s = processor_s();
    for (int i = 0; i < 300000; i++) /* by wil_text_append: more than 20 s */
        OK(wil_lines_add(&lines, "a line of a table that has some fifty bytes in it\n"));
    assert_true(processor_s() - start_s < AT_ONCE_S);
    assert_int_equal(lines.n_bytes, 300000 * 50);
    assert_int_equal(strlen(lines.text), 300000 * 50);
}
