/* Parameter sets: names, memory, first values. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "outcome.h"
#include "net_fixture.h"

#define assert_near(a, b, tolerance) assert_true(fabs((double)(a) - (double)(b)) <= (tolerance))

static wil_node linear(fixture *f, const char *name, int64_t in, int64_t out, wil_init init)
{
    wil_node x = wil_graph_input_node(f->graph, name, (wil_shape){.rank = 2, .dim = {2, in}});
    return wil_nn_linear(&f->nn, name, x, out, true, false, init);
}

NET_TEST(a_set_keeps_names_and_order)
{
    linear(f, "first", 3, 4, (wil_init){0});
    linear(f, "second", 5, 6, (wil_init){0});
    OK(wil_graph_status(f->graph));
    assert_int_equal(wil_params_count(f->params), 4);
    assert_string_equal(wil_params_at(f->params, 0)->name, "net.first.weight");
    assert_string_equal(wil_params_at(f->params, 3)->name, "net.second.bias");
    assert_ptr_equal(wil_params_find(f->params, "net.second.weight"), wil_params_at(f->params, 2));
    assert_null(wil_params_find(f->params, "first.weight"));
    assert_int_equal(wil_params_n_trained(f->params), 3 * 4 + 4 + 5 * 6 + 6);
}

NET_TEST(a_second_graph_uses_the_same_weights)
{
    linear(f, "first", 3, 4, (wil_init){0});
    wil_graph *second = NULL;
    OK(wil_graph_new(&second));
    wil_graph *first = f->graph;
    f->nn.graph = f->graph = second;
    linear(f, "first", 3, 4, (wil_init){0});
    OK(wil_graph_status(second));
    assert_int_equal(wil_params_count(f->params), 2);
    wil_graph_free(first);
}

NET_TEST(another_shape_under_a_known_name_is_refused)
{
    linear(f, "first", 3, 4, (wil_init){0});
    wil_node x = wil_graph_input_node(f->graph, "y", wil_shape_of(2, 2, 5));
    assert_int_equal(wil_nn_linear(&f->nn, "first", x, 4, false, false, (wil_init){0}), WIL_NODE_NONE);
    assert_int_not_equal(wil_graph_status(f->graph), WIL_OK);
    assert_non_null(
        strstr(wil_status_message(), "net.first.weight is [4,3] in the set but [4,5] is asked for"));
}

NET_TEST(names_that_are_too_long_are_refused)
{
    char name[300];
    memset(name, 'x', sizeof name);
    name[299] = 0;
    wil_node x = wil_graph_input_node(f->graph, "y", wil_shape_of(2, 2, 5));
    assert_failed(
        f, wil_nn_linear(&f->nn, name, x, 4, false, false, (wil_init){0}), "longer than 255 characters");
}

NET_TEST(trained_nodes_come_in_the_sets_order)
{
    wil_node x = wil_graph_input_node(f->graph, "x", wil_shape_of(4, 2, 4, 4, 3));
    x = wil_nn_conv(
        &f->nn, "conv", x, &(wil_nn_conv_config){.out = 5, .kernel = 3, .pad = 1, .spectral = true});
    x = wil_nn_batch_norm(&f->nn, "norm", x, (wil_init){0}, NULL);
    OK(wil_graph_status(f->graph));
    wil_node nodes[8];
    assert_int_equal(wil_params_trained_nodes(f->params, f->graph, nodes), 3); /* states are left out */
    assert_int_equal(wil_params_trained_nodes(f->params, f->graph, NULL), 3);
    assert_string_equal(wil_graph_node(f->graph, nodes[0])->name, "net.conv.weight_orig");
    assert_string_equal(wil_graph_node(f->graph, nodes[2])->name, "net.norm.bias");
}

static void moments_of(const float *values, size_t n, double *mean, double *sd)
{
    double sum = 0.0, sum2 = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
        sum2 += (double)values[i] * values[i];
    }
    *mean = sum / (double)n;
    *sd = sqrt(sum2 / (double)n - *mean * *mean);
}

NET_TEST(first_values_have_the_moments_of_their_law)
{
    const wil_init inits[] = {{0}, {WIL_INIT_NORMAL, 1.0, 0.02}, {WIL_INIT_UNIFORM, -1.0, 3.0},
        {WIL_INIT_KAIMING, 0.2, 0.0}, {WIL_INIT_GLOROT, 0.0, 0.0}};
    /* uniform on (-b, b): standard deviation b / sqrt(3) */
    const double mean[] = {0.0, 1.0, 1.0, 0.0, 0.0};
    const double sd[] = {
        0.05, 0.02, 2.0 / sqrt(3.0), sqrt(6.0 / (1.04 * 200.0)) / sqrt(3.0), sqrt(6.0 / 500.0) / sqrt(3.0)};
    const char *names[] = {"a", "b", "c", "d", "e"};
    for (int i = 0; i < 5; i++)
        linear(f, names[i], 200, 300, inits[i]);
    OK(wil_params_allocate(f->params));
    OK(wil_params_initialize(f->params, 7));
    for (int i = 0; i < 5; i++) {
        double is_mean, is_sd;
        moments_of(wil_params_at(f->params, 2 * i)->value, 60000, &is_mean, &is_sd);
        assert_near(is_mean, mean[i], 5.0 * sd[i] / sqrt(60000.0)); /* five standard errors */
        assert_near(is_sd, sd[i], 5.0 * sd[i] / sqrt(2.0 * 60000.0));
        assert_near(wil_params_at(f->params, 2 * i + 1)->value[299], 0.0, 0.0); /* a bias */
    }
}

