/* The 3D WGAN's and U-Net's shapes, names and sizes, and what they refuse. */
#include "test.h"

#include "outcome.h"
#include "net_fixture.h"
#include "willis/nets.h"

static wil_node volume_of(fixture *f, int depth, int height, int width, int channels)
{
    return wil_graph_input_node(f->graph, "volume", wil_shape_of(5, 2, depth, height, width, channels));
}

static wil_node z_of(fixture *f, int length)
{
    return wil_graph_input_node(f->graph, "z", wil_shape_of(2, 2, length));
}

NET_TEST(the_studys_networks_have_their_shapes_and_145_million_parameters)
{
    wil_wgan3d_config config = wil_wgan3d_config_default();
    wil_nn_stats stats = {0};
    wil_node volume = wil_nets_wgan3d_generator(&f->nn, z_of(f, 128), &config, &stats);
    assert_shape(f, volume, "[2,64,128,128,2]");
    assert_param(f, "net.linear.weight", "[8,16,16,512,128]");
    assert_param(f, "net.linear.bias", "[8,16,16,512]");
    assert_param(f, "net.conv1.weight", "[256,3,3,3,512]");
    assert_param(f, "net.conv3.weight", "[64,3,3,3,128]");
    assert_param(f, "net.conv4.weight", "[2,3,3,3,64]");
    assert_param(f, "net.conv4.bias", "[2]");
    assert_null(wil_params_find(f->params, "net.conv1.bias"));
    assert_int_equal(stats.n, 4);
    assert_string_equal(stats.name[3], "net.norm4");
    f->nn.prefix = "critic";
    assert_shape(f, wil_nets_wgan3d_critic(&f->nn, volume, &config, NULL), "[2,1]");
    assert_param(f, "critic.conv1.weight", "[64,3,3,3,2]");
    assert_param(f, "critic.conv4.weight", "[512,3,3,3,256]");
    assert_param(f, "critic.linear.weight", "[1,4,8,8,512]");
    assert_param(f, "critic.linear.bias", "[1]");
    assert_int_equal((wil_params_n_trained(f->params) + 500000) / 1000000, 145);
}

NET_TEST(twice_the_filters_have_308_million_parameters)
{
    wil_wgan3d_config config = wil_wgan3d_config_default();
    config.filters = 1024;
    wil_node volume = wil_nets_wgan3d_generator(&f->nn, z_of(f, 128), &config, NULL);
    f->nn.prefix = "critic";
    assert_shape(f, wil_nets_wgan3d_critic(&f->nn, volume, &config, NULL), "[2,1]");
    assert_int_equal((wil_params_n_trained(f->params) + 500000) / 1000000, 308);
}

NET_TEST(spectral_norm_is_on_the_convolutions_and_if_asked_on_the_linear_layer)
{
    wil_wgan3d_config config = wil_wgan3d_config_default();
    config.norm = WIL_CRITIC_SPECTRAL_NORM;
    config.filters = 8;
    config.depth = config.height = config.width = 16;
    wil_nn_power power = {0};
    wil_node volume = volume_of(f, 16, 16, 16, 2);
    assert_shape(f, wil_nets_wgan3d_critic(&f->nn, volume, &config, &power), "[2,1]");
    assert_int_equal(power.n, 4);
    assert_string_equal(power.name[3], "net.conv4.weight_u");
    assert_param(f, "net.conv4.weight_orig", "[8,3,3,3,4]");
    assert_param(f, "net.conv4.bias", "[8]");
    assert_param(f, "net.linear.weight", "[1,1,1,1,8]");
    assert_int_equal(count_kind(f, WIL_OP_NORMALIZE), 0);
    config.spectral_linear = true;
    power.n = 0;
    f->nn.prefix = "all";
    assert_shape(f, wil_nets_wgan3d_critic(&f->nn, volume, &config, &power), "[2,1]");
    assert_int_equal(power.n, 5);
    assert_param(f, "all.linear.weight_orig", "[1,1,1,1,8]");
    assert_param(f, "all.linear.weight_u", "[1]");
}

NET_TEST(one_voxel_is_not_normalised_and_sides_may_differ)
{
    wil_wgan3d_config config = wil_wgan3d_config_default();
    config.filters = 8;
    config.depth = config.height = config.width = 16;
    wil_nets_wgan3d_critic(&f->nn, volume_of(f, 16, 16, 16, 2), &config, NULL);
    assert_int_equal(count_kind(f, WIL_OP_NORMALIZE), 3);
    config.height = 24;
    config.width = 40;
    f->nn.prefix = "other";
    wil_node volume = wil_nets_wgan3d_generator(&f->nn, z_of(f, 128), &config, NULL);
    assert_shape(f, volume, "[2,16,24,40,2]");
    f->nn.prefix = "critic";
    assert_shape(f, wil_nets_wgan3d_critic(&f->nn, volume, &config, NULL), "[2,1]");
    assert_param(f, "critic.linear.weight", "[1,1,2,3,8]"); /* 24 and 40 are halved to 1.5 and 2.5, then up */
}

