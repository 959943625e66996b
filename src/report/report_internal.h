/* What the files of this module share: the growing text of a page, and the way to gnuplot. */
#ifndef WILLIS_REPORT_INTERNAL_H
#define WILLIS_REPORT_INTERNAL_H

#include "willis/report.h"

/* A growing byte string; bytes has a 0 behind its end once anything was added. All zero at first. */
typedef struct html_buffer {
    char *bytes; /* owned */
    size_t length, capacity;
} html_buffer;

WIL_NODISCARD
wil_status html_buffer_add(html_buffer *buffer, const void *bytes, size_t n_bytes);
WIL_NODISCARD
wil_status html_buffer_text(html_buffer *buffer, const char *text); /* as it is: our markup */
WIL_NODISCARD
wil_status html_buffer_format(html_buffer *buffer, const char *format, ...) WIL_PRINTF(2, 3);
/* Text from outside, made harmless for element content and double-quoted attributes. */
WIL_NODISCARD
wil_status html_buffer_escaped(html_buffer *buffer, const char *text);
WIL_NODISCARD
wil_status html_buffer_base64(html_buffer *buffer, const void *bytes, size_t n_bytes);
void html_buffer_clear(html_buffer *buffer);

struct wil_report {
    char *title;
    html_buffer body;
    int n_figures, n_tables;
};

/* Runs gnuplot on a script and returns what it drew, checked to be SVG; freed with wil_free. */
WIL_NODISCARD
wil_status plot_gnuplot_run(char **svg_out, const char *script, size_t n_script);

#endif
