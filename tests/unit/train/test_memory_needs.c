#include "memory_needs.h"
#include "run_fixture.h"
#include "willis/train.h"

#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

static const memory_need NEEDS[] = {
    {"critic step", 210 * MIB}, {"validation", 0}, {"generator step", 180 * MIB}, {"weights", 11 * GIB}};
#define N_NEEDS 4
#define TOTAL (390 * MIB + 11 * GIB)

static void what_is_needed_and_available_is_told(void **state)
{
    (void)state;
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    OK(memory_check_against(NEEDS, N_NEEDS, 21 * GIB + GIB / 2, "wait", &monitor));
    assert_string_equal(heard.told,
        "memory: critic step 210 MiB, generator step 180 MiB, weights 11.0 GiB; 21.5 GiB available\n");
    heard.told[0] = '\0';
    OK(memory_check_against(NEEDS, N_NEEDS, SIZE_MAX, "wait", &monitor));
    assert_string_equal(
        heard.told, "memory: critic step 210 MiB, generator step 180 MiB, weights 11.0 GiB\n");
}

static void a_byte_too_little_is_refused_with_advice(void **state)
{
    (void)state;
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    OK(memory_check_against(NEEDS, N_NEEDS, TOTAL, "wait", NULL));
    REFUSED(WIL_ERR_ARG, memory_check_against(NEEDS, N_NEEDS, TOTAL - 1, "buy memory", &monitor),
        "training needs 11.4 GiB of memory (critic step 210 MiB, generator step 180 MiB, weights 11.0 GiB), "
        "but",
        "11.4 GiB are available; buy memory");
    REFUSED(
        WIL_ERR_ARG, memory_check_against(NEEDS, N_NEEDS, 100 * MIB, "wait", &monitor), "but 100 MiB are");
    assert_string_equal(heard.told, "");
}

/* A convolution of 3 x 5 x 5 x 2 weights and 3 shifts, with batch norm: scale and shift, and two states. */
static void weights_and_states_are_counted(void **state)
{
    (void)state;
    wil_graph *graph = NULL;
    wil_params *params = NULL;
    OK(wil_graph_new(&graph));
    OK(wil_params_new(&params));
    wil_nn nn = {.graph = graph, .params = params, .prefix = "n", .training = true};
    const wil_node x = wil_graph_input_node(graph, "x", wil_shape_of(4, 1, 8, 8, 2));
    const wil_node y =
        wil_nn_conv(&nn, "conv", x, &(wil_nn_conv_config){.out = 3, .kernel = 5, .bias = true});
    (void)wil_nn_batch_norm(&nn, "norm", y, (wil_init){0}, NULL);
    OK(wil_graph_status(graph));
    assert_int_equal(memory_of_values(params), 4 * (150 + 3 + 3 + 3 + 3 + 3));
    wil_params_free(params);
    wil_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_needed_and_available_is_told),
        cmocka_unit_test(a_byte_too_little_is_refused_with_advice),
        cmocka_unit_test(weights_and_states_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