NET_TEST(first_values_depend_on_seed_and_position_alone)
{
    linear(f, "a", 20, 30, (wil_init){0});
    linear(f, "b", 20, 30, (wil_init){0});
    OK(wil_params_allocate(f->params));
    OK(wil_params_initialize(f->params, 7));
    const float *a = wil_params_at(f->params, 0)->value, *b = wil_params_at(f->params, 2)->value;
    assert_memory_not_equal(a, b, 600 * sizeof(float));
    float before[600];
    memcpy(before, a, sizeof before);
    OK(wil_params_initialize(f->params, 8));
    assert_memory_not_equal(a, before, sizeof before);
    OK(wil_params_initialize(f->params, 7));
    assert_memory_equal(a, before, sizeof before);
}

NET_TEST(power_iteration_vectors_start_with_length_one)
{
    wil_node x = wil_graph_input_node(f->graph, "x", wil_shape_of(2, 2, 5));
    wil_nn_linear(&f->nn, "fc", x, 40, false, true, (wil_init){0});
    OK(wil_params_allocate(f->params));
    OK(wil_params_initialize(f->params, 1));
    const wil_param *u = wil_params_find(f->params, "net.fc.weight_u");
    assert_non_null(u);
    assert_int_equal(u->role, WIL_PARAM_STATE);
    double sum = 0.0;
    for (int i = 0; i < 40; i++)
        sum += (double)u->value[i] * u->value[i];
    assert_near(sum, 1.0, 1e-6); /* 40 roundings to float */
}

NET_TEST(sets_without_memory_are_refused)
{
    linear(f, "a", 2, 2, (wil_init){0});
    assert_int_equal(wil_params_initialize(f->params, 7), WIL_ERR_ARG);
    assert_non_null(
        strstr(wil_status_message(), "net.a.weight has no memory: call wil_params_allocate first"));
    assert_int_equal(wil_params_copy(f->params, f->params), WIL_ERR_ARG);
}

NET_TEST(copies_need_equal_sets)
{
    linear(f, "a", 2, 3, (wil_init){WIL_INIT_NORMAL, 0.0, 1.0});
    OK(wil_params_allocate(f->params));
    OK(wil_params_initialize(f->params, 7));
    fixture other = {.graph = f->graph};
    OK(wil_params_new(&other.params));
    other.nn = (wil_nn){.graph = f->graph, .params = other.params, .prefix = "net", .training = true};
    REFUSED(WIL_ERR_ARG, wil_params_copy(other.params, f->params), "sets of 0 and 2 parameters");
    linear(&other, "b", 2, 3, (wil_init){0});
    OK(wil_params_allocate(other.params));
    REFUSED(WIL_ERR_ARG, wil_params_copy(other.params, f->params),
        "net.b.weight [3,2] in one set and net.a.weight [3,2]");
    wil_params_free(other.params);

    OK(wil_params_new(&other.params));
    other.nn.params = other.params;
    linear(&other, "a", 2, 3, (wil_init){0});
    OK(wil_params_allocate(other.params));
    OK(wil_params_copy(other.params, f->params));
    assert_memory_equal(wil_params_at(other.params, 0)->value, wil_params_at(f->params, 0)->value, 24);
    wil_params_free(other.params);
}

static int n_trained_nodes(fixture *f)
{
    return wil_params_trained_nodes(f->params, f->graph, NULL);
}

NET_TEST(patterns_choose_the_weights_that_are_trained)
{
    wil_optimizer *optimizer = NULL;
    linear(f, "a", 2, 3, (wil_init){0}); /* net.a.weight [3,2], net.a.bias [3] */
    OK(wil_params_train_only(f->params, "other,net.?.bias,net.c*"));
    linear(f, "b", 3, 4, (wil_init){0}); /* registered later */
    linear(f, "c", 4, 5, (wil_init){0});
    assert_int_equal(wil_params_find(f->params, "net.a.weight")->role, WIL_PARAM_FROZEN);
    assert_int_equal(wil_params_find(f->params, "net.a.bias")->role, WIL_PARAM_WEIGHT);
    assert_int_equal(wil_params_find(f->params, "net.b.weight")->role, WIL_PARAM_FROZEN);
    assert_int_equal(wil_params_n_trained(f->params), 3 + 4 + (5 * 4 + 5));
    assert_int_equal(n_trained_nodes(f), 4);
    wil_optimizer_config adam = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    assert_int_equal(wil_optimizer_bytes(f->params, &adam), 2 * sizeof(float) * (3 + 4 + 25));
    OK(wil_params_allocate(f->params));
    OK(wil_optimizer_new(&optimizer, f->params, &adam));
    WIL_OWN(wil_tensor_list) list = {0};
    OK(wil_optimizer_list(optimizer, "", &list));
    assert_int_equal(list.n, 1 + 2 * 4);
    assert_string_equal(list.views[1].name, "net.a.bias.exp_avg");
    wil_optimizer_free(optimizer);
    OK(wil_params_train_only(f->params, NULL));
    assert_int_equal(n_trained_nodes(f), 6);
    assert_false(wil_name_matches("net.a.bias", "net"));
    assert_false(wil_name_matches("net.a.bias", ""));
    assert_true(wil_name_matches("net.a.bias", "*"));
}
