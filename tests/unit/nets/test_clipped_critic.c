/* The study's critics clipped per sample, built from the layers of nn, over a Poisson batch. */
#include "test.h"

#include <math.h>

#include "outcome.h"
#include "willis/engine.h"
#include "willis/nets.h"

enum { SLOTS = 3, SIZE = 32, MAX_WEIGHTS = 16, N_CHOSEN = 5 };

/* Float through a second derivative, relative to the largest entry. */
#define TOLERANCE 5e-5

typedef struct networks {
    wil_params *generator, *critic;
    wil_wgan_config config;
} networks;

typedef struct step {
    wil_plan *plan;
    int n_weights;
    float *real, *z, *mix, mask[SLOTS];
} step;

static wil_node critic_losses(wil_graph *g, const networks *nets, int n)
{
    const wil_wgan_config *net = &nets->config;
    wil_nn make = {.graph = g, .params = nets->generator, .prefix = "generator"}; /* no batch statistics */
    wil_nn judge = {.graph = g, .params = nets->critic, .prefix = "critic", .training = true};
    const wil_node real = wil_graph_input_node(g, "real", wil_shape_of(4, n, SIZE, SIZE, 2));
    const wil_node z = wil_graph_input_node(g, "z", wil_shape_of(2, n, net->latent));
    const wil_node mix = wil_graph_input_node(g, "mix", wil_shape_of(4, n, 1, 1, 1));
    const wil_node fake = wil_op_stop_gradient(g, wil_nets_wgan_generator(&make, z, net, NULL));
    const wil_node score = wil_nets_wgan_critic(&judge, wil_op_concat(g, real, fake, 0), net, NULL);
    const wil_node between = wil_op_add(g, fake, wil_op_mul(g, mix, wil_op_sub(g, real, fake)));
    const wil_node penalties =
        wil_loss_gradient_penalties(g, wil_nets_wgan_critic(&judge, between, net, NULL), between, 10.0);
    return wil_op_add(
        g, penalties, wil_op_sub(g, wil_op_slice(g, score, 0, n, n), wil_op_slice(g, score, 0, 0, n)));
}

/* bound 0: the ordinary gradient of the sum. */
static void step_make(step *s, const networks *nets, int n, double bound)
{
    wil_graph *g = NULL;
    wil_node weights[MAX_WEIGHTS];
    wil_node outputs[MAX_WEIGHTS];
    memset(s, 0, sizeof *s);
    OK(wil_graph_new(&g));
    const wil_node losses = critic_losses(g, nets, n);
    s->n_weights = wil_params_trained_nodes(nets->critic, g, weights);
    if (bound > 0) {
        wil_clip_config config = wil_clip_config_default();
        config.bound = bound;
        config.mask = wil_graph_input_node(g, "mask", wil_shape_of(1, n));
        wil_graph_gradient_clipped(g, losses, weights, s->n_weights, &config, outputs, NULL);
    } else {
        wil_graph_gradient(g, wil_op_sum_all(g, losses), weights, s->n_weights, outputs);
    }
    OK(wil_plan_compile(&s->plan, g, outputs, s->n_weights, NULL));
    wil_graph_free(g);
    OK(wil_alloc_f32(&s->real, (size_t)n * SIZE * SIZE * 2));
    OK(wil_alloc_f32(&s->z, (size_t)(n * nets->config.latent)));
    OK(wil_alloc_f32(&s->mix, (size_t)n));
    OK(wil_params_allocate(nets->generator));
    OK(wil_params_allocate(nets->critic));
    for (int i = 0; i < wil_plan_n_leaves(s->plan); i++) {
        const char *name = wil_plan_leaf_name(s->plan, i);
        const wil_param *a = wil_params_find(nets->generator, name);
        const wil_param *b = wil_params_find(nets->critic, name);
        OK(wil_plan_bind(s->plan, name,
            a != NULL                   ? a->value
            : b != NULL                 ? b->value
            : strcmp(name, "real") == 0 ? s->real
            : strcmp(name, "z") == 0    ? s->z
            : strcmp(name, "mix") == 0  ? s->mix
                                        : s->mask));
    }
}

