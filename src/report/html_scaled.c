/* A picture with a title, texts over it and a numbered colour bar beside it, as one SVG: texts stay sharp at
 * any size, and can be searched. */
#include "report_internal.h"

#include <math.h>
#include <string.h>

#define TITLE_PX 28
#define BAR_PX 16
#define BAR_GAP_PX 14
#define BAR_MOST_PX 240
#define MARGIN_PX 110 /* for bar, numbers and unit */
#define N_TICKS 5

static wil_status add_text(html_buffer *svg, double x, double y, const char *attributes, const char *text)
{
    WIL_TRY(html_buffer_format(svg, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, attributes));
    WIL_TRY(html_buffer_escaped(svg, text));
    return html_buffer_text(svg, "</text>\n");
}

static wil_status add_image(html_buffer *svg, const wil_picture *picture, const wil_scaled_picture *look)
{
    WIL_OWN(uint8_t) *png = NULL;
    size_t n_png = 0;
    WIL_TRY(wil_picture_encode_png(&png, &n_png, picture));
    WIL_TRY(html_buffer_format(svg,
        "<image x=\"0\" y=\"%d\" width=\"%.1f\" height=\"%.1f\" preserveAspectRatio=\"none\" "
        "style=\"image-rendering:pixelated\" xlink:href=\"data:image/png;base64,",
        TITLE_PX, picture->width * look->zoom_x, picture->height * look->zoom_y));
    WIL_TRY(html_buffer_base64(svg, png, n_png));
    WIL_TRY(html_buffer_text(svg, "\"/>\n"));
    for (int i = 0; i < look->n_labels; i++)
        WIL_TRY(add_text(svg, look->labels[i].x * look->zoom_x, TITLE_PX + look->labels[i].y * look->zoom_y,
            "font-size=\"13\" fill=\"#fff\" stroke=\"#000\" stroke-width=\"2\" paint-order=\"stroke\"",
            look->labels[i].text));
    return WIL_OK;
}

static wil_status add_bar(html_buffer *svg, const wil_scaled_picture *look, double left, double height)
{
    char text[40];
    WIL_TRY(html_buffer_text(svg, "<defs><linearGradient id=\"bar\" x1=\"0\" y1=\"1\" x2=\"0\" y2=\"0\">"));
    for (int i = 0; i < look->n_colours; i++)
        WIL_TRY(html_buffer_format(svg, "<stop offset=\"%.4f\" stop-color=\"#%02x%02x%02x\"/>",
            (double)i / (look->n_colours - 1), look->colours[i][0], look->colours[i][1],
            look->colours[i][2]));
    WIL_TRY(html_buffer_format(svg,
        "</linearGradient></defs>\n<rect x=\"%.1f\" y=\"%d\" width=\"%d\" height=\"%.1f\" fill=\"url(#bar)\" "
        "stroke=\"#1a1a1a\"/>\n",
        left, TITLE_PX, BAR_PX, height));
    for (int i = 0; i < N_TICKS; i++) {
        const double at = (double)i / (N_TICKS - 1), y = TITLE_PX + height * (1 - at);
        WIL_TRY(html_buffer_format(svg, "<path d=\"M%.1f %.1fh5\" stroke=\"#1a1a1a\"/>\n", left + BAR_PX, y));
        snprintf(text, sizeof text, "%.4g", look->low + at * (look->high - look->low));
        WIL_TRY(add_text(svg, left + BAR_PX + 8, y + 4.5, "font-size=\"13\"", text));
    }
    return add_text(svg, left, TITLE_PX - 10, "font-size=\"13\"", look->unit);
}

static wil_status compose(html_buffer *svg, const wil_picture *picture, const wil_scaled_picture *look)
{
    const double width = picture->width * look->zoom_x, height = picture->height * look->zoom_y;
    const double bar = fmin(BAR_MOST_PX, height);
    const double all_width = width + (look->n_colours > 1 ? MARGIN_PX : 0),
                 all_height = TITLE_PX + height + 8;
    WIL_TRY(html_buffer_format(svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
        "width=\"%.0f\" "
        "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" fill=\"#1a1a1a\">\n",
        all_width, all_height, all_width, all_height));
    WIL_TRY(html_buffer_text(svg, "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"));
    WIL_TRY(add_text(svg, 4, TITLE_PX - 9, "font-size=\"17\" font-weight=\"bold\"", look->title));
    WIL_TRY(add_image(svg, picture, look));
    if (look->n_colours > 1)
        WIL_TRY(add_bar(svg, look, width + BAR_GAP_PX, bar));
    return html_buffer_text(svg, "</svg>\n");
}

wil_status wil_report_scaled_picture(
    wil_report *report, const char *caption, const wil_picture *picture, const wil_scaled_picture *look)
{
    WIL_OWN(html_buffer) svg = {0};
    WIL_REQUIRE(look->zoom_x > 0 && look->zoom_y > 0 && look->title != NULL, WIL_ERR_ARG,
        "the picture \"%s\" has no size or title", caption);
    WIL_TRY(compose(&svg, picture, look));
    return wil_report_svg(report, caption, svg.bytes);
}
