/* The page: what people write into it comes out as they wrote it, whole, and as one file. */
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "willis/report.h"

static char folder[] = "/tmp/willis_report_page_XXXXXX";
static char page_path[128];

static int make_folder(void **state)
{
    (void)state;
    snprintf(page_path, sizeof page_path, "%s/report.html", mkdtemp(folder));
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(page_path);
    return rmdir(folder);
}

static wil_report *new_report(const char *title)
{
    wil_report *report = NULL;
    assert_int_equal(wil_report_new(&report, title), WIL_OK);
    return report;
}

/* Writes and frees the report; the page's text is the caller's. */
static char *page_of(wil_report *report)
{
    char *text = NULL;
    size_t n_bytes = 0;
    assert_int_equal(wil_report_write(report, page_path), WIL_OK);
    wil_report_free(report);
    assert_int_equal(wil_file_read(page_path, &text, &n_bytes), WIL_OK);
    assert_int_equal(strlen(text), n_bytes);
    return text;
}

static void assert_holds(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, text);
}

TEST(an_empty_report_has_title_stamp_and_language)
{
    WIL_OWN(char) *page = page_of(new_report("willis demo"));
    assert_int_equal(strncmp(page, "<!DOCTYPE html>\n<html lang=\"en\">", 31), 0);
    assert_holds(page, "<title>willis demo</title>");
    assert_holds(page, "<h1>willis demo</h1>");
    assert_holds(page, "For research use only. Not a medical device.");
    assert_holds(page, "</html>\n");
}

TEST(text_from_outside_cannot_become_markup_anywhere)
{
    const char *evil = "<script>alert(\"x\")</script>&'";
    const char *cells[4] = {evil, "n", evil, "1"};
    const char *values[1] = {evil};
    wil_picture picture = {0};
    assert_int_equal(wil_picture_make(&picture, 2, 2), WIL_OK);
    wil_report *report = new_report(evil);
    assert_int_equal(wil_report_heading(report, evil), WIL_OK);
    assert_int_equal(wil_report_paragraph(report, evil), WIL_OK);
    assert_int_equal(wil_report_table(report, evil, cells, 2, 2), WIL_OK);
    assert_int_equal(wil_report_highlights(report, values, values, 1), WIL_OK);
    assert_int_equal(wil_report_preformatted(report, evil, evil), WIL_OK);
    assert_int_equal(wil_report_picture(report, evil, &picture, false), WIL_OK);
    assert_int_equal(wil_report_svg(report, evil, "<svg><script>alert(1)</script></svg>"), WIL_OK);
    wil_picture_clear(&picture);
    WIL_OWN(char) *page = page_of(report);
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "alert(\""));
    const char *escaped = "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;";
    int n_found = 0;
    for (const char *at = page; (at = strstr(at, escaped)) != NULL; at++)
        n_found++;
    /* title twice; heading, paragraph; table's caption, header, cell; label, value; listing and its caption;
     * picture's and plot's alt and caption */
    assert_int_equal(n_found, 2 + 2 + 3 + 2 + 2 + 4);
}

TEST(control_characters_are_replaced_and_utf8_stays)
{
    wil_report *report = new_report("t");
    assert_int_equal(wil_report_paragraph(report, "0.81 \xC2\xB1 0.03\x01\tend"), WIL_OK);
    WIL_OWN(char) *page = page_of(report);
    assert_holds(page, "<p>0.81 \xC2\xB1 0.03\xEF\xBF\xBD\tend</p>");
}

TEST(columns_of_numbers_are_right_aligned_and_others_not)
{
    const char *cells[] = {"Network", "Dice", "Mean (SD)", "Note", /* header */
        "3D U-Net", "0.8612", "0.81 \xC2\xB1 0.03", "2 patients",  /* text may begin with a digit */
        "Half U-Net", "-", "85 %", ""};
    wil_report *report = new_report("t");
    assert_int_equal(wil_report_table(report, "Scores", cells, 3, 4), WIL_OK);
    WIL_OWN(char) *page = page_of(report);
    assert_holds(page, "<caption><b>Table 1.</b> Scores</caption>");
    assert_holds(page, "<th scope=\"col\">Network</th><th scope=\"col\" class=\"number\">Dice</th>");
    assert_holds(page, "<td>3D U-Net</td><td class=\"number\">0.8612</td>");
    assert_holds(page, "<td class=\"number\">0.81 \xC2\xB1 0.03</td><td>2 patients</td>");
    assert_holds(
        page, "<td>Half U-Net</td><td class=\"number\">-</td><td class=\"number\">85 %</td><td></td>");
}

TEST(a_table_of_only_a_header_is_a_table)
{
    const char *cells[] = {"A", NULL};
    wil_report *report = new_report("t");
    assert_int_equal(wil_report_table(report, "Nothing yet", cells, 1, 2), WIL_OK);
    WIL_OWN(char) *page = page_of(report);
    assert_holds(page, "<th scope=\"col\">A</th><th scope=\"col\"></th>");
}

