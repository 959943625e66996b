#include "privacy_fixture.h"

#include <unistd.h>

/* A ledger of two mechanisms as text; each argument replaces one line. */
static const char *ledger_text(const char *head, const char *first)
{
    static char text[2048];
    snprintf(text, sizeof text,
        "{\"format\": \"willis-privacy-ledger\", \"version\": 1, \"unit\": \"patient\", \"adjacency\": "
        "\"add-remove\",\n%s,\n\"mechanisms\": [\n"
        "{\"name\": \"critic\", \"kind\": \"poisson-subsampled-gaussian\", \"clip_norm\": 1.0, %s},\n"
        "{\"name\": \"mean\", \"kind\": \"poisson-subsampled-gaussian\", \"clip_norm\": 0.5, "
        "\"sampling_rate\": 1, \"noise_multiplier\": 40, \"releases_per_draw\": 1, \"steps\": 2, "
        "\"randomness\": \"secret\"}]}",
        head, first);
    return text;
}

static const char HEAD[] = "\"n_units\": 200, \"delta\": 1e-4, \"claimed_epsilon\": 9.5";
static const char CRITIC[] = "\"sampling_rate\": 0.1, \"noise_multiplier\": 1.4, \"releases_per_draw\": 1, "
                             "\"steps\": 300, \"randomness\": \"secret\"";

static wil_status parse(wil_privacy_ledger *ledger, const char *text)
{
    return wil_privacy_ledger_parse(ledger, text, strlen(text), "ledger.json");
}

static void refused_head(const char *head, const char *words)
{
    wil_privacy_ledger ledger;
    REFUSED(WIL_ERR_INPUT, parse(&ledger, ledger_text(head, CRITIC)), "ledger.json", words);
    assert_null(ledger.entries);
}

static void refused_entry(const char *entry, const char *words)
{
    wil_privacy_ledger ledger;
    REFUSED(WIL_ERR_INPUT, parse(&ledger, ledger_text(HEAD, entry)), "ledger.json", "mechanisms[0]", words);
    assert_null(ledger.entries);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    char path[] = "/tmp/willis_ledger_XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    wil_privacy_ledger out;
    wil_privacy_ledger back;
    const wil_privacy_mechanism critic = mechanism(32.0 / 41000, 0.725, 5, 1281);
    const wil_privacy_mechanism other = mechanism(1, 20, 1, 1);
    OK(wil_privacy_ledger_make(&out, "patient", 41, 1e-3));
    REFUSED(WIL_ERR_ARG, wil_privacy_ledger_save(&out, path), path, "no mechanism");
    OK(wil_privacy_ledger_add(&out, "critic", &critic, 1.5, WIL_PRIVACY_SECRET));
    OK(wil_privacy_ledger_add(&out, "critic", &critic, 1.5, WIL_PRIVACY_SECRET));
    OK(wil_privacy_ledger_add(&out, "range", &other, 1, WIL_PRIVACY_PUBLIC));
    REFUSED(WIL_ERR_ARG, wil_privacy_ledger_save(&out, path), path, "claims no epsilon");
    out.claimed_epsilon = 80.25;
    OK(wil_privacy_ledger_save(&out, path));
    OK(wil_privacy_ledger_load(&back, path));
    assert_string_equal(back.unit, "patient");
    assert_int_equal(back.n_units, 41);
    assert_true(back.delta == 1e-3 && back.claimed_epsilon == 80.25);
    assert_int_equal(back.n_entries, 2);
    const wil_privacy_entry *entry = &back.entries[0];
    assert_string_equal(entry->name, "critic");
    assert_true(entry->mechanism.steps == 2562 && entry->mechanism.releases_per_draw == 5);
    assert_true(entry->mechanism.noise_multiplier == 0.725 && entry->clip_norm == 1.5);
    CLOSE(entry->mechanism.sampling_rate, 32.0 / 41000, 1e-12 * 32 / 41000); /* 12 digits are written */
    assert_int_equal(back.entries[1].randomness, WIL_PRIVACY_PUBLIC);
    wil_privacy_ledger_clear(&out);
    wil_privacy_ledger_clear(&back);
    unlink(path);
}

