/* A back end with memory of its own: what the user binds and reads lies elsewhere than what steps work on.
 * And the files in which each result is written down. */
#include "test.h"

#include "outcome.h"
#include "willis/engine.h"

#include "temp_folder.h"

/* The reference, whose steps see copies alone. */
#define MOST_COPIES 64
typedef struct device {
    void *copies[MOST_COPIES];
    int n;
} device;

static wil_status open_device(void **out, wil_precision precision)
{
    (void)precision;
    return wil_alloc(out, 1, sizeof(device));
}

static void close_device(void *at)
{
    device *d = at;
    for (int i = 0; d != NULL && i < d->n; i++)
        wil_free(d->copies[i]);
    wil_free(d);
}

static wil_status copy(void *at, const void *from, size_t bytes, const void **to)
{
    device *d = at;
    if (*to == NULL) {
        assert_true(d->n < MOST_COPIES);
        WIL_TRY(wil_alloc(&d->copies[d->n], bytes, 1));
        *to = d->copies[d->n++];
    }
    memcpy((void *)*to, from, bytes);
    return WIL_OK;
}

static wil_backend_table device_table(void)
{
    wil_backend_table table = *wil_backend_of(WIL_BACKEND_REF);
    table.open = open_device;
    table.close = close_device;
    table.put = copy;
    table.get = copy;
    return table;
}

/* loss = sum(w x^2), d loss / d w = x^2 */
typedef struct rig {
    wil_graph *graph;
    wil_node outputs[2];
    float x[3], w[3], gradient[3];
} rig;

static void rig_new(rig *r)
{
    *r = (rig){.x = {1, 2, 3}, .w = {1, 1, 1}};
    OK(wil_graph_new(&r->graph));
    const wil_node x = wil_graph_input_node(r->graph, "x", wil_shape_of(1, 3));
    const wil_node w = wil_graph_param_node(r->graph, "w", wil_shape_of(1, 3));
    r->outputs[0] = wil_op_sum_all(r->graph, wil_op_mul(r->graph, w, wil_op_square(r->graph, x)));
    wil_graph_gradient(r->graph, r->outputs[0], &w, 1, &r->outputs[1]);
}

static wil_plan *rig_plan(rig *r, const wil_plan_config *config)
{
    wil_plan *plan = NULL;
    OK(wil_plan_compile(&plan, r->graph, r->outputs, 2, config));
    OK(wil_plan_bind(plan, "x", r->x));
    OK(wil_plan_bind(plan, "w", r->w));
    return plan;
}

static void note_and_change(void *context, int output, const void *values)
{
    rig *r = context;
    assert_int_equal(output, 1);
    memcpy(r->gradient, values, sizeof r->gradient);
    r->w[0] += 1;
}

TEST(values_travel_to_a_device_and_back)
{
    rig r;
    const wil_backend_table table = device_table();
    const wil_plan_hook hook = {.output = 1, .changes = "w"};
    const wil_plan_config config = {.own = &table, .hooks = &hook, .n_hooks = 1};
    rig_new(&r);
    WIL_OWN(wil_plan) *plan = rig_plan(&r, &config);
    wil_plan_on_output(plan, note_and_change, &r);
    OK(wil_plan_run(plan));
    assert_true(*(const float *)wil_plan_output(plan, 0) == 14.0f);
    assert_true(r.gradient[0] == 1.0f && r.gradient[1] == 4.0f && r.gradient[2] == 9.0f);
    r.x[1] = 4; /* and the hook has changed w[0] */
    OK(wil_plan_run(plan));
    assert_true(*(const float *)wil_plan_output(plan, 0) == 2.0f + 16.0f + 9.0f);
    assert_true(r.gradient[1] == 16.0f);
    wil_graph_free(r.graph);
}

TEST(fixed_parameters_travel_once)
{
    rig r;
    const wil_backend_table table = device_table();
    const wil_plan_config config = {.own = &table, .fixed_params = true};
    float other[3] = {0, 0, 5};
    rig_new(&r);
    WIL_OWN(wil_plan) *plan = rig_plan(&r, &config);
    OK(wil_plan_run(plan));
    r.w[0] = 100; /* not looked at until it is bound anew */
    OK(wil_plan_run(plan));
    assert_true(*(const float *)wil_plan_output(plan, 0) == 14.0f);
    OK(wil_plan_bind(plan, "w", other));
    OK(wil_plan_run(plan));
    assert_true(*(const float *)wil_plan_output(plan, 0) == 45.0f);
    wil_graph_free(r.graph);
}

/* Node 3 is w x^2. The head is 128 bytes, or 64: a multiple, and ends in a newline. */
TEST_IN_FOLDER(each_result_is_written_where_the_variable_says)
{
    rig r;
    const char *folder = *state;
    WIL_OWN(char) *bytes = NULL;
    size_t n = 0;
    const wil_plan_config config = {.backend = WIL_BACKEND_REF_F64};
    double x[3] = {1, 2, 3};
    double w[3] = {1, 10, 100};
    rig_new(&r);
    assert_int_equal(setenv("WILLIS_DUMP", folder, 1), 0);
    WIL_OWN(wil_plan) *plan = rig_plan(&r, &config);
    assert_int_equal(unsetenv("WILLIS_DUMP"), 0);
    OK(wil_plan_bind(plan, "x", x));
    OK(wil_plan_bind(plan, "w", w));
    OK(wil_plan_run(plan));
    OK(wil_file_read(in_folder(folder, "%d-00003-mul.npy", wil_graph_size(r.graph)), &bytes, &n));
    assert_memory_equal(bytes, "\x93NUMPY\x01\x00", 8);
    const size_t n_head = 10 + (size_t)(unsigned char)bytes[8] + 256 * (size_t)(unsigned char)bytes[9];
    assert_int_equal(n_head % 64, 0);
    assert_int_equal(n, n_head + 3 * sizeof(double));
    assert_non_null(strstr(bytes + 10, "'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"));
    assert_memory_equal(bytes + n_head, ((const double[]){1, 40, 900}), 3 * sizeof(double));
    wil_graph_free(r.graph);
}
