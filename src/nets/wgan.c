/* The DCGAN, WGAN-GP and WGAN-GP-SN of the study, chapter 4, section 3.1.
 *
 * Where norms stand, in its words: the pairs are "fed through 6 convolutional layers with a kernel size of 5
 * and stride of 2. After each convolution layer, a batch normalization layer and a leaky ReLU (with a slope
 * of 0.2) were added, except for the last convolution layer"; in the WGAN-GP "batch normalization was
 * replaced by instance normalization", in the WGAN-GP-SN "spectral normalization was used instead". So the
 * first convolution has its norm too, the order is convolution, norm, leaky ReLU, and the last layer has
 * neither norm nor spectral norm: in the WGAN-GP-SN the last product is not bounded. The DCGAN's sigmoid
 * stands in the loss.
 *
 * The study's last critic layer (kernel 5, stride 2, pad 1 on 3x3) and first generator layer (kernel 5,
 * stride 1, pad 1 from 1x1) reach only the 3x3 centre of their kernels. Here the kernel is what is reached,
 * H/32 x W/32, which is the same function at 96x96 and goes with every multiple of 32. */
#include "nets_internal.h"

enum { N_HALVINGS = 5, SHRINK = 32, LEAST_FULL = 8, NOISE_COLOURS = 4 };

wil_wgan_config wil_wgan_config_default(void)
{
    return (wil_wgan_config){.height = 96,
        .width = 96,
        .latent = 100,
        .filters = 96,
        .channels = 2,
        .norm = WIL_CRITIC_INSTANCE_NORM};
}

wil_status wil_wgan_config_check(const wil_wgan_config *config)
{
    WIL_REQUIRE(config->height >= SHRINK && config->height % SHRINK == 0 && config->width >= SHRINK &&
                    config->width % SHRINK == 0,
        WIL_ERR_ARG, "a patch of %d x %d cannot be halved five times: both sides must be multiples of %d",
        config->height, config->width, SHRINK);
    WIL_REQUIRE(config->latent >= 1, WIL_ERR_ARG, "latent is %d but must be at least 1 (the study: 100)",
        config->latent);
    WIL_REQUIRE(config->filters >= 1 && config->filters <= 4096, WIL_ERR_ARG,
        "filters is %d but must be between 1 and 4096 (the study: 96)", config->filters);
    WIL_REQUIRE(config->channels >= 1, WIL_ERR_ARG,
        "channels is %d but must be at least 1 (image and label: 2)", config->channels);
    WIL_REQUIRE(config->norm == WIL_CRITIC_INSTANCE_NORM || config->norm == WIL_CRITIC_SPECTRAL_NORM ||
                    config->norm == WIL_CRITIC_NO_NORM || config->norm == WIL_CRITIC_BATCH_NORM,
        WIL_ERR_ARG, "critic norm %d is not known", (int)config->norm);
    WIL_REQUIRE(!config->minibatch || config->norm == WIL_CRITIC_BATCH_NORM, WIL_ERR_ARG,
        "minibatch discrimination is of the DCGAN's critic: others score each sample by itself");
    WIL_REQUIRE(config->labels == WIL_LABELS_JOINT || config->channels == 2, WIL_ERR_ARG,
        "channels is %d, but a generator of given labels makes 2: image and label", config->channels);
    WIL_REQUIRE(config->growth == WIL_GROWTH_TRANSPOSED || config->growth == WIL_GROWTH_UPSAMPLE, WIL_ERR_ARG,
        "growth %d of a generator is not known", (int)config->growth);
    return WIL_OK;
}

static bool config_is_impossible(wil_nn *nn, const wil_wgan_config *config)
{
    return wil_graph_status(nn->graph) != WIL_OK || nets_refused(nn, wil_wgan_config_check(config));
}

/* The guide as it is at each size, the smallest first: averages, then itself. */
typedef struct guides {
    bool given;
    wil_node at[N_HALVINGS + 1]; /* [N,H/32,W/32,2] ... [N,H,W,2] */
} guides;

