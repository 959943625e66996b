/* What the `willis privacy` commands share. */
#ifndef WILLIS_CLI_PRIVACY_H
#define WILLIS_CLI_PRIVACY_H

#include "cli.h"
#include "willis/privacy.h"

/* The words of a command line about one mechanism. */
typedef struct cli_mechanism {
    wil_privacy_mechanism mechanism;
    double delta;
    int64_t n_units; /* 0: unknown */
    char *orders_text;
    wil_privacy_orders orders;
} cli_mechanism;

/* Tables of a cli_mechanism, of which a command takes those that it needs: sampling rate, delta, releases;
 * noise; steps; orders, number of units. */
extern const wil_fields cli_privacy_draw_fields, cli_privacy_noise_fields, cli_privacy_steps_fields,
    cli_privacy_orders_fields;
/* The Renyi orders alone, a text. */
#define CLI_PRIVACY_ORDERS(offset)                                                                           \
    {                                                                                                        \
        "orders", WIL_TEXT, offset, "default",                                                               \
            .value = "SET",                                                                                  \
            .help = "Renyi orders: default, study, coarse, or numbers with commas between them"              \
    }

/* Reads the orders and checks the rest. */
WIL_NODISCARD wil_status cli_mechanism_check(cli_mechanism *m);

/* The epsilon that one accountant gives the mechanism, and through the monitor what its reader should know.
 */
WIL_NODISCARD wil_status cli_mechanism_epsilon(double *epsilon_out, const cli_mechanism *m,
    wil_privacy_accountant accountant, const wil_monitor *monitor);

/* Collects the library's warnings, and tells them. */
typedef struct cli_warnings {
    json_t *texts; /* array */
    const wil_monitor *next;
    wil_monitor monitor; /* to be given to the library */
} cli_warnings;
/* In place, as the monitor points into it. texts belongs to the caller. */
void cli_warnings_start(cli_warnings *w, const wil_monitor *next);

#endif
