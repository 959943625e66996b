/* One step of training against the formulas it stands for. */
#include "policy.h"
#include "run_fixture.h"
#include "willis/train.h"

static const train_policy PLAIN = {.kind = POLICY_PLAIN};

typedef struct rig {
    wil_graph *graph;
    wil_params *sets[2];
    wil_optimizer *optimizers[2];
    net_step step;
} rig;

static rig rig_new(void)
{
    rig r = {0};
    OK(wil_graph_new(&r.graph));
    OK(wil_params_new(&r.sets[0]));
    OK(wil_params_new(&r.sets[1]));
    return r;
}

static wil_nn nn_of(rig *r, int set)
{
    return (wil_nn){
        .graph = r->graph, .params = r->sets[set], .prefix = set == 0 ? "a" : "b", .training = true};
}

/* Plain gradient descent, whose update can be done by hand. */
static void compile(rig *r, int n_sets, const double *rates)
{
    wil_optimizer_config sgd = wil_optimizer_config_default(WIL_OPTIMIZER_SGD);
    OK(net_step_compile(&r->step, r->graph, NULL));
    OK(net_step_bind(&r->step, r->sets, n_sets));
    for (int i = 0; i < n_sets; i++) {
        sgd.learning_rate = rates[i];
        OK(wil_params_initialize(r->sets[i], 3 + (uint64_t)i));
        OK(wil_optimizer_new(&r->optimizers[i], r->sets[i], &sgd));
        r->step.trained[i].optimizer = r->optimizers[i];
    }
}

static void rig_clear(rig *r)
{
    net_step_clear(&r->step);
    for (int i = 0; i < 2; i++) {
        wil_optimizer_free(r->optimizers[i]);
        wil_params_free(r->sets[i]);
    }
    wil_graph_free(r->graph);
}

static float *value_of(rig *r, int set, const char *name)
{
    wil_param *param = wil_params_find(r->sets[set], name);
    assert_non_null(param);
    return param->value;
}

/* ---- weights ------------------------------------------------------------------------------------------- */

static void each_set_follows_its_own_loss_with_its_own_optimizer(void **state)
{
    static const float x[6] = {1, -2, 3, 0.5f, 4, -1}; /* [2,3] */
    static const double rates[2] = {0.5, 0.25};        /* exact in binary, as is all of x */
    float before[2][3];
    rig r = rig_new();
    wil_nn a = nn_of(&r, 0);
    wil_nn b = nn_of(&r, 1);
    (void)state;
    const wil_node input = wil_graph_input_node(r.graph, "x", wil_shape_of(2, 2, 3));
    const wil_node first =
        wil_op_sum_all(r.graph, wil_nn_linear(&a, "l", input, 1, false, false, (wil_init){0}));
    const wil_node second =
        wil_op_sum_all(r.graph, wil_nn_linear(&b, "l", input, 1, false, false, (wil_init){0}));
    assert_int_equal(net_step_output(&r.step, r.graph, first), 0);
    assert_int_equal(net_step_output(&r.step, r.graph, second), 1);
    net_step_train(&r.step, r.graph, first, r.sets[0]);
    net_step_train(&r.step, r.graph, wil_op_scale(r.graph, second, -2), r.sets[1]);
    compile(&r, 2, rates);
    OK(wil_plan_bind(r.step.plan, "x", x));
    memcpy(before[0], value_of(&r, 0, "a.l.weight"), sizeof before[0]);
    memcpy(before[1], value_of(&r, 1, "b.l.weight"), sizeof before[1]);
    OK(policy_update(&PLAIN, &r.step));
    for (int i = 0; i < 3; i++) {
        /* d(sum of x w)/dw = sum of x over the batch; one rounding of the update */
        const double slope = (double)x[i] + (double)x[3 + i];
        assert_float_equal(value_of(&r, 0, "a.l.weight")[i], before[0][i] - rates[0] * slope, 1e-6);
        assert_float_equal(value_of(&r, 1, "b.l.weight")[i], before[1][i] + 2 * rates[1] * slope, 1e-6);
    }
    rig_clear(&r);
}

static void weights_are_cut_to_their_limit_after_the_update(void **state)
{
    static const float x[3] = {1, -1, 0};
    static const double rate[1] = {1}; /* moves the first two weights by 1, the third not at all */
    rig r = rig_new();
    wil_nn nn = nn_of(&r, 0);
    (void)state;
    const wil_node input = wil_graph_input_node(r.graph, "x", wil_shape_of(2, 1, 3));
    const wil_node loss =
        wil_op_sum_all(r.graph, wil_nn_linear(&nn, "l", input, 1, false, false, (wil_init){0}));
    (void)net_step_output(&r.step, r.graph, loss);
    net_step_train(&r.step, r.graph, loss, r.sets[0]);
    compile(&r, 1, rate);
    r.step.weight_limit = 0.25f;
    OK(wil_plan_bind(r.step.plan, "x", x));
    float *w = value_of(&r, 0, "a.l.weight");
    w[0] = 0.125f;
    w[1] = 0.125f;
    w[2] = 0.125f;
    OK(policy_update(&PLAIN, &r.step));
    assert_true(w[0] == -0.25f);
    assert_true(w[1] == 0.25f);
    assert_true(w[2] == 0.125f);
    rig_clear(&r);
}

/* ---- states -------------------------------------------------------------------------------------------- */

#define SAMPLES 2
#define PIXELS 12 /* 3 x 4 */
#define CHANNELS 3

