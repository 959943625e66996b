#include "test.h"

#include "image_fixture.h"

#include <png.h>

static const uint8_t *pixel(const wil_picture *picture, int x, int y)
{
    return picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x);
}

static void assert_rgb(const wil_picture *picture, int x, int y, int r, int g, int b)
{
    const uint8_t *at = pixel(picture, x, y);
    if (at[0] != r || at[1] != g || at[2] != b)
        fail_msg("pixel (%d, %d) is %d %d %d, expected %d %d %d", x, y, at[0], at[1], at[2], r, g, b);
}

static wil_picture make_picture(int width, int height)
{
    wil_picture picture = {0};
    OK(wil_picture_make(&picture, width, height));
    return picture;
}

static wil_picture make_noise(int width, int height)
{
    wil_picture picture = make_picture(width, height);
    for (int i = 0; i < 3 * width * height; i++)
        picture.rgb[i] = (uint8_t)wil_rng_below(wil_rng_at(1, WIL_RNG_TEST, 0), (uint64_t)i, 256);
    return picture;
}

/* What libpng reads from the bytes, and what kind of PNG it is. */
static void assert_decodes_to(const void *bytes, size_t n_bytes, const wil_picture *expected)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_true(png_image_begin_read_from_memory(&image, bytes, n_bytes));
    assert_int_equal(image.format, PNG_FORMAT_RGB); /* 8 bits, no palette, no transparency */
    assert_int_equal(image.width, expected->width);
    assert_int_equal(image.height, expected->height);
    uint8_t *rgb = malloc(PNG_IMAGE_SIZE(image));
    assert_true(png_image_finish_read(&image, NULL, rgb, 0, NULL));
    assert_memory_equal(rgb, expected->rgb, PNG_IMAGE_SIZE(image));
    free(rgb);
}

TEST(a_new_picture_is_black_and_of_its_size)
{
    wil_picture picture = make_picture(3, 2);
    assert_int_equal(picture.width, 3);
    assert_int_equal(picture.height, 2);
    for (int i = 0; i < 18; i++)
        assert_int_equal(picture.rgb[i], 0);
    wil_picture_clear(&picture);
    assert_null(picture.rgb);
    assert_int_equal(picture.width, 0);
    wil_picture_clear(&picture);
    wil_picture_clear(NULL);
    REFUSED(WIL_ERR_ARG, wil_picture_make(&picture, 0, 5), "0 x 5", "1 .. 32767");
    REFUSED(WIL_ERR_ARG, wil_picture_make(&picture, 5, 32768), "5 x 32768");
}

TEST(png_bytes_hold_the_pixels_and_are_the_same_each_time)
{
    static const int sizes[][2] = {{1, 1}, {7, 5}, {1, 300}, {301, 2}};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        WIL_OWN(wil_picture) picture = make_noise(sizes[k][0], sizes[k][1]);
        uint8_t *bytes[2];
        size_t n[2];
        for (int i = 0; i < 2; i++)
            OK(wil_picture_encode_png(&bytes[i], &n[i], &picture));
        assert_decodes_to(bytes[0], n[0], &picture);
        assert_memory_equal(bytes[0] + n[0] - 8, "IEND\xAE\x42\x60\x82", 8); /* and no byte more */
        assert_int_equal(n[0], n[1]);
        assert_memory_equal(bytes[0], bytes[1], n[0]);
        for (int i = 0; i < 2; i++)
            wil_free(bytes[i]);
    }
}

TEST(a_plain_picture_is_a_small_file)
{
    WIL_OWN(wil_picture) picture = make_picture(512, 512);
    WIL_OWN(uint8_t) *bytes = NULL;
    size_t n = 0;
    OK(wil_picture_encode_png(&bytes, &n, &picture));
    assert_true(n < 512 * 512 * 3 / 100); /* deflate makes at best 1 from 1032 */
    assert_decodes_to(bytes, n, &picture);
}

TEST_IN_FOLDER(a_png_file_holds_the_encoded_bytes)
{
    const char *path = in_folder(*state, "noise.png");
    WIL_OWN(wil_picture) picture = make_noise(40, 30);
    WIL_OWN(uint8_t) *bytes = NULL;
    size_t n = 0;
    WIL_OWN(char) *file = NULL;
    size_t n_file = 0;
    OK(wil_picture_encode_png(&bytes, &n, &picture));
    OK(wil_picture_write_png(&picture, path));
    OK(wil_file_read(path, &file, &n_file));
    assert_int_equal(n_file, n);
    assert_memory_equal(file, bytes, n);
}

