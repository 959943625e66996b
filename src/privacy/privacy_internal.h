/* What the files of this module share. */
#ifndef WILLIS_PRIVACY_INTERNAL_H
#define WILLIS_PRIVACY_INTERNAL_H

#include "willis/privacy.h"

/* k Gaussian releases on one draw are dominated by a single one of sigma / sqrt(k): the k likelihood ratios
 * of a fixed pair of batches, adaptive or not, multiply to that of their mean. */
double privacy_effective_noise(const wil_privacy_mechanism *mechanism);
/* Whether the mechanism touches the data at all. */
bool privacy_is_idle(const wil_privacy_mechanism *mechanism);

#define PRIVACY_LARGE_LOSS 300.0 /* beyond which e^loss is kept as a logarithm, lest it overflow */
/* ln(1 - q + q exp((2x-1)/(2 sigma^2))): the loss ln P/Q of output x of one draw, 0 < q <= 1. */
double privacy_draw_loss(double q, double sigma, double x);

/* What the orders prove at delta when a draw tells next to nothing: no noise gets below. */
double privacy_rdp_least_epsilon(const wil_privacy_orders *orders, double delta);

/* exp(x^2) erfc(x) for x >= 0: what is left of erfc when its decay is taken out. */
double privacy_erfcx(double x);

/* ln E_{z ~ N(0, sigma^2)} (1 - q + q exp((2 z - 1) / (2 sigma^2)))^order, 0 < q < 1. */
double privacy_log_moment_whole(double q, double sigma, int order);
WIL_NODISCARD wil_status privacy_log_moment_fractional(double *out, double q, double sigma, double order);
/* The moment itself less 1, for those below e, say: to 1e-13 of itself, however small. Fails: WIL_ERR_NUMERIC
 * (too little noise for the integral). */
WIL_NODISCARD wil_status privacy_moment_excess(double *out, double q, double sigma, double order);

/* ---- privacy loss on a grid ---- */

/* Two neighbouring data sets, with and without a unit. REMOVE: the loss ln P/Q of outputs drawn with it; ADD:
 * ln Q/P of outputs drawn without it. */
typedef enum pld_direction { PLD_REMOVE, PLD_ADD } pld_direction;

/* What is accounted for: draws, one after another, and how many units are in one data set and not in the
 * other.
 */
typedef struct pld_run {
    const wil_privacy_mechanism *mechanisms; /* [n], borrowed */
    int n;
    int64_t group; /* 1: a unit alone */
} pld_run;

/* Outputs of one draw: P = sum_k P(k units of the group are drawn) N(k, s^2) against Q = N(0, s^2). A unit
 * alone needs no list of weights: k is 1 with probability q. See pld_pair.c. */
typedef struct pld_pair {
    double any; /* probability that a unit of the group is drawn: q for one alone */
    double none;
    double sigma;
    pld_direction direction;
    double *weight; /* [n] P(first + i units are drawn), NULL for a unit alone */
    double *log_weight;
    int n, first;
    double dropped; /* probability of numbers that are not in the list */
} pld_pair;

/* tail: probability that may be cut off on each side. Fails: WIL_ERR_ARG (too many numbers are likely). */
WIL_NODISCARD wil_status pld_pair_make(pld_pair *out, const wil_privacy_mechanism *mechanism, int64_t group,
    pld_direction direction, double tail);
void pld_pair_clear(pld_pair *pair);
/* The loss of output x: ln P/Q, ln Q/P for PLD_ADD. */
double pld_pair_loss(const pld_pair *pair, double x);
/* The output with that loss, infinite where it is out of reach; near: where to begin looking. */
double pld_pair_output(const pld_pair *pair, double loss, double near);
/* Outputs between which all but tail lies on either side, and no loss is beyond double precision. */
void pld_pair_span(double span_out[2], const pld_pair *pair, double tail);

typedef struct pld_bin {
    double mass;  /* of outputs, under what the direction draws from */
    double above; /* mass - e^loss * (mass under the other), loss being the bin's lower end */
} pld_bin;

/* Outputs in [x_low, x_high], whose losses are at least low. */
pld_bin pld_pair_bin(const pld_pair *pair, double low, double x_low, double x_high);

/* The privacy loss of one draw, rounded to multiples of the grid's spacing so that the discrete pair
 * dominates the true one: see pld_step.c. */
