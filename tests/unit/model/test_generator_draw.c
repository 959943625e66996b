/* What a generator of the recipe draws: its noise, its growth. */
#include "test.h"

#include <math.h>

#include "run_fixture.h"
#include "willis/engine.h"
#include "willis/model.h"

enum { SIDE = 32, PIXELS = SIDE * SIDE, SAMPLES = 4 };

static wil_wgan_config net_of(wil_wgan_growth growth, bool noise)
{
    wil_wgan_config net = wil_wgan_config_default();
    net.height = net.width = SIDE;
    net.filters = 2;
    net.latent = 8;
    net.growth = growth;
    net.noise = noise;
    return net;
}

/* Of random weights of a seed, from latents of seed 1 and noise of seed 1 times `scale`, before tanh. */
static void draw(float *out, const wil_wgan_config *net, uint64_t seed, float scale)
{
    WIL_OWN(wil_graph) *g = NULL;
    WIL_OWN(wil_params) *params = NULL;
    WIL_OWN(wil_plan) *plan = NULL;
    float z[SAMPLES * 8], noise[SAMPLES * PIXELS];
    OK(wil_generator_params_new(&params, net));
    OK(wil_params_initialize(params, seed));
    wil_param *last = wil_params_find(params, "generator.conv6.weight");
    for (int64_t i = 0; i < wil_shape_count(last->shape); i++)
        last->value[i] *= 0.3f; /* small enough for tanh and back */
    OK(wil_graph_new(&g));
    wil_nn nn = {.graph = g, .params = params, .prefix = "generator", .training = true};
    const wil_node pairs =
        wil_nets_wgan_generator(&nn, wil_graph_input_node(g, "z", wil_shape_of(2, SAMPLES, 8)), net, NULL);
    OK(wil_plan_compile_bound(&plan, g, &pairs, 1, &params, 1, NULL));
    wil_generator_draw(z, net->noise ? noise : NULL, net, SAMPLES, 1, WIL_RNG_TEST, 0, 0);
    for (int i = 0; net->noise && i < SAMPLES * PIXELS; i++)
        noise[i] *= scale;
    OK(wil_plan_bind(plan, "z", z));
    if (net->noise)
        OK(wil_plan_bind(plan, "noise", noise));
    OK(wil_plan_run(plan));
    const float *drawn = wil_plan_output(plan, 0);
    for (int i = 0; i < SAMPLES * PIXELS * 2; i++)
        out[i] = atanhf(drawn[i]);
}

/* x + sum a_k (w_k * n): the image moves in proportion to the noise, the label not at all. */
TEST(noise_moves_the_image_alone_and_in_proportion)
{
    const wil_wgan_config net = net_of(WIL_GROWTH_UPSAMPLE, true);
    static float none[SAMPLES * PIXELS * 2], once[SAMPLES * PIXELS * 2], twice[SAMPLES * PIXELS * 2];
    draw(none, &net, 3, 0);
    draw(once, &net, 3, 1);
    draw(twice, &net, 3, 2);
    double most = 0;
    for (int i = 0; i < SAMPLES * PIXELS; i++) {
        const double moved = (double)once[2 * i] - (double)none[2 * i];
        assert_float_equal((double)twice[2 * i] - (double)none[2 * i], 2 * moved, 2e-4);
        assert_true(once[2 * i + 1] == none[2 * i + 1]);
        most = fmax(most, fabs(moved));
    }
    assert_true(most > 0.02);
}

/* Of the voxels at the four places in a cell of 2x2, over what random weights draw. */
static double power_ratio(wil_wgan_growth growth)
{
    const wil_wgan_config net = net_of(growth, false);
    static float pairs[SAMPLES * PIXELS * 2];
    double sum[4] = {0};
    for (uint64_t seed = 0; seed < 24; seed++) {
        draw(pairs, &net, seed, 0);
        for (int i = 0; i < SAMPLES * PIXELS; i++)
            sum[2 * (i / SIDE & 1) + (i & 1)] += (double)pairs[2 * i] * (double)pairs[2 * i];
    }
    double low = sum[0], high = sum[0];
    for (int i = 1; i < 4; i++) {
        low = fmin(low, sum[i]);
        high = fmax(high, sum[i]);
    }
    return high / low;
}

/* Kernels of 5 reach the four places by 9, 6, 6 and 4 taps; kernels of 3 after upsampling by as many. */
TEST(upsampling_reaches_all_voxels_alike)
{
    assert_true(power_ratio(WIL_GROWTH_TRANSPOSED) > 1.5);
    assert_true(power_ratio(WIL_GROWTH_UPSAMPLE) < 1.3);
}

TEST(a_stream_can_be_entered_anywhere_and_noise_is_not_the_latents)
{
    const wil_wgan_config net = net_of(WIL_GROWTH_UPSAMPLE, true);
    float z[4 * 8], noise[4 * PIXELS], z_last[8], noise_last[PIXELS];
    wil_generator_draw(z, noise, &net, 4, 5, WIL_RNG_TEST, 2, 10);
    wil_generator_draw(z_last, noise_last, &net, 1, 5, WIL_RNG_TEST, 2, 13);
    assert_memory_equal(z + 24, z_last, sizeof z_last);
    assert_memory_equal(noise + 3 * PIXELS, noise_last, sizeof noise_last);
    assert_memory_not_equal(z, noise, sizeof z_last);
}

TEST_WITH(a_file_says_how_its_generator_grows, make_folder, drop_folder)
{
    const wil_generator_facts facts = {
        .net = net_of(WIL_GROWTH_UPSAMPLE, true), .label_threshold = 0.5, .spacing_mm = {1, 1, 1}};
    WIL_OWN(wil_params) *params = NULL, *back = NULL;
    wil_generator_facts read;
    const char *path = in_folder(*state, "generator.safetensors");
    OK(wil_generator_params_new(&params, &facts.net));
    OK(wil_params_initialize(params, 3));
    OK(wil_generator_save(params, &facts, NULL, path));
    OK(wil_generator_load(&back, &read, path));
    assert_true(read.net.growth == WIL_GROWTH_UPSAMPLE && read.net.noise);
    wil_samples a, b;
    const wil_generate_config all = {.model = path, .count = 40, .seed = 9, .label_threshold = NAN};
    const wil_generate_config some = {
        .model = path, .first = 37, .count = 3, .seed = 9, .label_threshold = NAN};
    OK(wil_generate(&a, &all, NULL));
    OK(wil_generate(&b, &some, NULL));
    assert_memory_equal(b.image, a.image + 37 * PIXELS, 3 * PIXELS * sizeof(float));
    wil_samples_clear(&a);
    wil_samples_clear(&b);
}
