/* What happens between gradient and optimiser: at once, or collected over shards of a batch. */
#include "policy.h"
#include "run_fixture.h"
#include "unet_step.h"

#define SHARDS 4
#define SIDE 8
#define PATCH (SIDE * SIDE)

/* Linear in the batch's mean, so that the gradient of a batch is the mean of its shards'. */
static void mean_loss_step(net_step *step, wil_graph *graph, const void *spec_at)
{
    const unet_spec *spec = spec_at;
    wil_nn nn = {.graph = graph, .params = spec->params, .prefix = "unet", .training = true};
    const wil_node x = wil_graph_input_node(graph, "image", spec->image);
    const wil_node label = wil_graph_input_node(graph, "label", spec->image);
    const wil_node loss = wil_loss_bce_logits(graph, wil_nets_unet(&nn, x, spec->net), label);
    (void)net_step_output(step, graph, loss);
    net_step_train(step, graph, loss, spec->params);
}

typedef struct rig {
    wil_params *params;
    wil_optimizer *optimizer;
    net_step step;
    float image[SHARDS * PATCH], label[SHARDS * PATCH];
    int batch;
    char calls[64]; /* a letter each */
    float shift;    /* that the noise hook adds to every value */
} rig;

static void rig_open(rig *r, int batch, wil_optimizer_kind kind)
{
    WIL_OWN(wil_graph) *graph = NULL;
    wil_unet_config net = wil_unet_config_default();
    wil_optimizer_config rule = wil_optimizer_config_default(kind);
    memset(r, 0, sizeof *r);
    r->batch = batch;
    net.filters = 2;
    net.levels = 2;
    net.dropout = 0;
    rule.learning_rate = 0.01;
    OK(wil_graph_new(&graph));
    OK(wil_params_new(&r->params));
    const unet_spec spec = {.net = &net, .params = r->params, .image = wil_shape_of(4, batch, SIDE, SIDE, 1)};
    mean_loss_step(&r->step, graph, &spec);
    OK(net_step_compile(&r->step, graph, NULL));
    OK(net_step_bind(&r->step, &r->params, 1));
    OK(wil_params_initialize(r->params, 5));
    OK(wil_optimizer_new(&r->optimizer, r->params, &rule));
    r->step.trained[0].optimizer = r->optimizer;
    wil_rng_fill_normal_f32(wil_rng_at(1, WIL_RNG_TEST, 0), 0, SHARDS * PATCH, r->image);
    for (int i = 0; i < SHARDS * PATCH; i++)
        r->label[i] = r->image[i] > 0.5f;
    OK(wil_plan_bind(r->step.plan, "image", r->image));
    OK(wil_plan_bind(r->step.plan, "label", r->label));
}

static void rig_close(rig *r)
{
    net_step_clear(&r->step);
    wil_optimizer_free(r->optimizer);
    wil_params_free(r->params);
}

static void note(rig *r, char call)
{
    const size_t n = strlen(r->calls);
    if (n + 1 < sizeof r->calls)
        r->calls[n] = call;
}

/* Shard k of the batch. */
static wil_status feed(void *context, int run)
{
    rig *r = context;
    note(r, (char)('0' + run));
    OK(wil_plan_bind(r->step.plan, "image", r->image + run * r->batch * PATCH));
    OK(wil_plan_bind(r->step.plan, "label", r->label + run * r->batch * PATCH));
    return WIL_OK;
}

static wil_status reduce(void *context, int set, wil_gradient_sum *sum)
{
    note(context, 'r');
    assert_int_equal(set, 0);
    assert_true(wil_gradient_sum_count(sum) > 0);
    return WIL_OK;
}

static wil_status noise(void *context, int set, wil_gradient_sum *sum)
{
    rig *r = context;
    note(r, 'n');
    assert_int_equal(set, 0);
    for (int i = 0; i < wil_gradient_sum_count(sum); i++)
        for (int64_t k = 0; k < wil_gradient_sum_size(sum, i); k++)
            wil_gradient_sum_values(sum)[i][k] += r->shift;
    return WIL_OK;
}

/* Largest difference of two sets; equal_out: whether all bits agree. */
static double distance(const wil_params *a, const wil_params *b, bool *equal_out)
{
    double most = 0;
    *equal_out = true;
    for (int i = 0; i < wil_params_count(a); i++) {
        const wil_param *one = wil_params_at(a, i);
        const wil_param *other = wil_params_at(b, i);
        const size_t n = (size_t)wil_shape_count(one->shape);
        *equal_out = *equal_out && memcmp(one->value, other->value, n * sizeof(float)) == 0;
        for (size_t k = 0; k < n; k++)
            most = fmax(most, fabs((double)one->value[k] - (double)other->value[k]));
    }
    return most;
}