static void steps_of_other_settings_are_entries_of_their_own(void **state)
{
    (void)state;
    wil_privacy_ledger ledger;
    wil_privacy_mechanism m = mechanism(0.1, 1, 1, 10);
    OK(wil_privacy_ledger_make(&ledger, "patient", 100, 1e-3));
    OK(wil_privacy_ledger_add(&ledger, "a", &m, 1, WIL_PRIVACY_SECRET));
    m.noise_multiplier = 1.1;
    OK(wil_privacy_ledger_add(&ledger, "a", &m, 1, WIL_PRIVACY_SECRET));
    OK(wil_privacy_ledger_add(&ledger, "a", &m, 2, WIL_PRIVACY_SECRET));
    OK(wil_privacy_ledger_add(&ledger, "b", &m, 2, WIL_PRIVACY_SECRET));
    OK(wil_privacy_ledger_add(&ledger, "b", &m, 2, WIL_PRIVACY_PUBLIC));
    assert_int_equal(ledger.n_entries, 5);
    m.noise_multiplier = 0;
    REFUSED(WIL_ERR_ARG, wil_privacy_ledger_add(&ledger, "c", &m, 1, WIL_PRIVACY_SECRET), "c: ", "noise");
    m.noise_multiplier = 1;
    REFUSED(
        WIL_ERR_ARG, wil_privacy_ledger_add(&ledger, "c", &m, 0, WIL_PRIVACY_SECRET), "c: the clipping norm");
    wil_privacy_ledger_clear(&ledger);
    REFUSED(WIL_ERR_ARG, wil_privacy_ledger_make(&ledger, "", 100, 1e-3), "unit");
    REFUSED(WIL_ERR_ARG, wil_privacy_ledger_make(&ledger, "patient", 0, 1e-3), "at least 1 unit");
    REFUSED(WIL_ERR_ARG, wil_privacy_ledger_make(&ledger, "patient", 1, 1), "delta");
}

static wil_privacy_verdict verdict_of(double claim, const char *critic, wil_privacy_check_result *found)
{
    const wil_privacy_orders orders = wil_privacy_orders_default();
    wil_privacy_ledger ledger;
    OK(parse(&ledger, ledger_text(HEAD, critic)));
    ledger.claimed_epsilon = claim;
    OK(wil_privacy_ledger_verify(found, &ledger, &orders));
    wil_privacy_ledger_clear(&ledger);
    return found->verdict;
}

static void a_claim_is_judged_by_both_accountants(void **state)
{
    (void)state;
    const wil_privacy_orders orders = wil_privacy_orders_default();
    const wil_privacy_mechanism both[] = {mechanism(0.1, 1.4, 1, 300), mechanism(1, 40, 1, 2)};
    wil_privacy_check_result found;
    wil_privacy_rdp rdp;
    assert_int_equal(verdict_of(1000, CRITIC, &found), WIL_PRIVACY_HOLDS);
    OK(wil_privacy_rdp_epsilon(&rdp, both, 2, &orders, 1e-4));
    CLOSE(found.rdp.epsilon, rdp.epsilon, 1e-12);
    assert_true(found.pld.upper < found.rdp.epsilon);
    assert_int_equal(verdict_of(found.rdp.epsilon, CRITIC, &found), WIL_PRIVACY_HOLDS);
    assert_int_equal(verdict_of(found.pld.upper, CRITIC, &found), WIL_PRIVACY_HOLDS);
    assert_int_equal(
        verdict_of((found.pld.lower + found.pld.upper) / 2, CRITIC, &found), WIL_PRIVACY_NOT_PROVED);
    assert_int_equal(verdict_of(found.pld.lower * 0.999, CRITIC, &found), WIL_PRIVACY_REFUTED);
    assert_int_equal(verdict_of(0, CRITIC, &found), WIL_PRIVACY_REFUTED);
}

static void reused_draws_refute_a_claim_made_for_fresh_ones(void **state)
{
    (void)state;
    wil_privacy_check_result found;
    assert_int_equal(verdict_of(1000, CRITIC, &found), WIL_PRIVACY_HOLDS);
    const double fresh = found.pld.upper;
    assert_int_equal(verdict_of(fresh,
                         "\"sampling_rate\": 0.1, \"noise_multiplier\": 1.4, \"releases_per_draw\": 5, "
                         "\"steps\": 300, \"randomness\": \"secret\"",
                         &found),
        WIL_PRIVACY_REFUTED);
}

static void public_randomness_leaves_nothing_to_claim(void **state)
{
    (void)state;
    wil_privacy_check_result found;
    assert_int_equal(verdict_of(1000,
                         "\"sampling_rate\": 0.1, \"noise_multiplier\": 1.4, \"releases_per_draw\": 1, "
                         "\"steps\": 300, \"randomness\": \"public\"",
                         &found),
        WIL_PRIVACY_NO_SECRET);
}

