/* willis privacy epsilon: what a training with noise may claim. */
#include "cli_privacy.h"
#include "commands.h"

#include <math.h>

typedef enum accountants { RDP, PLD, BOTH } accountants;

typedef struct result {
    accountants accountant;
    wil_privacy_rdp rdp;
    wil_privacy_interval pld;
} result;

static wil_status compute(result *r, const cli_mechanism *m)
{
    if (r->accountant != PLD)
        WIL_TRY(wil_privacy_rdp_epsilon(&r->rdp, &m->mechanism, 1, &m->orders, m->delta));
    if (r->accountant != RDP)
        WIL_TRY(wil_privacy_pld_epsilon(&r->pld, &m->mechanism, 1, m->delta));
    return WIL_OK;
}

/* The smaller of the two bounds is what may be claimed, but never less than what PLD says is true. */
static double claimable(const result *r)
{
    if (r->accountant == RDP)
        return r->rdp.epsilon;
    const bool by_pld = r->accountant == PLD || r->rdp.epsilon < r->pld.lower;
    return by_pld || r->pld.upper < r->rdp.epsilon ? r->pld.upper : r->rdp.epsilon;
}

static void warn(const result *r, const cli_mechanism *m, const wil_monitor *monitor)
{
    const wil_privacy_rdp *rdp = r->accountant == PLD ? NULL : &r->rdp;
    wil_privacy_warn(monitor, claimable(r), m->delta, m->n_units, rdp, &m->orders);
    if (r->accountant != RDP)
        wil_privacy_warn_interval(monitor, &r->pld);
}

static json_t *result_json(const result *r, const cli_mechanism *m, json_t *warnings)
{
    json_t *value = json_pack("{s:o, s:o, s:o}", "delta", wil_json_real(m->delta), "epsilon",
        wil_json_real(claimable(r)), "warnings", warnings);
    if (r->accountant != PLD)
        (void)json_object_set_new(value, "rdp",
            json_pack("{s:o, s:o}", "epsilon", wil_json_real(r->rdp.epsilon), "order",
                wil_json_real(r->rdp.order)));
    if (r->accountant != RDP)
        (void)json_object_set_new(value, "pld",
            json_pack("{s:o, s:o}", "epsilon_lower", wil_json_real(r->pld.lower), "epsilon_upper",
                wil_json_real(r->pld.upper)));
    return value;
}

static void print_result(const result *r, const cli_mechanism *m)
{
    printf("epsilon %.6g at delta %.4g may be claimed\n", claimable(r), m->delta);
    if (r->accountant != PLD && r->rdp.epsilon > 0)
        printf("RDP: epsilon at most %.6g (order %g)\n", r->rdp.epsilon, r->rdp.order);
    if (r->accountant != PLD && r->rdp.epsilon == 0)
        printf("RDP: epsilon 0\n");
    if (r->accountant != RDP)
        printf("PLD: epsilon from %.6g to %.6g\n", r->pld.lower, r->pld.upper);
}

typedef struct request {
    cli_mechanism m;
    accountants accountant;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {NULL, WIL_SECTION, AT(m), .fields = &cli_privacy_draw_fields},
    {NULL, WIL_SECTION, AT(m), .fields = &cli_privacy_noise_fields},
    {NULL, WIL_SECTION, AT(m), .fields = &cli_privacy_steps_fields},
    {"accountant", WIL_CHOICE, AT(accountant), "both", .choices = WIL_CHOICES("rdp", "pld", "both"),
        .help = "which of them"},
    {NULL, WIL_SECTION, AT(m), .fields = &cli_privacy_orders_fields},
};

static wil_status run(void *settings, const cli_common *common)
{
    request *q = settings;
    cli_mechanism *m = &q->m;
    result r = {.accountant = q->accountant};
    WIL_TRY(cli_mechanism_check(m));
    const wil_monitor *monitor = cli_monitor_start(common);
    WIL_TRY(compute(&r, m));
    cli_warnings warnings;
    cli_warnings_start(&warnings, monitor);
    warn(&r, m, &warnings.monitor);
    if (common->json)
        return cli_print_json(result_json(&r, m, warnings.texts));
    json_decref(warnings.texts);
    print_result(&r, m);
    return WIL_OK;
}

const cli_command cmd_privacy_epsilon = {
    .name = "privacy epsilon",
    .purpose = "says what (epsilon, delta) a training with clipped gradients and noise may claim",
    .example = "willis privacy epsilon --sampling-rate 0.00078 --noise 1 --steps 64050 --delta 1e-5\n"
               "willis privacy epsilon --sampling-rate 0.00078 --noise 1 --steps 64050 --delta 1e-5 "
               "--releases-per-draw 5 --units 41000",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes =
        "A draw takes each unit with probability Q, independently (Poisson sampling); units are added or "
        "removed. RDP is a bound from above. PLD gives two ends: the upper one is a bound too, and below the "
        "lower one no accountant can go.",
};
