/* Montages: every pixel where the header says it is. */
#include "test.h"

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

TEST(a_pair_is_the_image_and_beside_it_the_image_with_its_label_in_red)
{
    float pairs[3 * 2 * 3 * 2];
    fill_pairs(pairs);
    WIL_OWN(wil_picture) picture = {0};
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
}

TEST(fewer_pairs_than_columns_make_a_narrow_montage)
{
    float pairs[3 * 2 * 3 * 2];
    fill_pairs(pairs);
    WIL_OWN(wil_picture) picture = {0};
    assert_int_equal(wil_montage_pairs(&picture, pairs, 1, 2, 3, 8, 1), WIL_OK);
    assert_int_equal(picture.width, 3 + 2 + 3);
    assert_int_equal(picture.height, 2);
}

TEST(a_row_puts_pictures_side_by_side_on_black)
{
    WIL_OWN(wil_picture) small = {0}, tall = {0}, row = {0};
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
}

TEST(impossible_montages_are_refused)
{
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

/* A column of four voxels along x at each of three slices: TP, FP, FN, nothing in slice 1 only. */
static void make_errors(wil_mask *truth, wil_mask *prediction)
{
    const wil_grid grid = wil_grid_make(4, 3, 3, 1, 1, 1);
    assert_int_equal(wil_mask_make(truth, &grid), WIL_OK);
    assert_int_equal(wil_mask_make(prediction, &grid), WIL_OK);
    for (int y = 0; y < 3; y++) {
        truth->voxels[12 + 4 * y] = prediction->voxels[12 + 4 * y] = 1;
        prediction->voxels[12 + 4 * y + 1] = 1;
        truth->voxels[12 + 4 * y + 2] = 1;
    }
}

static void assert_rgb(const wil_picture *picture, int x, int y, int red, int green, int blue)
{
    assert_int_equal(pixel(picture, x, y)[0], red);
    assert_int_equal(pixel(picture, x, y)[1], green);
    assert_int_equal(pixel(picture, x, y)[2], blue);
}

/* The patient's right, the high x of this grid, is on the left. */
TEST(errors_are_red_green_and_yellow_in_projections_and_slices)
{
    WIL_OWN(wil_mask) truth = {0}, prediction = {0};
    WIL_OWN(wil_picture) picture = {0};
    make_errors(&truth, &prediction);
    assert_int_equal(wil_montage_error_projections(&picture, &truth, &prediction), WIL_OK);
    assert_int_equal(picture.width, 4 + 6 + 4 + 6 + 3);
    assert_int_equal(picture.height, 3);
    for (int y = 0; y < 3; y++) {
        assert_rgb(&picture, 3, y, 220, 40, 40);
        assert_rgb(&picture, 2, y, 40, 200, 60);
        assert_rgb(&picture, 1, y, 250, 220, 40);
        assert_rgb(&picture, 0, y, 0, 0, 0);
        /* from the front only the middle slice, from the side what is wrong lies over what is right */
        assert_rgb(&picture, 13, y, y == 1 ? 220 : 0, y == 1 ? 40 : 0, y == 1 ? 40 : 0);
        assert_rgb(&picture, 20, y, y == 1 ? 250 : 0, y == 1 ? 220 : 0, y == 1 ? 40 : 0);
    }
    wil_picture_clear(&picture);
    assert_int_equal(wil_montage_error_slices(&picture, &truth, &prediction, 5, 2), WIL_OK);
    assert_int_equal(picture.width, 4); /* one slice holds something */
    assert_int_equal(picture.height, 3);
    assert_rgb(&picture, 2, 2, 40, 200, 60);
    wil_picture_clear(&picture);
    for (int z = 0; z < 3; z++)
        truth.voxels[12 * z + 3] = 1;
    assert_int_equal(wil_montage_error_slices(&picture, &truth, &prediction, 5, 2), WIL_OK);
    assert_int_equal(picture.width, 4 + 6 + 4);
    assert_int_equal(picture.height, 3 + 6 + 3);
    assert_rgb(&picture, 3, 0, 0, 0, 0);
    assert_rgb(&picture, 13, 0, 220, 40, 40);  /* the middle slice is the second */
    assert_rgb(&picture, 0, 11, 250, 220, 40); /* front down: y = 0 is the lowest row */
    wil_picture_clear(&picture);
    memset(truth.voxels, 0, 36);
    memset(prediction.voxels, 0, 36);
    assert_int_equal(wil_montage_error_slices(&picture, &truth, &prediction, 5, 2), WIL_OK);
    assert_int_equal(picture.width, 4); /* the middle one, black */
}

TEST(montages_of_errors_refuse_other_grids_and_no_slices)
{
    WIL_OWN(wil_mask) truth = {0}, prediction = {0};
    wil_picture picture;
    make_errors(&truth, &prediction);
    assert_int_equal(wil_montage_error_slices(&picture, &truth, &prediction, 0, 2), WIL_ERR_ARG);
    assert_message_holds("1 slice and 1 column");
    prediction.grid.size[0] = 3;
    prediction.grid.size[1] = 4;
    assert_int_equal(wil_montage_error_slices(&picture, &truth, &prediction, 1, 1), WIL_ERR_INPUT);
    assert_message_holds("3x4x3");
    assert_int_equal(wil_montage_error_projections(&picture, &truth, &prediction), WIL_ERR_INPUT);
    assert_message_holds("4x3x3");
}
