/* Montages: every pixel where the header says it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "willis/report.h"

static const uint8_t *pixel(const wil_picture *picture, int x, int y)
{
    return picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x);
}

static void assert_grey(const wil_picture *picture, int x, int y, int value)
{
    for (int channel = 0; channel < 3; channel++)
        assert_int_equal(pixel(picture, x, y)[channel], value);
}

static void assert_message_holds(const char *part)
{
    if (strstr(wil_status_message(), part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, wil_status_message());
}

/* Patch of height 2, width 3: black but for a white top-left voxel, whose label is 1 in patch 1 only. */
static void fill_pairs(float pairs[3 * 2 * 3 * 2])
{
    for (int i = 0; i < 3 * 2 * 3; i++) {
        pairs[2 * i] = i % 6 == 0 ? 1.0F : -1.0F;
        pairs[2 * i + 1] = i == 6 ? 1.0F : 0.0F;
    }
}

static void a_pair_is_the_image_and_beside_it_the_image_with_its_label_in_red(void **state)
{
    (void)state;
    float pairs[3 * 2 * 3 * 2];
    fill_pairs(pairs);
    wil_picture picture = {0};
    assert_int_equal(wil_montage_pairs(&picture, pairs, 3, 2, 3, 2, 4), WIL_OK);
    /* two pairs a row: 2 x (12 + 2 + 12) and 8 between; two rows of 8 and 8 between */
    assert_int_equal(picture.width, 60);
    assert_int_equal(picture.height, 24);
    assert_grey(&picture, 0, 0, 255); /* pair 0, image: its white voxel is 4 x 4 pixels */
    assert_grey(&picture, 3, 3, 255);
    assert_grey(&picture, 4, 0, 0);
    assert_grey(&picture, 13, 0, 255); /* gap */
    assert_grey(&picture, 14, 0, 255); /* pair 0, labelled image: no label there */
    assert_grey(&picture, 18, 0, 0);
    assert_grey(&picture, 34, 0, 255); /* pair 1, image */
    const uint8_t *red = pixel(&picture, 34 + 14, 0);
    assert_true(red[0] > 200 && red[1] < 120 && red[2] < 120); /* pair 1, labelled */
    assert_grey(&picture, 0, 16, 255);                         /* pair 2 in the second row */
    assert_grey(&picture, 4, 16, 0);
    assert_grey(&picture, 40, 20, 255); /* no pair 3: paper */
    wil_picture_clear(&picture);
}

static void fewer_pairs_than_columns_make_a_narrow_montage(void **state)
{
    (void)state;
    float pairs[3 * 2 * 3 * 2];
    fill_pairs(pairs);
    wil_picture picture = {0};
    assert_int_equal(wil_montage_pairs(&picture, pairs, 1, 2, 3, 8, 1), WIL_OK);
    assert_int_equal(picture.width, 3 + 2 + 3);
    assert_int_equal(picture.height, 2);
    wil_picture_clear(&picture);
}

static void a_row_puts_pictures_side_by_side_on_black(void **state)
{
    (void)state;
    wil_picture small = {0}, tall = {0}, row = {0};
    assert_int_equal(wil_picture_make(&small, 2, 1), WIL_OK);
    assert_int_equal(wil_picture_make(&tall, 1, 3), WIL_OK);
    memset(small.rgb, 100, 2 * 1 * 3);
    memset(tall.rgb, 200, 1 * 3 * 3);
    const wil_picture *both[2] = {&small, &tall};
    assert_int_equal(wil_montage_row(&row, both, 2, 5), WIL_OK);
    assert_int_equal(row.width, 2 + 5 + 1);
    assert_int_equal(row.height, 3);
    assert_grey(&row, 1, 0, 100);
    assert_grey(&row, 1, 1, 0);
    assert_grey(&row, 4, 0, 0);
    assert_grey(&row, 7, 2, 200);
    wil_picture_clear(&small);
    wil_picture_clear(&tall);
    wil_picture_clear(&row);
}

static void impossible_montages_are_refused(void **state)
{
    (void)state;
    float pairs[12] = {0};
    wil_picture out = {0}, empty = {0};
    const wil_picture *pictures[1] = {&empty};
    assert_int_equal(wil_montage_pairs(&out, pairs, 0, 2, 3, 1, 1), WIL_ERR_ARG);
    assert_message_holds("got 0 patches of 2 x 3");
    assert_int_equal(wil_montage_pairs(&out, pairs, 1, 2, 3, 1, 100000), WIL_ERR_ARG);
    assert_message_holds("at most 32767");
    assert_int_equal(wil_montage_row(&out, pictures, 1, 0), WIL_ERR_ARG);
    assert_message_holds("picture 0 of a montage is empty");
    assert_int_equal(wil_montage_row(&out, pictures, 0, 0), WIL_ERR_ARG);
    assert_message_holds("a montage of 0 pictures");
    assert_null(out.rgb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_the_image_and_beside_it_the_image_with_its_label_in_red),
        cmocka_unit_test(fewer_pairs_than_columns_make_a_narrow_montage),
        cmocka_unit_test(a_row_puts_pictures_side_by_side_on_black),
        cmocka_unit_test(impossible_montages_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