static guides make_guides(wil_nn *nn, wil_node z, const wil_wgan_config *config)
{
    guides made = {.given = config->labels == WIL_LABELS_GIVEN};
    if (!made.given)
        return made;
    const int64_t n = wil_graph_shape(nn->graph, z).dim[0];
    made.at[N_HALVINGS] =
        wil_graph_input_node(nn->graph, "guide", wil_shape_of(4, n, config->height, config->width, 2));
    for (int i = N_HALVINGS; i > 0; i--)
        made.at[i - 1] = wil_op_average_pool(nn->graph, made.at[i], (int64_t[]){2, 2});
    return made;
}

static wil_node guided(wil_nn *nn, wil_node h, const guides *guide, int size)
{
    return guide->given ? wil_op_concat(nn->graph, h, guide->at[size], 3) : h;
}

/* Twice the size, out channels. */
static wil_node grow(wil_nn *nn, const char *name, wil_node h, int64_t out, wil_wgan_growth growth)
{
    if (growth == WIL_GROWTH_UPSAMPLE)
        return wil_nn_upsample_conv(nn, name, h, &(wil_nn_conv_config){.out = out, .kernel = 3, .pad = 1});
    const wil_nn_conv_config layer = {.out = out, .kernel = 5, .stride = 2, .pad = 2, .output_pad = 1};
    return wil_nn_conv_transpose(nn, name, h, &layer);
}

/* h [N,H,W,channels + NOISE_COLOURS]: its last channels are the strengths of noise in its first one. */
static wil_node add_noise(wil_nn *nn, wil_node h, int64_t channels)
{
    wil_graph *g = nn->graph;
    if (wil_graph_status(g) != WIL_OK)
        return WIL_NODE_NONE;
    wil_shape shape = wil_graph_shape(g, h);
    shape.dim[3] = 1;
    const wil_nn_conv_config filter = {
        .out = NOISE_COLOURS, .kernel = 3, .pad = 1, .init = {WIL_INIT_NORMAL, 0, 1.0 / 3}};
    const wil_node colours = wil_nn_conv(nn, "noise", wil_graph_input_node(g, "noise", shape), &filter);
    const wil_node strength = wil_op_slice(g, h, 3, channels, NOISE_COLOURS);
    const wil_node noise = wil_op_sum(g, wil_op_mul(g, strength, colours), 1u << 3); /* [N,H,W,1] */
    const wil_node image = wil_op_add(g, wil_op_slice(g, h, 3, 0, 1), noise);
    return channels == 1 ? image : wil_op_concat(g, image, wil_op_slice(g, h, 3, 1, channels - 1), 3);
}

/* The last layer's values, as they leave. */
static wil_node painted(wil_nn *nn, wil_node h, int64_t channels, bool noise)
{
    return wil_op_tanh(nn->graph, noise ? add_noise(nn, h, channels) : h);
}

/* What "conv6" makes: the pair, or what the image around a label is made of. */
static int64_t last_channels(const wil_wgan_config *config)
{
    const int wide = config->filters / 4 > LEAST_FULL ? config->filters / 4 : LEAST_FULL;
    return config->labels == WIL_LABELS_GIVEN ? wide : config->channels + (config->noise ? NOISE_COLOURS : 0);
}

static wil_node image_beside_label(wil_nn *nn, wil_node h, const guides *guide, const wil_wgan_config *config)
{
    const wil_nn_conv_config layer = {.out = 1 + (config->noise ? NOISE_COLOURS : 0), .kernel = 5, .pad = 2};
    h = wil_nn_conv(nn, "conv7", guided(nn, h, guide, N_HALVINGS), &layer);
    const wil_node label = wil_op_slice(nn->graph, guide->at[N_HALVINGS], 3, 0, 1);
    return wil_op_concat(nn->graph, painted(nn, h, 1, config->noise), label, 3);
}

