#include "run_fixture.h"
#include "tiling.h"

static const int SIZES[][2] = {
    {96, 96}, {97, 96}, {191, 33}, {320, 257}, {5, 7}, {1, 1}, {32, 200}, {31, 129}};
#define N_SIZES ((int)(sizeof SIZES / sizeof *SIZES))

/* Blends the tiles that cut gave back, after change has had them. */
static void blend(float *out, const tiling *t, const float *slice, int height, int width)
{
    const size_t n = (size_t)height * (size_t)width;
    float *sum = NULL;
    float *weight = NULL;
    float *tile = NULL;
    OK(wil_alloc_f32(&sum, n));
    OK(wil_alloc_f32(&weight, n));
    OK(wil_alloc_f32(&tile, (size_t)t->tile * (size_t)t->tile));
    for (int i = 0; i < tiling_count(t); i++) {
        tiling_cut(t, i, slice, height, width, -1e9f, tile);
        tiling_add(t, i, tile, height, width, sum, weight);
    }
    for (size_t k = 0; k < n; k++) {
        assert_true(weight[k] > 0); /* every voxel is covered */
        out[k] = sum[k] / weight[k];
    }
    wil_free(sum);
    wil_free(weight);
    wil_free(tile);
}

static void cutting_and_blending_gives_every_slice_back(void **state)
{
    (void)state;
    for (int s = 0; s < N_SIZES; s++) {
        for (int overlap = 0; overlap < 32; overlap += 8) {
            const int height = SIZES[s][0];
            const int width = SIZES[s][1];
            const size_t n = (size_t)height * (size_t)width;
            float *slice = NULL;
            float *back = NULL;
            tiling t;
            OK(wil_alloc_f32(&slice, n));
            OK(wil_alloc_f32(&back, n));
            wil_rng_fill_normal_f32(wil_rng_at(1, WIL_RNG_TEST, (uint32_t)s), 0, n, slice);
            OK(tiling_new(&t, height, width, 32, overlap));
            blend(back, &t, slice, height, width);
            /* a sum of up to 9 products over a sum of 9 weights: 20 roundings of 6e-8, values below 6 */
            for (size_t k = 0; k < n; k++)
                assert_float_equal(back[k], slice[k], 6 * 20 * 6e-8);
            tiling_clear(&t);
            wil_free(slice);
            wil_free(back);
        }
    }
}

static void weights_add_up_to_one_where_tiles_meet_regularly(void **state)
{
    (void)state;
    enum { SIDE = 24 + 8 + 24, TILE = 32, OVERLAP = 8 }; /* two tiles exactly */
    float sum[SIDE * SIDE] = {0};
    float weight[SIDE * SIDE] = {0};
    float ones[TILE * TILE];
    tiling t;
    for (int k = 0; k < TILE * TILE; k++)
        ones[k] = 1;
    OK(tiling_new(&t, SIDE, SIDE, TILE, OVERLAP));
    assert_int_equal(tiling_count(&t), 4);
    for (int i = 0; i < 4; i++)
        tiling_add(&t, i, ones, SIDE, SIDE, sum, weight);
    for (int y = OVERLAP; y < SIDE - OVERLAP; y++) /* the rim of a slice has one tile, and its slope */
        for (int x = OVERLAP; x < SIDE - OVERLAP; x++)
            assert_float_equal(weight[y * SIDE + x], 1, 4e-7); /* (a + b) (c + d), six roundings of 6e-8 */
    tiling_clear(&t);
}

static void the_last_tile_ends_at_the_border(void **state)
{
    (void)state;
    tiling t;
    OK(tiling_new(&t, 100, 129, 32, 8));
    int last_y = 0;
    int last_x = 0;
    int y = 0;
    int x = 0;
    for (int i = 0; i < tiling_count(&t); i++) {
        tiling_start(&t, i, &y, &x);
        assert_true(y >= 0 && x >= 0 && y + 32 <= 100 && x + 32 <= 129);
        last_y = y > last_y ? y : last_y;
        last_x = x > last_x ? x : last_x;
    }
    assert_int_equal(last_y, 68);
    assert_int_equal(last_x, 97);
    tiling_clear(&t);
}

static void a_slice_smaller_than_a_tile_is_padded_behind(void **state)
{
    (void)state;
    const float slice[] = {1, 2, 3, 4, 5, 6}; /* [2,3] */
    float tile[16];
    tiling t;
    OK(tiling_new(&t, 2, 3, 4, 1));
    assert_int_equal(tiling_count(&t), 1);
    tiling_cut(&t, 0, slice, 2, 3, 9, tile);
    const float expected[] = {1, 2, 3, 9, 4, 5, 6, 9, 9, 9, 9, 9, 9, 9, 9, 9};
    assert_memory_equal(tile, expected, sizeof tile);
    tiling_clear(&t);
}

static void a_tile_counts_less_towards_its_edge(void **state)
{
    (void)state;
    tiling t;
    OK(tiling_new(&t, 64, 64, 32, 8));
    for (int i = 0; i < 32; i++) {
        assert_true(t.weight[i] > 0 && t.weight[i] <= 1);
        assert_true(t.weight[i] == t.weight[31 - i]);
        assert_true(i == 0 || i > 15 || t.weight[i] >= t.weight[i - 1]);
    }
    assert_true(t.weight[0] == 1.0f / 9 && t.weight[8] == 1);
    tiling_clear(&t);
}

static void an_overlap_as_large_as_a_tile_is_refused(void **state)
{
    (void)state;
    tiling t;
    REFUSED(WIL_ERR_ARG, tiling_new(&t, 64, 64, 32, 32), "overlap of 32", "tiles of 32");
    REFUSED(WIL_ERR_ARG, tiling_new(&t, 64, 64, 32, -1), "overlap of -1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cutting_and_blending_gives_every_slice_back),
        cmocka_unit_test(weights_add_up_to_one_where_tiles_meet_regularly),
        cmocka_unit_test(the_last_tile_ends_at_the_border),
        cmocka_unit_test(a_slice_smaller_than_a_tile_is_padded_behind),
        cmocka_unit_test(a_tile_counts_less_towards_its_edge),
        cmocka_unit_test(an_overlap_as_large_as_a_tile_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
