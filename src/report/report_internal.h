/* What the files of this module share: the growing text of a page, and the way to gnuplot. */
#ifndef WILLIS_REPORT_INTERNAL_H
#define WILLIS_REPORT_INTERNAL_H

#include "willis/report.h"

/* A growing byte string; bytes has a 0 behind its end once anything was added. All zero at first. */
typedef struct html_buffer {
    char *bytes; /* owned */
    size_t length, capacity;
} html_buffer;

WIL_NODISCARD wil_status html_buffer_add(html_buffer *buffer, const void *bytes, size_t n_bytes);
WIL_NODISCARD wil_status html_buffer_text(html_buffer *buffer, const char *text); /* as it is: our markup */
WIL_NODISCARD wil_status html_buffer_format(html_buffer *buffer, const char *format, ...) WIL_PRINTF(2, 3);
/* Text from outside, made harmless for element content and double-quoted attributes. */
WIL_NODISCARD wil_status html_buffer_escaped(html_buffer *buffer, const char *text);
WIL_NODISCARD wil_status html_buffer_base64(html_buffer *buffer, const void *bytes, size_t n_bytes);
void html_buffer_clear(html_buffer *buffer);
WIL_OWNED_VALUE(html_buffer, html_buffer_clear)

struct wil_report {
    char *title;
    html_buffer body;
    int n_figures, n_tables;
};
/* Of a piece that began at length: counts it, or takes it back if it failed. Returns status. */
WIL_NODISCARD wil_status report_conclude(wil_report *report, size_t length, wil_status status, int *count);

/* ---- gnuplot scripts ---------------------------------------------------------------------------------- */

/* How curve i looks: told apart by dash without colour, and by colour [Okabe2008] by every kind of eye. */
typedef struct plot_look {
    const char *dash; /* gnuplot's dashtype: "solid" or "(on,off,...)" */
    const char *rgb;
    int point;         /* type of the marks of a line */
    int scatter_point; /* ... of a scatter: filled and open ones by turns */
} plot_look;
plot_look plot_look_of(int curve);

/* A string in single quotes, where only the quote itself is special; line breaks become spaces. */
WIL_NODISCARD wil_status plot_add_quoted(html_buffer *script, const char *text);
/* "set <setting> '<text>'"; nothing for no text. */
WIL_NODISCARD wil_status plot_add_setting(html_buffer *script, const char *setting, const char *text);
/* Terminal of this size, encoding, border, grid. */
WIL_NODISCARD wil_status plot_add_canvas(html_buffer *script, int width_px, int height_px);
/* Fails with a sentence when the size is impossible. */
WIL_NODISCARD wil_status plot_check_size(const wil_plot_config *config);
/* Curves with more settings behind the usual ones; NULL for none. */
WIL_NODISCARD wil_status plot_draw_curves(char **svg_out, const wil_curve *curves, int n_curves,
    const wil_plot_config *config, const char *more_settings);

/* Runs gnuplot on a script and returns what it drew, checked to be SVG; freed with wil_free. */
WIL_NODISCARD wil_status plot_gnuplot_run(char **svg_out, const char *script, size_t n_script);

#endif
