/* Tiles: bfloat16 and back, pieces of dropout masks; and the loops over arrays stored in bfloat16. */
#include "test.h"

#include "outcome.h"
#include "kernel_check.h"

static float from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

TEST(narrowing_takes_the_nearest_and_the_even_one_of_two)
{
    const wil_tile_moves moves = wil_tile_moves_find();
    const int64_t n = 4099;
    WIL_OWN(float) *x = values_of(n, 1, -4, 4);
    uint16_t *half = NULL;
    OK(wil_alloc((void **)&half, (size_t)n, sizeof *half));
    moves.narrow(half, x, n);
    for (int64_t i = 0; i < n; i++) {
        float near = 0;
        moves.widen(&near, &half[i], 1);
        uint32_t bits;
        memcpy(&bits, &near, sizeof bits);
        const double above = (double)from_bits(bits + 0x10000u); /* the neighbours in size */
        const double below = (double)from_bits(bits - 0x10000u);
        const double error = fabs((double)x[i] - (double)near);
        assert_true(error <= fabs((double)x[i] - above) && error <= fabs((double)x[i] - below));
    }
    float *widened = values_of(n, 2, 0, 1);
    moves.widen(widened, half, n);
    moves.round(x, n);
    assert_memory_equal(x, widened, (size_t)n * sizeof *x);
    wil_free(widened);
    /* 1 + 2^-8 lies between 1 and 1 + 2^-7: to the even 1; 1 + 3 * 2^-8 to the even 1 + 2^-6 */
    const float ties[4] = {1.00390625f, 1.01171875f, from_bits(0x7f7fffffu), INFINITY};
    moves.narrow(half, ties, 4);
    assert_int_equal(half[0], 0x3f80);
    assert_int_equal(half[1], 0x3f82);
    assert_int_equal(half[2], 0x7f80); /* the largest float is nearer to infinity */
    assert_int_equal(half[3], 0x7f80);
    const float nan = from_bits(0x7f800001u); /* whose upper half alone would be infinity */
    moves.narrow(half, &nan, 1);
    assert_true((half[0] & 0x7f80) == 0x7f80 && (half[0] & 0x7f) != 0);
    wil_free(half);
}

TEST(any_piece_of_a_mask_is_that_of_the_whole)
{
    static const int64_t pieces[][2] = {{0, 4000}, {1, 700}, {255, 258}, {514, 1}, {2047, 1953}};
    wil_kernel_call call = {.out_shape = shape_of(1, (int64_t[]){4000}),
        .attr = {.scalar = 0.3, .key = 5},
        .seed = 7,
        .step = 11};
    WIL_OWN(float) *whole = values_of(4000, 1, 0, 1);
    WIL_OWN(float) *piece = values_of(4000, 1, 0, 1);
    call.out = whole;
    wil_kernel_find(WIL_OP_KEEP_MASK, WIL_KERNEL_REF_F32)(&call);
    const wil_tile_mask mask = {0.3, 5, 7, 11};
    for (int i = 0; i < 5; i++) {
        assert_ptr_equal(wil_tile_moves_find().mask(piece, pieces[i][0], pieces[i][1], &mask), piece);
        assert_memory_equal(piece, whole + pieces[i][0], (size_t)pieces[i][1] * sizeof *piece);
    }
}

typedef struct bf16_case {
    wil_op_kind kind;
    int n_in;
    int64_t in[2][5], out[5];
    uint32_t axes;
    int axis;
    int64_t begin;
} bf16_case;

