/* Minibatch discrimination: its formula worked in double, its derivatives against finite differences, and
 * that samples see each other. */
#include "test.h"

#include "closed_form.h"
#include "nets_internal.h"
#include "outcome.h"
#include "willis/engine.h"

enum { N = 3, SIDE = 2, CHANNELS = 50, COUNT = N * SIDE * SIDE * CHANNELS };

typedef struct head {
    wil_params *params;
    wil_plan *plan; /* 0: scores [N,1]; 1: d (scores . WEIGHTS) / d features */
    double features[COUNT];
    double *weights[8];
    int n_weights;
} head;

static const double WEIGHTS[N] = {1, -0.7, 0.4};

static void head_new(head *h)
{
    WIL_OWN(wil_graph) *g = NULL;
    float values[COUNT];
    memset(h, 0, sizeof *h);
    OK(wil_graph_new(&g));
    OK(wil_params_new(&h->params));
    wil_nn nn = {.graph = g, .params = h->params, .prefix = "critic", .training = true};
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(4, N, SIDE, SIDE, CHANNELS));
    wil_node outputs[2] = {nets_minibatch_scores(&nn, x), WIL_NODE_NONE};
    wil_node loss = WIL_NODE_NONE;
    for (int i = 0; i < N; i++) {
        const wil_node one =
            wil_op_scale(g, wil_op_sum_all(g, wil_op_slice(g, outputs[0], 0, i, 1)), WEIGHTS[i]);
        loss = i == 0 ? one : wil_op_add(g, loss, one);
    }
    wil_graph_gradient(g, loss, &x, 1, &outputs[1]);
    OK(wil_graph_status(g));
    wil_plan_config config = wil_plan_config_default();
    config.backend = WIL_BACKEND_REF_F64;
    OK(wil_plan_compile(&h->plan, g, outputs, 2, &config));
    OK(closed_form_params(h->params, 3, closed_form_wgan_law));
    closed_form_fill(values, COUNT, "features", 3, 1, 0);
    for (int i = 0; i < COUNT; i++)
        h->features[i] = (double)values[i];
    OK(wil_plan_bind(h->plan, "x", h->features));
    for (int i = 0; i < wil_params_count(h->params); i++) {
        const wil_param *param = wil_params_at(h->params, i);
        const size_t n = (size_t)wil_shape_count(param->shape);
        double **copy = &h->weights[h->n_weights++];
        OK(wil_alloc_f64(copy, n));
        for (size_t k = 0; k < n; k++)
            (*copy)[k] = (double)param->value[k];
        OK(wil_plan_bind(h->plan, param->name, *copy));
    }
}

static void head_clear(head *h)
{
    wil_plan_free(h->plan);
    wil_params_free(h->params);
    for (int i = 0; i < h->n_weights; i++)
        wil_free(h->weights[i]);
}

static double loss_of(head *h)
{
    double sum = 0;
    OK(wil_plan_run(h->plan));
    for (int i = 0; i < N; i++)
        sum += WEIGHTS[i] * ((const double *)wil_plan_output(h->plan, 0))[i];
    return sum;
}

TEST(derivatives_are_those_of_differences)
{
    head h;
    double gradient[COUNT];
    const double step = 1e-6;
    head_new(&h);
    (void)loss_of(&h);
    memcpy(gradient, wil_plan_output(h.plan, 1), sizeof gradient);
    for (int i = 0; i < COUNT; i += 23) {
        const double kept = h.features[i];
        h.features[i] = kept + step;
        const double above = loss_of(&h);
        h.features[i] = kept - step;
        const double below = loss_of(&h);
        h.features[i] = kept;
        /* a curvature of 1 times step^2, and 1e-16 of a sum of 1 over step */
        assert_float_equal((above - below) / (2 * step), gradient[i], 1e-8);
    }
    head_clear(&h);
}

static const double *weight_of(const head *h, const char *name)
{
    for (int i = 0; i < h->n_weights; i++)
        if (strcmp(wil_params_at(h->params, i)->name, name) == 0)
            return h->weights[i];
    fail_msg("no %s", name);
    return NULL;
}

