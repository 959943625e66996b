/* Epsilon by the privacy loss distribution: the choice of a grid, and the worse of both directions. */
#include "privacy_internal.h"

#include <math.h>

#define TAIL_SHARE 1e-4 /* of delta: what cut tails, and the lower end's failure, may cost each */
#define MOST_TRIALS 6

double privacy_pld_wanted_gap(double upper)
{
    return fmax(PLD_WANTED_GAP_EPSILON, PLD_WANTED_GAP * upper);
}

static wil_status epsilon_on_grid(wil_privacy_interval *out, const pld_grid *g, double delta)
{
    *out = (wil_privacy_interval){0, 0};
    for (int d = 0; d < 2; d++) {
        pld_sum sum;
        WIL_TRY(pld_sum_make(&sum, &g->directions[d], pld_tilt_for_delta(&g->directions[d], delta)));
        const wil_privacy_interval bounds = pld_epsilon_bounds(&sum, g, (pld_direction)d, delta);
        out->upper = fmax(out->upper, bounds.upper);
        out->lower = fmax(out->lower, bounds.lower);
        pld_sum_clear(&sum);
    }
    return WIL_OK;
}

typedef struct search {
    double spacing;
    bool done;
    wil_privacy_interval best; /* every grid gives a right interval, so the best ends of all are kept */
    double best_spacing;
} search;

/* One grid, and the spacing of the next. */
static wil_status try_grid(search *s, const pld_run *run, double delta)
{
    wil_privacy_interval at = {0, INFINITY};
    pld_grid g;
    WIL_TRY(pld_grid_make(&g, run, s->spacing, TAIL_SHARE * delta));
    const wil_status status = epsilon_on_grid(&at, &g, delta);
    pld_grid_clear(&g);
    if (status == WIL_ERR_ARG) { /* more points than are used */
        s->done = isfinite(s->best.upper);
        s->spacing *= 4;
        return WIL_OK;
    }
    WIL_TRY(status);
    if (at.upper < s->best.upper)
        s->best_spacing = s->spacing;
    s->best.upper = fmin(s->best.upper, at.upper);
    s->best.lower = fmax(s->best.lower, at.lower);
    const double gap = s->best.upper - s->best.lower;
    const double wanted = privacy_pld_wanted_gap(s->best.upper);
    s->done = isfinite(gap) && gap <= wanted;
    s->spacing *= isfinite(gap) ? fmax(0.2, 0.7 * wanted / gap) : 0.2;
    return WIL_OK;
}

/* The first guess is by the Rényi accountant, which is too high by a few per cent as a rule; of a group, by a
 * unit that is drawn as often as any of them and counts as often as they do then, on average. */
static wil_status guess_epsilon(double *epsilon_out, const pld_run *run, double delta)
{
    const wil_privacy_orders orders = wil_privacy_orders_default();
    wil_privacy_mechanism *alike = NULL;
    wil_privacy_rdp guess = {.epsilon = 0};
    WIL_TRY(wil_alloc((void **)&alike, (size_t)run->n, sizeof *alike));
    for (int i = 0; i < run->n; i++) {
        alike[i] = run->mechanisms[i];
        const double q = alike[i].sampling_rate;
        const double any = run->group == 1 || q == 1 ? q : -expm1((double)run->group * log1p(-q));
        if (run->group > 1 && q > 0)
            alike[i].noise_multiplier *= any / ((double)run->group * q);
        alike[i].sampling_rate = any;
    }
    const wil_status status = wil_privacy_rdp_epsilon(&guess, alike, run->n, &orders, delta);
    wil_free(alike);
    *epsilon_out = guess.epsilon;
    return status;
}

static wil_status refine(search *s, const pld_run *run, double delta)
{
    const double small = TAIL_SHARE * delta;
    double guess = 0;
    WIL_TRY(guess_epsilon(&guess, run, delta));
    const double shift = 0.75 * privacy_pld_wanted_gap(guess);
    *s = (search){.best = {0, INFINITY}};
    s->spacing = pld_spacing_for(shift, pld_count_draws(run), small);
    for (int trial = 0; trial < MOST_TRIALS && !s->done; trial++) {
        double fitting = 0;
        WIL_TRY(pld_spacing_that_fits(&fitting, run, s->spacing, small));
        s->done =
            fitting > PLD_MOST_SPACING || (trial > 0 && fitting >= s->best_spacing && s->best_spacing > 0);
        s->spacing = fitting;
        if (!s->done)
            WIL_TRY(try_grid(s, run, delta));
    }
    return WIL_OK;
}

