/* privacy: what a differentially private training may claim, in double precision.
 *
 * A mechanism is what a training does to the data: draw a batch by Poisson sampling, add up clipped
 * contributions, add Gaussian noise. The accountants say which (epsilon, delta) any number of such steps
 * costs under adding or removing one unit (a patient, a patch):
 *
 *     const wil_privacy_mechanism training = {
 *         .sampling_rate = 0.01, .noise_multiplier = 1.1, .releases_per_draw = 1, .steps = 10000};
 *     const wil_privacy_orders orders = wil_privacy_orders_default();
 *     wil_privacy_rdp rdp;
 *     wil_privacy_interval pld;
 *     WIL_TRY(wil_privacy_rdp_epsilon(&rdp, &training, 1, &orders, 1e-5));   -- a bound from above
 *     WIL_TRY(wil_privacy_pld_epsilon(&pld, &training, 1, 1e-5));            -- the truth, from both sides
 *
 * What may be claimed is rdp.epsilon or pld.upper, whichever is smaller. docs/privacy.md has the theorems.
 */
#ifndef WILLIS_PRIVACY_H
#define WILLIS_PRIVACY_H

#include "willis/base.h"
#include "willis/base_fields.h"

#pragma GCC visibility push(default)

/* ---- mechanisms --------------------------------------------------------------------------------------- */

/* The Poisson-subsampled Gaussian mechanism, repeated. Each draw takes every unit with probability
 * sampling_rate, independently; each release from a draw is a sum of contributions of norm at most C plus
 * N(0, (noise_multiplier C)^2) per coordinate. Mechanisms in an array are run one after another on the same
 * units, each may depend on what the earlier ones released. */
typedef struct wil_privacy_mechanism {
    double sampling_rate;    /* q, 0 to 1; 1: every unit is in every draw */
    double noise_multiplier; /* sigma >= 1e-100: standard deviation of the noise over the clipping norm */
    int releases_per_draw; /* k >= 1 noisy sums from one draw; k of them tell as much as one of sigma/sqrt(k)
                            */
    int64_t steps;         /* draws, >= 0 */
} wil_privacy_mechanism;

/* Fails: WIL_ERR_ARG, naming the value that is impossible. */
WIL_NODISCARD wil_status wil_privacy_check(const wil_privacy_mechanism *mechanisms, int n_mechanisms);
/* delta must lie strictly between 0 and 1. Fails: WIL_ERR_ARG. */
WIL_NODISCARD wil_status wil_privacy_check_delta(double delta);

/* ---- Rényi accountant ---------------------------------------------------------------------------------- */

#define WIL_PRIVACY_MOST_ORDERS 512
#define WIL_PRIVACY_HIGHEST_ORDER 10000
/* Orders alpha > 1, up to 10000, of the Rényi divergence, ascending. Any set gives a valid bound; a richer
 * one a better. */
typedef struct wil_privacy_orders {
    double values[WIL_PRIVACY_MOST_ORDERS];
    int n;
} wil_privacy_orders;

/* 1.01 .. 1.09 by 0.01, 1.1 .. 4.95 by 0.05, 5 .. 10.9 by 0.1, 11 .. 64, 96, 128, 256, 512 */
wil_privacy_orders wil_privacy_orders_default(void);
/* 1.1 .. 10.9 by 0.1, 12 .. 63: what the study and Opacus used */
wil_privacy_orders wil_privacy_orders_study(void);
/* 1.05 .. 4.95 by 0.05, 5 .. 63: what gives the table of docs/privacy.md to its printed digits */
wil_privacy_orders wil_privacy_orders_coarse(void);
/* "default", "study", "coarse", or numbers: "2,3,4.5". Fails: WIL_ERR_ARG (not a number, not above 1, not
 * ascending, too many). */
WIL_NODISCARD wil_status wil_privacy_orders_parse(wil_privacy_orders *out, const char *text);

/* Rényi divergence of one draw of the mechanism, of order alpha in (1, 10000], in nats [Mironov2019,
 * section 3.3]. Fails: WIL_ERR_ARG, WIL_ERR_NUMERIC (the series of a fractional order does not converge). */
