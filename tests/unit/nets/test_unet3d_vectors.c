/* The 3D U-Net with batch norm and its Dice loss against PyTorch in double precision
 * (tests/data/make_nets_vectors.py): loss, the gradient of every weight, and every norm's statistics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "willis/nets.h"

#include "vector_check.h"

enum { MAX_NODES = 96 };

static void check_statistics(const wil_tensor_file *vectors, const vector_run *run, int first,
    const wil_nn_stats *stats, double tolerance)
{
    for (int i = 0; i < stats->n; i++) {
        char name[96];
        int64_t channels = 0;
        snprintf(name, sizeof name, "mean.%s", stats->name[i]);
        const double *mean = vector_expected(vectors, "unet3", name, &channels);
        snprintf(name, sizeof name, "var.%s", stats->name[i]);
        const double *var = vector_expected(vectors, "unet3", name, NULL);
        for (int64_t c = 0; c < channels; c++) {
            assert_near(vector_output(run, first + 2 * i, c), mean[c], tolerance * sqrt(var[c]));
            assert_near(vector_output(run, first + 2 * i + 1, c), var[c], tolerance * var[c]);
        }
    }
}

static void check(wil_backend backend, double tolerance)
{
    wil_tensor_file vectors;
    assert_int_equal(wil_tensor_file_read(&vectors, WILLIS_TEST_DATA "/nets_vectors.safetensors"), WIL_OK);
    const wil_shape shape =
        wil_shape_of(5, vector_metadata(&vectors, "batch"), vector_metadata(&vectors, "depth_u"),
            vector_metadata(&vectors, "height_u"), vector_metadata(&vectors, "width_u"), 1);
    const uint32_t seed = (uint32_t)vector_metadata(&vectors, "seed_unet3");
    wil_unet_config config = wil_unet3d_config_default();
    config.filters = vector_metadata(&vectors, "filters_u");
    config.levels = vector_metadata(&vectors, "levels_u");
    const size_t n = (size_t)wil_shape_count(shape);
    float *x = NULL, *y = NULL;
    assert_int_equal(wil_alloc_f32(&x, n), WIL_OK);
    assert_int_equal(wil_alloc_f32(&y, n), WIL_OK);
    closed_form_fill(x, n, "x", seed, 1.0, 0.0);
    closed_form_fill(y, n, "y", seed, 1.0, 0.0);
    for (size_t i = 0; i < n; i++)
        y[i] = y[i] > 0.5f ? 1.0f : 0.0f;

    wil_graph *g = NULL;
    wil_params *params = NULL;
    assert_int_equal(wil_graph_new(&g), WIL_OK);
    assert_int_equal(wil_params_new(&params), WIL_OK);
    wil_nn nn = {.graph = g, .params = params, .prefix = "unet", .training = true};
    wil_nn_stats stats = {0};
    wil_node outputs[MAX_NODES], weights[MAX_NODES];
    const wil_node volume = wil_graph_input_node(g, "x", shape), target = wil_graph_input_node(g, "y", shape);
    const wil_node logits = wil_nets_unet_with_stats(&nn, volume, &config, &stats);
    outputs[0] = wil_loss_dice(g, wil_op_sigmoid(g, logits), target);
    const int n_weights = wil_params_trained_nodes(params, g, weights);
    wil_graph_gradient(g, outputs[0], weights, n_weights, outputs + 1);
    assert_int_equal(stats.n, 2 * (2 * config.levels - 1));
    for (int i = 0; i < stats.n; i++) {
        outputs[1 + n_weights + 2 * i] = stats.mean[i];
        outputs[1 + n_weights + 2 * i + 1] = stats.var[i];
    }
    assert_int_equal(closed_form_params(params, seed, closed_form_nets_law), WIL_OK);
    const vector_input inputs[] = {{"x", x}, {"y", y}};
    vector_run run;
    vector_compile(&run, g, backend, outputs, 1 + n_weights + 2 * stats.n, &params, 1, inputs, 2);
    wil_graph_free(g);
    vector_run_once(&run);
    const double loss = *vector_expected(&vectors, "unet3", "loss", NULL);
    assert_near(vector_output(&run, 0, 0), loss, tolerance * fabs(loss));
    vector_check_gradients(&run, 1, params, &vectors, "unet3", tolerance);
    check_statistics(&vectors, &run, 1 + n_weights, &stats, tolerance);
    vector_free(&run);
    wil_params_free(params);
    wil_tensor_file_clear(&vectors);
    wil_free(x);
    wil_free(y);
}

static void loss_gradients_and_statistics_equal_pytorch(void **state)
{
    (void)state;
    check(WIL_BACKEND_FAST, 1e-4); /* float through eleven layers with norms keeps some 1e-6 */
}

static void in_double_precision_they_equal_pytorch_to_nine_digits(void **state)
{
    (void)state;
    check(WIL_BACKEND_REF_F64, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_gradients_and_statistics_equal_pytorch),
        cmocka_unit_test(in_double_precision_they_equal_pytorch_to_nine_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