TEST_IN_FOLDER(what_cannot_be_written_is_refused)
{
    wil_picture picture = make_picture(2, 2);
    REFUSED(WIL_ERR_IO, wil_picture_write_png(&picture, in_folder(*state, "absent/a.png")), "absent");
    wil_picture_clear(&picture);
    const char *path = in_folder(*state, "empty.png");
    REFUSED(WIL_ERR_ARG, wil_picture_write_png(&picture, path), "empty.png", "empty picture");
    assert_false(wil_file_exists(path));
    uint8_t *bytes = NULL;
    size_t n = 0;
    REFUSED(WIL_ERR_ARG, wil_picture_encode_png(&bytes, &n, &picture), "empty picture");
    assert_null(bytes);
}

TEST(grey_runs_from_low_to_high_and_is_held_beyond)
{
    WIL_OWN(wil_picture) picture = make_picture(8, 1);
    const float values[8] = {-5, 10, 15, 20, 25, NAN, INFINITY, -INFINITY};
    const int expected[8] = {0, 0, 128, 255, 255, 0, 255, 0}; /* 127.5 to even */
    wil_picture_draw_grey(&picture, 0, 0, values, 8, 1, 10, 20, 1);
    for (int x = 0; x < 8; x++)
        assert_rgb(&picture, x, 0, expected[x], expected[x], expected[x]);
    const int stepped[8] = {0, 0, 255, 255, 255, 0, 255, 0}; /* an empty range is a threshold */
    wil_picture_draw_grey(&picture, 0, 0, values, 8, 1, 10, 10, 1);
    for (int x = 0; x < 8; x++)
        assert_rgb(&picture, x, 0, stepped[x], stepped[x], stepped[x]);
}

TEST(values_are_squares_of_zoom_pixels_row_by_row)
{
    WIL_OWN(wil_picture) picture = make_picture(12, 9);
    const float values[6] = {51, 102, 153, 204, 255, 0};
    memset(picture.rgb, 7, 12 * 9 * 3);
    wil_picture_draw_grey(&picture, 2, 1, values, 3, 2, 0, 255, 3);
    for (int y = 0; y < 9; y++)
        for (int x = 0; x < 12; x++) {
            const bool inside = x >= 2 && x < 11 && y >= 1 && y < 7;
            const int grey = inside ? (int)values[(y - 1) / 3 * 3 + (x - 2) / 3] : 7;
            assert_rgb(&picture, x, y, grey, grey, grey);
        }
}

TEST(what_lies_outside_is_clipped)
{
    const float values[4] = {255, 255, 255, 255};
    const uint8_t mask[4] = {1, 1, 1, 1};
    const uint8_t red[3] = {255, 0, 0};
    static const int places[][2] = {
        {-3, -3}, {3, -3}, {-3, 3}, {3, 3}, {-9, 0}, {0, 9}, {2147483647, 0}, {-2147483647, -2147483647}};
    for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
        WIL_OWN(wil_picture) picture = make_picture(5, 5);
        wil_picture_draw_grey(&picture, places[k][0], places[k][1], values, 2, 2, 0, 255, 2);
        for (int y = 0; y < 5; y++)
            for (int x = 0; x < 5; x++) {
                const bool inside = x >= places[k][0] && x - 4LL < places[k][0] && y >= places[k][1] &&
                                    y - 4LL < places[k][1];
                assert_int_equal(pixel(&picture, x, y)[1], inside ? 255 : 0);
            }
        wil_picture_draw_mask(&picture, places[k][0], places[k][1], mask, 2, 2, 2, red, 1);
        for (int i = 0; i < 25; i++) /* the same pixels turn red */
            assert_int_equal(picture.rgb[3 * i + 1], 0);
    }
}

TEST(a_mask_blends_its_colour_by_opacity)
{
    WIL_OWN(wil_picture) picture = make_picture(4, 2);
    const uint8_t mask[2] = {0, 9};
    const uint8_t colour[3] = {200, 100, 0};
    memset(picture.rgb, 40, 4 * 2 * 3);
    wil_picture_draw_mask(&picture, 0, 0, mask, 2, 1, 2, colour, 0.25);
    for (int y = 0; y < 2; y++) {
        assert_rgb(&picture, 0, y, 40, 40, 40);
        assert_rgb(&picture, 1, y, 40, 40, 40);
        assert_rgb(&picture, 2, y, 80, 55, 30); /* 0.75 * 40 + 0.25 * colour */
        assert_rgb(&picture, 3, y, 80, 55, 30);
    }
    wil_picture_draw_mask(&picture, 0, 0, mask, 2, 1, 2, colour, 7); /* held at 1 */
    assert_rgb(&picture, 2, 0, 200, 100, 0);
    wil_picture_draw_mask(&picture, 0, 0, mask, 2, 1, 2, (const uint8_t[3]){1, 2, 3}, -1); /* held at 0 */
    assert_rgb(&picture, 2, 0, 200, 100, 0);
}