WIL_NODISCARD wil_status wil_privacy_rdp_per_draw(
    double *rho_out, const wil_privacy_mechanism *mechanism, double order);

typedef struct wil_privacy_rdp {
    double epsilon;
    double order;      /* that gave it; NaN when epsilon is 0 because delta covers everything */
    bool at_low_edge;  /* the best order is the lowest usable one, */
    bool at_high_edge; /* or the highest: other orders might give a smaller epsilon */
} wil_privacy_rdp;

/* The smallest epsilon that the orders prove, by [Balle2020, theorem 21] = [Canonne2020, proposition 12].
 * Orders for which the series does not converge are left out. Fails: WIL_ERR_ARG, WIL_ERR_NUMERIC (no order
 * is left). */
WIL_NODISCARD wil_status wil_privacy_rdp_epsilon(wil_privacy_rdp *out,
    const wil_privacy_mechanism *mechanisms, int n_mechanisms, const wil_privacy_orders *orders,
    double delta);
/* The smallest delta (at most 1) that the orders prove for epsilon >= 0. Fails: as above. */
WIL_NODISCARD wil_status wil_privacy_rdp_delta(double *delta_out, const wil_privacy_mechanism *mechanisms,
    int n_mechanisms, const wil_privacy_orders *orders, double epsilon);

/* ---- privacy loss distribution ------------------------------------------------------------------------ */

/* The exact value lies in [lower, upper]: upper is a claim that holds; below lower none can be made. */
typedef struct wil_privacy_interval {
    double lower, upper;
} wil_privacy_interval;

/* Epsilon by the distribution of the privacy loss, composed by FFT: the worse of removing and adding a unit.
 * The grid is refined until the ends lie within 0.9 % or 3e-4 of each other; it stops short of that only
 * where the grid would exceed 2^24 points, and the interval is then wider but still right. Seconds, and up
 * to some hundred MB. Fails: WIL_ERR_ARG, WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_privacy_pld_epsilon(
    wil_privacy_interval *out, const wil_privacy_mechanism *mechanisms, int n_mechanisms, double delta);
/* The same of `group` units that are all there or all absent (the patches of a patient), each drawn for
 * itself: the pair of [Ganesh2024, "Tight group-level DP guarantees for DP-SGD with sampling via mixture of
 * Gaussians mechanisms"], far below group privacy where draws seldom hold several of them. A loss above 300
 * in one draw counts as infinite. Fails: as above; WIL_ERR_ARG for several releases per draw, and where more
 * than 4096 numbers of drawn units are likely. */
WIL_NODISCARD wil_status wil_privacy_pld_group_epsilon(wil_privacy_interval *out,
    const wil_privacy_mechanism *mechanisms, int n_mechanisms, int64_t group, double delta);
/* Delta at n epsilons >= 0, on the grid that wil_privacy_pld_epsilon would choose for `delta`, so the ends
 * are close where the result is near delta. Fails: as above. */
WIL_NODISCARD wil_status wil_privacy_pld_delta(wil_privacy_interval *out /* [n] */,
    const wil_privacy_mechanism *mechanisms, int n_mechanisms, double delta, const double *epsilons, int n);

/* ---- noise and steps for a target --------------------------------------------------------------------- */

typedef enum wil_privacy_accountant { WIL_PRIVACY_RDP, WIL_PRIVACY_PLD } wil_privacy_accountant;

/* The epsilon that may be claimed: of the Rényi accountant with the orders, or the upper end of the other. */
WIL_NODISCARD wil_status wil_privacy_epsilon(double *epsilon_out, wil_privacy_accountant accountant,
    const wil_privacy_mechanism *mechanisms, int n_mechanisms, const wil_privacy_orders *orders,
    double delta);
/* The smallest noise multiplier, to 1e-4 of itself and rounded to the private side, with which the mechanism
 * (its own noise_multiplier is not looked at) keeps to the target. Fails: WIL_ERR_ARG (target not above 0,
 * out of reach with noise up to 1e6, or below what the orders prove of any noise). */
