/* A scatter with small pictures at the places of points. gnuplot draws the scatter in a frame whose place in
 * the picture is fixed, so the pixel of every point is known and pictures can be laid over it. */
#include "report_internal.h"

#include <math.h>
#include <string.h>

/* The frame, as shares of the picture from the left and from below; room for the title and the key. */
#define LEFT 0.02
#define RIGHT 0.98
#define BOTTOM 0.08
#define TOP 0.94
#define MARGIN 0.04 /* of the data's extent, round it */
#define APART 1.5   /* of a thumbnail's side, between two of them: marks show between */

typedef struct scatter {
    const wil_curve *curves;
    int n_curves;
    const wil_thumbnails *thumbnails;
    wil_plot_config config;
    double *placed; /* [most,2] pixels of those drawn */
    int n_placed;
} scatter;

static bool is_finite_point(const wil_curve *curve, int i)
{
    return isfinite(curve->x[i]) && isfinite(curve->y[i]);
}

/* The extent of all points, with the margin; 1 where they all are at one place. */
static void set_ranges(scatter *s)
{
    double *ranges[2] = {s->config.x_range, s->config.y_range};
    for (int axis = 0; axis < 2; axis++) {
        double low = INFINITY, high = -INFINITY;
        for (int c = 0; c < s->n_curves; c++)
            for (int i = 0; i < s->curves[c].n; i++) {
                const double at = axis == 0 ? s->curves[c].x[i] : s->curves[c].y[i];
                low = is_finite_point(&s->curves[c], i) ? fmin(low, at) : low;
                high = is_finite_point(&s->curves[c], i) ? fmax(high, at) : high;
            }
        const double extent = high > low ? high - low : 1;
        ranges[axis][0] = low - MARGIN * extent;
        ranges[axis][1] = high + MARGIN * extent;
    }
}

static void pixel_of(double out[2], const scatter *s, double x, double y)
{
    const wil_plot_config *c = &s->config;
    const double right = (x - c->x_range[0]) / (c->x_range[1] - c->x_range[0]);
    const double up = (y - c->y_range[0]) / (c->y_range[1] - c->y_range[0]);
    out[0] = c->width_px * (LEFT + (RIGHT - LEFT) * right);
    out[1] = c->height_px * (1 - (BOTTOM + (TOP - BOTTOM) * up));
}

static bool has_room(const scatter *s, const double pixel[2])
{
    const double apart = APART * s->thumbnails->side_px, half = s->thumbnails->side_px / 2.0;
    if (pixel[0] < half || pixel[0] > s->config.width_px - half || pixel[1] < half ||
        pixel[1] > s->config.height_px - half)
        return false;
    for (int k = 0; k < s->n_placed; k++)
        if (fabs(pixel[0] - s->placed[2 * k]) < apart && fabs(pixel[1] - s->placed[2 * k + 1]) < apart)
            return false;
    return true;
}

/* ---- one thumbnail ------------------------------------------------------------------------------------- */

static wil_status add_png(html_buffer *svg, const wil_thumbnails *t, size_t image)
{
    WIL_OWN(wil_picture) picture = {0};
    WIL_OWN(uint8_t) *png = NULL;
    size_t n_png = 0;
    WIL_TRY(wil_picture_make(&picture, t->width, t->height));
    const size_t n_pixels = (size_t)t->width * (size_t)t->height;
    wil_picture_draw_grey(
        &picture, 0, 0, t->images + image * n_pixels, t->width, t->height, t->low, t->high, 1);
    WIL_TRY(wil_picture_encode_png(&png, &n_png, &picture));
    return html_buffer_base64(svg, png, n_png);
}

/* The dashes of a look are lists in brackets, as SVG takes them without. */
static wil_status add_frame(html_buffer *svg, int curve, double x, double y, double width, double height)
{
    const plot_look look = plot_look_of(curve);
    WIL_TRY(html_buffer_format(svg,
        "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"none\" stroke=\"%s\" "
        "stroke-width=\"2\"",
        x, y, width, height, look.rgb));
    if (look.dash[0] == '(')
        WIL_TRY(html_buffer_format(
            svg, " stroke-dasharray=\"%.*s\"", (int)strcspn(look.dash + 1, ")"), look.dash + 1));
    return html_buffer_text(svg, "/>\n");
}

