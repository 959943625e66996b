/* Running a plan allocates nothing. The linker sends the allocation calls of our code through here; what
 * oneDNN does inside its own library is its own. */

#include "test.h"

#include "outcome.h"
#include "willis/engine.h"

static int n_calls;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *memory, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
void __real_free(void *memory);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *memory, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
void __wrap_free(void *memory);

void *__wrap_malloc(size_t n)
{
    n_calls++;
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    n_calls++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *memory, size_t n)
{
    n_calls++;
    return __real_realloc(memory, n);
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
    n_calls++;
    return __real_aligned_alloc(alignment, n);
}

void __wrap_free(void *memory)
{
    n_calls++;
    __real_free(memory);
}

static wil_node small_network(wil_graph *g, wil_node *weights_out)
{
    static const int64_t two[2] = {2, 2};
    static const int64_t one[2] = {1, 1};
    const wil_node x = wil_graph_input_node(g, "x", wil_shape_of(4, 2, 8, 8, 3));
    const wil_node w = wil_graph_param_node(g, "w", wil_shape_of(4, 5, 4, 4, 3));
    const wil_node v = wil_graph_param_node(g, "v", wil_shape_of(2, 80, 2));
    wil_node h = wil_op_leaky_relu(g, wil_op_normalize(g, wil_op_conv(g, x, w, two, one), 7u, 1e-5), 0.2);
    h = wil_op_mul(g, h, wil_op_keep_mask(g, wil_graph_shape(g, h), 0.5, 1));
    h = wil_op_matmul(g, wil_op_reshape(g, h, wil_shape_of(2, 2, 80)), v, false, false);
    *weights_out = w;
    return wil_op_mean_all(g, wil_op_softplus(g, h));
}

static void check_backend(wil_backend backend)
{
    static const double memory[4000];
    wil_graph *g = NULL;
    WIL_OWN(wil_plan) *plan = NULL;
    const wil_plan_config config = {.backend = backend};
    OK(wil_graph_new(&g));
    wil_node outputs[2];
    wil_node w = WIL_NODE_NONE;
    outputs[0] = small_network(g, &w);
    wil_graph_gradient(g, outputs[0], &w, 1, &outputs[1]);
    OK(wil_plan_compile(&plan, g, outputs, 2, &config));
    wil_graph_free(g);
    for (int i = 0; i < wil_plan_n_leaves(plan); i++)
        OK(wil_plan_bind(plan, wil_plan_leaf_name(plan, i), memory));
    OK(wil_plan_allocate(plan));
    const int before = n_calls;
    assert_true(before > 0);
    for (uint32_t step = 0; step < 3; step++) {
        wil_plan_set_random(plan, 1, step);
        OK(wil_plan_run(plan));
    }
    assert_int_equal(n_calls, before);
}

TEST(running_a_plan_allocates_nothing)
{
    check_backend(WIL_BACKEND_REF);
    check_backend(WIL_BACKEND_REF_F64);
    check_backend(WIL_BACKEND_FAST);
}
