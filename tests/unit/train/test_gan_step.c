/* Critic steps with gradients clipped per sample against the ordinary ones, of every loss. */
#include "gan_step.h"
#include "taken_gradients.h"

#define BATCH 3
#define SIDE 32
#define LATENT 5
#define MOST_INPUTS 4

typedef struct rig {
    wil_wgan_config net;
    wil_params *generator, *critic;
    net_step step;
    float *inputs[MOST_INPUTS];
    int n_inputs;
} rig;

/* Weights and inputs that depend on seeds alone; every slot of a mask holds a sample. */
static void bind_inputs(rig *r, wil_plan *plan)
{
    for (int i = 0; i < wil_plan_n_leaves(plan); i++) {
        const char *name = wil_plan_leaf_name(plan, i);
        const size_t n = (size_t)wil_shape_count(wil_plan_leaf_shape(plan, i));
        if (wil_params_find(r->generator, name) != NULL || wil_params_find(r->critic, name) != NULL)
            continue;
        float **input = &r->inputs[r->n_inputs++];
        OK(wil_alloc_f32(input, n));
        /* addressed by the name, so that other steps see the same numbers */
        wil_rng_fill_uniform_f32(
            wil_rng_at(2, WIL_RNG_TEST, (uint32_t)name[0] + (uint32_t)name[1]), 0, n, *input);
        for (size_t k = 0; k < n && strcmp(name, "mask") == 0; k++)
            (*input)[k] = 1;
        OK(wil_plan_bind(plan, name, *input));
    }
    OK(wil_params_initialize(r->generator, 3));
    OK(wil_params_initialize(r->critic, 4));
}

static void rig_new(rig *r)
{
    memset(r, 0, sizeof *r);
    r->net = wil_wgan_config_default();
    r->net.height = r->net.width = SIDE;
    r->net.filters = 2;
    r->net.latent = LATENT;
    OK(wil_params_new(&r->generator));
    OK(wil_params_new(&r->critic));
}

static void rig_clear(rig *r)
{
    net_step_clear(&r->step);
    wil_params_free(r->generator);
    wil_params_free(r->critic);
    for (int i = 0; i < r->n_inputs; i++)
        wil_free(r->inputs[i]);
}

/* The gradients of a step with this penalty and bound, as one array; returned, freed with wil_free. */
static double *gradients_in(
    wil_precision precision, gan_loss_kind loss, double penalty, double bound, size_t *n_out)
{
    rig r;
    wil_graph *graph = NULL;
    double *all = NULL;
    rig_new(&r);
    OK(wil_graph_new(&graph));
    const gan_spec spec = {.net = &gan_net_wgan,
        .config = &r.net,
        .loss = &gan_losses[loss],
        .batch = BATCH,
        .smoothing = 0.1,
        .gradient_penalty = penalty,
        .clip_bound = bound,
        .generator = r.generator,
        .critic = r.critic};
    gan_critic_step(&r.step, graph, &spec);
    wil_params *sets[] = {r.generator, r.critic};
    wil_plan_config plan = wil_plan_config_default();
    plan.precision = precision;
    OK(net_step_compile(&r.step, graph, &plan));
    OK(net_step_bind(&r.step, sets, 2));
    wil_graph_free(graph);
    bind_inputs(&r, r.step.plan);
    const taken_gradients taken = run_for_gradients(&r.step);
    *n_out = taken.n;
    OK(wil_alloc_f64(&all, taken.n));
    for (size_t i = 0; i < taken.n; i++)
        all[i] = (double)taken.values[i];
    wil_free(taken.values);
    rig_clear(&r);
    return all;
}

static double *gradients_of(double penalty, double bound, size_t *n_out)
{
    return gradients_in(WIL_PRECISION_F32, GAN_WASSERSTEIN, penalty, bound, n_out);
}

static double length(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i] * values[i];
    return sqrt(sum);
}

/* Largest difference, relative to the length of a. */
static double difference(const double *a, const double *b, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(a[i] - b[i]));
    return most / length(a, n);
}

