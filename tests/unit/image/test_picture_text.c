/* Words and scales in pictures. */
#include "test.h"

#include <string.h>

#include "outcome.h"
#include "willis/image.h"

static const uint8_t WHITE[3] = {255, 255, 255};

static int lit(const wil_picture *p, int x, int y)
{
    return p->rgb[3 * (y * p->width + x)] != 0;
}

static int count(const wil_picture *p)
{
    int n = 0;
    for (int i = 0; i < p->width * p->height; i++)
        n += p->rgb[3 * i] != 0;
    return n;
}

TEST(letters_are_where_and_as_large_as_they_are_said_to_be)
{
    WIL_OWN(wil_picture) p = {0};
    OK(wil_picture_make(&p, 40, 20));
    wil_picture_draw_text(&p, 3, 2, "L", 2, WHITE);
    assert_int_equal(wil_picture_text_width("L", 2), 10);
    assert_int_equal(wil_picture_text_height(2), 14);
    for (int y = 0; y < 20; y++)
        for (int x = 0; x < 40; x++) { /* a bar down and a bar along the foot, two pixels wide */
            const int down = x >= 3 && x < 5 && y >= 2 && y < 16,
                      foot = y >= 14 && y < 16 && x >= 3 && x < 13;
            assert_int_equal(lit(&p, x, y), down || foot);
        }
}

TEST(every_printable_letter_of_ids_has_a_shape_of_its_own)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+";
    uint8_t seen[sizeof letters][8 * 6 * 3];
    for (size_t i = 0; letters[i] != '\0'; i++) {
        WIL_OWN(wil_picture) p = {0};
        OK(wil_picture_make(&p, 6, 8));
        wil_picture_draw_text(&p, 0, 0, (const char[2]){letters[i]}, 1, WHITE);
        assert_true(count(&p) > 0);
        memcpy(seen[i], p.rgb, sizeof seen[i]);
        for (size_t k = 0; k < i; k++)
            if (memcmp(seen[k], seen[i], sizeof seen[i]) == 0)
                fail_msg("%c looks like %c", letters[i], letters[k]);
    }
}

TEST(other_characters_are_one_box_each_and_nothing_is_drawn_outside)
{
    WIL_OWN(wil_picture) p = {0};
    OK(wil_picture_make(&p, 30, 7));
    assert_int_equal(wil_picture_text_width("\xc3\xa9x", 1), 11); /* e with an accent is one */
    assert_int_equal(wil_picture_text_width("", 1), 0);
    wil_picture_draw_text(&p, 0, 0, "\xc3\xa9", 1, WHITE);
    assert_int_equal(count(&p), 20);
    wil_picture_draw_text(&p, -3, -3, "WWWWWWWWWWWWWWWW", 3, WHITE);
    wil_picture_draw_text(&p, 100, 100, "W", 3, WHITE);
}

TEST(a_scale_is_a_round_number_of_millimetres_long)
{
    static const struct {
        double mm_per_pixel;
        int width, length;
    } cases[] = {{0.5, 120, 100}, {0.5, 100, 100}, {1, 45, 20}, {0.75, 40, 27}, {0.1, 30, 20}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        WIL_OWN(wil_picture) p = {0};
        OK(wil_picture_make(&p, 140, 40));
        wil_picture_draw_scale(&p, 5, 35, cases[i].width, cases[i].mm_per_pixel, 1, WHITE);
        int n = 0;
        for (int x = 0; x < 140; x++)
            n += lit(&p, x, 34);
        assert_int_equal(n, cases[i].length);
        assert_true(lit(&p, 5, 32) && lit(&p, 5 + n - 1, 32) && !lit(&p, 5 + n / 2, 32));
    }
}

TEST(a_scale_of_unknown_millimetres_is_not_drawn)
{
    WIL_OWN(wil_picture) p = {0};
    OK(wil_picture_make(&p, 40, 40));
    wil_picture_draw_scale(&p, 5, 35, 30, 0, 1, WHITE);
    assert_int_equal(count(&p), 0);
}
