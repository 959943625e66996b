/* Optimisers against PyTorch's (tests/data/make_optimizer_vectors.py), and their checkpoints. */
#include "test.h"

#include <math.h>
#include <omp.h>
#include <string.h>
#include <unistd.h>

#include "outcome.h"
#include "willis/nn.h"

#define assert_near(a, b, tolerance) assert_true(fabs((double)(a) - (double)(b)) <= (tolerance))

/* A set of one linear layer [out,in] without bias. */
static wil_params *one_weight(int64_t out, int64_t in)
{
    WIL_OWN(wil_graph) *g = NULL;
    wil_params *params = NULL;
    OK(wil_graph_new(&g));
    OK(wil_params_new(&params));
    wil_nn nn = {.graph = g, .params = params};
    wil_node x = wil_graph_input_node(g, "x", (wil_shape){.rank = 2, .dim = {1, in}});
    wil_nn_linear(&nn, "w", x, out, false, false, (wil_init){0});
    OK(wil_graph_status(g));
    OK(wil_params_allocate(params));
    return params;
}

static wil_optimizer *optimizer_of(wil_params *params, wil_optimizer_config config)
{
    wil_optimizer *optimizer = NULL;
    OK(wil_optimizer_new(&optimizer, params, &config));
    return optimizer;
}

static void assert_follows_pytorch(const char *name, wil_optimizer_config config)
{
    wil_tensor_file file;
    OK(wil_tensor_file_read(&file, WILLIS_TEST_DATA "/optimizer_vectors.safetensors"));
    const wil_tensor *gradients = wil_tensor_file_find(&file, "gradients"); /* [steps, n] */
    const int64_t n_steps = gradients->shape.dim[0], n = gradients->shape.dim[1];
    const double *expected = wil_tensor_file_find(&file, name)->data;
    const float *start = wil_tensor_file_find(&file, "start")->data;
    WIL_OWN(wil_params) *params = one_weight(1, n);
    float *w = wil_params_at(params, 0)->value;
    memcpy(w, start, (size_t)n * sizeof *w);
    WIL_OWN(wil_optimizer) *optimizer = optimizer_of(params, config);
    for (int64_t step = 0; step < n_steps; step++) {
        const float *gradient = (const float *)gradients->data + step * n;
        wil_optimizer_step(optimizer, &gradient);
        for (int64_t i = 0; i < n; i++) {
            double moved = fabs(expected[step * n + i] - (double)start[i]);
            /* float: each step rounds the weight once (6e-8 of it) and its change a few times (1e-6 of it) */
            double tolerance = (double)(step + 1) * 6e-8 * (fabs((double)start[i]) + moved) + 1e-6 * moved;
            assert_near(w[i], expected[step * n + i], tolerance);
        }
    }
    assert_int_equal(wil_optimizer_n_steps(optimizer), n_steps);
    wil_tensor_file_clear(&file);
}

TEST(adam_follows_pytorch)
{
    assert_follows_pytorch("adam", wil_optimizer_config_default(WIL_OPTIMIZER_ADAM));
    wil_optimizer_config study = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    study.learning_rate = 1e-4;
    study.beta1 = 0.0;
    study.beta2 = 0.9;
    assert_follows_pytorch("adam_study", study);
}

TEST(rmsprop_follows_pytorch)
{
    wil_optimizer_config config = wil_optimizer_config_default(WIL_OPTIMIZER_RMSPROP);
    config.learning_rate = 5e-5;
    assert_follows_pytorch("rmsprop", config);
}

TEST(sgd_follows_pytorch)
{
    wil_optimizer_config config = wil_optimizer_config_default(WIL_OPTIMIZER_SGD);
    config.learning_rate = 1e-2;
    assert_follows_pytorch("sgd", config);
    config.momentum = 0.9;
    assert_follows_pytorch("sgd_momentum", config);
}

static const wil_optimizer_kind KINDS[] = {WIL_OPTIMIZER_ADAM, WIL_OPTIMIZER_RMSPROP, WIL_OPTIMIZER_SGD};

static void fill(float *values, size_t n, uint32_t step)
{
    wil_rng_fill_normal_f32(wil_rng_at(3, WIL_RNG_TEST, step), 0, n, values);
}

