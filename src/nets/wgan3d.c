/* The 3D WGAN-GP of the study, chapter 5, section 2.1 (models GP, SN, SN-MP, c-SN-MP).
 *
 * The text has "3 blocks of upsampling and 3D convolutional layers" and "a final upsampling and 3D
 * convolutional layer", its Fig. 2 and its count of 145 M parameters three upsamplings in all: with four, the
 * linear layer would have an eighth of its 134 M weights. So the last convolution stands at full size. */
#include "nets_internal.h"

enum { N_UPSAMPLINGS = 3, N_CRITIC = 4, SHRINK = 8 };

wil_wgan3d_config wil_wgan3d_config_default(void)
{
    return (wil_wgan3d_config){.depth = 64,
        .height = 128,
        .width = 128,
        .latent = 128,
        .filters = 512,
        .channels = 2,
        .norm = WIL_CRITIC_INSTANCE_NORM};
}

wil_status wil_wgan3d_config_check(const wil_wgan3d_config *config)
{
    const int sides[3] = {config->depth, config->height, config->width};
    for (int i = 0; i < 3; i++)
        WIL_REQUIRE(sides[i] >= SHRINK && sides[i] % SHRINK == 0, WIL_ERR_ARG,
            "a patch of %d x %d x %d (z, y, x) cannot be halved three times: each side must be a multiple of "
            "%d",
            sides[0], sides[1], sides[2], SHRINK);
    WIL_TRY(nets_check_count("latent of the 3D WGAN", config->latent, 65536, 128));
    WIL_TRY(nets_check_count("filters of the 3D WGAN", config->filters, 8192, 512));
    WIL_REQUIRE(config->filters % SHRINK == 0, WIL_ERR_ARG,
        "filters of the 3D WGAN is %d but must be a multiple of 8: the widest layer has n, the narrowest n/8",
        config->filters);
    WIL_TRY(nets_check_count("channels of the 3D WGAN", config->channels, 64, 2));
    WIL_REQUIRE(config->norm == WIL_CRITIC_INSTANCE_NORM || config->norm == WIL_CRITIC_SPECTRAL_NORM ||
                    config->norm == WIL_CRITIC_NO_NORM,
        WIL_ERR_ARG, "critic norm %d is not known", (int)config->norm);
    return WIL_OK;
}

static bool is_impossible(wil_nn *nn, const wil_wgan3d_config *config)
{
    return wil_graph_status(nn->graph) != WIL_OK || nets_refused(nn, wil_wgan3d_config_check(config));
}

wil_node wil_nets_wgan3d_generator(
    wil_nn *nn, wil_node z, const wil_wgan3d_config *config, wil_nn_stats *stats)
{
    static const char *const conv[] = {"conv1", "conv2", "conv3"};
    static const char *const norm[] = {"norm1", "norm2", "norm3", "norm4"};
    const wil_shape expected = {.rank = 2, .dim = {0, config->latent}};
    if (is_impossible(nn, config) || nets_shape_differs(nn, "z of the 3D generator", z, expected))
        return WIL_NODE_NONE;
    wil_graph *g = nn->graph;
    const int64_t start[3] = {config->depth / SHRINK, config->height / SHRINK, config->width / SHRINK};
    wil_node h = wil_nn_linear_to_space(nn, "linear", z, start, 3, config->filters, (wil_init){0});
    h = wil_op_relu(g, wil_nn_batch_norm(nn, norm[0], h, config->norm_scale, stats)); /* [N,D/8,H/8,W/8,n] */
    for (int i = 0; i < N_UPSAMPLINGS; i++) {
        const wil_nn_conv_config layer = {.out = config->filters >> (i + 1), .kernel = 3, .pad = 1};
        h = wil_nn_upsample_conv(nn, conv[i], h, &layer); /* twice the size, half the channels */
        h = wil_op_relu(g, wil_nn_batch_norm(nn, norm[i + 1], h, config->norm_scale, stats));
    }
    const wil_nn_conv_config last = {.out = config->channels, .kernel = 3, .pad = 1, .bias = true};
    return wil_op_tanh(g, wil_nn_conv(nn, "conv4", h, &last)); /* [N,D,H,W,channels] */
}

static wil_node critic_norm(wil_nn *nn, wil_node h, wil_critic_norm norm)
{
    if (norm != WIL_CRITIC_INSTANCE_NORM || wil_graph_status(nn->graph) != WIL_OK)
        return h;
    const wil_shape shape = wil_graph_shape(nn->graph, h); /* [N,d,h,w,C] */
    /* one voxel less its own mean is zero whatever the volume: patches of 8 to 16 go without their last norm
     */
    return shape.dim[1] * shape.dim[2] * shape.dim[3] == 1 ? h : wil_nn_instance_norm(nn, h);
}

wil_node wil_nets_wgan3d_critic(
    wil_nn *nn, wil_node volume, const wil_wgan3d_config *config, wil_nn_power *power)
{
    static const char *const conv[] = {"conv1", "conv2", "conv3", "conv4"};
    const wil_shape expected = {
        .rank = 5, .dim = {0, config->depth, config->height, config->width, config->channels}};
    if (is_impossible(nn, config) || nets_shape_differs(nn, "the 3D critic's volume", volume, expected))
        return WIL_NODE_NONE;
    wil_nn critic = *nn;
    critic.power = power;
    const bool spectral = config->norm == WIL_CRITIC_SPECTRAL_NORM;
    wil_node h = volume;
    for (int i = 0; i < N_CRITIC; i++) {
        const wil_nn_conv_config layer = {.out = config->filters >> (N_CRITIC - 1 - i),
            .kernel = 3,
            .stride = 2,
            .pad = 1,
            .bias = config->norm != WIL_CRITIC_INSTANCE_NORM,
            .spectral = spectral};
        h = critic_norm(&critic, wil_nn_conv(&critic, conv[i], h, &layer), config->norm);
        h = wil_op_leaky_relu(critic.graph, h, 0.2); /* half the size, n/8, n/4, n/2, n channels */
    }
    return wil_nn_linear_from_space(
        &critic, "linear", h, 1, spectral && config->spectral_linear, (wil_init){0}); /* [N,1] */
}
