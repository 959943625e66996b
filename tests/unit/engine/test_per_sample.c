/* Clipped per-sample gradients against their definition: a loop over batches of one. */
#include "test.h"

#include "per_sample_fixture.h"

/* Double: sums of up to 1e4 products in another order, and differences between cross terms. */
#define F64_TOLERANCE 1e-11
/* Float: rounding of 6e-8 through a network and its second derivative, relative to the largest entry. */
#define F32_TOLERANCE 5e-5

static const int ROWS[MAX_SAMPLES] = {0, 1, 2, 3, 4, 5, 6, 7};

static double largest_entry(const definition *d)
{
    double scale = 0;
    for (int p = 0; p < d->n_params; p++)
        for (int64_t k = 0; k < d->count[p]; k++)
            scale = fmax(scale, fabs(d->sum[p][k]));
    return scale;
}

static void compare_sums(
    const char *what, const per_sample_net *net, const net_run *run, const definition *d, double tolerance)
{
    const double scale = largest_entry(d); /* of all parameters: a bias before a norm has no gradient */
    assert_int_equal(run->net.n_params, d->n_params);
    for (int p = 0; p < d->n_params; p++)
        for (int64_t k = 0; k < d->count[p]; k++)
            if (!(fabs(run_value(run, p, k) - d->sum[p][k]) <= tolerance * scale))
                fail_msg("%s, %s: parameter '%s' at %d is %.9g, expected %.9g", net->name, what,
                    wil_graph_node(run->net.g, run->net.params[p])->name, (int)k, run_value(run, p, k),
                    d->sum[p][k]);
}

static void compare_norms(
    const char *what, const per_sample_net *net, const net_run *run, const definition *d, double tolerance)
{
    for (int i = 0; i < run->net.n; i++)
        if (!(fabs(run_value(run, run->net.n_params, i) - d->norm[i]) <= tolerance * d->norm[i]))
            fail_msg("%s, %s: norm %d is %.9g, expected %.9g", net->name, what, i,
                run_value(run, run->net.n_params, i), d->norm[i]);
}

static void check_net(const per_sample_net *net, int n, wil_backend backend, wil_clip_form form,
    const char *what, double tolerance)
{
    net_run run;
    definition d;
    const double bound = n > 1 ? middle_norm(net, ROWS, n) : 1.0;
    define(&d, net, ROWS, n, bound);
    clipped_make(&run, net, n, backend, bound, false, form);
    run_bind(&run, ROWS);
    compare_norms(what, net, &run, &d, tolerance);
    compare_sums(what, net, &run, &d, tolerance);
    run_free(&run);
    definition_free(&d);
}

TEST(norms_and_clipped_sums_are_those_of_a_loop_over_single_samples)
{
    for (size_t i = 0; i < N_NETS; i++)
        check_net(&NETS[i], 3, WIL_BACKEND_REF_F64, WIL_CLIP_CHEAPER, "double", F64_TOLERANCE);
}

TEST(a_batch_of_one_is_clipped_too)
{
    for (size_t i = 0; i < N_NETS; i++)
        check_net(&NETS[i], 1, WIL_BACKEND_REF_F64, WIL_CLIP_CHEAPER, "one sample", F64_TOLERANCE);
}

TEST(gram_and_direct_form_agree_with_the_definition_in_float)
{
    for (size_t i = 0; i < N_NETS; i++) {
        check_net(&NETS[i], 3, WIL_BACKEND_FAST, WIL_CLIP_GRAM, "Gram form", F32_TOLERANCE);
        check_net(&NETS[i], 3, WIL_BACKEND_FAST, WIL_CLIP_DIRECT, "direct form", F32_TOLERANCE);
        check_net(&NETS[i], 4, WIL_BACKEND_FAST, WIL_CLIP_CHEAPER, "cheaper form", F32_TOLERANCE);
    }
}

/* ---- properties --------------------------------------------------------------------------------------- */

TEST(without_a_bound_in_reach_it_is_the_gradient_of_the_batch)
{
    for (size_t i = 0; i < N_NETS; i++) {
        net_run clipped;
        net_run ordinary;
        double scale = 0;
        clipped_make(&clipped, &NETS[i], 3, WIL_BACKEND_REF_F64, 1e12, false, WIL_CLIP_CHEAPER);
        ordinary_make(&ordinary, &NETS[i], 3, WIL_BACKEND_REF_F64);
        run_bind(&clipped, ROWS);
        run_bind(&ordinary, ROWS);
        for (int p = 0; p < ordinary.net.n_params; p++)
            for (int64_t k = 0; k < param_count(&ordinary, p); k++)
                scale = fmax(scale, fabs(run_value(&ordinary, p, k)));
        for (int p = 0; p < ordinary.net.n_params; p++)
            for (int64_t k = 0; k < param_count(&ordinary, p); k++)
                if (!(fabs(run_value(&clipped, p, k) - run_value(&ordinary, p, k)) <= F64_TOLERANCE * scale))
                    fail_msg("%s: gradient %d at %d is %.15g in parts and %.15g as a whole", NETS[i].name, p,
                        (int)k, run_value(&clipped, p, k), run_value(&ordinary, p, k));
        run_free(&clipped);
        run_free(&ordinary);
    }
}