TEST(the_number_of_threads_changes_nothing)
{
    enum { OUT = 257, IN = 301 }; /* several chunks and a rest */
    static float gradient[OUT * IN];
    const float *pointer = gradient;
    for (size_t k = 0; k < 3; k++) {
        wil_params *sets[2];
        for (int run = 0; run < 2; run++) {
            omp_set_num_threads(run == 0 ? 1 : 3);
            sets[run] = one_weight(OUT, IN);
            fill(wil_params_at(sets[run], 0)->value, OUT * IN, 100);
            WIL_OWN(wil_optimizer) *optimizer =
                optimizer_of(sets[run], wil_optimizer_config_default(KINDS[k]));
            for (uint32_t step = 0; step < 3; step++) {
                fill(gradient, OUT * IN, step);
                wil_optimizer_step(optimizer, &pointer);
            }
        }
        assert_memory_equal(
            wil_params_at(sets[0], 0)->value, wil_params_at(sets[1], 0)->value, sizeof gradient);
        wil_params_free(sets[0]);
        wil_params_free(sets[1]);
    }
}

TEST(a_rate_that_was_set_counts_from_the_next_step_on)
{
    const float gradient[] = {1.0f, -2.0f};
    const float *pointer = gradient;
    WIL_OWN(wil_params) *set = one_weight(1, 2);
    wil_optimizer_config config = wil_optimizer_config_default(WIL_OPTIMIZER_SGD);
    config.learning_rate = 0.5;
    WIL_OWN(wil_optimizer) *optimizer = optimizer_of(set, config);
    float *weight = wil_params_at(set, 0)->value;
    weight[0] = weight[1] = 0.0f;
    wil_optimizer_step(optimizer, &pointer);
    assert_true(weight[0] == -0.5f && weight[1] == 1.0f); /* w - rate g, exact in binary */
    wil_optimizer_set_learning_rate(optimizer, 0.25);
    wil_optimizer_step(optimizer, &pointer);
    assert_true(weight[0] == -0.75f && weight[1] == 1.5f);
}

static const char *state_path(void)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/willis-optimizer-%ld.safetensors", (long)getpid());
    return path;
}

/* Its state in a file, with another tensor if extra is not NULL; how many tensors it is. */
static int save_state(wil_optimizer *optimizer, const char *extra)
{
    WIL_OWN(wil_tensor_list) list = {0};
    float value = 0;
    OK(wil_optimizer_list(optimizer, "opt.", &list));
    if (extra != NULL)
        OK(wil_tensor_list_add(&list, WIL_TENSOR_F32, wil_shape_of(0), &value, "%s", extra));
    OK(wil_tensor_list_write(&list, state_path(), NULL));
    return list.n;
}

static wil_status load_state(wil_optimizer *optimizer)
{
    WIL_OWN(wil_tensor_list) list = {0};
    WIL_OWN(wil_tensor_reader) *reader = NULL;
    WIL_TRY(wil_optimizer_list(optimizer, "opt.", &list));
    WIL_TRY(wil_tensor_reader_open(&reader, state_path()));
    return wil_tensor_list_read(&list, reader, true);
}

TEST(a_resumed_optimiser_goes_on_bit_for_bit)
{
    enum { N = 24 };
    float gradient[N];
    const float *pointer = gradient;
    for (size_t k = 0; k < 3; k++) {
        wil_optimizer_config config = wil_optimizer_config_default(KINDS[k]);
        config.momentum = 0.9;
        WIL_OWN(wil_params) *params = one_weight(4, 6);
        WIL_OWN(wil_params) *resumed = one_weight(4, 6);
        WIL_OWN(wil_optimizer) *optimizer = optimizer_of(params, config);
        for (uint32_t step = 0; step < 3; step++) {
            fill(gradient, N, step);
            wil_optimizer_step(optimizer, &pointer);
        }
        (void)save_state(optimizer, NULL);
        OK(wil_params_copy(resumed, params));
        WIL_OWN(wil_optimizer) *second = optimizer_of(resumed, config);
        OK(load_state(second));
        assert_int_equal(wil_optimizer_n_steps(second), 3);
        fill(gradient, N, 4);
        wil_optimizer_step(optimizer, &pointer);
        wil_optimizer_step(second, &pointer);
        assert_memory_equal(
            wil_params_at(params, 0)->value, wil_params_at(resumed, 0)->value, sizeof gradient);
        unlink(state_path());
    }
}

