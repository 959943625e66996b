#include <pthread.h>

#include "base_fixture.h"

static wil_status refuse_negative(int value)
{
    WIL_REQUIRE(value >= 0, WIL_ERR_ARG, "value is %d, expected 0 or more", value);
    return WIL_OK;
}

static wil_status try_twice(int first, int second, int *n_reached)
{
    WIL_TRY(refuse_negative(first));
    ++*n_reached;
    WIL_TRY(refuse_negative(second));
    ++*n_reached;
    return WIL_OK;
}

static wil_status try_and_clean(int value, bool *cleaned)
{
    wil_status status = WIL_OK;
    WIL_TRY_GOTO(status, refuse_negative(value), done);
    status = WIL_ERR_INTERNAL; /* only reached where nothing failed */
done:
    *cleaned = true;
    return status;
}

static void a_failure_returns_its_code_and_keeps_its_words(void **state)
{
    (void)state;
    assert_int_equal(wil_fail(WIL_ERR_IO, "%s: %d bytes", "file.nii", 7), WIL_ERR_IO);
    assert_string_equal(wil_status_message(), "file.nii: 7 bytes");
}

static void success_leaves_the_last_words_alone(void **state)
{
    (void)state;
    (void)wil_fail(WIL_ERR_IO, "old words");
    OK(refuse_negative(1));
    assert_string_equal(wil_status_message(), "old words");
}

static void a_try_leaves_at_the_first_failure(void **state)
{
    (void)state;
    int n_reached = 0;
    OK(try_twice(1, 2, &n_reached));
    assert_int_equal(n_reached, 2);
    n_reached = 0;
    REFUSED(WIL_ERR_ARG, try_twice(1, -2, &n_reached), "value is -2");
    assert_int_equal(n_reached, 1);
    n_reached = 0;
    REFUSED(WIL_ERR_ARG, try_twice(-3, -2, &n_reached), "value is -3");
    assert_int_equal(n_reached, 0);
}

static void a_try_with_a_label_goes_through_the_one_exit(void **state)
{
    (void)state;
    bool cleaned = false;
    REFUSED(WIL_ERR_ARG, try_and_clean(-1, &cleaned), "value is -1");
    assert_true(cleaned);
    assert_int_equal(try_and_clean(1, &cleaned), WIL_ERR_INTERNAL);
}

static void context_stands_before_the_words_and_keeps_the_code(void **state)
{
    (void)state;
    const wil_status inner = wil_fail(WIL_ERR_INPUT, "truncated");
    assert_int_equal(wil_fail_context(inner, "subject %d", 12), WIL_ERR_INPUT);
    assert_string_equal(wil_status_message(), "subject 12: truncated");
    assert_int_equal(wil_fail_context(WIL_OK, "never"), WIL_OK);
    assert_string_equal(wil_status_message(), "subject 12: truncated");
}

static void the_old_message_can_be_part_of_the_new_one(void **state)
{
    (void)state;
    (void)wil_fail(WIL_ERR_IO, "disk full");
    (void)wil_fail(WIL_ERR_IO, "volume.nii: %s", wil_status_message());
    assert_string_equal(wil_status_message(), "volume.nii: disk full");
}

static void a_message_longer_than_its_place_is_cut(void **state)
{
    (void)state;
    char *text = NULL;
    OK(wil_string_format(&text, "%05000d", 1));
    (void)wil_fail(WIL_ERR_IO, "begin %s", text);
    assert_true(strncmp(wil_status_message(), "begin 000", 9) == 0);
    assert_in_range(strlen(wil_status_message()), 1000, 5005);
    (void)wil_fail_context(WIL_ERR_IO, "%s", text);
    assert_in_range(strlen(wil_status_message()), 1000, 5005);
    wil_free(text);
}

static void *fail_elsewhere(void *out)
{
    snprintf(out, 100, "[%s]", wil_status_message()); /* nothing failed here yet */
    (void)wil_fail(WIL_ERR_IO, "words of the other thread");
    return NULL;
}

static void threads_do_not_overwrite_each_others_words(void **state)
{
    (void)state;
    pthread_t other;
    char seen[100];
    (void)wil_fail(WIL_ERR_IO, "words of this thread");
    assert_int_equal(pthread_create(&other, NULL, fail_elsewhere, seen), 0);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_string_equal(seen, "[]");
    assert_string_equal(wil_status_message(), "words of this thread");
}

static void wrong_input_is_what_the_user_can_mend(void **state)
{
    (void)state;
    for (wil_status code = WIL_OK; code <= WIL_ERR_INTERNAL; code++)
        assert_int_equal(wil_status_is_wrong_input(code), code == WIL_ERR_ARG || code == WIL_ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_returns_its_code_and_keeps_its_words),
        cmocka_unit_test(success_leaves_the_last_words_alone),
        cmocka_unit_test(a_try_leaves_at_the_first_failure),
        cmocka_unit_test(a_try_with_a_label_goes_through_the_one_exit),
        cmocka_unit_test(context_stands_before_the_words_and_keeps_the_code),
        cmocka_unit_test(the_old_message_can_be_part_of_the_new_one),
        cmocka_unit_test(a_message_longer_than_its_place_is_cut),
        cmocka_unit_test(threads_do_not_overwrite_each_others_words),
        cmocka_unit_test(wrong_input_is_what_the_user_can_mend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