static wil_status check_group(const pld_run *run)
{
    WIL_REQUIRE(run->group >= 1, WIL_ERR_ARG, "a group has at least 1 unit, got %lld", (long long)run->group);
    for (int i = 0; i < run->n && run->group > 1; i++)
        WIL_REQUIRE(run->mechanisms[i].releases_per_draw == 1, WIL_ERR_ARG,
            "groups are accounted for with 1 release per draw, got %d; several from one draw are proved for "
            "a "
            "unit alone only",
            run->mechanisms[i].releases_per_draw);
    return WIL_OK;
}

wil_status wil_privacy_pld_group_epsilon(wil_privacy_interval *out, const wil_privacy_mechanism *mechanisms,
    int n_mechanisms, int64_t group, double delta)
{
    search s;
    const pld_run run = {mechanisms, n_mechanisms, group};
    *out = (wil_privacy_interval){0, INFINITY}; /* whatever fails claims nothing */
    WIL_TRY(wil_privacy_check(mechanisms, n_mechanisms));
    WIL_TRY(wil_privacy_check_delta(delta));
    WIL_TRY(check_group(&run));
    if (pld_count_draws(&run) == 0) {
        out->upper = 0;
        return WIL_OK;
    }
    WIL_TRY(refine(&s, &run, delta));
    *out = s.best;
    return WIL_OK;
}

wil_status wil_privacy_pld_epsilon(
    wil_privacy_interval *out, const wil_privacy_mechanism *mechanisms, int n_mechanisms, double delta)
{
    return wil_privacy_pld_group_epsilon(out, mechanisms, n_mechanisms, 1, delta);
}

/* ---- delta at many epsilons --------------------------------------------------------------------------- */

/* Whether the sum's tilt serves at epsilon too: what may have gone astray is small against delta. */
static bool serves(const pld_sum *sum, double epsilon)
{
    const double at = pld_sum_delta(sum, epsilon);
    const double astray = (2 * sum->missing + sum->rounding) * exp(sum->log_moment - sum->tilt * epsilon);
    return epsilon >= (double)sum->first * sum->spacing && astray <= 1e-3 * at;
}

static wil_status delta_in_direction(
    wil_privacy_interval *out, const pld_grid *g, pld_direction direction, const double *epsilons, int n)
{
    const pld_steps *steps = &g->directions[direction];
    pld_sum sum = {.n = 0};
    for (int i = 0; i < n; i++) {
        if (sum.n == 0 || !serves(&sum, epsilons[i])) {
            pld_sum_clear(&sum);
            WIL_TRY(pld_sum_make(&sum, steps, pld_tilt_for_epsilon(steps, epsilons[i])));
        }
        const wil_privacy_interval bounds = pld_delta_bounds(&sum, g, direction, epsilons[i]);
        out[i].upper = fmax(out[i].upper, bounds.upper);
        out[i].lower = fmax(out[i].lower, bounds.lower);
    }
    pld_sum_clear(&sum);
    return WIL_OK;
}

wil_status wil_privacy_pld_delta(wil_privacy_interval *out, const wil_privacy_mechanism *mechanisms,
    int n_mechanisms, double delta, const double *epsilons, int n)
{
    search s;
    pld_grid g;
    const pld_run run = {mechanisms, n_mechanisms, 1};
    WIL_TRY(wil_privacy_check(mechanisms, n_mechanisms));
    WIL_TRY(wil_privacy_check_delta(delta));
    for (int i = 0; i < n; i++) {
        WIL_REQUIRE(epsilons[i] >= 0, WIL_ERR_ARG, "epsilon must not be negative, got %g", epsilons[i]);
        out[i] = (wil_privacy_interval){0, 0};
    }
    if (pld_count_draws(&run) == 0)
        return WIL_OK;
    WIL_TRY(refine(&s, &run, delta));
    WIL_REQUIRE(s.best_spacing > 0, WIL_ERR_NUMERIC,
        "the privacy loss is spread too widely for a grid of %d points; epsilon is far beyond any guarantee",
        PLD_MOST_POINTS);
    WIL_TRY(pld_grid_make(&g, &run, s.best_spacing, TAIL_SHARE * delta));
    wil_status status = WIL_OK;
    for (int d = 0; d < 2 && status == WIL_OK; d++)
        status = delta_in_direction(out, &g, (pld_direction)d, epsilons, n);
    pld_grid_clear(&g);
    return status;
}
