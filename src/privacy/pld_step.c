/* The privacy loss of one draw on a grid.
 *
 * Outputs of the pair P, Q (pld_pair.c) are sorted into bins by their loss l = ln P/Q; each bin [a, b] is
 * then replaced by two outputs, of loss a and of loss b, that carry the bin's P and Q mass between them.
 * Under Q that spreads the likelihood ratio and keeps its mean, and delta(epsilon) = E_Q (P/Q - e^epsilon)_+
 * is the mean of a convex function of it, so by Jensen's inequality it grows, for every epsilon: the discrete
 * pair dominates the true one, and so do its compositions [Zhu2022, "Optimal accounting of differential
 * privacy via characteristic function", theorem 10]. (The same pair as [Doroshenko2022, "Connect the dots"].)
 * Its mean is off by the square of the spacing only, where rounding up every loss would be off by half of it
 * a draw. */
#include "privacy_internal.h"

#include <math.h>
#include <string.h>

#define BINS_CHUNK 4096

/* First and last grid point, between which all but tail of the loss lies, on either side. */
static void find_span(double points_out[2], const pld_pair *p, double spacing, double tail)
{
    double x[2];
    pld_pair_span(x, p, tail);
    const double a = pld_pair_loss(p, x[0]);
    const double b = pld_pair_loss(p, x[1]);
    points_out[0] = floor(fmin(a, b) / spacing);
    points_out[1] = ceil(fmax(a, b) / spacing);
    if (points_out[1] == points_out[0])
        points_out[1]++;
}

wil_status pld_step_points(double *points_out, const wil_privacy_mechanism *mechanism, int64_t group,
    pld_direction direction, double spacing, double tail)
{
    double span[2];
    pld_pair p;
    const wil_status status = pld_pair_make(&p, mechanism, group, direction, tail);
    if (status == WIL_OK) {
        find_span(span, &p, spacing, tail);
        *points_out = span[1] - span[0] + 1;
    }
    pld_pair_clear(&p);
    return status;
}

typedef struct filling {
    const pld_pair *p;
    const pld_step *step;
    double spacing;
    double *output; /* [n] at each grid point */
    double *up;     /* [n - 1] mass of each bin that goes to its upper end */
} filling;

static void find_outputs(int64_t begin, int64_t end, void *context)
{
    const filling *f = context;
    double near = 0;
    for (int64_t i = begin; i < end; i++) {
        f->output[i] = pld_pair_output(f->p, (double)(f->step->first + i) * f->spacing, near);
        near = isfinite(f->output[i]) ? f->output[i] : 0;
    }
}

/* Losses in [low, next grid point], whose outputs are those between a and b, whichever is larger. */
static pld_bin bin_between(const pld_pair *p, double low, double a, double b)
{
    return p->direction == PLD_ADD ? pld_pair_bin(p, low, b, fmax(a, b))
                                   : pld_pair_bin(p, low, a, fmax(a, b));
}

/* A bin of width h keeps (mass - e^a other)/(1 - e^-h) at its upper end and the rest at its lower one. */
static void fill_bins(int64_t begin, int64_t end, void *context)
{
    const filling *f = context;
    for (int64_t i = begin; i < end; i++) {
        const double low = (double)(f->step->first + i) * f->spacing;
        const pld_bin b = bin_between(f->p, low, f->output[i], f->output[i + 1]);
        f->step->mass[i] = b.mass;
        f->up[i] = fmin(b.above / -expm1(-f->spacing), b.mass);
    }
}

/* What lies beyond the span: losses below go up to its first point; of those above, the part that the last
 * point can carry goes there, the rest counts as infinite (the same rule for the bin [last, infinity)). */
static void add_ends(pld_step *step, const filling *f)
{
    const pld_pair *p = f->p;
    const double end = p->direction == PLD_ADD ? -INFINITY : INFINITY; /* output of the largest loss */
    const pld_bin below = bin_between(p, -INFINITY, -end, f->output[0]);
    const pld_bin above =
        bin_between(p, (double)(step->first + step->n - 1) * f->spacing, f->output[step->n - 1], end);
    step->mass[0] += below.mass;
    step->mass[step->n - 1] += above.mass - above.above;
    step->infinite = above.above + (p->direction == PLD_REMOVE ? p->dropped : 0);
    step->outside = below.mass + above.mass;
    step->dropped = p->dropped;
}

static wil_status fill(pld_step *step, const pld_pair *p, double spacing)
{
    filling f = {.p = p, .step = step, .spacing = spacing};
    wil_status status = wil_alloc_f64(&f.up, (size_t)step->n);
    if (status == WIL_OK)
        status = wil_alloc_f64(&f.output, (size_t)step->n);
    if (status == WIL_OK) {
        wil_parallel_for(step->n, BINS_CHUNK, find_outputs, &f);
        wil_parallel_for(step->n - 1, BINS_CHUNK, fill_bins, &f);
        for (int64_t i = step->n - 2; i >= 0; i--) {
            step->mass[i] -= f.up[i];
            step->mass[i + 1] += f.up[i];
        }
        add_ends(step, &f);
    }
    wil_free(f.up);
    wil_free(f.output);
    return status;
}

/* Moments take their scale from the first or the last point, so neither may be empty. */
static void trim(pld_step *step)
{
    int64_t empty = 0;
    while (step->n > 1 && step->mass[step->n - 1] == 0)
        step->n--;
    while (empty < step->n - 1 && step->mass[empty] == 0)
        empty++;
    step->first += empty;
    step->n -= empty;
    memmove(step->mass, step->mass + empty, (size_t)step->n * sizeof *step->mass);
}

static wil_status make_on_span(pld_step *out, const pld_pair *p, double spacing, double tail)
{
    double span[2];
    find_span(span, p, spacing, tail);
    out->first = (int64_t)span[0];
    out->n = (int64_t)(span[1] - span[0]) + 1;
    WIL_TRY(wil_alloc_f64(&out->mass, (size_t)out->n));
    WIL_TRY(wil_alloc_f64(&out->chunk_sums, (size_t)(out->n / PLD_CHUNK + 1)));
    WIL_TRY(fill(out, p, spacing));
    trim(out);
    return WIL_OK;
}

wil_status pld_step_make(pld_step *out, const wil_privacy_mechanism *mechanism, int64_t group,
    pld_direction direction, double spacing, double tail)
{
    pld_pair p;
    memset(out, 0, sizeof *out);
    out->steps = mechanism->steps;
    wil_status status = pld_pair_make(&p, mechanism, group, direction, tail);
    if (status == WIL_OK)
        status = make_on_span(out, &p, spacing, tail);
    pld_pair_clear(&p);
    if (status != WIL_OK)
        pld_step_clear(out);
    return status;
}

void pld_step_clear(pld_step *step)
{
    wil_free(step->mass);
    wil_free(step->chunk_sums);
    memset(step, 0, sizeof *step);
}
