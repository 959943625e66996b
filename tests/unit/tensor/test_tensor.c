/* Shapes, element types, and what the rows of operations say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "willis/tensor.h"

static void shapes_count_compare_and_print(void **state)
{
    (void)state;
    char text[128];
    char cut[4];
    const wil_shape shape = wil_shape_of(3, 2, 3, 4);
    assert_int_equal(wil_shape_count(shape), 24);
    assert_int_equal(wil_shape_count(wil_shape_of(0)), 1);
    assert_true(wil_shape_equal(shape, wil_shape_of(3, 2, 3, 4)));
    assert_false(wil_shape_equal(shape, wil_shape_of(3, 2, 4, 3)));
    assert_false(wil_shape_equal(shape, wil_shape_of(4, 2, 3, 4, 1)));
    assert_string_equal(wil_shape_text(shape, text, sizeof text), "[2,3,4]");
    assert_string_equal(wil_shape_text(wil_shape_of(0), text, sizeof text), "[]");
    assert_string_equal(wil_shape_text(shape, cut, sizeof cut), "[2,");
}

static void types_know_their_size(void **state)
{
    (void)state;
    assert_int_equal(wil_type_bytes(WIL_TYPE_F32), 4);
    assert_int_equal(wil_type_bytes(WIL_TYPE_BF16), 2);
    assert_int_equal(wil_type_bytes(WIL_TYPE_F64), 8);
    assert_string_equal(wil_type_name(WIL_TYPE_BF16), "bf16");
}

static void every_operation_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (wil_op_kind kind = 0; kind < WIL_OP_KINDS; kind++) {
        assert_true(strlen(wil_op_name(kind)) > 0);
        for (wil_op_kind other = 0; other < kind; other++)
            assert_string_not_equal(wil_op_name(kind), wil_op_name(other));
    }
    assert_string_equal(wil_op_name(WIL_OP_CONV_DX), "conv_dx");
    assert_string_equal(wil_op_name(WIL_OP_KINDS), "unknown");
}

/* What one row says must go with what it says elsewhere. */
static void no_row_contradicts_itself(void **state)
{
    (void)state;
    for (wil_op_kind kind = 0; kind < WIL_OP_KINDS; kind++) {
        const wil_op_info *row = wil_op_row(kind);
        const bool pointwise = row->class == WIL_OP_CLASS_POINTWISE;
        assert_true(row->n_inputs <= WIL_MAX_INPUTS && row->in_place < 1u << row->n_inputs);
        assert_int_equal(
            row->n_inputs == 0, row->class == WIL_OP_CLASS_LEAF || row->class == WIL_OP_CLASS_SOURCE);
        if (row->n_inputs == 0)
            assert_false(row->has_derivative);
        if (pointwise) { /* any of them may lie in any input, and moves no sample */
            assert_int_equal(row->in_place, (1u << row->n_inputs) - 1u);
            assert_int_equal(row->samples, WIL_OP_SAMPLES_ROWS);
        }
        if (row->bf16 == WIL_OP_BF16_ALWAYS)
            assert_int_equal(row->class, WIL_OP_CLASS_CONV);
    }
}

static void flops_are_those_of_the_formula(void **state)
{
    (void)state;
    const wil_op_attr turned = {.transpose = {true, false}};
    const wil_shape product[WIL_MAX_INPUTS] = {{2, {7, 3}}, {2, {7, 5}}};
    assert_true(wil_op_flops(WIL_OP_MATMUL, &turned, product, wil_shape_of(2, 3, 5)) == 2.0 * 3 * 5 * 7);
    const wil_op_attr conv = {.n_spatial = 2, .kernel = {3, 4}};
    const wil_shape x = {4, {2, 8, 9, 5}};
    const wil_shape w = {4, {6, 3, 4, 5}};
    const wil_shape y = {4, {2, 4, 7, 6}};
    const double expected = 2.0 * (2 * 4 * 7) * (3 * 4 * 5) * 6;
    assert_true(wil_op_flops(WIL_OP_CONV, &conv, (const wil_shape[8]){x, w}, y) == expected);
    assert_true(wil_op_flops(WIL_OP_CONV_DX, &conv, (const wil_shape[8]){y, w}, x) == expected);
    assert_true(wil_op_flops(WIL_OP_CONV_DW, &conv, (const wil_shape[8]){x, y}, w) == expected);
    assert_true(wil_op_flops(WIL_OP_TANH, &conv, (const wil_shape[8]){x}, x) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_count_compare_and_print),
        cmocka_unit_test(types_know_their_size),
        cmocka_unit_test(every_operation_has_a_name_of_its_own),
        cmocka_unit_test(no_row_contradicts_itself),
        cmocka_unit_test(flops_are_those_of_the_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
