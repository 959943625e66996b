/* Figures: pictures and plots inlined as data URIs, and preformatted text. */
#include "report_internal.h"

#include <string.h>

/* A PNG small on the page is enlarged by a whole factor, so that its pixels stay square and equal. */
static int enlargement(const wil_picture *picture)
{
    int zoom = 8;
    while (zoom > 1 && (picture->width * (int64_t)zoom > 960 || picture->height * (int64_t)zoom > 640))
        zoom--;
    return zoom;
}

/* Ends what the figure shows, and the figure. */
static wil_status add_caption(wil_report *report, const char *end, const char *caption)
{
    WIL_TRY(
        html_buffer_format(&report->body, "%s\n<figcaption><b>Figure %d.</b> ", end, report->n_figures + 1));
    WIL_TRY(html_buffer_escaped(&report->body, caption));
    return html_buffer_text(&report->body, "</figcaption></figure>\n");
}

/* "<figure><img attributes alt=caption src=data>" + caption. Being an image, an SVG keeps its ids and
 * whatever else it holds to itself. */
static wil_status add_image(wil_report *report, const char *caption, const char *attributes, const char *mime,
    const void *bytes, size_t n_bytes)
{
    html_buffer *body = &report->body;
    WIL_TRY(html_buffer_text(body, "<figure><img"));
    WIL_TRY(html_buffer_text(body, attributes));
    WIL_TRY(html_buffer_text(body, " alt=\""));
    WIL_TRY(html_buffer_escaped(body, caption));
    WIL_TRY(html_buffer_format(body, "\" src=\"data:%s;base64,", mime));
    WIL_TRY(html_buffer_base64(body, bytes, n_bytes));
    return add_caption(report, "\">", caption);
}

static wil_status add_figure(wil_report *report, const char *caption, const char *attributes,
    const char *mime, const void *bytes, size_t n_bytes)
{
    const size_t length = report->body.length;
    return report_conclude(
        report, length, add_image(report, caption, attributes, mime, bytes, n_bytes), &report->n_figures);
}

wil_status wil_report_picture(
    wil_report *report, const char *caption, const wil_picture *picture, bool pixelated)
{
    WIL_REQUIRE(report != NULL && caption != NULL, WIL_ERR_ARG, "a report's picture needs a caption");
    WIL_REQUIRE(picture != NULL && picture->rgb != NULL && picture->width >= 1 && picture->height >= 1,
        WIL_ERR_ARG, "the picture \"%s\" is empty", caption);
    WIL_OWN(uint8_t) *png = NULL;
    size_t n_png = 0;
    WIL_TRY(wil_picture_encode_png(&png, &n_png, picture));
    int zoom = pixelated ? enlargement(picture) : 1;
    char attributes[96];
    snprintf(attributes, sizeof attributes, "%s width=\"%d\" height=\"%d\"",
        pixelated ? " class=\"pixelated\"" : "", picture->width * zoom, picture->height * zoom);
    return add_figure(report, caption, attributes, "image/png", png, n_png);
}

wil_status wil_report_svg(wil_report *report, const char *caption, const char *svg)
{
    WIL_REQUIRE(report != NULL && caption != NULL, WIL_ERR_ARG, "a report's plot needs a caption");
    WIL_REQUIRE(svg != NULL && strstr(svg, "<svg") != NULL, WIL_ERR_ARG,
        "the plot \"%s\" is not SVG: it has no <svg element", caption);
    return add_figure(report, caption, "", "image/svg+xml", svg, strlen(svg));
}

static wil_status add_preformatted(wil_report *report, const char *caption, const char *text)
{
    html_buffer *body = &report->body;
    /* a line break straight behind <pre> is dropped by browsers, so one of our own goes first */
    WIL_TRY(html_buffer_text(body, "<figure><pre>\n"));
    WIL_TRY(html_buffer_escaped(body, text));
    return add_caption(report, "</pre>", caption);
}

wil_status wil_report_preformatted(wil_report *report, const char *caption, const char *text)
{
    WIL_REQUIRE(report != NULL && caption != NULL && text != NULL, WIL_ERR_ARG,
        "a report's listing needs a caption and text");
    const size_t length = report->body.length;
    return report_conclude(report, length, add_preformatted(report, caption, text), &report->n_figures);
}
