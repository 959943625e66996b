/* willis privacy verify: recomputes the claim of a ledger. */
#include "cli_privacy.h"
#include "commands.h"

static const char *const VERDICTS[] = {"holds", "not proved", "refuted", "no secret"};

static json_t *result_json(const char *path, const wil_privacy_ledger *ledger,
    const wil_privacy_check_result *found, json_t *warnings)
{
    return json_pack("{s:o, s:s, s:o, s:I, s:o, s:o, s:{s:o, s:o}, s:{s:o, s:o}, s:o}", "ledger",
        wil_json_text(path), "verdict", VERDICTS[found->verdict], "unit", wil_json_text(ledger->unit),
        "n_units", (json_int_t)ledger->n_units, "delta", wil_json_real(ledger->delta), "claimed_epsilon",
        wil_json_real(ledger->claimed_epsilon), "rdp", "epsilon", wil_json_real(found->rdp.epsilon), "order",
        wil_json_real(found->rdp.order), "pld", "epsilon_lower", wil_json_real(found->pld.lower),
        "epsilon_upper", wil_json_real(found->pld.upper), "warnings", warnings);
}

static void print_result(
    const char *path, const wil_privacy_ledger *ledger, const wil_privacy_check_result *found)
{
    printf("%s: claims epsilon %.6g at delta %.4g for each of %lld units (%s), from %d mechanism%s\n"
           "RDP: epsilon at most %.6g; PLD: from %.6g to %.6g\nthe claim: %s\n",
        path, ledger->claimed_epsilon, ledger->delta, (long long)ledger->n_units, ledger->unit,
        ledger->n_entries, cli_plural(ledger->n_entries), found->rdp.epsilon, found->pld.lower,
        found->pld.upper, VERDICTS[found->verdict]);
}

/* A claim that does not hold is a wrong input, told after the result. */
static wil_status judge(
    const char *path, const wil_privacy_ledger *ledger, const wil_privacy_check_result *found)
{
    switch (found->verdict) {
    case WIL_PRIVACY_HOLDS:
        return WIL_OK;
    case WIL_PRIVACY_NOT_PROVED:
        return wil_fail(WIL_ERR_INPUT, "%s: epsilon %.6g is not proved; %.6g can be claimed", path,
            ledger->claimed_epsilon, found->pld.upper);
    case WIL_PRIVACY_REFUTED:
        return wil_fail(WIL_ERR_INPUT,
            "%s: epsilon %.6g does not hold: the mechanisms as written down cost at least %.6g; %.6g can be "
            "claimed",
            path, ledger->claimed_epsilon, found->pld.lower, found->pld.upper);
    case WIL_PRIVACY_NO_SECRET:
        break;
    }
    return wil_fail(WIL_ERR_INPUT,
        "%s: draws or noise came from public randomness, which anyone can repeat and subtract: no epsilon "
        "holds",
        path);
}

typedef struct request {
    char *path, *orders_text;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"LEDGER", WIL_INPUT, AT(path), .help = "ledger.json, written by a training (docs/privacy.md)"},
    CLI_PRIVACY_ORDERS(AT(orders_text)),
};

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    wil_privacy_orders orders;
    wil_privacy_ledger ledger;
    wil_privacy_check_result found;
    WIL_TRY(wil_fail_context(wil_privacy_orders_parse(&orders, r->orders_text), "--orders"));
    WIL_TRY(wil_privacy_ledger_load(&ledger, r->path));
    const wil_monitor *monitor = cli_monitor_start(common);
    wil_status status = wil_fail_context(wil_privacy_ledger_verify(&found, &ledger, &orders), "%s", r->path);
    if (status == WIL_OK) {
        cli_warnings warnings;
        cli_warnings_start(&warnings, monitor);
        wil_privacy_warn(
            &warnings.monitor, found.pld.upper, ledger.delta, ledger.n_units, &found.rdp, &orders);
        wil_privacy_warn_interval(&warnings.monitor, &found.pld);
        if (common->json)
            status = cli_print_json(result_json(r->path, &ledger, &found, warnings.texts));
        else
            print_result(r->path, &ledger, &found);
        if (!common->json)
            json_decref(warnings.texts);
    }
    if (status == WIL_OK)
        status = judge(r->path, &ledger, &found);
    wil_privacy_ledger_clear(&ledger);
    return status;
}

const cli_command cmd_privacy_verify = {
    .name = "privacy verify",
    .purpose = "recomputes the epsilon of a ledger; exit status 2 when its claim does not hold",
    .example = "willis privacy verify run-gan/ledger.json",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
};