/* The formulas with a first moment, in float as the optimiser has them: m = 0 m + 1 g is g, exactly. */
TEST(a_first_moment_that_is_the_gradient_is_not_kept_and_not_missed)
{
    enum { N = 24 };
    float gradient[N], w[N], v[N] = {0};
    const float *pointer = gradient;
    WIL_OWN(wil_params) *params = one_weight(4, 6);
    wil_optimizer_config config = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    assert_int_equal(wil_optimizer_bytes(params, &config), 2 * sizeof w);
    config.beta1 = 0;
    config.beta2 = 0.9;
    assert_int_equal(wil_optimizer_bytes(params, &config), sizeof w);
    wil_optimizer *optimizer = optimizer_of(params, config);
    memcpy(w, wil_params_at(params, 0)->value, sizeof w);
    for (uint32_t step = 1; step <= 4; step++) {
        fill(gradient, N, step);
        wil_optimizer_step(optimizer, &pointer);
        for (int i = 0; i < N; i++) {
            v[i] = 0.9f * v[i] + (float)(1.0 - 0.9) * (gradient[i] * gradient[i]);
            const double root = sqrt((double)v[i] / (1 - pow(0.9, step)));
            w[i] = (float)((double)w[i] - 1e-3 * (double)gradient[i] / (root + 1e-8));
            /* some roundings of the step, which is no larger than 4e-3, and one of the weight */
            assert_float_equal(
                wil_params_at(params, 0)->value[i], w[i], 4e-3 * 1e-6 + 1.2e-7 * fabs((double)w[i]));
            w[i] = wil_params_at(params, 0)->value[i];
        }
    }
    wil_optimizer_free(optimizer);
    config = wil_optimizer_config_default(WIL_OPTIMIZER_SGD);
    assert_int_equal(wil_optimizer_bytes(params, &config), 0);
    config.momentum = 0.5;
    assert_int_equal(wil_optimizer_bytes(params, &config), sizeof w);
}

TEST(states_of_another_optimiser_are_refused)
{
    WIL_OWN(wil_params) *params = one_weight(4, 6);
    WIL_OWN(wil_params) *other = one_weight(6, 4);
    WIL_OWN(wil_optimizer) *adam = optimizer_of(params, wil_optimizer_config_default(WIL_OPTIMIZER_ADAM));
    WIL_OWN(wil_optimizer) *wide = optimizer_of(other, wil_optimizer_config_default(WIL_OPTIMIZER_ADAM));
    WIL_OWN(wil_optimizer) *rmsprop =
        optimizer_of(params, wil_optimizer_config_default(WIL_OPTIMIZER_RMSPROP));
    WIL_OWN(wil_tensor_list) nothing = {0};
    OK(wil_tensor_list_write(&nothing, state_path(), NULL));
    REFUSED(WIL_ERR_INPUT, load_state(adam), "tensor opt.step, I64 of shape [], is missing");
    assert_int_equal(save_state(adam, NULL), 3);
    assert_int_equal(load_state(rmsprop), WIL_ERR_INPUT);
    assert_non_null(
        strstr(wil_status_message(), "tensor opt.w.weight.square_avg, F32 of shape [4,6], is missing"));
    REFUSED(WIL_ERR_INPUT, load_state(wide),
        "tensor opt.w.weight.exp_avg has shape [4,6] but [6,4] is "
        "needed: the file is of another architecture");
    assert_int_equal(save_state(adam, "opt.extra"), 4);
    REFUSED(WIL_ERR_INPUT, load_state(adam), "tensor opt.extra belongs to nothing here");
    assert_int_equal(save_state(adam, "other.extra"), 4); /* is somebody else's */
    OK(load_state(adam));
    unlink(state_path());
}

TEST(impossible_settings_are_refused)
{
    WIL_OWN(wil_params) *params = one_weight(4, 6);
    const wil_optimizer_config good = wil_optimizer_config_default(WIL_OPTIMIZER_ADAM);
    const struct {
        const char *words;
        wil_optimizer_config config;
    } bad[] = {
        {"the learning rate is 0", {.beta1 = 0.9, .beta2 = 0.999, .eps_num = 1e-8}},
        {"the learning rate is nan", {.learning_rate = NAN, .beta1 = 0.9, .beta2 = 0.999}},
        {"beta1 is 1", {.learning_rate = 1, .beta1 = 1.0}},
        {"beta2 is -1", {.learning_rate = 1, .beta2 = -1.0}},
        {"alpha is nan", {.learning_rate = 1, .alpha = NAN}},
        {"momentum is 2", {.learning_rate = 1, .momentum = 2}},
        {"eps_num is -1", {.learning_rate = 1, .eps_num = -1}},
        {"optimiser 9 is not known", {.kind = (wil_optimizer_kind)9, .learning_rate = 1}},
    };
    wil_optimizer *optimizer = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        REFUSED(WIL_ERR_ARG, wil_optimizer_new(&optimizer, params, &bad[i].config), bad[i].words);
        assert_null(optimizer);
    }
    wil_free(wil_params_at(params, 0)->value);
    wil_params_at(params, 0)->value = NULL;
    REFUSED(WIL_ERR_ARG, wil_optimizer_new(&optimizer, params, &good),
        "w.weight has no memory: call wil_params_allocate first");
}
