#include "test.h"

#include "volume_check.h"

static const uint8_t *pixel(const wil_picture *picture, int x, int y)
{
    return picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x);
}

/* One white pixel, on black. */
static void assert_only(const wil_picture *picture, int x, int y)
{
    for (int j = 0; j < picture->height; j++)
        for (int i = 0; i < picture->width; i++)
            if (pixel(picture, i, j)[0] != (i == x && j == y ? 255 : 0))
                fail_msg("pixel (%d, %d) of %d x %d is %d; only (%d, %d) should be white", i, j,
                    picture->width, picture->height, pixel(picture, i, j)[0], x, y);
}

static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

/* A patient of 5 x 6 x 7 mm (right, anterior, superior) whose only bright mm is number 1 from the left, 4
 * from the back, 5 from below, scanned with voxel axis k along anatomical axis order[k], backwards if
 * flipped. */
static wil_volume scan_patient(const int order[3], int flips, double tilt)
{
    static const int size[3] = {5, 6, 7};
    static const int bright[3] = {1, 4, 5};
    wil_grid grid = wil_grid_make(size[order[0]], size[order[1]], size[order[2]], 1, 1, 1);
    int at[3];
    for (int k = 0; k < 3; k++) {
        const bool flipped = flips >> k & 1;
        double column[3] = {0};
        column[order[k]] = flipped ? -1 : 1;
        /* the patient lies turned about the long axis by tilt */
        grid.affine[0][k] = cos(tilt) * column[0] - sin(tilt) * column[1];
        grid.affine[1][k] = sin(tilt) * column[0] + cos(tilt) * column[1];
        grid.affine[2][k] = column[2];
        at[k] = flipped ? size[order[k]] - 1 - bright[order[k]] : bright[order[k]];
    }
    wil_volume volume = {0};
    OK(wil_volume_make(&volume, &grid, 1));
    *voxel(&volume, at[0], at[1], at[2]) = 100;
    return volume;
}

static void assert_views_are_upright(double tilt)
{
    /* columns from the patient's right, or from anterior; rows from superior, or from anterior */
    static const int expected[3][4] = {{6, 7, 1, 1}, {5, 7, 3, 1}, {5, 6, 3, 1}};
    for (int order = 0; order < 6; order++)
        for (int flips = 0; flips < 8; flips++) {
            WIL_OWN(wil_volume) volume = scan_patient(orders[order], flips, tilt);
            for (int axis = 0; axis < 3; axis++) {
                WIL_OWN(wil_picture) picture = {0};
                OK(wil_picture_maximum_projection(&picture, &volume, axis, 0, 100));
                assert_int_equal(picture.width, expected[axis][0]);
                assert_int_equal(picture.height, expected[axis][1]);
                assert_only(&picture, expected[axis][2], expected[axis][3]);
            }
        }
}

TEST(projections_are_upright_whatever_the_axes_of_the_scan)
{
    assert_views_are_upright(0);
    assert_views_are_upright(0.6); /* 34 degrees: still nearest to the same axes */
    assert_views_are_upright(-0.6);
}

TEST(slices_are_turned_like_projections)
{
    static const int expected[3][2] = {{1, 1}, {3, 1}, {3, 1}};
    for (int order = 0; order < 6; order++)
        for (int flips = 0; flips < 8; flips++) {
            WIL_OWN(wil_volume) volume = scan_patient(orders[order], flips, 0.3);
            const int across = orders[order][2]; /* anatomical axis of the slices */
            const int from_low[3] = {1, 4, 5};
            const int size[3] = {5, 6, 7};
            const int z = flips & 4 ? size[across] - 1 - from_low[across] : from_low[across];
            WIL_OWN(wil_picture) picture = {0};
            OK(wil_picture_overlay_slice(&picture, &volume, NULL, NULL, z, 0, 100, 1));
            assert_only(&picture, expected[across][0], expected[across][1]);
            wil_picture_clear(&picture);
            OK(wil_picture_overlay_slice(&picture, &volume, NULL, NULL, z == 0 ? 1 : 0, 0, 100, 1));
            assert_only(&picture, -1, -1);
        }
}