static const bf16_case CASES[] = {
    {WIL_OP_SUM, 1, {{3, 5, 7, 6, 18}}, {1, 1, 1, 1, 18}, 15, 0, 0},
    {WIL_OP_SUM, 1, {{3, 5, 7, 6, 18}}, {3, 1, 1, 1, 1}, 30, 0, 0},
    {WIL_OP_SUM, 1, {{90, 1, 1, 3, 18}}, {90, 1, 1, 1, 1}, 30, 0, 0},
    {WIL_OP_NORMALIZE, 1, {{3, 5, 7, 6, 18}}, {3, 5, 7, 6, 18}, 14, 0, 0},
    {WIL_OP_NORMALIZE, 1, {{2, 5, 7, 6, 130}}, {2, 5, 7, 6, 130}, 15, 0, 0},
    {WIL_OP_NORMALIZE_DX, 2, {{3, 5, 7, 6, 18}, {3, 5, 7, 6, 18}}, {3, 5, 7, 6, 18}, 14, 0, 0},
    {WIL_OP_UPSAMPLE, 1, {{2, 3, 4, 5, 66}}, {2, 6, 8, 10, 66}, 0, 0, 0},
    {WIL_OP_SUM_POOL, 1, {{2, 4, 6, 8, 66}}, {2, 2, 3, 4, 66}, 0, 0, 0},
    {WIL_OP_POOL_GATHER, 2, {{2, 4, 6, 8, 66}, {2, 4, 6, 8, 66}}, {2, 2, 3, 4, 66}, 0, 0, 0},
    {WIL_OP_POOL_SCATTER, 2, {{2, 2, 3, 4, 66}, {2, 4, 6, 8, 66}}, {2, 4, 6, 8, 66}, 0, 0, 0},
    {WIL_OP_CONCAT, 2, {{2, 3, 4, 5, 9}, {2, 3, 4, 5, 11}}, {2, 3, 4, 5, 20}, 0, 4, 0},
    {WIL_OP_SLICE, 1, {{2, 3, 4, 5, 20}}, {2, 3, 4, 5, 9}, 0, 4, 3},
    {WIL_OP_EMBED, 1, {{2, 3, 4, 5, 9}}, {2, 3, 4, 5, 20}, 0, 4, 3},
};

/* What is read is exact in float, so the float kernel gives what is to be rounded: the same bits. */
static void check_bf16(const bf16_case *c)
{
    const wil_tile_moves moves = wil_tile_moves_find();
    wil_kernel_call call = {.out_shape = shape_of(5, c->out),
        .attr = {.scalar = 1e-5,
            .axes = c->axes,
            .axis = c->axis,
            .begin = c->begin,
            .n_spatial = 3,
            .kernel = {2, 2, 2}}};
    wil_kernel_call stored = call;
    float *in[2] = {NULL};
    uint16_t *in_half[2] = {NULL};
    const int64_t n = count_of(&call.out_shape);
    WIL_OWN(float) *out = values_of(n, 9, 0, 1);
    WIL_OWN(float) *result = values_of(n, 9, 0, 1);
    uint16_t *half[2] = {NULL};
    for (int k = 0; k < 2; k++)
        OK(wil_alloc((void **)&half[k], (size_t)n, sizeof *half[k]));
    for (int k = 0; k < c->n_in; k++) {
        call.in_shape[k] = stored.in_shape[k] = shape_of(5, c->in[k]);
        const int64_t n_in = count_of(&call.in_shape[k]);
        in[k] = values_of(n_in, 3 + (uint64_t)k, -2, 2);
        OK(wil_alloc((void **)&in_half[k], (size_t)n_in, sizeof *in_half[k]));
        moves.narrow(in_half[k], in[k], n_in);
        moves.widen(in[k], in_half[k], n_in);
        call.in[k] = in[k];
        stored.in[k] = in_half[k];
    }
    const bool is_sum = c->kind == WIL_OP_SUM;
    call.out = out;
    stored.out = is_sum ? (void *)result : half[0];
    wil_kernel_find(c->kind, WIL_KERNEL_FAST_F32)(&call);
    wil_kernel_find_bf16(c->kind, &stored)(&stored);
    moves.narrow(half[1], out, n);
    if (memcmp(stored.out, is_sum ? (void *)out : half[1],
            (size_t)n * (is_sum ? sizeof *out : sizeof *half[0])) != 0)
        fail_msg("%s of bfloat16 is not that of floats, rounded", wil_op_name(c->kind));
    for (int k = 0; k < 2; k++) {
        wil_free(in[k]);
        wil_free(in_half[k]);
        wil_free(half[k]);
    }
}

TEST(loops_over_bf16_round_what_the_float_loops_give)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        check_bf16(&CASES[i]);
}

TEST(shapes_that_no_bf16_loop_takes_are_told)
{
    wil_kernel_call call = {.in_shape = {shape_of(3, (int64_t[]){4, 2, 3})},
        .out_shape = shape_of(3, (int64_t[]){4, 2, 3}),
        .attr = {.axes = 2}};
    assert_null(wil_kernel_find_bf16(WIL_OP_NORMALIZE, &call)); /* groups of two values */
    assert_null(wil_kernel_find_bf16(WIL_OP_PERMUTE, &call));
    call.attr.n_spatial = 1;
    call.attr.kernel[0] = 65;
    assert_null(wil_kernel_find_bf16(WIL_OP_SUM_POOL, &call));
}
