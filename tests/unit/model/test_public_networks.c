/* Networks by name. */
#include "test.h"

#include "temp_folder.h"
#include "willis/model.h"

static void make_file(const char *folder, const char *name)
{
    char *path = NULL;
    OK(wil_path_join(&path, folder, name));
    OK(wil_file_write(path, "x", 1));
    wil_free(path);
}

static void assert_found(const char *folder, const char *name, const char *file)
{
    char *expected = NULL, *path = NULL;
    OK(wil_path_join(&expected, folder, file));
    OK(wil_network_find(&path, name));
    assert_string_equal(path, expected);
    wil_free(expected);
    wil_free(path);
}

TEST_IN_FOLDER(names_and_aliases_lead_to_files_of_the_users_folder)
{
    make_file(*state, "tof-vessels.safetensors");
    make_file(*state, "tof-generator.safetensors");
    make_file(*state, "mine.safetensors");
    assert_int_equal(setenv("WILLIS_MODELS", *state, 1), 0);
    assert_found(*state, "tof-vessels", "tof-vessels.safetensors");
    assert_found(*state, "vessels", "tof-vessels.safetensors");
    assert_found(*state, "phantom", "tof-generator.safetensors");
    assert_found(*state, "mine", "mine.safetensors");
}

TEST(a_text_with_a_slash_or_a_dot_is_a_path)
{
    static const char *const paths[] = {"./vessels", "vessels.safetensors", "/no/such/tof-vessels", "a/b"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char *path = NULL;
        OK(wil_network_find(&path, paths[i]));
        assert_string_equal(path, paths[i]);
        wil_free(path);
    }
}

TEST_IN_FOLDER(an_unknown_name_is_answered_with_what_there_is)
{
    char *path = NULL;
    make_file(*state, "tof-vessels.safetensors");
    make_file(*state, "mine.safetensors");
    make_file(*state, "notes.txt");
    make_file(*state, ".safetensors");
    make_file(*state, "two.parts.safetensors"); /* no name, as it has a dot */
    assert_int_equal(setenv("WILLIS_MODELS", *state, 1), 0);
    REFUSED(WIL_ERR_INPUT, wil_network_find(&path, "vessel"), "no public network 'vessel'",
        "there are: mine, tof-vessels (or vessels)", *state);
    assert_null(path);
    assert_null(strstr(wil_status_message(), "notes"));
    assert_null(strstr(wil_status_message(), "parts"));
}

TEST_IN_FOLDER(a_file_of_that_name_is_pointed_at)
{
    char *path = NULL, *before = getcwd(NULL, 0);
    assert_int_equal(setenv("WILLIS_MODELS", "/no/such/folder", 1), 0);
    make_file(*state, "network");
    assert_int_equal(chdir(*state), 0);
    const wil_status status = wil_network_find(&path, "network");
    assert_int_equal(chdir(before), 0);
    free(before);
    REFUSED(WIL_ERR_INPUT, status, "given with its folder: ./network");
}
