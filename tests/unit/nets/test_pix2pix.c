/* The shapes, names and refusals of pix2pix, temp-pix2pix and their discriminator. */
#include "test.h"

#include <stdio.h>

#include "outcome.h"
#include "net_fixture.h"
#include "willis/nets.h"

static wil_node slice_of(fixture *f)
{
    return wil_graph_input_node(f->graph, "slice", wil_shape_of(4, 2, 128, 128, 80));
}

static wil_node series_of(fixture *f, int time_points)
{
    char name[32];
    snprintf(name, sizeof name, "series of %d", time_points);
    return wil_graph_input_node(f->graph, name, wil_shape_of(5, 2, time_points, 128, 128, 1));
}

static wil_node map_of(fixture *f, int side)
{
    return wil_graph_input_node(f->graph, "map", wil_shape_of(4, 2, side, side, 1));
}

NET_TEST(the_unet_of_pix2pix_has_its_shapes_norms_and_names)
{
    wil_pix2pix_config config = wil_pix2pix_config_default();
    wil_nn_stats stats = {0};
    assert_shape(f, wil_nets_pix2pix_generator(&f->nn, slice_of(f), &config, &stats), "[2,128,128,1]");
    assert_param(f, "net.down1.conv.weight", "[16,4,4,80]");
    assert_param(f, "net.down4.conv.weight", "[128,4,4,64]");
    assert_param(f, "net.down6.conv.weight", "[128,4,4,128]");
    assert_param(f, "net.up6.conv.weight", "[128,4,4,128]");
    assert_param(f, "net.up5.conv.weight", "[256,4,4,128]"); /* transposed: [in,4,4,out]; in: skip and up */
    assert_param(f, "net.up4.conv.weight", "[256,4,4,64]");
    assert_param(f, "net.up1.conv.weight", "[32,4,4,1]");
    assert_param(f, "net.up1.conv.bias", "[1]");
    assert_param(f, "net.up6.norm.weight", "[128]");
    assert_null(wil_params_find(f->params, "net.down1.norm.weight"));
    assert_null(wil_params_find(f->params, "net.down6.norm.weight"));
    assert_null(wil_params_find(f->params, "net.up1.norm.weight"));
    assert_null(wil_params_find(f->params, "net.down2.conv.bias"));
    assert_int_equal(stats.n, 4 + 5);
    assert_int_equal(count_kind(f, WIL_OP_KEEP_MASK), 0);
}

NET_TEST(dropout_follows_the_three_innermost_up_layers)
{
    wil_pix2pix_config config = wil_pix2pix_config_default();
    config.dropout = 0.5;
    assert_shape(f, wil_nets_pix2pix_generator(&f->nn, slice_of(f), &config, NULL), "[2,128,128,1]");
    assert_int_equal(count_kind(f, WIL_OP_KEEP_MASK), 3); /* each with its own numbers */
}

NET_TEST(temp_pix2pix_halves_time_six_times_before_the_unet)
{
    wil_pix2pix_config config = wil_pix2pix_config_default();
    wil_nn_stats stats = {0};
    assert_shape(
        f, wil_nets_temp_pix2pix_generator(&f->nn, series_of(f, 80), &config, &stats), "[2,128,128,1]");
    assert_param(f, "net.time1.conv.weight", "[16,4,1,1,1]");
    assert_param(f, "net.time2.conv.weight", "[32,4,1,1,16]");
    assert_param(f, "net.time4.conv.weight", "[128,4,1,1,64]");
    assert_param(f, "net.time6.conv.weight", "[128,4,1,1,128]");
    assert_param(f, "net.time6.norm.running_mean", "[128]");
    assert_param(f, "net.unet.down1.conv.weight", "[16,4,4,128]");
    assert_null(wil_params_find(f->params, "net.time1.conv.bias"));
    assert_int_equal(stats.n, 6 + 4 + 5);
    assert_string_equal(stats.name[0], "net.time1.norm");
    f->nn.prefix = "other";
    assert_shape(/* time points as channels are the same series, already turned round */
        f, wil_nets_temp_pix2pix_generator(&f->nn, slice_of(f), &config, NULL), "[2,128,128,1]");
    config.time_points = 127;
    f->nn.prefix = "longest";
    assert_shape(
        f, wil_nets_temp_pix2pix_generator(&f->nn, series_of(f, 127), &config, NULL), "[2,128,128,1]");
}

