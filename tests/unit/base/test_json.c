#include "base_fixture.h"

static void values_come_back_as_they_were_saved(void **state)
{
    const char *path = in_folder(*state, "a.json");
    json_t *value = json_pack("{s:s, s:i, s:f, s:b, s:[i,i], s:n}", "name", "p\xC3\xA9 \"1\"\n", "n", 7,
        "dice", 0.123456789012, "ok", 1, "sizes", 96, 48, "none");
    json_t *back = NULL;
    assert_non_null(value);
    OK(wil_json_save(value, path));
    OK(wil_json_load(&back, path));
    assert_true(json_equal(value, back));
    json_decref(value);
    json_decref(back);
}

static void a_saved_file_is_indented_in_the_order_it_was_built(void **state)
{
    const char *path = in_folder(*state, "a.json");
    json_t *value = json_pack("{s:i, s:[i], s:f}", "zebra", 1, "apple", 2, "mean", 0.25);
    OK(wil_json_save(value, path));
    check_text(path, "{\n  \"zebra\": 1,\n  \"apple\": [\n    2\n  ],\n  \"mean\": 0.25\n}\n");
    json_decref(value);
}

static void what_json_cannot_say_is_refused_and_the_old_file_kept(void **state)
{
    const char *path = write_text(in_folder(*state, "a.json"), "{}");
    json_t *value = json_pack("{s:f}", "dice", (double)NAN);
    assert_null(value); /* jansson's way to say it */
    REFUSED(WIL_ERR_INTERNAL, wil_json_save(value, path), path, "NaN");
    check_text(path, "{}");
    value = json_pack("{}");
    REFUSED(WIL_ERR_IO, wil_json_save(value, in_folder(*state, "none/a.json")), "none", "does not exist");
    json_decref(value);
}

static void damage_is_named_with_line_and_column(void **state)
{
    json_t *value = (json_t *)1;
    const char *path = write_text(in_folder(*state, "bad.json"), "{\n  \"a\": 1,\n  \"b\": }\n");
    REFUSED(WIL_ERR_INPUT, wil_json_load(&value, path), "bad.json:3:8", "not JSON");
    assert_null(value);
    write_text(path, "{\"a\": 1, \"a\": 2}");
    REFUSED(WIL_ERR_INPUT, wil_json_load(&value, path), "bad.json:1:", "duplicate");
    write_text(path, "{\"a\": 1} and more");
    REFUSED(WIL_ERR_INPUT, wil_json_load(&value, path), "bad.json:1:", "not JSON");
    write_text(path, "");
    REFUSED(WIL_ERR_INPUT, wil_json_load(&value, path), "bad.json:1:", "not JSON");
    REFUSED(
        WIL_ERR_INPUT, wil_json_load(&value, in_folder(*state, "none.json")), "none.json", "No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(values_come_back_as_they_were_saved),
        CASE(a_saved_file_is_indented_in_the_order_it_was_built),
        CASE(what_json_cannot_say_is_refused_and_the_old_file_kept),
        CASE(damage_is_named_with_line_and_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