TEST(pixels_are_square_in_mm)
{
    wil_volume volume = make_volume(4, 2, 3, 0.5, 1.5, 1); /* 2 x 3 x 3 mm */
    WIL_OWN(wil_picture) picture = {0};
    static const int expected[3][2] = {{6, 6}, {4, 6}, {4, 6}};
    for (int axis = 0; axis < 3; axis++) {
        OK(wil_picture_maximum_projection(&picture, &volume, axis, 0, 1));
        assert_int_equal(picture.width, expected[axis][0]);
        assert_int_equal(picture.height, expected[axis][1]);
        wil_picture_clear(&picture);
    }
    /* anterior row 30, posterior 0: six pixels at -0.33, 0, 0.33, 0.67, 1, 1.33 of the two rows, ends held */
    for (int x = 0; x < 4; x++)
        *voxel(&volume, x, 1, x % 3) = 30;
    OK(wil_picture_maximum_projection(&picture, &volume, 2, 0, 255));
    static const int rows[6] = {30, 30, 20, 10, 0, 0};
    for (int y = 0; y < 6; y++)
        for (int x = 0; x < 4; x++)
            assert_int_equal(pixel(&picture, x, y)[0], rows[y]);
    wil_volume_clear(&volume);
}

TEST(the_maximum_is_taken_and_nan_passed_over)
{
    WIL_OWN(wil_volume) volume = make_volume(3, 2, 4, 1, 1, 1);
    fill_random(&volume, 1);
    *voxel(&volume, 0, 0, 0) = 1;
    *voxel(&volume, 0, 0, 2) = NAN;
    for (int z = 0; z < 4; z++)
        *voxel(&volume, 2, 1, z) = NAN; /* nothing there: black */
    WIL_OWN(wil_picture) picture = {0};
    OK(wil_picture_maximum_projection(&picture, &volume, 2, 0, 1));
    for (int y = 0; y < 2; y++)
        for (int x = 0; x < 3; x++) {
            double most = 0;
            for (int z = 0; z < 4; z++)
                if (*voxel(&volume, x, y, z) > most)
                    most = *voxel(&volume, x, y, z);
            assert_int_equal(pixel(&picture, 2 - x, 1 - y)[0], (int)lrint(255 * most));
        }
}

/* 5 x 4 x 2 voxels; truth is the 3 x 2 block at (1, 1), prediction the same one voxel to the left. */
static void make_masks(wil_volume *image, wil_mask *truth, wil_mask *prediction)
{
    *image = make_volume(5, 4, 2, 1, 1, 1);
    *truth = (wil_mask){0};
    *prediction = (wil_mask){0};
    OK(wil_mask_make(truth, &image->grid));
    OK(wil_mask_make(prediction, &image->grid));
    for (int y = 1; y < 3; y++)
        for (int x = 1; x < 4; x++) {
            truth->voxels[voxel_at(&image->grid, x, y, 1)] = 1;
            prediction->voxels[voxel_at(&image->grid, x - 1, y, 1)] = 1;
        }
}

/* Letters for colours: . image, g green, r red, y yellow. */
static void assert_drawing(const wil_picture *picture, const char *const *rows, int n_rows)
{
    assert_int_equal(picture->height, n_rows);
    for (int y = 0; y < n_rows; y++) {
        assert_int_equal(picture->width, strlen(rows[y]));
        for (int x = 0; x < picture->width; x++) {
            const uint8_t *at = pixel(picture, x, y);
            const char found = at[2] != 0       ? '.'
                               : at[0] && at[1] ? 'y'
                               : at[0] > 0      ? 'r'
                               : at[1] > 0      ? 'g'
                                                : '?';
            if (found != rows[y][x])
                fail_msg("pixel (%d, %d) is %c, expected %c", x, y, found, rows[y][x]);
        }
    }
}

