/* Scatters with thumbnails: where gnuplot puts a mark, its picture has to lie. */
#include "test.h"

#include "plot_fixture.h"

enum { N = 6, H = 4, W = 8 };
static const double xs[N] = {-3, 0, 5, 1, 1.01, 4};
static const double ys[N] = {2, -7, 3, 0, 0.01, -6};

static const wil_curve curves[2] = {{"real", xs, ys, 3}, {"made", xs + 3, ys + 3, 3}};

static wil_plot_config square(void)
{
    wil_plot_config config = wil_plot_config_default();
    config.width_px = 500;
    config.height_px = 400;
    config.title = "places";
    return config;
}

static char *scatter_of(const wil_thumbnails *thumbnails)
{
    const wil_plot_config config = square();
    char *svg = NULL;
    if (wil_plot_scatter(&svg, curves, 2, thumbnails, &config) != WIL_OK)
        fail_msg("%s", wil_status_message());
    return svg;
}

static wil_thumbnails thumbnails_of(const float *images)
{
    return (wil_thumbnails){
        .images = images, .height = H, .width = W, .low = -1, .high = 1, .side_px = 20, .most = 100};
}

/* Whether gnuplot drew a mark within a pixel of (x, y): "translate(x,y)" of its <use>. */
static bool has_mark(const char *svg, double x, double y)
{
    for (const char *at = svg; (at = strstr(at, "translate(")) != NULL; at++) {
        double mark[2];
        if (sscanf(at, "translate(%lf,%lf)", &mark[0], &mark[1]) == 2 && fabs(mark[0] - x) <= 1 &&
            fabs(mark[1] - y) <= 1)
            return true;
    }
    return false;
}

/* gnuplot puts marks at tenths of a pixel or coarser; a pixel is a twentieth of a thumbnail. */
TEST(thumbnails_lie_on_the_marks_of_their_points)
{
    float images[N * H * W] = {0};
    const wil_thumbnails thumbnails = thumbnails_of(images);
    WIL_OWN(char) *svg = scatter_of(&thumbnails);
    int n = 0;
    for (const char *at = svg; (at = strstr(at, "<image x=")) != NULL; at++, n++) {
        double x, y, width, height;
        assert_int_equal(
            sscanf(at, "<image x=\"%lf\" y=\"%lf\" width=\"%lf\" height=\"%lf\"", &x, &y, &width, &height),
            4);
        assert_true(width == 20 && height == 10); /* as the pictures: twice as wide as high */
        assert_true(has_mark(svg, x + width / 2, y + height / 2));
    }
    assert_int_equal(n, N - 1); /* the fifth point is too near the fourth */
    assert_int_equal(count_of(svg, "stroke-width=\"2\""), N - 1);
}

TEST(frames_have_the_dash_of_their_curve)
{
    float images[N * H * W] = {0};
    const wil_thumbnails thumbnails = thumbnails_of(images);
    WIL_OWN(char) *svg = scatter_of(&thumbnails);
    assert_int_equal(count_of(svg, "stroke=\"#000000\" stroke-width=\"2\"/>"), 3); /* solid: without a dash */
    assert_int_equal(count_of(svg, "stroke=\"#0072B2\" stroke-width=\"2\" stroke-dasharray=\"12,5\"/>"), 2);
    assert_int_equal(count_of(svg, "</svg>"), 1);
    assert_holds(svg, ">real<");
    assert_holds(svg, ">made<");
}

/* The PNG of one picture alone is that of the thumbnail: picture i belongs to point i. */
TEST(each_point_has_its_own_picture)
{
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    float images[N * H * W];
    WIL_OWN(wil_picture) picture = {0};
    WIL_OWN(uint8_t) *png = NULL;
    size_t n = 0;
    for (int i = 0; i < N * H * W; i++)
        images[i] = i / (H * W) == 5 ? 1 : -1; /* the last is white, all else black */
    const wil_thumbnails thumbnails = thumbnails_of(images);
    WIL_OWN(char) *svg = scatter_of(&thumbnails);
    assert_int_equal(wil_picture_make(&picture, W, H), WIL_OK);
    memset(picture.rgb, 255, (size_t)W * H * 3);
    assert_int_equal(wil_picture_encode_png(&png, &n, &picture), WIL_OK);
    char text[512] = "base64,";
    size_t at = strlen(text);
    assert_true(n / 3 * 4 + at < sizeof text);
    for (size_t i = 0; i + 2 < n; i += 3) { /* whole triples will do */
        const unsigned long bits = (unsigned long)png[i] << 16 | (unsigned long)png[i + 1] << 8 | png[i + 2];
        for (int k = 0; k < 4; k++)
            text[at++] = base64[bits >> (18 - 6 * k) & 63];
    }
    text[at] = '\0';
    assert_int_equal(count_of(svg, text), 1);
    const char *white = strstr(svg, text);
    assert_holds(white, "stroke=\"#0072B2\""); /* its frame follows it */
    assert_null(strstr(white, "<image"));      /* and it is the last */
}

TEST(no_more_are_drawn_than_asked_for_and_the_curves_take_turns)
{
    float images[N * H * W] = {0};
    wil_thumbnails thumbnails = thumbnails_of(images);
    thumbnails.most = 2;
    WIL_OWN(char) *svg = scatter_of(&thumbnails);
    assert_int_equal(count_of(svg, "<image"), 2);
    assert_int_equal(count_of(svg, "stroke=\"#000000\" stroke-width=\"2\""), 1);
    assert_int_equal(count_of(svg, "stroke=\"#0072B2\" stroke-width=\"2\""), 1);
}

TEST(thumbnails_without_size_are_refused)
{
    const wil_plot_config config = square();
    wil_thumbnails thumbnails = thumbnails_of(NULL);
    char *svg = NULL;
    thumbnails.height = 0;
    assert_int_equal(wil_plot_scatter(&svg, curves, 2, &thumbnails, &config), WIL_ERR_ARG);
    assert_holds(wil_status_message(), "thumbnails of 8x0 pixels");
    assert_null(svg);
}

TEST_GROUP(make_folder, remove_folder)
