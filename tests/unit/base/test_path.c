#include "base_fixture.h"

static void check_join(const char *folder, const char *name, const char *expected)
{
    char *path = NULL;
    OK(wil_path_join(&path, folder, name));
    assert_string_equal(path, expected);
    wil_free(path);
}

static void paths_are_joined_by_one_slash(void **state)
{
    (void)state;
    check_join("a/b", "c", "a/b/c");
    check_join("a/b/", "c", "a/b/c");
    check_join("/", "c", "/c");
    check_join("", "c", "c");
    check_join(".", "c/d", "./c/d");
}

static void an_absolute_second_part_wins(void **state)
{
    (void)state;
    check_join("a/b", "/c/d", "/c/d");
}

static void check_parts(const char *path, const char *folder, const char *name)
{
    char *out = NULL;
    OK(wil_path_folder(&out, path));
    assert_string_equal(out, folder);
    assert_string_equal(wil_path_name(path), name);
    wil_free(out);
}

static void a_path_has_a_folder_and_a_name(void **state)
{
    (void)state;
    check_parts("a/b/c.nii.gz", "a/b", "c.nii.gz");
    check_parts("c.nii.gz", ".", "c.nii.gz");
    check_parts("/c", "/", "c");
    check_parts("a/b/", "a/b", "");
}

static void files_and_folders_are_told_apart(void **state)
{
    const char *file = write_text(in_folder(*state, "file"), "x");
    assert_true(wil_file_exists(file));
    assert_false(wil_folder_exists(file));
    assert_false(wil_file_exists(*state));
    assert_true(wil_folder_exists(*state));
    assert_false(wil_file_exists(in_folder(*state, "none")));
    assert_false(wil_folder_exists(in_folder(*state, "none")));
}

static void a_folder_is_made_with_those_above_it(void **state)
{
    const char *folder = in_folder(*state, "a/b//c/");
    OK(wil_folder_make(folder));
    assert_true(wil_folder_exists(in_folder(*state, "a/b/c")));
    write_text(in_folder(*state, "a/b/c/file"), "kept");
    OK(wil_folder_make(folder)); /* again: what is in it stays */
    check_text(in_folder(*state, "a/b/c/file"), "kept");
    OK(wil_folder_make("/"));
}

static void a_folder_in_the_place_of_a_file_is_refused(void **state)
{
    const char *file = write_text(in_folder(*state, "file"), "kept");
    REFUSED(WIL_ERR_ARG, wil_folder_make(file), file, "a file of that name is there");
    REFUSED(
        WIL_ERR_ARG, wil_folder_make(in_folder(*state, "file/below")), file, "a file of that name is there");
    REFUSED(WIL_ERR_ARG, wil_folder_make(""), "empty");
    check_text(file, "kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_joined_by_one_slash),
        cmocka_unit_test(an_absolute_second_part_wins),
        cmocka_unit_test(a_path_has_a_folder_and_a_name),
        CASE(files_and_folders_are_told_apart),
        CASE(a_folder_is_made_with_those_above_it),
        CASE(a_folder_in_the_place_of_a_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