static void step_free(step *s)
{
    wil_plan_free(s->plan);
    wil_free(s->real);
    wil_free(s->z);
    wil_free(s->mix);
}

/* Patch `sample` into a slot; zeros for -1. */
static void fill_slot(step *s, int slot, int sample, int latent)
{
    const size_t n_image = (size_t)SIZE * SIZE * 2;
    s->mask[slot % SLOTS] = sample < 0 ? 0.0f : 1.0f;
    memset(s->real + (size_t)slot * n_image, 0, n_image * sizeof(float));
    memset(s->z + slot * latent, 0, (size_t)latent * sizeof(float));
    s->mix[slot] = 0.0f;
    if (sample < 0)
        return;
    const wil_rng rng = wil_rng_at(9, WIL_RNG_TEST, (uint32_t)sample);
    wil_rng_fill_uniform_f32(rng, 0, n_image, s->real + (size_t)slot * n_image);
    wil_rng_fill_normal_f32(rng, n_image, (size_t)latent, s->z + slot * latent);
    s->mix[slot] = 0.15f * (float)(sample + 1);
}

static void gradients_of(const step *s, const float **out)
{
    for (int i = 0; i < s->n_weights; i++)
        out[i] = wil_plan_output(s->plan, i);
}

/* The definition: each chosen sample alone, cut to the bound; sum may be NULL. */
static void clipped_loop(double *const *sum, double norms[N_CHOSEN], const networks *nets, const int *chosen,
    const int64_t *sizes, double bound)
{
    step one;
    step_make(&one, nets, 1, 0.0);
    for (int c = 0; c < N_CHOSEN; c++) {
        double norm2 = 0;
        const float *gradients[MAX_WEIGHTS];
        fill_slot(&one, 0, chosen[c], nets->config.latent);
        OK(wil_plan_run(one.plan));
        gradients_of(&one, gradients);
        for (int i = 0; i < one.n_weights; i++)
            for (int64_t k = 0; k < sizes[i]; k++)
                norm2 += (double)gradients[i][k] * (double)gradients[i][k];
        norms[c] = sqrt(norm2);
        for (int i = 0; i < one.n_weights && sum != NULL; i++)
            for (int64_t k = 0; k < sizes[i]; k++)
                sum[i][k] += (double)gradients[i][k] * fmin(1.0, bound / norms[c]);
    }
    step_free(&one);
}

/* A bound that cuts some samples and leaves some. */
static double middle_of(const double norms[N_CHOSEN])
{
    double low = norms[0];
    double high = norms[0];
    for (int c = 1; c < N_CHOSEN; c++) {
        low = fmin(low, norms[c]);
        high = fmax(high, norms[c]);
    }
    assert_true(low < 0.99 * high);
    return 0.5 * (low + high);
}

static void run_poisson_batch(step *s, wil_gradient_sum *sum, int latent, const int *chosen, int n_chosen)
{
    wil_gradient_sum_zero(sum);
    for (int first = 0; first < n_chosen; first += SLOTS) {
        const float *gradients[MAX_WEIGHTS];
        for (int slot = 0; slot < SLOTS; slot++)
            fill_slot(s, slot, first + slot < n_chosen ? chosen[first + slot] : -1, latent);
        OK(wil_plan_run(s->plan));
        gradients_of(s, gradients);
        wil_gradient_sum_add(sum, gradients);
    }
}

static void compare(const wil_gradient_sum *sum, double *const *expected)
{
    double largest = 0;
    for (int i = 0; i < wil_gradient_sum_count(sum); i++)
        for (int64_t k = 0; k < wil_gradient_sum_size(sum, i); k++)
            largest = fmax(largest, fabs(expected[i][k]));
    for (int i = 0; i < wil_gradient_sum_count(sum); i++)
        for (int64_t k = 0; k < wil_gradient_sum_size(sum, i); k++) {
            const double got = (double)wil_gradient_sum_values(sum)[i][k];
            if (!(fabs(got - expected[i][k]) <= TOLERANCE * largest))
                fail_msg("weight %d at %d: %.9g, expected %.9g", i, (int)k, got, expected[i][k]);
        }
}

