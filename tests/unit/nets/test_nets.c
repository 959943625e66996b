/* The networks' shapes, names and sizes, and what they refuse. */
#include "test.h"

#include "outcome.h"
#include "net_fixture.h"
#include "willis/nets.h"

static wil_node image_of(fixture *f, int height, int width, int channels)
{
    return wil_graph_input_node(f->graph, "image", wil_shape_of(4, 2, height, width, channels));
}

NET_TEST(the_studys_generator_has_its_shapes_and_size)
{
    wil_wgan_config config = wil_wgan_config_default();
    wil_nn_stats stats = {0};
    wil_node z = wil_graph_input_node(f->graph, "z", wil_shape_of(2, 2, 100));
    assert_shape(f, wil_nets_wgan_generator(&f->nn, z, &config, &stats), "[2,96,96,2]");
    assert_param(f, "net.conv1.weight", "[100,3,3,1536]");
    assert_param(f, "net.conv2.weight", "[1536,5,5,768]");
    assert_param(f, "net.conv6.weight", "[96,5,5,2]");
    assert_param(f, "net.norm5.weight", "[96]");
    assert_int_equal(stats.n, 5);
    assert_string_equal(stats.name[4], "net.norm5");
    /* 43.0 M, of which 16 of the 25 taps of the first kernel reach nothing and are not kept here */
    size_t dead = 100 * 1536 * 16;
    assert_int_equal((wil_params_n_trained(f->params) + dead) / 100000, 430);
}

NET_TEST(the_studys_critic_has_its_shapes_and_size)
{
    wil_wgan_config config = wil_wgan_config_default();
    wil_nn_power power = {0};
    assert_shape(f, wil_nets_wgan_critic(&f->nn, image_of(f, 96, 96, 2), &config, &power), "[2,1]");
    assert_param(f, "net.conv1.weight", "[96,5,5,2]");
    assert_param(f, "net.conv5.weight", "[1536,5,5,768]");
    assert_param(f, "net.conv6.weight", "[1,3,3,1536]");
    assert_int_equal(wil_params_count(f->params), 6); /* instance norm has no weights */
    assert_int_equal(power.n, 0);
    assert_int_equal(
        (wil_params_n_trained(f->params) + 1536 * 16) / 100000, 392); /* 39.2 M, dead taps as above */
}

NET_TEST(spectral_norm_is_on_the_first_five_convolutions)
{
    wil_wgan_config config = wil_wgan_config_default();
    config.norm = WIL_CRITIC_SPECTRAL_NORM;
    config.filters = 4;
    wil_nn_power power = {0};
    assert_shape(f, wil_nets_wgan_critic(&f->nn, image_of(f, 96, 96, 2), &config, &power), "[2,1]");
    assert_int_equal(power.n, 5);
    assert_string_equal(power.name[0], "net.conv1.weight_u");
    assert_param(f, "net.conv5.weight_orig", "[64,5,5,32]");
    assert_param(f, "net.conv5.weight_u", "[64]");
    assert_param(f, "net.conv6.weight", "[1,3,3,64]");
    assert_null(wil_params_find(f->params, "net.conv6.weight_u"));
    for (int i = 0; i < wil_graph_size(f->graph); i++)
        assert_int_not_equal(wil_graph_node(f->graph, i)->kind, WIL_OP_NORMALIZE);
}

NET_TEST(instance_norm_follows_each_of_five_convolutions)
{
    wil_wgan_config config = wil_wgan_config_default();
    config.filters = 4;
    wil_nets_wgan_critic(&f->nn, image_of(f, 96, 96, 2), &config, NULL);
    OK(wil_graph_status(f->graph));
    assert_int_equal(count_kind(f, WIL_OP_NORMALIZE), 5);
}

NET_TEST(one_pixel_is_not_normalised)
{
    wil_wgan_config config = wil_wgan_config_default();
    config.filters = 4;
    config.height = config.width = 32;
    assert_shape(f, wil_nets_wgan_critic(&f->nn, image_of(f, 32, 32, 2), &config, NULL), "[2,1]");
    assert_int_equal(count_kind(f, WIL_OP_NORMALIZE), 4);
}

NET_TEST(patches_need_not_be_square)
{
    wil_wgan_config config = wil_wgan_config_default();
    config.filters = 4;
    config.height = 64;
    wil_node z = wil_graph_input_node(f->graph, "z", wil_shape_of(2, 2, 100));
    wil_node image = wil_nets_wgan_generator(&f->nn, z, &config, NULL);
    assert_shape(f, image, "[2,64,96,2]");
    f->nn.prefix = "critic";
    assert_shape(f, wil_nets_wgan_critic(&f->nn, image, &config, NULL), "[2,1]");
    assert_param(f, "net.conv1.weight", "[100,2,3,64]");
    assert_param(f, "critic.conv6.weight", "[1,2,3,64]");
}