static void a_bound_that_no_sample_reaches_changes_nothing(void **state)
{
    static const double penalties[] = {0, 10};
    (void)state;
    for (int i = 0; i < 2; i++) {
        size_t n = 0;
        double *plain = gradients_of(penalties[i], 0, &n);
        double *clipped = gradients_of(penalties[i], 1e9, &n);
        assert_true(length(plain, n) > 0);
        assert_true(difference(plain, clipped, n) < 1e-4); /* float, through a second derivative */
        wil_free(plain);
        wil_free(clipped);
    }
}

static void a_clipped_batch_gradient_is_no_longer_than_the_bound(void **state)
{
    const double bound = 1e-3;
    size_t n = 0;
    (void)state;
    double *plain = gradients_of(10, 0, &n);
    double *clipped = gradients_of(10, bound, &n);
    assert_true(length(plain, n) > 10 * bound);
    /* the mean of vectors no longer than bound; rounding as docs/graph.md states it */
    assert_true(length(clipped, n) <= bound * (1 + 1e-4));
    assert_true(length(clipped, n) > 0);
    wil_free(plain);
    wil_free(clipped);
}

/* Norms are those of the very operands that the gradient is made of; scaling them by the clip factor rounds
 * each once more, by up to 2^-9 of it. */
static void in_bfloat16_clipping_holds_to_its_rounding(void **state)
{
    static const double penalties[] = {0, 10};
    const double bound = 1e-3;
    (void)state;
    if (!wil_backend_has(WIL_BACKEND_FAST, WIL_PRECISION_BF16)) {
        print_message("SKIPPED: this processor has no bfloat16 instructions, or WILLIS_ISA forbids them\n");
        skip();
    }
    for (int i = 0; i < 2; i++) {
        size_t n = 0;
        double *plain = gradients_in(WIL_PRECISION_BF16, GAN_WASSERSTEIN, penalties[i], 0, &n);
        double *unreached = gradients_in(WIL_PRECISION_BF16, GAN_WASSERSTEIN, penalties[i], 1e9, &n);
        double *clipped = gradients_in(WIL_PRECISION_BF16, GAN_WASSERSTEIN, penalties[i], bound, &n);
        assert_true(length(clipped, n) <= bound * (1 + 1.0 / 512));
        assert_true(length(clipped, n) > 0);
        for (size_t k = 0; k < n; k++)
            unreached[k] -= plain[k];
        assert_true(length(unreached, n) < 0.02 * length(plain, n)); /* a handful of roundings in a row */
        wil_free(plain);
        wil_free(unreached);
        wil_free(clipped);
    }
}

static void so_it_is_with_every_other_loss(void **state)
{
    (void)state;
    for (gan_loss_kind loss = GAN_BCE; loss < GAN_LOSSES; loss++) {
        size_t n = 0;
        double *plain = gradients_in(WIL_PRECISION_F32, loss, 0, 0, &n);
        double *clipped = gradients_in(WIL_PRECISION_F32, loss, 0, 1e9, &n);
        assert_true(length(plain, n) > 0);
        assert_true(difference(plain, clipped, n) < 1e-5); /* float */
        wil_free(plain);
        wil_free(clipped);
    }
}

static void another_loss_is_another_gradient(void **state)
{
    size_t n = 0;
    double *all[GAN_LOSSES];
    (void)state;
    for (gan_loss_kind loss = 0; loss < GAN_LOSSES; loss++)
        all[loss] = gradients_in(WIL_PRECISION_F32, loss, 0, 0, &n);
    for (int a = 0; a < GAN_LOSSES; a++)
        for (int b = 0; b < a; b++)
            assert_true(difference(all[a], all[b], n) > 1e-3);
    for (int a = 0; a < GAN_LOSSES; a++)
        wil_free(all[a]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bound_that_no_sample_reaches_changes_nothing),
        cmocka_unit_test(a_clipped_batch_gradient_is_no_longer_than_the_bound),
        cmocka_unit_test(in_bfloat16_clipping_holds_to_its_rounding),
        cmocka_unit_test(so_it_is_with_every_other_loss),
        cmocka_unit_test(another_loss_is_another_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