/* Mean and unbiased variance of a channel over batch and space, in double. */
static void moments(const float *x, int channel, double *mean, double *var)
{
    const int n = SAMPLES * PIXELS;
    *mean = *var = 0;
    for (int i = 0; i < n; i++)
        *mean += (double)x[i * CHANNELS + channel] / n;
    for (int i = 0; i < n; i++)
        *var += pow((double)x[i * CHANNELS + channel] - *mean, 2) / (n - 1);
}

static void running_statistics_move_a_tenth_towards_the_batch_as_in_pytorch(void **state)
{
    static const double rate[1] = {0.1};
    float x[SAMPLES * PIXELS * CHANNELS];
    rig r = rig_new();
    wil_nn nn = nn_of(&r, 0);
    (void)state;
    wil_rng_fill_normal_f32(wil_rng_at(1, WIL_RNG_TEST, 0), 0, SAMPLES * PIXELS * CHANNELS, x);
    for (int i = 0; i < SAMPLES * PIXELS * CHANNELS; i++)
        x[i] = x[i] * (float)(1 + i % CHANNELS) + 2.0f;
    const wil_node input = wil_graph_input_node(r.graph, "x", wil_shape_of(4, SAMPLES, 3, 4, CHANNELS));
    const wil_node y = wil_nn_batch_norm(&nn, "norm", input, (wil_init){0}, &r.step.stats);
    const wil_node loss = wil_op_mean_all(r.graph, wil_op_square(r.graph, y));
    (void)net_step_output(&r.step, r.graph, loss);
    net_step_train(&r.step, r.graph, loss, r.sets[0]);
    compile(&r, 1, rate);
    OK(wil_plan_bind(r.step.plan, "x", x));
    for (int step = 1; step <= 3; step++) {
        OK(policy_update(&PLAIN, &r.step));
        const double left = pow(0.9, step); /* of the first values, 0 and 1 */
        for (int c = 0; c < CHANNELS; c++) {
            double mean = 0;
            double var = 0;
            moments(x, c, &mean, &var);
            /* 24 float summands and three updates, each rounded to 6e-8 of values up to 10 */
            assert_float_equal(value_of(&r, 0, "a.norm.running_mean")[c], (1 - left) * mean, 1e-5);
            assert_float_equal(value_of(&r, 0, "a.norm.running_var")[c], left + (1 - left) * var, 1e-5);
        }
    }
    rig_clear(&r);
}

#define ROWS 4
#define COLUMNS 3

/* u' = W v / |W v| with v = W^T u / |W^T u|, in double. */
static void power_iteration(const float *w, double *u)
{
    double v[COLUMNS] = {0};
    double length2 = 0;
    for (int k = 0; k < COLUMNS; k++)
        for (int i = 0; i < ROWS; i++)
            v[k] += (double)w[i * COLUMNS + k] * u[i];
    for (int i = 0; i < ROWS; i++) {
        u[i] = 0;
        for (int k = 0; k < COLUMNS; k++)
            u[i] += (double)w[i * COLUMNS + k] * v[k];
        length2 += u[i] * u[i];
    }
    for (int i = 0; i < ROWS; i++)
        u[i] /= sqrt(length2);
}

static void a_step_advances_the_power_iteration_by_one(void **state)
{
    static const float x[2 * COLUMNS] = {1, 2, -1, 0.5f, -3, 1};
    static const double rate[1] = {0.01};
    double u[ROWS];
    rig r = rig_new();
    wil_nn nn = nn_of(&r, 0);
    (void)state;
    nn.power = &r.step.power;
    const wil_node input = wil_graph_input_node(r.graph, "x", wil_shape_of(2, 2, COLUMNS));
    const wil_node y = wil_nn_linear(&nn, "l", input, ROWS, false, true, (wil_init){0});
    const wil_node loss = wil_op_sum_all(r.graph, wil_op_square(r.graph, y));
    (void)net_step_output(&r.step, r.graph, loss);
    net_step_train(&r.step, r.graph, loss, r.sets[0]);
    compile(&r, 1, rate);
    OK(wil_plan_bind(r.step.plan, "x", x));
    for (int step = 0; step < 2; step++) {
        for (int i = 0; i < ROWS; i++)
            u[i] = (double)value_of(&r, 0, "a.l.weight_u")[i];
        power_iteration(value_of(&r, 0, "a.l.weight_orig"), u); /* with the weights before the update */
        OK(policy_update(&PLAIN, &r.step));
        for (int i = 0; i < ROWS; i++) /* unit vector, a dozen float roundings */
            assert_float_equal(value_of(&r, 0, "a.l.weight_u")[i], u[i], 2e-6);
    }
    rig_clear(&r);
}

static void too_many_outputs_are_refused(void **state)
{
    rig r = rig_new();
    (void)state;
    for (int i = 0; i <= NET_STEP_OUTPUTS; i++)
        (void)net_step_output(&r.step, r.graph, wil_op_fill(r.graph, wil_shape_of(0), i));
    REFUSED(WIL_ERR_ARG, net_step_compile(&r.step, r.graph, NULL), "at most 512 outputs");
    rig_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_set_follows_its_own_loss_with_its_own_optimizer),
        cmocka_unit_test(weights_are_cut_to_their_limit_after_the_update),
        cmocka_unit_test(running_statistics_move_a_tenth_towards_the_batch_as_in_pytorch),
        cmocka_unit_test(a_step_advances_the_power_iteration_by_one),
        cmocka_unit_test(too_many_outputs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
