#include "cli_privacy.h"

/* Their ranges are the accountants' to check, which say why. */
#define AT(member) offsetof(cli_mechanism, member)
static const wil_field DRAW[] = {
    {"sampling_rate", WIL_REAL, AT(mechanism.sampling_rate), .value = "Q",
        .help = "probability of each unit to be in a draw: batch size over number of units"},
    {"delta", WIL_REAL, AT(delta), .value = "DELTA",
        .help = "probability that the guarantee may fail with; below one over the number of units"},
    {"releases_per_draw", WIL_INT, AT(mechanism.releases_per_draw), "1", .value = "K",
        .help = "noisy sums from one draw; K of them count as one with the noise over sqrt(K)"},
};
static const wil_field NOISE[] = {
    {"noise", WIL_REAL, AT(mechanism.noise_multiplier), .value = "SIGMA",
        .help = "noise multiplier: standard deviation of the noise over the clipping norm"},
};
static const wil_field STEPS[] = {
    {"steps", WIL_I64, AT(mechanism.steps), .value = "T", .help = "number of draws"},
};
static const wil_field ORDERS[] = {
    CLI_PRIVACY_ORDERS(AT(orders_text)),
    {"units", WIL_I64, AT(n_units), "0", 0, 1e15,
        .help = "number of patients (or patches) the guarantee is for, to check delta against; 0: not given"},
};
const wil_fields cli_privacy_draw_fields = WIL_FIELDS(cli_mechanism, DRAW);
const wil_fields cli_privacy_noise_fields = WIL_FIELDS(cli_mechanism, NOISE);
const wil_fields cli_privacy_steps_fields = WIL_FIELDS(cli_mechanism, STEPS);
const wil_fields cli_privacy_orders_fields = WIL_FIELDS(cli_mechanism, ORDERS);

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
