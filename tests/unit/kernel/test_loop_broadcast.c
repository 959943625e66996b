/* Arithmetic with broadcasting, repeating, reordering and joining: fast against reference. */
#include "test.h"

#include "loop_check.h"

/* Every way for each of the three axes to be repeated in a, in b, or in neither: 3^3 patterns of each size.
 */
TEST(arithmetic_repeats_dimensions_of_one)
{
    static const wil_op_kind kinds[] = {WIL_OP_ADD, WIL_OP_SUB, WIL_OP_MUL, WIL_OP_DIV};
    static const int64_t sizes[][3] = {
        {2, 3, 5}, {3, 70, 1}, {2, 600, 2}, {2, 300, 17}, {3, 90, 65}, {4, 2, 9001}, {1, 40000, 3}};
    for (size_t size = 0; size < sizeof sizes / sizeof sizes[0]; size++)
        for (int pattern = 0; pattern < 27; pattern++) {
            loop_case c = {.kind = kinds[(pattern + (int)size) % 4],
                .n_in = 2,
                .low = 0.5,
                .high = 2,
                .relative = EPS_F32,
                .absolute = EPS_F32}; /* one rounding; subtraction of values below 2 */
            c.call.out_shape = shape_of(3, sizes[size]);
            c.call.in_shape[0] = c.call.out_shape;
            c.call.in_shape[1] = c.call.out_shape;
            for (int axis = 0, rest = pattern; axis < 3; axis++, rest /= 3)
                if (rest % 3 > 0)
                    c.call.in_shape[rest % 3 - 1].dim[axis] = 1;
            check_loop(c);
        }
}

TEST(arithmetic_works_on_scalars_and_on_six_axes)
{
    loop_case c = {
        .kind = WIL_OP_SUB, .n_in = 2, .low = 0.5, .high = 2, .relative = EPS_F32, .absolute = EPS_F32};
    check_loop(c); /* rank 0 */
    c.call.out_shape = (wil_shape){.rank = 6, .dim = {2, 3, 4, 5, 6, 7}};
    c.call.in_shape[0] = (wil_shape){.rank = 6, .dim = {2, 1, 4, 1, 6, 1}};
    c.call.in_shape[1] = (wil_shape){.rank = 6, .dim = {1, 3, 1, 5, 1, 7}};
    check_loop(c);
}

TEST(broadcast_repeats_what_it_is_given)
{
    static const int64_t sizes[][3] = {{2, 3, 5}, {4, 9000, 2}, {3, 700, 17}, {5, 1, 8200}};
    for (size_t size = 0; size < sizeof sizes / sizeof sizes[0]; size++)
        for (int pattern = 0; pattern < 8; pattern++) {
            loop_case c = {.kind = WIL_OP_BROADCAST, .n_in = 1, .low = -1, .high = 1};
            c.call.out_shape = shape_of(3, sizes[size]);
            c.call.in_shape[0] = c.call.out_shape;
            for (int axis = 0; axis < 3; axis++)
                if ((pattern >> axis & 1) != 0)
                    c.call.in_shape[0].dim[axis] = 1;
            check_loop(c);
        }
}

TEST(permute_agrees_for_every_order_of_four_axes)
{
    static const int64_t sizes[][4] = {{2, 3, 4, 5}, {3, 1, 7, 2}, {8, 33, 3, 40}};
    for (int code = 0; code < 256; code++) {
        const int order[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6};
        int seen = 0;
        for (int i = 0; i < 4; i++)
            seen |= 1 << order[i];
        for (size_t size = 0; size < sizeof sizes / sizeof sizes[0] && seen == 15; size++) {
            loop_case c = {.kind = WIL_OP_PERMUTE, .n_in = 1, .low = -1, .high = 1};
            c.call.in_shape[0] = shape_of(4, sizes[size]);
            c.call.out_shape.rank = 4;
            for (int i = 0; i < 4; i++) {
                c.call.attr.permutation[i] = order[i];
                c.call.out_shape.dim[i] = sizes[size][order[i]];
            }
            check_loop(c);
        }
    }
}

TEST(joining_and_cutting_work_along_every_axis)
{
    for (int axis = 0; axis < 3; axis++)
        for (int64_t scale = 1; scale <= 30; scale += 29) {
            loop_case c = {.kind = WIL_OP_CONCAT, .n_in = 2, .low = -1, .high = 1};
            c.call.attr.axis = axis;
            c.call.in_shape[0] = shape_3(3, 4 * scale, 5 * scale);
            c.call.in_shape[1] = c.call.in_shape[0];
            c.call.in_shape[1].dim[axis] = 2;
            c.call.out_shape = c.call.in_shape[0];
            c.call.out_shape.dim[axis] += 2;
            check_loop(c);
            c.kind = WIL_OP_SLICE; /* [1, 1 + 2) of what concat made */
            c.n_in = 1;
            c.call.attr.begin = 1;
            c.call.in_shape[0] = c.call.out_shape;
            c.call.out_shape.dim[axis] = 2;
            check_loop(c);
            c.kind = WIL_OP_EMBED; /* and back */
            const wil_shape whole = c.call.in_shape[0];
            c.call.in_shape[0] = c.call.out_shape;
            c.call.out_shape = whole;
            check_loop(c);
        }
}