/* o_b(x_i) = sum over j other than i of exp(-sum_c |M_ibc - M_jbc|), M_ibc = row 100 c + b times x_i. */
TEST(scores_are_those_of_the_formula)
{
    enum { KERNELS = 100, NUMBERS = 16, LENGTH = SIDE * SIDE * CHANNELS };
    static double x[N][LENGTH], m[N][NUMBERS * KERNELS];
    head h;
    head_new(&h);
    const double *linear1 = weight_of(&h, "critic.linear1.weight"),
                 *bias1 = weight_of(&h, "critic.linear1.bias"),
                 *rows = weight_of(&h, "critic.discrimination.weight"),
                 *linear2 = weight_of(&h, "critic.linear2.weight"),
                 *bias2 = weight_of(&h, "critic.linear2.bias");
    for (int i = 0; i < N; i++) {
        for (int o = 0; o < LENGTH; o++) {
            x[i][o] = bias1[o];
            for (int k = 0; k < LENGTH; k++)
                x[i][o] += linear1[o * LENGTH + k] * h.features[i * LENGTH + k];
        }
        for (int o = 0; o < NUMBERS * KERNELS; o++) {
            m[i][o] = 0;
            for (int k = 0; k < LENGTH; k++)
                m[i][o] += rows[o * LENGTH + k] * x[i][k];
        }
    }
    (void)loss_of(&h);
    for (int i = 0; i < N; i++) {
        double score = bias2[0], likeness = 0;
        for (int k = 0; k < LENGTH; k++)
            score += linear2[k] * x[i][k];
        for (int b = 0; b < KERNELS; b++)
            for (int j = 0; j < N; j++) {
                double apart = 0;
                for (int c = 0; c < NUMBERS; c++)
                    apart += fabs(m[i][c * KERNELS + b] - m[j][c * KERNELS + b]);
                likeness += j == i ? 0 : exp(-apart);
                score += j == i ? 0 : linear2[LENGTH + b] * exp(-apart);
            }
        assert_true(likeness > 1e-6); /* it takes part */
        assert_float_equal(((const double *)wil_plan_output(h.plan, 0))[i], score, 1e-10);
    }
    head_clear(&h);
}

/* 96, 64 and 32 voxels a side: 2x2, 1x1 and 1x1 before the head. */
TEST(every_size_of_patch_has_a_head)
{
    static const int sides[] = {32, 64, 96, 128}, left[] = {1, 1, 2, 3};
    for (int i = 0; i < 4; i++) {
        WIL_OWN(wil_graph) *g = NULL;
        WIL_OWN(wil_params) *params = NULL;
        wil_wgan_config config = wil_wgan_config_default();
        wil_critic_seen seen;
        OK(wil_graph_new(&g));
        OK(wil_params_new(&params));
        wil_nn nn = {.graph = g, .params = params, .prefix = "critic", .training = true};
        config.height = config.width = sides[i];
        config.filters = 2;
        config.norm = WIL_CRITIC_BATCH_NORM;
        config.minibatch = true;
        const wil_node image = wil_graph_input_node(g, "image", wil_shape_of(4, 2, sides[i], sides[i], 2));
        const wil_node score = wil_nets_wgan_critic_seen(&nn, image, &config, NULL, &seen);
        OK(wil_graph_status(g));
        assert_true(wil_shape_equal(wil_graph_shape(g, score), wil_shape_of(2, 2, 1)));
        assert_true(wil_shape_equal(
            wil_graph_shape(g, seen.features), wil_shape_of(4, 2, left[i], left[i], CHANNELS)));
    }
}

TEST(other_critics_have_none)
{
    wil_wgan_config config = wil_wgan_config_default();
    config.minibatch = true;
    REFUSED(WIL_ERR_ARG, wil_wgan_config_check(&config), "minibatch discrimination", "DCGAN");
}
