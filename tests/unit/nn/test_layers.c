/* Layers and losses: names, shapes, refusals. What they compute is tested against PyTorch in tests/unit/nets.
 */
#include "test.h"

#include <string.h>

#include "outcome.h"
#include "net_fixture.h"

static wil_node image, flat;

static int make_inputs(void **state)
{
    if (make(state) != 0)
        return -1;
    const fixture *f = *state;
    image = wil_graph_input_node(f->graph, "image", wil_shape_of(4, 2, 8, 6, 4));
    flat = wil_graph_input_node(f->graph, "flat", wil_shape_of(2, 2, 4));
    return 0;
}

NET_TEST_WITH(convolutions_have_pytorch_shapes, make_inputs)
{
    wil_nn_conv_config config = {.out = 3, .kernel = 5, .stride = 2, .pad = 2, .bias = true};
    assert_shape(f, wil_nn_conv(&f->nn, "conv", image, &config), "[2,4,3,3]");
    assert_param(f, "net.conv.weight", "[3,5,5,4]");
    assert_param(f, "net.conv.bias", "[3]");
    config.output_pad = 1;
    config.bias = false;
    assert_shape(f, wil_nn_conv_transpose(&f->nn, "up", image, &config), "[2,16,12,3]");
    assert_param(f, "net.up.weight", "[4,5,5,3]");
    assert_null(wil_params_find(f->params, "net.up.bias"));
}

NET_TEST_WITH(convolutions_as_large_as_the_image_have_pytorch_shapes, make_inputs)
{
    assert_shape(f, wil_nn_conv_to_point(&f->nn, "to", image, 7, false, (wil_init){0}), "[2,7]");
    assert_param(f, "net.to.weight", "[7,8,6,4]");
    const int64_t spatial[] = {3, 2};
    assert_shape(f, wil_nn_conv_from_point(&f->nn, "from", flat, spatial, 2, 7, (wil_init){0}), "[2,3,2,7]");
    assert_param(f, "net.from.weight", "[4,3,2,7]");
    assert_int_equal(wil_params_find(f->params, "net.to.weight")->layout, WIL_LAYOUT_CONV);
    assert_int_equal(wil_params_find(f->params, "net.to.weight")->fan_in, 8 * 6 * 4);
}

NET_TEST_WITH(convolutions_work_in_three_dimensions, make_inputs)
{
    wil_node x = wil_graph_input_node(f->graph, "volume", wil_shape_of(5, 1, 4, 4, 6, 2));
    wil_nn_conv_config config = {.out = 3, .kernel = 3, .stride = 2, .pad = 1, .spectral = true};
    assert_shape(f, wil_nn_conv(&f->nn, "conv", x, &config), "[1,2,2,3,3]");
    assert_param(f, "net.conv.weight_orig", "[3,3,3,3,2]");
    assert_param(f, "net.conv.weight_u", "[3]");
    assert_shape(f, wil_nn_group_norm(&f->nn, "norm", x, 2, (wil_init){0}), "[1,4,4,6,2]");
}

NET_TEST_WITH(a_kernel_may_differ_from_axis_to_axis, make_inputs)
{
    wil_node x = wil_graph_input_node(f->graph, "series", wil_shape_of(5, 1, 9, 4, 6, 2));
    wil_nn_conv_config config = {.out = 3,
        .kernel = 7, /* not looked at */
        .kernel_axes = {4, 1, 3},
        .stride_axes = {2, 1, 0}, /* 0 counts as 1 */
        .pad_axes = {1, 0, 1}};
    assert_shape(f, wil_nn_conv(&f->nn, "conv", x, &config), "[1,4,4,6,3]");
    assert_param(f, "net.conv.weight", "[3,4,1,3,2]");
    assert_shape(f, wil_nn_conv_transpose(&f->nn, "up", x, &config), "[1,18,4,6,3]");
    config.kernel_axes[1] = 0;
    assert_failed(f, wil_nn_conv(&f->nn, "none", x, &config), "layer none: 3 channels, kernel 0, stride 1");
}