/* One sample and two empty slots: the length of the sum is min(norm, bound). */
static void check_contribution(const per_sample_net *net, int sample, double bound)
{
    net_run run;
    const int rows[3] = {-1, sample, -1};
    clipped_make(&run, net, 3, WIL_BACKEND_FAST, bound, true, WIL_CLIP_CHEAPER);
    run_bind(&run, rows);
    const double norm = run_value(&run, run.net.n_params, 1);
    const double expected = fmin(norm, bound);
    if (!(fabs(sample_norm(&run) - expected) <= F32_TOLERANCE * expected))
        fail_msg("%s: sample %d of norm %.6g adds %.8g under a bound of %.8g", net->name, sample, norm,
            sample_norm(&run), bound);
    run_free(&run);
}

TEST(no_sample_adds_more_than_the_bound)
{
    for (size_t i = 0; i < N_NETS; i++) {
        const double bound = middle_norm(&NETS[i], ROWS, 4);
        for (int sample = 0; sample < 4; sample++)
            check_contribution(&NETS[i], sample, bound);
    }
}

/* Seven samples, three at a time: the last batch has two empty slots. */
static void check_micro_batches(const per_sample_net *net, wil_backend backend, double tolerance)
{
    net_run run;
    definition whole;
    definition got = {.n_params = 0};
    const double bound = middle_norm(net, ROWS, 7);
    define(&whole, net, ROWS, 7, bound);
    define(&got, net, ROWS, 0, bound); /* zeros of the right sizes */
    clipped_make(&run, net, 3, backend, bound, true, WIL_CLIP_CHEAPER);
    for (int first = 0; first < 7; first += 3) {
        const int rows[3] = {first, first + 1 < 7 ? first + 1 : -1, first + 2 < 7 ? first + 2 : -1};
        run_bind(&run, rows);
        for (int p = 0; p < got.n_params; p++)
            for (int64_t k = 0; k < got.count[p]; k++)
                got.sum[p][k] += run_value(&run, p, k);
    }
    for (int p = 0; p < got.n_params; p++)
        for (int64_t k = 0; k < got.count[p]; k++)
            if (!(fabs(got.sum[p][k] - whole.sum[p][k]) <= tolerance * largest_entry(&whole)))
                fail_msg("%s: parameter %d at %d is %.9g in micro-batches, %.9g in one", net->name, p, (int)k,
                    got.sum[p][k], whole.sum[p][k]);
    run_free(&run);
    definition_free(&whole);
    definition_free(&got);
}

TEST(micro_batches_with_empty_slots_add_up_to_one_batch)
{
    for (size_t i = 0; i < N_NETS; i++) {
        check_micro_batches(&NETS[i], WIL_BACKEND_REF_F64, F64_TOLERANCE);
        check_micro_batches(&NETS[i], WIL_BACKEND_FAST, F32_TOLERANCE);
    }
}

TEST(a_batch_of_empty_slots_gives_exactly_zero)
{
    const int rows[2] = {-1, -1};
    for (size_t i = 0; i < N_NETS; i++) {
        net_run run;
        clipped_make(&run, &NETS[i], 2, WIL_BACKEND_FAST, 0.01, true, WIL_CLIP_CHEAPER);
        run_bind(&run, rows);
        for (int p = 0; p < run.net.n_params; p++)
            for (int64_t k = 0; k < param_count(&run, p); k++)
                assert_true(run_value(&run, p, k) == 0.0);
        run_free(&run);
    }
}

/* Whatever the other rows hold: the factor of a sample is its own business. */
TEST(the_norm_of_a_sample_does_not_depend_on_its_neighbours)
{
    const int rows[2][3] = {{0, 1, 2}, {5, 1, 4}};
    for (size_t i = 0; i < N_NETS; i++) {
        net_run run;
        double norm[2];
        clipped_make(&run, &NETS[i], 3, WIL_BACKEND_REF_F64, 1.0, false, WIL_CLIP_CHEAPER);
        for (int k = 0; k < 2; k++) {
            run_bind(&run, rows[k]);
            norm[k] = run_value(&run, run.net.n_params, 1);
        }
        assert_true(norm[0] == norm[1]);
        run_free(&run);
    }
}
