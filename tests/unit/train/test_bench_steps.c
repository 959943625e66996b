/* The steps of `willis bench` against those of bench/torch: losses of the first few, on the same numbers
 * (tests/data/make_step_losses.py). A loss depends on every step before it, so optimisers, running statistics
 * and power iterations are compared too. */
#include "closed_form.h"
#include "bench_internal.h"
#include "run_fixture.h"
#include "willis/train.h"

/* Scale and offset of a weight's or a state's numbers; as law in make_step_losses.py. */
static void step_law(const wil_tensor *weight, double *scale, double *offset)
{
    const char *name = weight->name;
    const size_t n = strlen(name);
    const bool is_norm = strstr(name, ".norm") != NULL;
    const bool around_one =
        (n > 7 && strcmp(name + n - 7, ".weight") == 0) || strstr(name, ".running_var") != NULL;
    *scale = !is_norm && strstr(name, "weight_u") != NULL ? 1.0 : 0.1;
    *offset = is_norm && around_one ? 1.0 : 0.0;
}

static void fill(bench_case *bench, uint32_t seed)
{
    wil_plan *plan = bench->step.plan;
    for (int i = 0; i < NET_STEP_SETS; i++)
        OK(closed_form_params(bench->sets[i], seed, step_law));
    int at = 0; /* inputs were made in the order of the leaves */
    for (int i = 0; i < wil_plan_n_leaves(plan); i++) {
        const char *name = wil_plan_leaf_name(plan, i);
        if (wil_params_find(bench->sets[0], name) != NULL || wil_params_find(bench->sets[1], name) != NULL)
            continue;
        closed_form_fill(
            bench->inputs[at++], (size_t)wil_shape_count(wil_plan_leaf_shape(plan, i)), name, seed, 0.5, 0.5);
    }
    assert_int_equal(at, bench->n_inputs);
}

/* The loss, or the mean of what was inferred. */
static double first_output(const bench_case *bench, wil_shape inferred)
{
    const float *values = wil_plan_output(bench->step.plan, 0);
    const int64_t n = bench->step.n_trained > 0 ? 1 : wil_shape_count(inferred);
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += values[i];
    return sum / (double)n;
}

/* What a bench infers has as many values as its image has pixels; one slice of a patient. */
static wil_shape inferred_shape(const wil_bench_config *config)
{
    const bool tiles = strcmp(config->name, "unet2d-infer") == 0;
    return wil_shape_of(3, tiles ? config->batch : 1, config->size[0], config->size[1]);
}

static wil_bench_config config_of(const json_t *entry)
{
    wil_bench_config config = wil_bench_config_default(json_string_value(json_object_get(entry, "name")));
    const json_t *size = json_object_get(entry, "size");
    config.batch = (int)json_integer_value(json_object_get(entry, "batch"));
    config.filters = (int)json_integer_value(json_object_get(entry, "filters"));
    config.spectral = json_is_true(json_object_get(entry, "spectral"));
    for (size_t i = 0; i < json_array_size(size); i++)
        config.size[i] = (int)json_integer_value(json_array_get(size, i));
    return config;
}

static double largest(const json_t *numbers)
{
    double most = 0;
    for (size_t i = 0; i < json_array_size(numbers); i++)
        most = fmax(most, fabs(json_number_value(json_array_get(numbers, i))));
    return most;
}

/* tolerance: of the largest loss, as a loss may pass through 0. */
static void check(const json_t *entry, uint32_t seed, double tolerance)
{
    const wil_bench_config config = config_of(entry);
    const wil_bench_info *info = NULL;
    const json_t *losses = json_object_get(entry, "losses");
    const double allowed = tolerance * largest(losses);
    bench_case bench;
    OK(wil_bench_find(&info, config.name));
    OK(bench_case_new(&bench, info, &config));
    fill(&bench, seed);
    for (size_t i = 0; i < json_array_size(losses); i++) {
        const double expected = json_number_value(json_array_get(losses, i));
        OK(net_step_run(&bench.step, bench.optimizers));
        const double got = first_output(&bench, inferred_shape(&config));
        if (!(fabs(got - expected) <= allowed))
            fail_msg("%s%s, step %zu: %.9g, but PyTorch %.9g", config.name,
                config.spectral ? " spectral" : "", i + 1, got, expected);
    }
    bench_case_clear(&bench);
}

static void losses_of_all_steps_equal_pytorch(void **state)
{
    json_t *file = NULL;
    (void)state;
    OK(wil_json_load(&file, WILLIS_TEST_DATA "/step_losses.json"));
    const json_t *cases = json_object_get(file, "cases");
    const uint32_t seed = (uint32_t)json_integer_value(json_object_get(file, "seed"));
    assert_true(json_array_size(cases) > 0);
    for (size_t i = 0; i < json_array_size(cases); i++)
        /* float through up to twenty layers and four steps, summed in other orders: 9e-6 at most were seen;
         * the losses move by 3e-4 and more */
        check(json_array_get(cases, i), seed, 3e-5);
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_of_all_steps_equal_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
