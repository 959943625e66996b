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
    const char *orders_text;
    wil_privacy_orders orders;
} cli_mechanism;

cli_mechanism cli_mechanism_default(void);
/* Rows of option tables. */
#define CLI_PRIVACY_RATE(m)                                                                                  \
    {                                                                                                        \
        "--sampling-rate", CLI_REAL, &(m)->mechanism.sampling_rate, "Q",                                     \
            .help = "probability of each unit to be in a draw: batch size over number of units",             \
            .required = true                                                                                 \
    }
#define CLI_PRIVACY_NOISE(m)                                                                                 \
    {                                                                                                        \
        "--noise", CLI_REAL, &(m)->mechanism.noise_multiplier, "SIGMA",                                      \
            .help = "noise multiplier: standard deviation of the noise over the clipping norm",              \
            .required = true                                                                                 \
    }
#define CLI_PRIVACY_STEPS(m)                                                                                 \
    {                                                                                                        \
        "--steps", CLI_I64, &(m)->mechanism.steps, "T", .help = "number of draws", .required = true          \
    }
#define CLI_PRIVACY_DELTA(m)                                                                                 \
    {                                                                                                        \
        "--delta", CLI_REAL, &(m)->delta, "DELTA",                                                           \
            .help = "probability that the guarantee may fail with; below one over the number of units",      \
            .required = true                                                                                 \
    }
#define CLI_PRIVACY_RELEASES(m)                                                                              \
    {                                                                                                        \
        "--releases-per-draw", CLI_INT, &(m)->mechanism.releases_per_draw, "K",                              \
            .help = "noisy sums from one draw; K of them count as one with the noise over sqrt(K)"           \
    }
#define CLI_PRIVACY_ORDERS(m)                                                                                \
    {                                                                                                        \
        "--orders", CLI_TEXT, &(m)->orders_text, "SET",                                                      \
            .help = "Renyi orders: default, study, coarse, or numbers with commas between them"              \
    }
#define CLI_PRIVACY_UNITS(m)                                                                                 \
    {                                                                                                        \
        "--units", CLI_I64, &(m)->n_units, "N",                                                              \
            .help = "number of patients (or patches) the guarantee is for, to check delta against; 0: not "  \
                    "given",                                                                                 \
            .min = 0, .max = 1e15                                                                            \
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
