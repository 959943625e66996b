/* Weight gradients in parts against the whole. */
#include "test.h"

#include "outcome.h"
#include "conv_check.h"
#include "conv_split.h"

/* The same products in other sums: rounding as in test_cpu_conv.c, of sums of |x g| <= 1 over so many terms.
 */
static double tolerance_of(const conv_geometry *g)
{
    double terms = (double)g->batch;
    for (int i = 0; i < g->n_spatial; i++)
        terms *= (double)g->out[i];
    return 4 * sqrt(terms) * EPS_F32 * terms / 4; /* the mean of |x g| for numbers from -1 to 1 */
}

static void check_parts(conv_geometry geometry, int n)
{
    const conv_case c = conv_case_of(geometry);
    const int64_t n_w = count_of(&c.w);
    float *x = values_of(count_of(&c.x), 1, -1, 1);
    float *g = values_of(count_of(&c.y), 2, -1, 1);
    float *whole = values_of(n_w, 3, -1, 1);
    float *in_parts = values_of(n_w, 4, -1, 1);
    void *scratch = NULL;
    cpu_device *device = NULL;
    split_conv parts;
    conv_run(&c, WIL_OP_CONV_DW, x, g, whole);
    OK(cpu_device_new(&device));
    OK(split_make(&parts, device, &c.g, n));
    assert_int_equal(parts.n, n);
    OK(wil_alloc(&scratch, split_scratch_bytes(&parts) + 1, 1));
    OK(split_run(&parts, x, g, in_parts, scratch));
    for (int64_t i = 0; i < n_w; i++)
        assert_true(fabs((double)in_parts[i] - (double)whole[i]) < tolerance_of(&c.g));
    split_clear(&parts);
    cpu_device_free(device);
    float *arrays[] = {x, g, whole, in_parts};
    for (int i = 0; i < 4; i++)
        wil_free(arrays[i]);
    wil_free(scratch);
}

TEST(planes_of_one_sample_add_up)
{
    for (int stride = 1; stride <= 2; stride++)
        for (int pad = 0; pad <= 2; pad++)
            for (int n = 2; n <= 5; n += 3)
                check_parts(GEOMETRY(3, 1, 5, 3, (23, 6, 7), (5, 3, 3), (stride, 1, 2), (pad, 1, 1)), n);
}

TEST(samples_add_up)
{
    check_parts(GEOMETRY(2, 7, 4, 6, (9, 8), (3, 3), (1, 1), (1, 1)), 3);
}

TEST(only_weight_gradients_with_much_scratch_memory_come_in_parts)
{
    const conv_geometry volume = {.n_spatial = 3, .batch = 1, .out = {64, 128, 128}};
    const conv_geometry flat = {.n_spatial = 2, .batch = 1, .out = {64, 128}};
    const size_t much = (size_t)100 << 20;
    assert_int_equal(split_wanted(WIL_OP_CONV_DW, &volume, much), 4);
    assert_int_equal(split_wanted(WIL_OP_CONV_DW, &volume, (size_t)10 << 30), 8); /* eight planes each */
    assert_int_equal(split_wanted(WIL_OP_CONV_DW, &volume, 1000), 1);
    assert_int_equal(split_wanted(WIL_OP_CONV_DX, &volume, much), 1);
    assert_int_equal(split_wanted(WIL_OP_CONV_DW, &flat, much), 1);
}