NET_TEST(impossible_3d_wgans_are_refused)
{
    const wil_wgan3d_config good = wil_wgan3d_config_default();
    struct {
        const char *words;
        wil_wgan3d_config config;
    } bad[] = {{"a patch of 60 x 128 x 128 (z, y, x) cannot be halved three times: each side must be a "
                "multiple of 8",
                   good},
        {"latent of the 3D WGAN is 0 but must be between 1 and 65536 (the study: 128)", good},
        {"filters of the 3D WGAN is -1 but must be between 1", good},
        {"filters of the 3D WGAN is 100 but must be a multiple of 8", good},
        {"channels of the 3D WGAN is 0", good}, {"critic norm 9 is not known", good}};
    bad[0].config.depth = 60;
    bad[1].config.latent = 0;
    bad[2].config.filters = -1;
    bad[3].config.filters = 100;
    bad[4].config.channels = 0;
    bad[5].config.norm = (wil_critic_norm)9;
    OK(wil_wgan3d_config_check(&good));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        REFUSED(WIL_ERR_ARG, wil_wgan3d_config_check(&bad[i].config), bad[i].words);
    assert_failed(f, wil_nets_wgan3d_generator(&f->nn, z_of(f, 128), &bad[3].config, NULL), "multiple of 8");
}

NET_TEST(a_volume_of_another_size_is_refused_by_the_critic)
{
    wil_wgan3d_config config = wil_wgan3d_config_default();
    assert_failed(f, wil_nets_wgan3d_critic(&f->nn, volume_of(f, 128, 128, 64, 2), &config, NULL),
        "the 3D critic's volume has shape [2,128,128,64,2] but its configuration asks for [N,64,128,128,2]");
}

NET_TEST(a_z_of_another_length_is_refused_by_the_generator)
{
    wil_wgan3d_config config = wil_wgan3d_config_default();
    assert_failed(f, wil_nets_wgan3d_generator(&f->nn, z_of(f, 100), &config, NULL),
        "z of the 3D generator has shape [2,100] but its configuration asks for [N,128]");
}

NET_TEST(a_missing_z_is_refused_by_the_generator)
{
    wil_wgan3d_config config = wil_wgan3d_config_default();
    assert_failed(f, wil_nets_wgan3d_generator(&f->nn, WIL_NODE_NONE, &config, NULL),
        "z of the 3D generator is missing; it must be a node of shape [N,128]");
}

NET_TEST(the_3d_unet_has_its_shapes_norms_and_names)
{
    wil_unet_config config = wil_unet3d_config_default();
    wil_nn_stats stats = {0};
    assert_shape(
        f, wil_nets_unet_with_stats(&f->nn, volume_of(f, 16, 8, 24, 1), &config, &stats), "[2,16,8,24,1]");
    assert_param(f, "net.down1.conv1.weight", "[16,3,3,3,1]");
    assert_param(f, "net.down4.conv2.weight", "[128,3,3,3,128]");
    assert_param(f, "net.up3.conv1.weight", "[64,3,3,3,192]");
    assert_param(f, "net.up1.norm2.running_var", "[16]");
    assert_param(f, "net.out.bias", "[1]");
    assert_null(wil_params_find(f->params, "net.down1.conv1.bias"));
    assert_int_equal(stats.n, 2 * (4 + 3));
    assert_string_equal(stats.name[0], "net.down1.norm1");
    assert_string_equal(stats.name[13], "net.up1.norm2");
    assert_int_equal(count_kind(f, WIL_OP_KEEP_MASK), 0);
}

TEST_WITH(impossible_3d_unets_are_refused, make, drop)
{
    wil_unet_config config = wil_unet3d_config_default();
    OK(wil_unet3d_config_check(&config, 64, 128, 8));
    REFUSED(
        WIL_ERR_ARG, wil_unet3d_config_check(&config, 60, 128, 8), "a side of 60 cannot be halved 3 times");
    REFUSED(
        WIL_ERR_ARG, wil_unet3d_config_check(&config, 64, 128, 4), "a side of 4 cannot be halved 3 times");
    config.n_spatial = 2;
    REFUSED(WIL_ERR_ARG, wil_unet3d_config_check(&config, 64, 128, 8),
        "a U-Net for volumes has n_spatial 3, but this one has 2");
}