static void assert_file_shape(const fixture *f, const char *name, const char *expected)
{
    wil_tensor *tensors = NULL;
    int n = 0;
    size_t capacity = 0;
    char text[96] = "";
    OK(wil_params_allocate(f->params));
    OK(wil_params_to_tensors(f->params, "", &tensors, &n, &capacity));
    for (int i = 0; i < n; i++)
        if (strcmp(tensors[i].name, name) == 0)
            wil_shape_text(tensors[i].shape, text, sizeof text);
    wil_tensors_free(tensors, n);
    assert_string_equal(text, expected);
}

NET_TEST_WITH(linear_layers_to_and_from_volumes_are_flat_in_files, make_inputs)
{
    const int64_t spatial[] = {2, 3, 5};
    wil_node volume = wil_nn_linear_to_space(&f->nn, "to", flat, spatial, 3, 7, (wil_init){0});
    assert_shape(f, volume, "[2,2,3,5,7]");
    assert_param(f, "net.to.weight", "[2,3,5,7,4]");
    assert_param(f, "net.to.bias", "[2,3,5,7]");
    assert_shape(f, wil_nn_linear_from_space(&f->nn, "from", volume, 6, false, (wil_init){0}), "[2,6]");
    assert_param(f, "net.from.weight", "[6,2,3,5,7]");
    assert_param(f, "net.from.bias", "[6]");
    assert_int_equal(wil_params_find(f->params, "net.to.weight")->fan_in, 4);
    assert_int_equal(wil_params_find(f->params, "net.from.weight")->fan_in, 210);
    assert_file_shape(f, "net.to.weight", "[210,4]");
    assert_file_shape(f, "net.to.bias", "[210]");
    assert_file_shape(f, "net.from.weight", "[6,210]");
    assert_failed(f, wil_nn_linear_from_space(&f->nn, "flat", flat, 6, false, (wil_init){0}),
        "layer flat needs [N, spatial axes, C] and at least 1 output");
}

NET_TEST_WITH(norms_keep_shapes_and_register_per_channel, make_inputs)
{
    wil_nn_stats stats = {0};
    assert_shape(f, wil_nn_batch_norm(&f->nn, "norm", image, (wil_init){0}, &stats), "[2,8,6,4]");
    assert_int_equal(stats.n, 1);
    assert_string_equal(stats.name[0], "net.norm");
    assert_shape(f, stats.mean[0], "[4]");
    assert_shape(f, stats.var[0], "[4]");
    assert_param(f, "net.norm.running_var", "[4]");
    assert_int_equal(wil_params_find(f->params, "net.norm.running_mean")->role, WIL_PARAM_STATE);
    assert_int_equal(wil_params_find(f->params, "net.norm.weight")->role, WIL_PARAM_WEIGHT);
    assert_shape(f, wil_nn_instance_norm(&f->nn, image), "[2,8,6,4]");
    assert_shape(f, wil_nn_group_norm(&f->nn, "group", image, 2, (wil_init){0}), "[2,8,6,4]");
    assert_shape(f, wil_nn_batch_norm(&f->nn, "flat", flat, (wil_init){0}, NULL), "[2,4]");
    f->nn.training = false;
    assert_shape(f, wil_nn_batch_norm(&f->nn, "norm", image, (wil_init){0}, &stats), "[2,8,6,4]");
    assert_int_equal(stats.n, 1); /* stored statistics: nothing to follow */
}

NET_TEST_WITH(dropout_is_nothing_outside_training, make_inputs)
{
    assert_int_not_equal(wil_nn_dropout(&f->nn, image, 0.5, 1), image);
    assert_int_equal(wil_nn_dropout(&f->nn, image, 0.0, 1), image);
    f->nn.training = false;
    assert_int_equal(wil_nn_dropout(&f->nn, image, 0.5, 1), image);
    assert_failed(f, wil_nn_dropout(&f->nn, image, 1.0, 1), "dropout with probability 1");
}