static void check_poisson_batch(const networks *nets, wil_gradient_sum *sum)
{
    const int chosen[N_CHOSEN] = {0, 2, 3, 5, 4};
    double *expected[MAX_WEIGHTS];
    double norms[N_CHOSEN];
    int64_t sizes[MAX_WEIGHTS];
    step clipped;
    for (int i = 0; i < wil_gradient_sum_count(sum); i++) {
        sizes[i] = wil_gradient_sum_size(sum, i);
        OK(wil_alloc_f64(&expected[i], (size_t)sizes[i]));
    }
    clipped_loop(NULL, norms, nets, chosen, sizes, 0.0);
    const double bound = middle_of(norms);
    clipped_loop(expected, norms, nets, chosen, sizes, bound);
    step_make(&clipped, nets, SLOTS, bound);
    run_poisson_batch(&clipped, sum, nets->config.latent, chosen, N_CHOSEN);
    compare(sum, expected);
    run_poisson_batch(&clipped, sum, nets->config.latent, chosen, 0); /* nobody was drawn */
    for (int i = 0; i < clipped.n_weights; i++)
        assert_true(wil_gradient_sum_values(sum)[i][0] == 0.0f);
    for (int i = 0; i < clipped.n_weights; i++)
        wil_free(expected[i]);
    step_free(&clipped);
}

static void networks_make(networks *nets, wil_critic_norm norm)
{
    wil_graph *g = NULL;
    *nets = (networks){.config = wil_wgan_config_default()};
    nets->config.height = nets->config.width = SIZE;
    nets->config.filters = 2;
    nets->config.latent = 4;
    nets->config.norm = norm;
    OK(wil_graph_new(&g));
    OK(wil_params_new(&nets->generator));
    OK(wil_params_new(&nets->critic));
    (void)critic_losses(g, nets, 1); /* names the weights */
    OK(wil_graph_status(g));
    wil_graph_free(g);
    OK(wil_params_allocate(nets->generator));
    OK(wil_params_allocate(nets->critic));
    OK(wil_params_initialize(nets->generator, 1));
    OK(wil_params_initialize(nets->critic, 2));
}

static void networks_free(networks *nets)
{
    wil_params_free(nets->generator);
    wil_params_free(nets->critic);
}

static void check_critic(wil_critic_norm norm)
{
    networks nets;
    wil_gradient_sum *sum = NULL;
    networks_make(&nets, norm);
    OK(wil_gradient_sum_new(&sum, nets.critic));
    check_poisson_batch(&nets, sum);
    wil_gradient_sum_free(sum);
    networks_free(&nets);
}

TEST(the_wgan_gp_critic_clips_a_poisson_batch_as_a_loop_does)
{
    check_critic(WIL_CRITIC_INSTANCE_NORM);
}

TEST(the_spectral_critic_clips_a_poisson_batch_as_a_loop_does)
{
    check_critic(WIL_CRITIC_SPECTRAL_NORM);
}

TEST(a_gradient_sum_adds_and_scales)
{
    networks nets;
    wil_gradient_sum *sum = NULL;
    WIL_OWN(float) *values = NULL;
    const float *gradients[MAX_WEIGHTS];
    const int64_t n_values = 32 * 16 * 25; /* of the largest weight */
    networks_make(&nets, WIL_CRITIC_NO_NORM);
    OK(wil_gradient_sum_new(&sum, nets.critic));
    OK(wil_alloc_f32(&values, (size_t)n_values));
    for (int64_t k = 0; k < n_values; k++)
        values[k] = (float)(k % 7);
    for (int i = 0; i < wil_gradient_sum_count(sum); i++) {
        assert_in_range(wil_gradient_sum_size(sum, i), 1, n_values);
        gradients[i] = values;
    }
    for (int k = 0; k < 3; k++)
        wil_gradient_sum_add(sum, gradients);
    wil_gradient_sum_scale(sum, 0.5f);
    for (int i = 0; i < wil_gradient_sum_count(sum); i++)
        for (int64_t k = 0; k < wil_gradient_sum_size(sum, i); k++)
            assert_true(wil_gradient_sum_values(sum)[i][k] == 1.5f * (float)(k % 7)); /* exact in float */
    wil_gradient_sum_free(sum);
    networks_free(&nets);
}
