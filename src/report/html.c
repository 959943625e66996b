/* The page: its head and style, headings and text, and the file. */
#include "report_internal.h"

#include <string.h>

/* Plain enough for paper: black on white, system fonts, nothing that needs colour or a network. */
static const char style[] =
    ":root{color-scheme:light}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:1000px;padding:2rem 1.25rem 4rem;background:#fff;color:#1a1a1a;"
    "font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}"
    "header{border-bottom:2px solid #1a1a1a;margin-bottom:1.75rem;padding-bottom:.75rem}"
    "h1{font-size:1.9rem;line-height:1.2;margin:0 0 .5rem}"
    "h2{font-size:1.3rem;line-height:1.3;margin:2.5rem 0 .75rem;padding-bottom:.25rem;"
    "border-bottom:1px solid #d0d0d0}"
    "h1,h2,p,figcaption,caption,td,th,dt,dd{overflow-wrap:anywhere}"
    "p{margin:.75rem 0;max-width:46em}"
    ".stamp{display:inline-block;margin:0;padding:.15rem .6rem;border:1px solid #1a1a1a;border-radius:3px;"
    "font-size:.85rem;font-weight:600}"
    "figure{margin:1.75rem 0}"
    "figure img{display:block;max-width:100%;height:auto;border:1px solid #d0d0d0}"
    "figure img.pixelated{image-rendering:pixelated}"
    "figcaption,caption{font-size:.9rem;line-height:1.45;color:#3a3a3a;text-align:left}"
    "figcaption{margin-top:.5rem;max-width:52em}"
    ".wide{overflow-x:auto;margin:1.5rem 0}"
    "table{border-collapse:collapse;font-size:.95rem;font-variant-numeric:tabular-nums}"
    "caption{padding-bottom:.5rem}"
    "th,td{padding:.35rem .9rem;text-align:left;vertical-align:top;border-bottom:1px solid #e2e2e2}"
    "thead th{border-bottom:2px solid #1a1a1a;vertical-align:bottom}"
    "tbody tr:last-child td{border-bottom:1px solid #1a1a1a}"
    ".number{text-align:right;white-space:nowrap}"
    "pre{margin:0;padding:.75rem 1rem;overflow-x:auto;background:#f6f6f6;border:1px solid #d0d0d0;"
    "font:.82rem/1.45 ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace}"
    ".highlights{display:flex;flex-wrap:wrap;gap:1rem;margin:1.5rem 0;padding:0}"
    ".highlights div{flex:1 1 10rem;padding:.75rem 1rem;border:1px solid #bdbdbd;border-radius:4px}"
    ".highlights dt{font-size:.85rem;color:#3a3a3a}"
    ".highlights dd{margin:.1rem 0 0;font-size:1.5rem;line-height:1.25;font-weight:600;"
    "font-variant-numeric:tabular-nums}"
    "footer{margin-top:3rem;padding-top:.75rem;border-top:1px solid #d0d0d0;font-size:.85rem;color:#3a3a3a}"
    "@media print{@page{margin:15mm}body{max-width:none;padding:0;font-size:10.5pt}"
    ".highlights{gap:.5rem}.highlights div{flex-basis:6rem;padding:.4rem .6rem}.highlights "
    "dd{font-size:1.15rem}"
    "figure,table,.highlights{break-inside:avoid}h2{break-after:avoid}pre{white-space:pre-wrap}}";

wil_status wil_report_new(wil_report **out, const char *title)
{
    WIL_REQUIRE(out != NULL && title != NULL, WIL_ERR_ARG, "a report needs a title");
    *out = NULL;
    WIL_OWN(wil_report) *report = NULL;
    WIL_TRY(wil_alloc((void **)&report, 1, sizeof *report));
    WIL_TRY(wil_string_copy(&report->title, title));
    return wil_give(out, &report);
}

void wil_report_free(wil_report *report)
{
    if (report == NULL)
        return;
    wil_free(report->title);
    html_buffer_clear(&report->body);
    wil_free(report);
}

wil_status report_conclude(wil_report *report, size_t length, wil_status status, int *count)
{
    if (status != WIL_OK)
        report->body.length = length;
    else if (count != NULL)
        ++*count;
    return status;
}

static wil_status put_element(html_buffer *body, const char *tag, const char *text)
{
    WIL_TRY(html_buffer_format(body, "<%s>", tag));
    WIL_TRY(html_buffer_escaped(body, text));
    return html_buffer_format(body, "</%s>\n", tag);
}

static wil_status add_element(wil_report *report, const char *tag, const char *text)
{
    WIL_REQUIRE(report != NULL && text != NULL, WIL_ERR_ARG, "a report was given no text");
    const size_t length = report->body.length;
    return report_conclude(report, length, put_element(&report->body, tag, text), NULL);
}

wil_status wil_report_heading(wil_report *report, const char *text)
{
    return add_element(report, "h2", text);
}

wil_status wil_report_paragraph(wil_report *report, const char *text)
{
    return add_element(report, "p", text);
}

static wil_status compose(const wil_report *report, html_buffer *page)
{
    /* the policy lets nothing in from outside and runs no script, whatever the texts hold */
    WIL_TRY(
        html_buffer_text(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                               "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                               "img-src data:; style-src 'unsafe-inline'\">\n<title>"));
    WIL_TRY(html_buffer_escaped(page, report->title));
    WIL_TRY(html_buffer_text(page, "</title>\n<style>"));
    WIL_TRY(html_buffer_text(page, style));
    WIL_TRY(html_buffer_text(page, "</style>\n</head>\n<body>\n<header>\n<h1>"));
    WIL_TRY(html_buffer_escaped(page, report->title));
    WIL_TRY(
        html_buffer_text(page, "</h1>\n<p class=\"stamp\">For research use only. Not a medical device.</p>\n"
                               "</header>\n<main>\n"));
    if (report->body.length > 0)
        WIL_TRY(html_buffer_add(page, report->body.bytes, report->body.length));
    return html_buffer_text(page, "</main>\n<footer>Made with willis.</footer>\n</body>\n</html>\n");
}

wil_status wil_report_write(const wil_report *report, const char *path)
{
    WIL_REQUIRE(report != NULL && path != NULL, WIL_ERR_ARG, "no report or no path to write it to");
    WIL_OWN(html_buffer) page = {0};
    WIL_TRY(compose(report, &page));
    return wil_file_write(path, page.bytes, page.length);
}