NET_TEST_WITH(a_spectral_layer_used_twice_is_followed_once, make_inputs)
{
    wil_nn_power power = {0};
    f->nn.power = &power;
    wil_nn_linear(&f->nn, "fc", flat, 3, false, true, (wil_init){0});
    wil_node other = wil_graph_input_node(f->graph, "other", wil_shape_of(2, 5, 4));
    wil_nn_linear(&f->nn, "fc", other, 3, false, true, (wil_init){0});
    assert_int_equal(power.n, 1);
    assert_string_equal(power.name[0], "net.fc.weight_u");
    assert_shape(f, power.u[0], "[3]");
    assert_int_equal(wil_params_count(f->params), 2);
}

NET_TEST_WITH(losses_are_scalars, make_inputs)
{
    wil_graph *g = f->graph;
    wil_node score = wil_nn_linear(&f->nn, "fc", flat, 1, true, false, (wil_init){0});
    assert_shape(f, wil_loss_wasserstein_critic(g, score, score), "[]");
    assert_shape(f, wil_loss_wasserstein_generator(g, score), "[]");
    assert_shape(f, wil_loss_gradient_penalty(g, score, flat, 10.0), "[]");
    assert_shape(f, wil_loss_bce_logits(g, flat, flat), "[]");
    assert_shape(f, wil_loss_l1(g, flat, flat), "[]");
    assert_shape(f, wil_loss_dice(g, flat, flat), "[]");
}

NET_TEST_WITH(impossible_convolutions_are_refused, make_inputs)
{
    wil_nn_conv_config config = {.out = 3, .kernel = 0};
    assert_failed(f, wil_nn_conv(&f->nn, "conv", image, &config), "layer conv: 3 channels, kernel 0");
}

NET_TEST_WITH(a_convolution_of_a_flat_input_is_refused, make_inputs)
{
    wil_nn_conv_config config = {.out = 3, .kernel = 3};
    assert_failed(
        f, wil_nn_conv(&f->nn, "conv", flat, &config), "needs [N, 1 to 3 spatial axes, C], got [2,4]");
}

NET_TEST_WITH(output_pad_of_a_plain_convolution_is_refused, make_inputs)
{
    wil_nn_conv_config config = {.out = 3, .kernel = 3, .output_pad = 1};
    assert_failed(
        f, wil_nn_conv(&f->nn, "conv", image, &config), "output_pad is for transposed convolutions");
}

NET_TEST_WITH(output_pad_as_large_as_the_stride_is_refused, make_inputs)
{
    wil_nn_conv_config config = {.out = 3, .kernel = 3, .stride = 2, .output_pad = 2};
    assert_failed(f, wil_nn_conv_transpose(&f->nn, "up", image, &config), "must be less than the stride 2");
}

NET_TEST_WITH(a_spectral_transposed_convolution_is_refused, make_inputs)
{
    wil_nn_conv_config config = {.out = 3, .kernel = 3, .spectral = true};
    assert_failed(f, wil_nn_conv_transpose(&f->nn, "up", image, &config), "not transposed");
}

NET_TEST_WITH(groups_that_do_not_divide_are_refused, make_inputs)
{
    assert_failed(
        f, wil_nn_group_norm(&f->nn, "norm", image, 3, (wil_init){0}), "4 channels do not divide into 3");
}

NET_TEST_WITH(a_missing_input_is_refused, make_inputs)
{
    assert_failed(f, wil_nn_instance_norm(&f->nn, WIL_NODE_NONE), "instance norm was given no input node");
}

NET_TEST_WITH(the_first_failure_is_the_one_that_is_told, make_inputs)
{
    wil_node h = wil_nn_group_norm(&f->nn, "norm", image, 3, (wil_init){0});
    h = wil_nn_instance_norm(&f->nn, h);
    h = wil_nn_linear(&f->nn, "fc", h, 1, true, true, (wil_init){0});
    assert_failed(f, wil_loss_gradient_penalty(f->graph, h, image, 10.0), "layer norm: 4 channels");
}