static void the_sum_of_one_run_is_the_plain_update_to_the_bit(void **state)
{
    static const wil_optimizer_kind kinds[] = {WIL_OPTIMIZER_ADAM, WIL_OPTIMIZER_RMSPROP, WIL_OPTIMIZER_SGD};
    static const train_policy plain = {.kind = POLICY_PLAIN};
    static const train_policy sum = {.kind = POLICY_SUM};
    (void)state;
    for (int k = 0; k < 3; k++) {
        rig a, b;
        bool equal = false;
        rig_open(&a, SHARDS, kinds[k]);
        rig_open(&b, SHARDS, kinds[k]);
        for (int step = 0; step < 3; step++) {
            OK(policy_update(&plain, &a.step));
            OK(policy_update(&sum, &b.step));
        }
        (void)distance(a.params, b.params, &equal);
        assert_true(equal);
        assert_int_equal(wil_optimizer_n_steps(b.optimizer), 3);
        rig_close(&a);
        rig_close(&b);
    }
}

static void shards_sum_to_the_gradient_of_the_whole_batch(void **state)
{
    rig whole, shards;
    bool equal = false;
    (void)state;
    rig_open(&whole, SHARDS, WIL_OPTIMIZER_SGD);
    rig_open(&shards, 1, WIL_OPTIMIZER_SGD);
    const train_policy plain = {.kind = POLICY_PLAIN};
    const train_policy sum = {
        .kind = POLICY_SUM, .runs = SHARDS, .divisor = SHARDS, .feed = feed, .context = &shards};
    assert_true(distance(whole.params, shards.params, &equal) == 0);
    OK(policy_update(&plain, &whole.step));
    OK(policy_update(&sum, &shards.step));
    /* gradients below 1 at a rate of 0.01, summed in another order: some roundings of 6e-8 */
    assert_true(distance(whole.params, shards.params, &equal) < 0.01 * 1e-6);
    rig_close(&whole);
    rig_close(&shards);
}

static void hooks_come_after_all_runs_and_in_order(void **state)
{
    rig a, b;
    (void)state;
    rig_open(&a, 1, WIL_OPTIMIZER_SGD);
    rig_open(&b, 1, WIL_OPTIMIZER_SGD);
    train_policy policy = {.kind = POLICY_SUM,
        .runs = SHARDS,
        .divisor = 2,
        .feed = feed,
        .reduce = reduce,
        .noise = noise,
        .context = &a};
    OK(policy_update(&policy, &a.step));
    OK(policy_update(&policy, &a.step));
    assert_string_equal(a.calls, "0123rn0123rn");
    /* what the hook adds is divided too, and reaches the weights: 0.01 x 3 / 2 a step */
    policy.context = &b;
    b.shift = 3;
    OK(policy_update(&policy, &b.step));
    rig_close(&a);
    rig_open(&a, 1, WIL_OPTIMIZER_SGD);
    policy.context = &a;
    OK(policy_update(&policy, &a.step));
    for (int i = 0; i < wil_params_count(a.params); i++)
        for (int64_t k = 0; k < wil_shape_count(wil_params_at(a.params, i)->shape); k++)
            assert_float_equal(wil_params_at(b.params, i)->value[k],
                (double)wil_params_at(a.params, i)->value[k] - 0.015, 1e-6); /* floats of up to 4 */
    rig_close(&a);
    rig_close(&b);
}

/* ---- interruption -------------------------------------------------------------------------------------- */

static void an_update_that_is_stopped_has_not_begun(void **state)
{
    static const policy_kind kinds[] = {POLICY_PLAIN, POLICY_SUM};
    (void)state;
    for (int k = 0; k < 2; k++) {
        rig a, fresh;
        listener heard;
        wil_monitor monitor = listen_with(&heard, 0);
        bool equal = false;
        int n_asked = 0;
        const train_policy policy = {.kind = kinds[k], .runs = 2, .feed = feed, .context = &a};
        rig_open(&a, 1, WIL_OPTIMIZER_ADAM);
        rig_open(&fresh, 1, WIL_OPTIMIZER_ADAM);
        wil_plan_set_monitor(a.step.plan, &monitor);
        OK(policy_update(&policy, &a.step));
        n_asked = heard.n_asked;
        assert_true(n_asked > 3);
        rig_close(&a);
        rig_open(&a, 1, WIL_OPTIMIZER_ADAM);
        wil_plan_set_monitor(a.step.plan, &monitor);
        for (int at = 1; at <= n_asked; at++) {
            monitor = listen_with(&heard, at);
            assert_int_equal(policy_update(&policy, &a.step), WIL_ERR_INTERRUPTED);
            (void)distance(a.params, fresh.params, &equal);
            assert_true(equal);
            assert_int_equal(wil_optimizer_n_steps(a.optimizer), 0);
        }
        rig_close(&a);
        rig_close(&fresh);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sum_of_one_run_is_the_plain_update_to_the_bit),
        cmocka_unit_test(shards_sum_to_the_gradient_of_the_whole_batch),
        cmocka_unit_test(hooks_come_after_all_runs_and_in_order),
        cmocka_unit_test(an_update_that_is_stopped_has_not_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
