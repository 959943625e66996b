/* The U-Net and its Dice loss against PyTorch in double precision (tests/data/make_unet_vectors.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "willis/nets.h"

#include "vector_check.h"

static void check(wil_backend backend, double tolerance)
{
    wil_tensor_file vectors;
    assert_int_equal(wil_tensor_file_read(&vectors, WILLIS_TEST_DATA "/unet_vectors.safetensors"), WIL_OK);
    const int side = vector_metadata(&vectors, "side"), batch = vector_metadata(&vectors, "batch");
    const uint32_t seed = (uint32_t)vector_metadata(&vectors, "seed");
    const wil_unet_config config = {.filters = vector_metadata(&vectors, "filters"),
        .levels = vector_metadata(&vectors, "levels"),
        .n_spatial = 2};
    const size_t n = (size_t)(batch * side * side);
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
    wil_node outputs[64], weights[64];
    wil_node image = wil_graph_input_node(g, "x", wil_shape_of(4, batch, side, side, 1));
    wil_node target = wil_graph_input_node(g, "y", wil_shape_of(4, batch, side, side, 1));
    outputs[1] = wil_nets_unet(&nn, image, &config);
    outputs[0] = wil_loss_dice(g, wil_op_sigmoid(g, outputs[1]), target);
    int n_weights = wil_params_trained_nodes(params, g, weights);
    wil_graph_gradient(g, outputs[0], weights, n_weights, outputs + 2);
    assert_int_equal(closed_form_params(params, seed, closed_form_unet_law), WIL_OK);
    const vector_input inputs[] = {{"x", x}, {"y", y}};
    vector_run run;
    vector_compile(&run, g, backend, outputs, 2 + n_weights, &params, 1, inputs, 2);
    wil_graph_free(g);
    vector_run_once(&run);

    double loss = *vector_expected(&vectors, "unet", "loss", NULL);
    assert_near(vector_output(&run, 0, 0), loss, tolerance * fabs(loss));
    const double *logits = vector_expected(&vectors, "unet", "logits", NULL);
    for (size_t i = 0; i < n; i++) /* of the order of 1 */
        assert_near(vector_output(&run, 1, (int64_t)i), logits[i], tolerance);
    vector_check_gradients(&run, 2, params, &vectors, "unet", tolerance);
    vector_free(&run);
    wil_params_free(params);
    wil_tensor_file_clear(&vectors);
    wil_free(x);
    wil_free(y);
}

static void logits_dice_loss_and_gradients_equal_pytorch(void **state)
{
    (void)state;
    check(WIL_BACKEND_FAST, 1e-4); /* float through twelve layers keeps a few 1e-6 */
}

static void in_double_precision_they_equal_pytorch_to_nine_digits(void **state)
{
    (void)state;
    check(WIL_BACKEND_REF_F64, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logits_dice_loss_and_gradients_equal_pytorch),
        cmocka_unit_test(in_double_precision_they_equal_pytorch_to_nine_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