TEST(outlines_are_green_red_and_yellow_and_one_pixel_wide)
{
    WIL_OWN(wil_volume) image = {0};
    WIL_OWN(wil_mask) truth = {0}, prediction = {0};
    WIL_OWN(wil_picture) picture = {0};
    make_masks(&image, &truth, &prediction);
    for (int i = 0; i < 40; i++)
        image.voxels[i] = 50;
    OK(wil_picture_overlay_slice(&picture, &image, &truth, &prediction, 1, 0, 100, 3));
    /* x grows to the patient's right, so to the left here: truth covers columns 1 .. 3, prediction 2 .. 4 */
    static const char *const both[12] = {"...............", "...............", "...............",
        "...gggyyyyyyrrr", "...g..r....g..r", "...g..r....g..r", "...g..r....g..r", "...g..r....g..r",
        "...gggyyyyyyrrr", "...............", "...............", "..............."};
    assert_drawing(&picture, both, 12);
    wil_picture_clear(&picture);
    OK(wil_picture_overlay_slice(&picture, &image, &truth, NULL, 1, 0, 100, 1));
    static const char *const truth_only[4] = {".....", ".ggg.", ".ggg.", "....."};
    assert_drawing(&picture, truth_only, 4);
    wil_picture_clear(&picture);
    OK(wil_picture_overlay_slice(&picture, &image, NULL, &prediction, 1, 0, 100, 1));
    static const char *const prediction_only[4] = {".....", "..rrr", "..rrr", "....."};
    assert_drawing(&picture, prediction_only, 4);
    assert_int_equal(pixel(&picture, 0, 0)[1], 128); /* the image shows elsewhere */
    wil_picture_clear(&picture);
    OK(wil_picture_overlay_slice(&picture, &image, &truth, &prediction, 0, 0, 100, 1)); /* no mask there */
    static const char *const none[4] = {".....", ".....", ".....", "....."};
    assert_drawing(&picture, none, 4);
}

TEST(the_inside_of_a_mask_shows_the_image)
{
    WIL_OWN(wil_volume) image = make_volume(4, 4, 1, 1, 1, 1);
    WIL_OWN(wil_mask) mask = {0};
    WIL_OWN(wil_picture) picture = {0};
    OK(wil_mask_make(&mask, &image.grid));
    memset(mask.voxels, 1, 16);
    for (int i = 0; i < 16; i++)
        image.voxels[i] = 1;
    OK(wil_picture_overlay_slice(&picture, &image, &mask, &mask, 0, 0, 1, 1));
    static const char *const expected[4] = {"yyyy", "y..y", "y..y", "yyyy"}; /* closed at the border, too */
    assert_drawing(&picture, expected, 4);
}

TEST(impossible_requests_are_refused)
{
    WIL_OWN(wil_volume) image = {0};
    WIL_OWN(wil_mask) truth = {0}, prediction = {0};
    wil_picture out = {0};
    make_masks(&image, &truth, &prediction);
    REFUSED(
        WIL_ERR_ARG, wil_picture_maximum_projection(&out, &image, 3, 0, 1), "axis 3", "0 (right to left)");
    REFUSED(
        WIL_ERR_ARG, wil_picture_overlay_slice(&out, &image, NULL, NULL, 2, 0, 1, 1), "slice 2", "0 .. 1");
    REFUSED(
        WIL_ERR_ARG, wil_picture_overlay_slice(&out, &image, NULL, NULL, 0, 0, 1, 0), "zoom of 0", "1 .. 64");
    prediction.grid.size[0] = 4;
    REFUSED(WIL_ERR_INPUT, wil_picture_overlay_slice(&out, &image, &truth, &prediction, 0, 0, 1, 1),
        "predicted mask has 4x4x2", "image 5x4x2", "resample");
    image.n_time = 4;
    REFUSED(WIL_ERR_INPUT, wil_picture_maximum_projection(&out, &image, 0, 0, 1), "4 time points");
    REFUSED(WIL_ERR_INPUT, wil_picture_overlay_slice(&out, &image, NULL, NULL, 0, 0, 1, 1), "4 time points");
    assert_null(out.rgb);
}
