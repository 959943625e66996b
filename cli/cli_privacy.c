#include "cli_privacy.h"

cli_mechanism cli_mechanism_default(void)
{
    return (cli_mechanism){
        .mechanism = {.sampling_rate = 0, .noise_multiplier = 1, .releases_per_draw = 1, .steps = 0},
        .orders_text = "default"};
}

wil_status cli_mechanism_check(cli_mechanism *m)
{
    WIL_TRY(wil_fail_context(wil_privacy_orders_parse(&m->orders, m->orders_text), "--orders"));
    WIL_TRY(wil_privacy_check(&m->mechanism, 1));
    return wil_privacy_check_delta(m->delta);
}

wil_status cli_mechanism_epsilon(double *epsilon_out, const cli_mechanism *m,
    wil_privacy_accountant accountant, const wil_monitor *monitor)
{
    wil_privacy_rdp rdp;
    wil_privacy_interval pld;
    const bool by_orders = accountant == WIL_PRIVACY_RDP;
    if (by_orders) {
        WIL_TRY(wil_privacy_rdp_epsilon(&rdp, &m->mechanism, 1, &m->orders, m->delta));
        *epsilon_out = rdp.epsilon;
    } else {
        WIL_TRY(wil_privacy_pld_epsilon(&pld, &m->mechanism, 1, m->delta));
        *epsilon_out = pld.upper;
        wil_privacy_warn_interval(monitor, &pld);
    }
    wil_privacy_warn(monitor, *epsilon_out, m->delta, m->n_units, by_orders ? &rdp : NULL, &m->orders);
    return WIL_OK;
}

static void keep_message(void *user, wil_message_kind kind, const char *text)
{
    cli_warnings *w = user;
    if (kind == WIL_MESSAGE_WARNING)
        (void)json_array_append_new(w->texts, json_string(text));
    if (w->next != NULL && w->next->message != NULL)
        w->next->message(w->next->user, kind, text);
}

void cli_warnings_start(cli_warnings *w, const wil_monitor *next)
{
    w->texts = json_array();
    w->next = next;
    w->monitor = (wil_monitor){.user = w, .message = keep_message};
}
