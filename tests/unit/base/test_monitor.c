#include "base_fixture.h"

typedef struct heard {
    char text[256];
    int n_messages;
    wil_message_kind kind;
    bool stop;
} heard;

static void hear_message(void *user, wil_message_kind kind, const char *text)
{
    heard *h = user;
    h->kind = kind;
    h->n_messages++;
    snprintf(h->text, sizeof h->text, "%s", text);
}

static void hear_progress(
    void *user, const char *stage, int64_t done, int64_t total, double elapsed_s, const char *note)
{
    heard *h = user;
    snprintf(h->text, sizeof h->text, "%s %lld/%lld %.1f s %s", stage, (long long)done, (long long)total,
        elapsed_s, note);
}

static bool wants_stop(void *user)
{
    return ((heard *)user)->stop;
}

static void a_monitor_hears_messages_and_progress(void **state)
{
    (void)state;
    heard h = {.stop = false};
    const wil_monitor monitor = {&h, hear_message, hear_progress, wants_stop};
    wil_monitor_info(&monitor, "%d scans", 12);
    assert_string_equal(h.text, "12 scans");
    assert_int_equal(h.kind, WIL_MESSAGE_INFO);
    wil_monitor_warn(&monitor, "%s has no label", "p03");
    assert_string_equal(h.text, "p03 has no label");
    assert_int_equal(h.kind, WIL_MESSAGE_WARNING);
    assert_int_equal(h.n_messages, 2);
    wil_monitor_progress(&monitor, "train wgan", 30, 100, 1.5, "loss 0.31");
    assert_string_equal(h.text, "train wgan 30/100 1.5 s loss 0.31");
}

static void a_monitor_asks_for_the_stop(void **state)
{
    (void)state;
    heard h = {.stop = false};
    const wil_monitor monitor = {.user = &h, .stop_requested = wants_stop};
    assert_false(wil_monitor_stop_requested(&monitor));
    h.stop = true;
    assert_true(wil_monitor_stop_requested(&monitor));
}

static void no_monitor_and_no_callback_are_fine(void **state)
{
    (void)state;
    const wil_monitor deaf = {.user = NULL};
    const wil_monitor *const both[] = {NULL, &deaf};
    for (int i = 0; i < 2; i++) {
        wil_monitor_info(both[i], "%d", 1);
        wil_monitor_warn(both[i], "%d", 1);
        wil_monitor_progress(both[i], "stage", 1, 2, 0.1, "");
        assert_false(wil_monitor_stop_requested(both[i]));
    }
}

static void without_progress_a_monitor_still_speaks_and_asks(void **state)
{
    (void)state;
    heard h = {.stop = true};
    const wil_monitor monitor = {
        .user = &h, .message = hear_message, .progress = hear_progress, .stop_requested = wants_stop};
    const wil_monitor quiet = wil_monitor_without_progress(&monitor);
    wil_monitor_warn(&quiet, "a warning");
    wil_monitor_progress(&quiet, "stage", 1, 2, 0.1, "");
    assert_string_equal(h.text, "a warning");
    assert_true(wil_monitor_stop_requested(&quiet));
    const wil_monitor nobody = wil_monitor_without_progress(NULL);
    assert_false(wil_monitor_stop_requested(&nobody));
}

static void time_runs_forwards_in_seconds(void **state)
{
    (void)state;
    const double begin = wil_time_s();
    usleep(20000);
    const double elapsed = wil_time_s() - begin;
    assert_true(elapsed >= 0.02 && elapsed < 60); /* never less than slept; a busy machine may take longer */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_monitor_hears_messages_and_progress),
        cmocka_unit_test(a_monitor_asks_for_the_stop),
        cmocka_unit_test(no_monitor_and_no_callback_are_fine),
        cmocka_unit_test(without_progress_a_monitor_still_speaks_and_asks),
        cmocka_unit_test(time_runs_forwards_in_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