TEST(pictures_are_inlined_with_alt_text_and_numbered_in_order)
{
    wil_picture picture = {0};
    assert_int_equal(wil_picture_make(&picture, 96, 48), WIL_OK);
    wil_report *report = new_report("t");
    assert_int_equal(wil_report_picture(report, "smooth", &picture, false), WIL_OK);
    assert_int_equal(wil_report_picture(report, "square", &picture, true), WIL_OK);
    wil_picture_clear(&picture);
    WIL_OWN(char) *page = page_of(report);
    /* iVBORw0KGgo is the PNG signature in base64 */
    assert_holds(
        page, "<img width=\"96\" height=\"48\" alt=\"smooth\" src=\"data:image/png;base64,iVBORw0KGgo");
    assert_holds(page, "<b>Figure 1.</b> smooth</figcaption>");
    assert_holds(page, "class=\"pixelated\" width=\"768\" height=\"384\" alt=\"square\""); /* 8 times */
    assert_holds(page, "<b>Figure 2.</b> square</figcaption>");
    assert_holds(page, "image-rendering:pixelated");
}

/* Vectors of RFC 4648, section 10, as the end of an SVG of a length known mod 3. */
TEST(inlined_bytes_are_base64_with_its_padding)
{
    static const char *svg[3] = {"<svg>foo", "<svg> foob", "<svg> fooba"};
    static const char *base64[3] = {"PHN2Zz5mb28=\"", "PHN2Zz4gZm9vYg==\"", "PHN2Zz4gZm9vYmE=\""};
    for (int i = 0; i < 3; i++) {
        wil_report *report = new_report("t");
        assert_int_equal(wil_report_svg(report, "c", svg[i]), WIL_OK);
        WIL_OWN(char) *page = page_of(report);
        assert_holds(page, base64[i]);
    }
}

TEST(highlights_and_listings_keep_their_text)
{
    const char *labels[2] = {"Dice on real", "Ratio"};
    const char *values[2] = {"0.91", "0.97"};
    wil_report *report = new_report("t");
    assert_int_equal(wil_report_highlights(report, labels, values, 2), WIL_OK);
    assert_int_equal(wil_report_preformatted(report, "Settings", "\nseed: 7\n  filters: 16\n"), WIL_OK);
    WIL_OWN(char) *page = page_of(report);
    assert_holds(page, "<div><dt>Ratio</dt><dd>0.97</dd></div>");
    assert_holds(page, "<pre>\n\nseed: 7\n  filters: 16\n</pre>"); /* the first break is eaten by browsers */
}

TEST(nothing_is_loaded_from_anywhere)
{
    WIL_OWN(char) *page = page_of(new_report("t"));
    assert_holds(page, "default-src 'none'; img-src data:");
    assert_null(strstr(page, "http:"));
    assert_null(strstr(page, "https:"));
}

TEST(wrong_arguments_get_a_sentence_and_leave_the_report_as_it_was)
{
    const char *labels[2] = {"a", "b"}, *values[2] = {"1", NULL}, *cells[1] = {"x"};
    wil_picture none = {0};
    wil_report *report = NULL;
    assert_int_equal(wil_report_new(&report, NULL), WIL_ERR_ARG);
    assert_string_equal(wil_status_message(), "a report needs a title");
    report = new_report("t");
    WIL_OWN(char) *before = NULL;
    size_t n_bytes = 0;
    assert_int_equal(wil_report_write(report, page_path), WIL_OK);
    assert_int_equal(wil_file_read(page_path, &before, &n_bytes), WIL_OK);
    assert_int_equal(wil_report_heading(report, NULL), WIL_ERR_ARG);
    assert_holds(wil_status_message(), "no text");
    assert_int_equal(wil_report_table(report, "scores", cells, 0, 1), WIL_ERR_ARG);
    assert_holds(
        wil_status_message(), "the table \"scores\" needs a header row and a column at least, got 0 rows");
    assert_int_equal(wil_report_highlights(report, labels, values, 2), WIL_ERR_ARG);
    assert_holds(wil_status_message(), "highlight 1 of a report has no label or no value");
    assert_int_equal(wil_report_highlights(report, labels, values, 0), WIL_ERR_ARG);
    assert_int_equal(wil_report_picture(report, "grid", &none, false), WIL_ERR_ARG);
    assert_holds(wil_status_message(), "the picture \"grid\" is empty");
    assert_int_equal(wil_report_svg(report, "losses", "gnuplot was here"), WIL_ERR_ARG);
    assert_holds(wil_status_message(), "the plot \"losses\" is not SVG");
    assert_int_equal(wil_report_preformatted(report, "c", NULL), WIL_ERR_ARG);
    WIL_OWN(char) *after = page_of(report);
    assert_string_equal(before, after);
}

TEST(a_folder_that_is_not_there_is_named)
{
    WIL_OWN(wil_report) *report = new_report("t");
    assert_int_equal(wil_report_write(report, "/nonexistent/folder/report.html"), WIL_ERR_IO);
    assert_holds(wil_status_message(), "/nonexistent/folder");
}

TEST_GROUP(make_folder, remove_folder)