wil_node wil_nets_wgan_generator(wil_nn *nn, wil_node z, const wil_wgan_config *config, wil_nn_stats *stats)
{
    static const char *const conv[] = {"conv1", "conv2", "conv3", "conv4", "conv5", "conv6"};
    static const char *const norm[] = {"norm1", "norm2", "norm3", "norm4", "norm5", "norm6"};
    if (config_is_impossible(nn, config))
        return WIL_NODE_NONE;
    const int64_t start[2] = {config->height / SHRINK, config->width / SHRINK};
    const guides guide = make_guides(nn, z, config);
    wil_node h = WIL_NODE_NONE;
    for (int i = 0; i <= N_HALVINGS; i++) {
        const int64_t out =
            i < N_HALVINGS ? (int64_t)config->filters << (N_HALVINGS - 1 - i) : last_channels(config);
        h = i == 0
                ? wil_nn_conv_from_point(nn, conv[i], z, start, 2, out, (wil_init){0}) /* [N,H/32,W/32,16f] */
                : grow(nn, conv[i], guided(nn, h, &guide, i - 1), out, config->growth);
        if (i < N_HALVINGS || guide.given)
            h = wil_op_relu(nn->graph, wil_nn_batch_norm(nn, norm[i], h, config->norm_scale, stats));
    }
    return guide.given ? image_beside_label(nn, h, &guide, config)
                       : painted(nn, h, config->channels, config->noise); /* [N,H,W,channels] */
}

static wil_node critic_norm(wil_nn *nn, const char *name, wil_node h, const wil_wgan_config *config)
{
    if (wil_graph_status(nn->graph) != WIL_OK)
        return h;
    if (config->norm == WIL_CRITIC_BATCH_NORM)
        return wil_nn_batch_norm(nn, name, h, config->norm_scale, NULL);
    const wil_shape shape = wil_graph_shape(nn->graph, h); /* [N,h,w,C] */
    /* one pixel less its own mean is zero whatever the image: a 32x32 patch goes without its last norm */
    const bool alone = shape.dim[1] * shape.dim[2] == 1;
    return config->norm != WIL_CRITIC_INSTANCE_NORM || alone ? h : wil_nn_instance_norm(nn, h);
}

wil_node wil_nets_wgan_critic(wil_nn *nn, wil_node image, const wil_wgan_config *config, wil_nn_power *power)
{
    wil_critic_seen seen;
    return wil_nets_wgan_critic_seen(nn, image, config, power, &seen);
}

wil_node wil_nets_wgan_critic_seen(
    wil_nn *nn, wil_node image, const wil_wgan_config *config, wil_nn_power *power, wil_critic_seen *seen_out)
{
    static const char *const conv[] = {"conv1", "conv2", "conv3", "conv4", "conv5"};
    static const char *const norm[] = {"norm1", "norm2", "norm3", "norm4", "norm5"};
    *seen_out = (wil_critic_seen){WIL_NODE_NONE, WIL_NODE_NONE};
    if (config_is_impossible(nn, config))
        return WIL_NODE_NONE;
    wil_nn critic = *nn;
    critic.power = power;
    wil_node h = image;
    for (int i = 0; i < N_HALVINGS - (config->minibatch ? 1 : 0); i++) {
        wil_nn_conv_config layer = {.out = (int64_t)config->filters << i,
            .kernel = 5,
            .stride = 2,
            .pad = 2,
            .spectral = config->norm == WIL_CRITIC_SPECTRAL_NORM};
        h = wil_nn_conv(&critic, conv[i], h, &layer); /* half the size, f 2^i channels */
        h = critic_norm(&critic, norm[i], h, config);
        h = wil_op_leaky_relu(critic.graph, h, 0.2);
    }
    if (config->minibatch) {
        seen_out->features = seen_out->last = nets_minibatch_features(&critic, h);
        return nets_minibatch_scores(&critic, seen_out->last);
    }
    seen_out->features = h;
    seen_out->last = wil_nn_conv_to_point(&critic, "conv6", h, 1, false, (wil_init){0}); /* [N,1] */
    return seen_out->last;
}
