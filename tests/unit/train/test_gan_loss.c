/* Adversarial losses against their formulas, worked in double, and their derivatives against finite
 * differences of those. */
#include "gan_loss.h"
#include "temp_folder.h"

#include <math.h>

#include "willis/engine.h"

#define N 6
#define SMOOTHING 0.2

static const double REAL[N] = {-3, -0.5, 0, 0.25, 2, 30};
static const double FAKE[N] = {-40, -2, -0.125, 0.5, 1, 4};

/* ---- formulas ------------------------------------------------------------------------------------------ */

static double log_sigmoid(double x)
{
    return x > 0 ? -log1p(exp(-x)) : x - log1p(exp(x));
}

/* What the critic loses by one score, whose target is t. */
static double lost(gan_loss_kind kind, double score, double target)
{
    switch (kind) {
    case GAN_WASSERSTEIN:
        return target > 0.5 ? -score : score;
    case GAN_BCE:
        return -target * log_sigmoid(score) - (1 - target) * log_sigmoid(-score);
    case GAN_LEAST_SQUARES:
        return (score - target) * (score - target) / 2;
    default:
        return NAN;
    }
}

static double critic_formula(gan_loss_kind kind, const double *real, const double *fake)
{
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += lost(kind, real[i], 1 - SMOOTHING) + lost(kind, fake[i], 0);
    return sum / N;
}

/* The generator's fakes are to be taken for real ones, without smoothing. */
static double generator_formula(gan_loss_kind kind, const double *fake)
{
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += lost(kind, fake[i], 1);
    return sum / N;
}

/* ---- graphs -------------------------------------------------------------------------------------------- */

typedef struct answer {
    double loss, each[N], by_real[N], by_fake[N];
} answer;

static answer compute(gan_loss_kind kind, bool critic)
{
    answer a = {0};
    WIL_OWN(wil_graph) *g = NULL;
    wil_plan *plan = NULL;
    OK(wil_graph_new(&g));
    const wil_node scores[2] = {wil_graph_input_node(g, "real", wil_shape_of(2, N, 1)),
        wil_graph_input_node(g, "fake", wil_shape_of(2, N, 1))};
    const gan_loss *row = &gan_losses[kind];
    wil_node out[4];
    out[0] = critic ? gan_critic_loss(g, row, scores[0], scores[1], SMOOTHING) : row->generator(g, scores[1]);
    out[1] = row->each(g, scores[0], scores[1], SMOOTHING);
    wil_graph_gradient(g, out[0], scores, 2, out + 2);
    OK(wil_graph_status(g));
    wil_plan_config config = wil_plan_config_default();
    config.backend = WIL_BACKEND_REF_F64;
    OK(wil_plan_compile(&plan, g, out, 4, &config));
    OK(wil_plan_bind(plan, "real", REAL));
    OK(wil_plan_bind(plan, "fake", FAKE));
    OK(wil_plan_run(plan));
    a.loss = *(const double *)wil_plan_output(plan, 0);
    memcpy(a.each, wil_plan_output(plan, 1), sizeof a.each);
    memcpy(a.by_real, wil_plan_output(plan, 2), sizeof a.by_real);
    memcpy(a.by_fake, wil_plan_output(plan, 3), sizeof a.by_fake);
    wil_plan_free(plan);
    return a;
}

static void losses_are_their_formulas(void **state)
{
    (void)state;
    for (gan_loss_kind kind = 0; kind < GAN_LOSSES; kind++) {
        const answer critic = compute(kind, true);
        double mean = 0;
        assert_float_equal(critic.loss, critic_formula(kind, REAL, FAKE), 1e-13 * 40); /* double, up to 40 */
        assert_float_equal(compute(kind, false).loss, generator_formula(kind, FAKE), 1e-13 * 40);
        for (int i = 0; i < N; i++) {
            mean += critic.each[i] / N;
            assert_float_equal(
                critic.each[i], lost(kind, REAL[i], 1 - SMOOTHING) + lost(kind, FAKE[i], 0), 1e-13 * 1000);
        }
        assert_float_equal(mean, critic.loss, 1e-13 * 1000);
    }
}

static void gradients_are_those_of_the_formulas(void **state)
{
    const double step = 1e-5; /* central: step^2 of a third derivative below 1, and 1e-16 x 1000 / step */
    (void)state;
    for (gan_loss_kind kind = 0; kind < GAN_LOSSES; kind++) {
        const answer critic = compute(kind, true);
        const answer generator = compute(kind, false);
        for (int i = 0; i < N; i++) {
            double up[2][N], down[2][N];
            memcpy(up[0], REAL, sizeof REAL);
            memcpy(up[1], FAKE, sizeof FAKE);
            memcpy(down, up, sizeof up);
            up[0][i] += step;
            down[0][i] -= step;
            assert_float_equal(critic.by_real[i],
                (critic_formula(kind, up[0], FAKE) - critic_formula(kind, down[0], FAKE)) / (2 * step), 1e-8);
            up[1][i] += step;
            down[1][i] -= step;
            assert_float_equal(critic.by_fake[i],
                (critic_formula(kind, REAL, up[1]) - critic_formula(kind, REAL, down[1])) / (2 * step), 1e-8);
            assert_float_equal(generator.by_fake[i],
                (generator_formula(kind, up[1]) - generator_formula(kind, down[1])) / (2 * step), 1e-8);
            assert_true(generator.by_real[i] == 0);
        }
    }
}

static void only_the_wasserstein_critic_takes_a_penalty(void **state)
{
    (void)state;
    for (gan_loss_kind kind = 0; kind < GAN_LOSSES; kind++)
        assert_true(gan_losses[kind].penalised == (kind == GAN_WASSERSTEIN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_their_formulas),
        cmocka_unit_test(gradients_are_those_of_the_formulas),
        cmocka_unit_test(only_the_wasserstein_critic_takes_a_penalty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