WIL_NODISCARD wil_status wil_privacy_noise_for(double *noise_out, wil_privacy_accountant accountant,
    const wil_privacy_mechanism *mechanism, const wil_privacy_orders *orders, double delta,
    double target_epsilon);
/* The largest number of draws that keeps to the target, up to most_steps; 0 when not even one does. */
WIL_NODISCARD wil_status wil_privacy_steps_for(int64_t *steps_out, wil_privacy_accountant accountant,
    const wil_privacy_mechanism *mechanism, const wil_privacy_orders *orders, double delta,
    double target_epsilon, int64_t most_steps);

/* ---- what an attacker can gain ------------------------------------------------------------------------- */

/* Epsilon, delta: the privacy profile. The rest follows from it, for whoever guesses membership from
 * everything that was released [Dong2022]. */
typedef struct wil_privacy_curve {
    int n_points;
    double *epsilon;             /* [n_points], ascending from 0 */
    double *delta_rdp;           /* [n_points] */
    wil_privacy_interval *delta; /* [n_points], by the privacy loss distribution */
    int n_rates;
    double *false_positive;       /* [n_rates], 0 to 1 */
    double *false_negative_least; /* [n_rates]: the trade-off function, a bound on every attack */
    double advantage_most;        /* bound on true minus false positive rate, over all attacks */
} wil_privacy_curve;

/* n_points (at least 2) epsilons from 0 to most_epsilon; 0: somewhat beyond where delta is reached. Clear
 * with wil_privacy_curve_clear. Fails: as wil_privacy_pld_delta. */
WIL_NODISCARD wil_status wil_privacy_curve_make(wil_privacy_curve *out,
    const wil_privacy_mechanism *mechanisms, int n_mechanisms, const wil_privacy_orders *orders, double delta,
    double most_epsilon, int n_points);
void wil_privacy_curve_clear(wil_privacy_curve *curve);
/* The smallest false negative rate that a privacy profile leaves at a false positive rate:
 * max over points of 1 - delta - e^epsilon a and e^-epsilon (1 - delta - a) [Dong2022, proposition 2.5]. */
double wil_privacy_trade_off(
    const double *epsilons, const wil_privacy_interval *deltas, int n, double false_positive);

/* ---- before training ---------------------------------------------------------------------------------- */

/* What is planned: n_patients with patches_per_patient each; every step draws batch units in expectation. */
typedef struct wil_privacy_plan {
    int64_t n_patients, patches_per_patient;
    double epochs;             /* passes over the patches; sets the number of steps */
    double batch;              /* expected patches of a draw */
    double patients_per_batch; /* of the patient-level claim; 0: as many as batch, at most all */
    double clip_norm;
    double delta_patch, delta_patient; /* 0: n^-1.1 of their n, below one over it */
} wil_privacy_plan;

/* One claim: how much noise the target costs. */
typedef struct wil_privacy_claim {
    const char *unit; /* "patch", "patient"; static */
    int64_t n_units;
    wil_privacy_mechanism mechanism; /* with the noise that the target needs */
    double delta, epsilon;           /* epsilon: proved by the Rényi accountant, at most the target */
    double noise_per_coordinate;     /* of the averaged gradient: sigma C / (q n) */
    double patient_epsilon; /* what it says of a whole patient with delta_patient: of patches, the smaller of
                               group privacy and wil_privacy_pld_group_epsilon; infinity: nothing */
} wil_privacy_claim;

extern const wil_fields wil_privacy_plan_fields;
wil_privacy_plan wil_privacy_plan_default(void);
/* The patch-level and the patient-level claim that reach target_epsilon. Fails: WIL_ERR_ARG (which value). */
WIL_NODISCARD wil_status wil_privacy_plan_claims(
    wil_privacy_claim claims_out[2], const wil_privacy_plan *plan, double target_epsilon);
/* Group privacy [Vadhan2017, lemma 2.2]: the epsilon of m units together with delta_group, when a claim of
 * (epsilon, delta) holds for one: m epsilon, if delta (e^(m epsilon) - 1)/(e^epsilon - 1) <= delta_group,
 * else infinity. */
double wil_privacy_group_epsilon(double epsilon, double delta, int64_t m, double delta_group);