static wil_status add_thumbnail(
    html_buffer *svg, const scatter *s, int curve, const double pixel[2], size_t image)
{
    const wil_thumbnails *t = s->thumbnails;
    const double longer = t->width > t->height ? t->width : t->height;
    const double width = t->side_px * t->width / longer, height = t->side_px * t->height / longer;
    const double x = pixel[0] - width / 2, y = pixel[1] - height / 2;
    WIL_TRY(html_buffer_format(svg,
        "<image x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" preserveAspectRatio=\"none\" "
        "xlink:href=\"data:image/png;base64,",
        x, y, width, height));
    WIL_TRY(add_png(svg, t, image));
    WIL_TRY(html_buffer_text(svg, "\"/>\n"));
    return add_frame(svg, curve, x, y, width, height);
}

/* ---- all ---------------------------------------------------------------------------------------------- */

static wil_status try_point(html_buffer *svg, scatter *s, int curve, int i, size_t image)
{
    double pixel[2];
    if (s->n_placed >= s->thumbnails->most || !is_finite_point(&s->curves[curve], i))
        return WIL_OK;
    pixel_of(pixel, s, s->curves[curve].x[i], s->curves[curve].y[i]);
    if (!has_room(s, pixel))
        return WIL_OK;
    memcpy(s->placed + 2 * s->n_placed++, pixel, sizeof pixel);
    return add_thumbnail(svg, s, curve, pixel, image);
}

/* Point i of every curve before point i + 1 of any. */
static wil_status add_thumbnails(html_buffer *svg, scatter *s)
{
    int longest = 0;
    for (int c = 0; c < s->n_curves; c++)
        longest = s->curves[c].n > longest ? s->curves[c].n : longest;
    for (int i = 0; i < longest; i++) {
        size_t first = 0;
        for (int c = 0; c < s->n_curves; c++) {
            if (i < s->curves[c].n)
                WIL_TRY(try_point(svg, s, c, i, first + (size_t)i));
            first += (size_t)s->curves[c].n;
        }
    }
    return WIL_OK;
}

/* gnuplot's picture with ours before its end. */
static wil_status lay_over(char **svg_out, const char *plot, scatter *s)
{
    WIL_OWN(html_buffer) svg = {0};
    const char *end = strstr(plot, "</svg>");
    WIL_TRY(html_buffer_add(&svg, plot, (size_t)(end - plot))); /* it is there: gnuplot_run looked */
    WIL_TRY(add_thumbnails(&svg, s));
    WIL_TRY(html_buffer_text(&svg, "</svg>\n"));
    return wil_string_copy(svg_out, svg.bytes);
}

wil_status wil_plot_scatter(char **svg_out, const wil_curve *curves, int n_curves,
    const wil_thumbnails *thumbnails, const wil_plot_config *config)
{
    scatter s = {.curves = curves, .n_curves = n_curves, .thumbnails = thumbnails, .config = *config};
    char more[200];
    WIL_OWN(char) *plot = NULL;
    *svg_out = NULL;
    WIL_REQUIRE(thumbnails->width >= 1 && thumbnails->height >= 1 && thumbnails->side_px >= 1 &&
                    thumbnails->most >= 1,
        WIL_ERR_ARG, "thumbnails of %dx%d pixels, %d wide, %d of them, cannot be drawn", thumbnails->width,
        thumbnails->height, thumbnails->side_px, thumbnails->most);
    s.config.points = true;
    set_ranges(&s);
    snprintf(more, sizeof more,
        "unset xtics\nunset ytics\nunset grid\nset border 15\nset lmargin at screen %g\nset rmargin at "
        "screen %g\nset bmargin at screen %g\nset tmargin at screen %g\n",
        LEFT, RIGHT, BOTTOM, TOP);
    WIL_OWN(double) *placed = NULL;
    WIL_TRY(wil_alloc_f64(&placed, 2 * (size_t)thumbnails->most));
    s.placed = placed;
    WIL_TRY(plot_draw_curves(&plot, curves, n_curves, &s.config, more));
    return lay_over(svg_out, plot, &s);
}