typedef struct pld_step {
    int64_t steps; /* draws */
    int64_t first; /* mass[i] is the probability of the loss (first + i) spacing */
    int64_t n;
    double *mass;       /* [n] */
    double infinite;    /* probability of an infinite loss */
    double outside;     /* probability of a true loss outside of the grid's span, where rounding is coarse */
    double dropped;     /* probability under P of what the pair left out */
    double *chunk_sums; /* scratch of pld_log_moment */
} pld_step;

/* tail: probability that may be cut off on each side. */
WIL_NODISCARD wil_status pld_step_make(pld_step *out, const wil_privacy_mechanism *mechanism, int64_t group,
    pld_direction direction, double spacing, double tail);
void pld_step_clear(pld_step *step);
/* How many grid points pld_step_make would need. */
WIL_NODISCARD wil_status pld_step_points(double *points_out, const wil_privacy_mechanism *mechanism,
    int64_t group, pld_direction direction, double spacing, double tail);

#define PLD_CHUNK 16384 /* grid points summed up by one thread at a time */

/* All mechanisms of an accounting, in one direction, on one grid. */
typedef struct pld_steps {
    pld_step *items; /* [n] */
    int n;
    double spacing;
    double n_draws; /* of all together */
} pld_steps;

/* The distribution of the summed loss, as what is asked of it: delta on the grid. */
typedef struct pld_sum {
    double spacing, tilt, log_moment;
    int64_t first, n;
    double *scaled_delta; /* [n] delta((first + i) spacing) exp(tilt (first + i) spacing - log_moment) */
    double infinite;      /* probability of an infinite loss */
    double missing;       /* bound on the tilted probability outside of the window, on each side, */
    double rounding;      /* and on what floating point may have added or taken, as tilted probability */
} pld_sum;

/* ln of sum_i mass[i] exp(slope (first + i)) */
double pld_step_log_moment(const pld_step *step, double slope);
/* ln of the moment generating function of the summed loss (its finite part) at tilt. */
double pld_log_moment(const pld_steps *steps, double tilt);
/* The tilt that puts the sum's mass around epsilon, or where delta is reached. */
double pld_tilt_for_epsilon(const pld_steps *steps, double epsilon);
double pld_tilt_for_delta(const pld_steps *steps, double delta);
/* First and last grid point of the window that holds the tilted sum. */
void pld_sum_window(double window_out[2], const pld_steps *steps, double tilt);
/* Fails: WIL_ERR_ARG when the window exceeds PLD_MOST_POINTS. */
WIL_NODISCARD wil_status pld_sum_make(pld_sum *out, const pld_steps *steps, double tilt);
void pld_sum_clear(pld_sum *sum);
/* delta(epsilon) of the discrete pair without infinite losses; epsilon within the window. */
double pld_sum_delta(const pld_sum *sum, double epsilon);
#define PLD_MOST_POINTS (1 << 24)

/* How near to each other the ends of an interval are meant to come. */
#define PLD_WANTED_GAP 0.009        /* of the upper one, */
#define PLD_WANTED_GAP_EPSILON 3e-4 /* or absolute */
double privacy_pld_wanted_gap(double upper);

/* ---- both directions on one grid, and the interval it gives ---- */

typedef struct pld_grid {
    pld_steps directions[2]; /* by pld_direction */
    double outside[2];       /* probability that any loss is outside of the span */
    double failure;          /* probability with which rounding may exceed shift */
    double shift;            /* bound on how far rounding has moved the summed loss up */
    double dropped;          /* probability under P, over all draws, of what the pairs left out */
} pld_grid;

double pld_count_draws(const pld_run *run);
/* The largest spacing with which the shift stays below `shift`. */
double pld_spacing_for(double shift, double n_draws, double failure);
/* The smallest spacing >= h with which each draw fits into the largest grid. */
WIL_NODISCARD wil_status pld_spacing_that_fits(
    double *spacing_out, const pld_run *run, double h, double small);
/* small: the probability that tails and chance may have, each. */
WIL_NODISCARD wil_status pld_grid_make(pld_grid *g, const pld_run *run, double h, double small);
void pld_grid_clear(pld_grid *g);

/* Bounds on the true delta at epsilon >= 0, from the sum in one direction of the grid. */
wil_privacy_interval pld_delta_bounds(
    const pld_sum *sum, const pld_grid *g, pld_direction direction, double epsilon);
/* Bounds on the true epsilon at delta; the upper one is infinity when the grid shows none. */
wil_privacy_interval pld_epsilon_bounds(
    const pld_sum *sum, const pld_grid *g, pld_direction direction, double delta);
#define PLD_MOST_SPACING 100.0 /* e^spacing must not overflow */

#endif