/* ---- ledger ------------------------------------------------------------------------------------------- */

/* Where the draws and the noise came from. Without a secret, whoever knows the seed knows both. */
typedef enum wil_privacy_randomness {
    WIL_PRIVACY_SECRET, /* "secret": cryptographic generator, key never published */
    WIL_PRIVACY_PUBLIC  /* "public": a seed that others know or can guess */
} wil_privacy_randomness;

typedef struct wil_privacy_entry {
    char *name; /* what it was: "critic" */
    wil_privacy_mechanism mechanism;
    double clip_norm; /* C > 0 */
    wil_privacy_randomness randomness;
} wil_privacy_entry;

/* What was done to the data, for anyone to re-check; as a file: docs/privacy.md. */
typedef struct wil_privacy_ledger {
    char *unit; /* whose privacy it is: "patient", "patch" */
    int64_t n_units;
    double delta;
    double claimed_epsilon;
    wil_privacy_entry *entries; /* [n_entries] */
    int n_entries;
    size_t capacity;
} wil_privacy_ledger;

WIL_NODISCARD wil_status wil_privacy_ledger_make(
    wil_privacy_ledger *out, const char *unit, int64_t n_units, double delta);
void wil_privacy_ledger_clear(wil_privacy_ledger *ledger);
/* Adds to the entry of that name when everything but the steps is the same, else a new entry. */
WIL_NODISCARD wil_status wil_privacy_ledger_add(wil_privacy_ledger *ledger, const char *name,
    const wil_privacy_mechanism *mechanism, double clip_norm, wil_privacy_randomness randomness);
/* Atomic. Fails: WIL_ERR_ARG (impossible values, no claim), WIL_ERR_IO. */
WIL_NODISCARD wil_status wil_privacy_ledger_save(const wil_privacy_ledger *ledger, const char *path);
/* Refuses unknown and missing keys, and impossible values. Fails: WIL_ERR_INPUT, naming the file and key. */
WIL_NODISCARD wil_status wil_privacy_ledger_load(wil_privacy_ledger *out, const char *path);
/* The same of text in memory; name stands for the file in messages. */
WIL_NODISCARD wil_status wil_privacy_ledger_parse(
    wil_privacy_ledger *out, const char *text, size_t n_bytes, const char *name);

typedef enum wil_privacy_verdict {
    WIL_PRIVACY_HOLDS,      /* an accountant proves the claim */
    WIL_PRIVACY_NOT_PROVED, /* between the lower end and what can be proved */
    WIL_PRIVACY_REFUTED,    /* below the lower end: the mechanisms as written down do not give it */
    WIL_PRIVACY_NO_SECRET   /* public randomness: no claim holds */
} wil_privacy_verdict;

typedef struct wil_privacy_check_result {
    wil_privacy_rdp rdp;
    wil_privacy_interval pld;
    wil_privacy_verdict verdict;
} wil_privacy_check_result;

/* Recomputes a ledger's epsilon by both accountants and compares. A claim printed with fewer digits than
 * double precision has may be short by 1e-6 of itself. Fails: WIL_ERR_ARG, WIL_ERR_NUMERIC. */
WIL_NODISCARD wil_status wil_privacy_ledger_verify(
    wil_privacy_check_result *out, const wil_privacy_ledger *ledger, const wil_privacy_orders *orders);

/* ---- warnings ----------------------------------------------------------------------------------------- */

#define WIL_PRIVACY_EPSILON_MEANINGLESS 20.0
/* Tells through the monitor when epsilon exceeds 20, when delta exceeds 1/n_units (0: unknown), and when the
 * best order (rdp NULL: not asked) is at the edge of the grid. */
void wil_privacy_warn(const wil_monitor *monitor, double epsilon, double delta, int64_t n_units,
    const wil_privacy_rdp *rdp, const wil_privacy_orders *orders);
/* Tells when the ends of an interval lie farther apart than 0.9 % and 3e-4, or there is no upper one. */
void wil_privacy_warn_interval(const wil_monitor *monitor, const wil_privacy_interval *pld);

#pragma GCC visibility pop
#endif