NET_TEST(the_discriminator_scores_patches_of_source_and_map)
{
    wil_pix2pix_config config = wil_pix2pix_config_default();
    wil_nn_stats stats = {0};
    wil_node map = map_of(f, 128);
    wil_node logits = wil_nets_patch_discriminator(&f->nn, slice_of(f), map, &config, &stats);
    assert_shape(f, logits, "[2,8,8,1]");
    assert_param(f, "net.layer1.conv.weight", "[64,4,4,81]");
    assert_param(f, "net.layer1.conv.bias", "[64]");
    assert_param(f, "net.layer3.conv.weight", "[256,4,4,128]");
    assert_param(f, "net.layer4.conv.weight", "[1,4,4,256]");
    assert_param(f, "net.layer4.conv.bias", "[1]");
    assert_null(wil_params_find(f->params, "net.layer1.norm.weight"));
    assert_null(wil_params_find(f->params, "net.layer2.conv.bias"));
    assert_int_equal(stats.n, 2);
    assert_int_equal(count_kind(f, WIL_OP_SIGMOID), 0); /* logits: the loss has the sigmoid */
    assert_shape(f, wil_nets_patch_discriminator(&f->nn, series_of(f, 80), map, &config, NULL), "[2,8,8,1]");
}

TEST_WITH(impossible_pix2pixs_are_refused, make, drop)
{
    const wil_pix2pix_config good = wil_pix2pix_config_default();
    struct {
        const char *words;
        wil_pix2pix_config config;
    } bad[] = {{"a slice of 100 x 128 cannot be halved six times: both sides must be multiples of 64", good},
        {"a slice of 128 x 0 cannot", good}, {"time_points of pix2pix is 0 but must be between 1", good},
        {"filters of pix2pix is 0", good}, {"discriminator_filters of pix2pix is -3", good},
        {"dropout of pix2pix is 1 but must be at least 0 and below 1", good}};
    bad[0].config.height = 100;
    bad[1].config.width = 0;
    bad[2].config.time_points = 0;
    bad[3].config.filters = 0;
    bad[4].config.discriminator_filters = -3;
    bad[5].config.dropout = 1.0;
    OK(wil_pix2pix_config_check(&good));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        REFUSED(WIL_ERR_ARG, wil_pix2pix_config_check(&bad[i].config), bad[i].words);
}

TEST_WITH(series_that_do_not_end_with_one_time_point_are_refused, make, drop)
{
    wil_pix2pix_config config = wil_pix2pix_config_default();
    const int good[] = {64, 80, 127};
    for (int i = 0; i < 3; i++) {
        config.time_points = good[i];
        OK(wil_temp_pix2pix_config_check(&config));
    }
    config.time_points = 63;
    REFUSED(WIL_ERR_ARG, wil_temp_pix2pix_config_check(&config),
        "63 time points leave 0; resample the series to between 64 and 127 points (the study: 80)");
    config.time_points = 128;
    REFUSED(WIL_ERR_ARG, wil_temp_pix2pix_config_check(&config), "128 time points leave 2");
    OK(wil_pix2pix_config_check(&config)); /* channels may be any number */
    config.time_points = 80;
    config.time_filters = 0;
    REFUSED(WIL_ERR_ARG, wil_temp_pix2pix_config_check(&config), "time_filters of temp-pix2pix is 0");
}

NET_TEST(a_series_of_another_length_is_refused)
{
    wil_pix2pix_config config = wil_pix2pix_config_default();
    assert_failed(f, wil_nets_temp_pix2pix_generator(&f->nn, series_of(f, 75), &config, NULL),
        "the source slice of temp-pix2pix has shape [2,75,128,128,1] but its configuration asks for "
        "[N,80,128,128,1]");
}

NET_TEST(a_series_is_refused_where_channels_are_expected)
{
    wil_pix2pix_config config = wil_pix2pix_config_default();
    assert_failed(f, wil_nets_pix2pix_generator(&f->nn, series_of(f, 80), &config, NULL),
        "the source slice of pix2pix has shape [2,80,128,128,1] but its configuration asks for "
        "[N,128,128,80]");
}

NET_TEST(a_map_of_another_size_is_refused)
{
    wil_pix2pix_config config = wil_pix2pix_config_default();
    assert_failed(f, wil_nets_patch_discriminator(&f->nn, slice_of(f), map_of(f, 64), &config, NULL),
        "the discriminator's map has shape [2,64,64,1] but its configuration asks for [N,128,128,1]");
}

NET_TEST(a_source_of_another_length_is_refused_by_the_discriminator)
{
    wil_pix2pix_config config = wil_pix2pix_config_default();
    assert_failed(f, wil_nets_patch_discriminator(&f->nn, series_of(f, 75), map_of(f, 128), &config, NULL),
        "the discriminator's source has shape [2,75,128,128,1]");
}