NET_TEST(a_generator_of_given_labels_takes_them_at_every_size)
{
    wil_wgan_config config = wil_wgan_config_default();
    wil_nn_stats stats = {0};
    config.labels = WIL_LABELS_GIVEN;
    wil_node z = wil_graph_input_node(f->graph, "z", wil_shape_of(2, 2, 100));
    assert_shape(f, wil_nets_wgan_generator(&f->nn, z, &config, &stats), "[2,96,96,2]");
    assert_param(f, "net.conv1.weight", "[100,3,3,1536]");
    assert_param(f, "net.conv2.weight", "[1538,5,5,768]");
    assert_param(f, "net.conv6.weight", "[98,5,5,24]");
    assert_param(f, "net.norm6.weight", "[24]");
    assert_param(f, "net.conv7.weight", "[1,5,5,26]");
    assert_int_equal(stats.n, 6);
    assert_int_equal(count_kind(f, WIL_OP_SUM_POOL), 5);
}

NET_TEST(impossible_wgans_are_refused)
{
    const wil_wgan_config good = wil_wgan_config_default();
    struct {
        const char *words;
        wil_wgan_config config;
    } bad[] = {{"a patch of 90 x 96 cannot be halved five times: both sides must be multiples of 32", good},
        {"a patch of 96 x 0 cannot", good}, {"latent is 0 but must be at least 1", good},
        {"filters is 0 but must be between 1 and 4096", good}, {"channels is 0 but must be at least 1", good},
        {"critic norm 9 is not known", good}, {"channels is 1, but a generator of given labels", good}};
    bad[0].config.height = 90;
    bad[1].config.width = 0;
    bad[2].config.latent = 0;
    bad[3].config.filters = 0;
    bad[4].config.channels = 0;
    bad[5].config.norm = (wil_critic_norm)9;
    bad[6].config.labels = WIL_LABELS_GIVEN;
    bad[6].config.channels = 1;
    OK(wil_wgan_config_check(&good));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        REFUSED(WIL_ERR_ARG, wil_wgan_config_check(&bad[i].config), bad[i].words);
    }
    wil_node z = wil_graph_input_node(f->graph, "z", wil_shape_of(2, 2, 100));
    assert_failed(f, wil_nets_wgan_generator(&f->nn, z, &bad[0].config, NULL), "a patch of 90 x 96");
}

NET_TEST(the_studys_unet_has_its_shapes)
{
    wil_unet_config config = wil_unet_config_default();
    assert_shape(f, wil_nets_unet(&f->nn, image_of(f, 96, 96, 1), &config), "[2,96,96,1]");
    assert_param(f, "net.down1.conv1.weight", "[32,3,3,1]");
    assert_param(f, "net.down5.conv2.weight", "[512,3,3,512]");
    assert_param(f, "net.up4.conv1.weight", "[256,3,3,768]");
    assert_param(f, "net.up1.conv1.weight", "[32,3,3,96]");
    assert_param(f, "net.out.weight", "[1,1,1,32]");
    assert_param(f, "net.out.bias", "[1]");
    assert_int_equal(wil_params_count(f->params), 2 * (2 * 5 + 2 * 4 + 1));
    assert_int_equal(count_kind(f, WIL_OP_KEEP_MASK), 9); /* one a level, each with its own numbers */
}

NET_TEST(a_unet_takes_volumes_and_single_levels)
{
    wil_unet_config config = {.filters = 2, .levels = 2, .n_spatial = 3};
    wil_node volume = wil_graph_input_node(f->graph, "volume", wil_shape_of(5, 1, 4, 6, 8, 1));
    assert_shape(f, wil_nets_unet(&f->nn, volume, &config), "[1,4,6,8,1]");
    f->nn.prefix = "flat";
    config = (wil_unet_config){.filters = 2, .levels = 1, .n_spatial = 2};
    assert_shape(f, wil_nets_unet(&f->nn, image_of(f, 5, 7, 1), &config), "[2,5,7,1]");
}

NET_TEST(impossible_unets_are_refused)
{
    const struct {
        const char *words;
        wil_unet_config config;
    } bad[] = {
        {"U-Net filters is 0", {.filters = 0, .levels = 5, .dropout = 0.1, .n_spatial = 2}},
        {"U-Net levels is 9 but must be between 1 and 8",
            {.filters = 32, .levels = 9, .dropout = 0.1, .n_spatial = 2}},
        {"U-Net dropout is 1 but", {.filters = 32, .levels = 5, .dropout = 1.0, .n_spatial = 2}},
        {"U-Net n_spatial is 1 but", {.filters = 32, .levels = 5, .dropout = 0.1, .n_spatial = 1}},
        {"a side of 100 cannot be halved 4 times: it must be a multiple of 16",
            {.filters = 32, .levels = 5, .dropout = 0.1, .n_spatial = 2}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        REFUSED(WIL_ERR_ARG, wil_unet_config_check(&bad[i].config, 96, 100), bad[i].words);
    }
    wil_unet_config good = wil_unet_config_default();
    OK(wil_unet_config_check(&good, 96, 112));
    assert_failed(f, wil_nets_unet(&f->nn, image_of(f, 96, 100, 1), &good), "a side of 100");
}