static void damaged_ledgers_are_refused(void **state)
{
    (void)state;
    wil_privacy_ledger ledger;
    OK(parse(&ledger, ledger_text(HEAD, CRITIC)));
    wil_privacy_ledger_clear(&ledger);
    REFUSED(WIL_ERR_INPUT, parse(&ledger, "{\"format\":"), "ledger.json:1:", "not JSON");
    REFUSED(WIL_ERR_INPUT, parse(&ledger, "[1]"), "object {...} is expected");
    REFUSED(WIL_ERR_INPUT, parse(&ledger, "{}"), "\"format\" is missing");
    REFUSED(WIL_ERR_INPUT, wil_privacy_ledger_load(&ledger, "/no/such/ledger.json"), "/no/such/ledger.json");
    refused_head("\"n_units\": 200, \"delta\": 0, \"claimed_epsilon\": 9.5", "delta must lie");
    refused_head("\"n_units\": 0, \"delta\": 1e-4, \"claimed_epsilon\": 9.5", "at least 1 unit");
    refused_head(
        "\"n_units\": 2.5, \"delta\": 1e-4, \"claimed_epsilon\": 9.5", "\"n_units\" must be a whole");
    refused_head(
        "\"n_units\": 200, \"delta\": \"x\", \"claimed_epsilon\": 9.5", "\"delta\" must be a number");
    refused_head("\"n_units\": 200, \"delta\": 1e-4, \"claimed_epsilon\": -1", "must not be negative");
    refused_head("\"n_units\": 200, \"delta\": 1e-4", "\"claimed_epsilon\" is missing");
    refused_head(
        "\"n_units\": 200, \"delta\": 1e-4, \"claimed_epsilon\": 9, \"unite\": 1", "did you mean unit");
}

static void impossible_mechanisms_in_a_ledger_are_refused(void **state)
{
    (void)state;
    refused_entry("\"sampling_rate\": 1.1, \"noise_multiplier\": 1, \"releases_per_draw\": 1, \"steps\": 3, "
                  "\"randomness\": \"secret\"",
        "sampling rate");
    refused_entry("\"sampling_rate\": 0.1, \"noise_multiplier\": 0, \"releases_per_draw\": 1, \"steps\": 3, "
                  "\"randomness\": \"secret\"",
        "noise multiplier");
    refused_entry("\"sampling_rate\": 0.1, \"noise_multiplier\": 1, \"releases_per_draw\": 5000000000, "
                  "\"steps\": 3, \"randomness\": \"secret\"",
        "\"releases_per_draw\"");
    refused_entry("\"sampling_rate\": 0.1, \"noise_multiplier\": 1, \"releases_per_draw\": 1, \"steps\": -3, "
                  "\"randomness\": \"secret\"",
        "number of steps");
    refused_entry("\"sampling_rate\": 0.1, \"noise_multiplier\": 1, \"releases_per_draw\": 1, \"steps\": 3, "
                  "\"randomness\": \"lucky\"",
        "\"secret\" or \"public\", got \"lucky\"");
    refused_entry("\"sampling_rate\": 0.1, \"noise_multiplier\": 1, \"releases_per_draw\": 1, \"steps\": 3",
        "\"randomness\" is missing");
}

static void files_of_other_kinds_are_refused(void **state)
{
    (void)state;
    const char *const words[][3] = {
        {"willis-privacy-ledger", "willis-privacy-lodger", "\"format\" is \"willis-privacy-lodger\""},
        {"\"version\": 1", "\"version\": 2", "reads version 1"},
        {"add-remove", "substitute", "only \"add-remove\" can be accounted for"},
        {"poisson-subsampled-gaussian", "poisson-subsampled-laplace!",
            "only \"poisson-subsampled-gaussian\""},
        {"\"unit\": \"patient\"", "\"unit\": \"\"       ", "\"unit\" must be a text"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        wil_privacy_ledger ledger;
        char text[2048];
        snprintf(text, sizeof text, "%s", ledger_text(HEAD, CRITIC));
        assert_int_equal(strlen(words[i][0]), strlen(words[i][1]));
        memcpy(strstr(text, words[i][0]), words[i][1], strlen(words[i][1]));
        REFUSED(WIL_ERR_INPUT, parse(&ledger, text), "ledger.json", words[i][2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(steps_of_other_settings_are_entries_of_their_own),
        cmocka_unit_test(a_claim_is_judged_by_both_accountants),
        cmocka_unit_test(reused_draws_refute_a_claim_made_for_fresh_ones),
        cmocka_unit_test(public_randomness_leaves_nothing_to_claim),
        cmocka_unit_test(damaged_ledgers_are_refused),
        cmocka_unit_test(impossible_mechanisms_in_a_ledger_are_refused),
        cmocka_unit_test(files_of_other_kinds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
