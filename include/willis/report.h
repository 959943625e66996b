/* report: pages and figures that people read.
 *
 * A report is one self-contained HTML file: text, tables, pictures (PNG inlined) and plots (SVG inlined).
 *
 *     wil_report *report = NULL;
 *     WIL_TRY(wil_report_new(&report, "willis demo"));
 *     WIL_TRY(wil_report_heading(report, "Scores"));
 *     WIL_TRY(wil_report_table(report, "Dice per test patient", cells, n_rows, n_columns));
 *     WIL_TRY(wil_report_write(report, "demo/report.html"));
 *     wil_report_free(report);
 */
#ifndef WILLIS_REPORT_H
#define WILLIS_REPORT_H

#include "willis/base.h"
#include "willis/image.h"

#pragma GCC visibility push(default)

typedef struct wil_report wil_report;

WIL_NODISCARD wil_status wil_report_new(wil_report **out, const char *title);
void wil_report_free(wil_report *report);
WIL_OWNED_POINTER(wil_report, wil_report_free)
WIL_NODISCARD wil_status wil_report_heading(wil_report *report, const char *text);
WIL_NODISCARD wil_status wil_report_paragraph(wil_report *report, const char *text); /* plain text; escaped */
/* Row 0 is the header. cells [n_rows * n_columns], row by row; numbers are right-aligned. */
WIL_NODISCARD wil_status wil_report_table(
    wil_report *report, const char *caption, const char *const *cells, int n_rows, int n_columns);
/* caption says what is seen; alt repeats it for those who cannot. pixelated: enlarge without smoothing. */
WIL_NODISCARD wil_status wil_report_picture(
    wil_report *report, const char *caption, const wil_picture *picture, bool pixelated);
/* How a picture is shown with a title, white texts over it and a colour bar with numbers beside it. */
typedef struct wil_picture_label {
    double x, y; /* pixels of the picture; y of the text's foot */
    char text[24];
} wil_picture_label;
typedef struct wil_scaled_picture {
    const char *title;
    double zoom_x, zoom_y; /* of the picture's pixels on the page, whose text is 960 wide */
    const wil_picture_label *labels;
    int n_labels;
    const char *unit;            /* over the bar */
    double low, high;            /* at its foot and top */
    const uint8_t (*colours)[3]; /* [n_colours] at even steps from low to high; n_colours 0: no bar */
    int n_colours;
} wil_scaled_picture;
WIL_NODISCARD wil_status wil_report_scaled_picture(
    wil_report *report, const char *caption, const wil_picture *picture, const wil_scaled_picture *look);
WIL_NODISCARD wil_status wil_report_svg(wil_report *report, const char *caption, const char *svg);
WIL_NODISCARD wil_status wil_report_preformatted(wil_report *report, const char *caption, const char *text);
/* Highlights: big numbers in a row. labels and values [n]. */
WIL_NODISCARD wil_status wil_report_highlights(
    wil_report *report, const char *const *labels, const char *const *values, int n);
WIL_NODISCARD wil_status wil_report_write(const wil_report *report, const char *path); /* atomic */

/* ---- figures through gnuplot -------------------------------------------------------------------------- */

typedef struct wil_curve {
    const char *label;
    const double *x, *y; /* [n]; NaN breaks the line */
    int n;
} wil_curve;
typedef struct wil_plot_config {
    const char *title, *x_label, *y_label; /* with units */
    bool log_y;
    bool points;                   /* marks without lines, one kind a curve: a scatter */
    double x_range[2], y_range[2]; /* of the axes; from the data where both ends are equal */
    int width_px, height_px;
} wil_plot_config;
wil_plot_config wil_plot_config_default(void);
/* SVG text, freed with wil_free; readable in black and white (dash patterns differ). Runs gnuplot with its
 * script on standard input. Fails: WIL_ERR_IO when gnuplot is not installed or fails, with its words. */
WIL_NODISCARD wil_status wil_plot_curves(
    char **svg_out, const wil_curve *curves, int n_curves, const wil_plot_config *config);

/* Small grey pictures for a scatter, one a point: [n_points,height,width], the points of the first curve
 * before those of the second. */
typedef struct wil_thumbnails {
    const float *images;
    int height, width;
    double low, high; /* black, white */
    int side_px;      /* what the longer side takes in the plot */
    int most;         /* how many are drawn at most */
} wil_thumbnails;
/* A scatter of curves as config->points gives it, without numbers at its axes, and over it the thumbnails
 * that find room without hiding what lies between them: the curves take turns, each in the order of its
 * points. Their frames have the curve's colour and dash. Fails: as wil_plot_curves; WIL_ERR_ARG for pictures
 * without size. */
WIL_NODISCARD wil_status wil_plot_scatter(char **svg_out, const wil_curve *curves, int n_curves,
    const wil_thumbnails *thumbnails, const wil_plot_config *config);

/* Values of one group, as a box: quartiles by linear interpolation, median, whiskers to the last value within
 * 1.5 times their distance [Tukey1977], and the values themselves where there are at most 60, else those
 * beyond the whiskers. Values that are not finite cannot be drawn; how many of how many were stands above. */
typedef struct wil_box {
    const char *label;
    const double *values; /* [n] */
    int n;
} wil_box;
typedef struct wil_box_panel {
    const char *title; /* what the values are, with unit */
    const wil_box *boxes;
    int n_boxes;
} wil_box_panel;
/* Panels beside each other, each with an axis of its own; black on white, told apart by their labels alone.
 * config: title and size. Fails: as wil_plot_curves. */
WIL_NODISCARD wil_status wil_plot_boxes(
    char **svg_out, const wil_box_panel *panels, int n_panels, const wil_plot_config *config);

/* ---- montages ----------------------------------------------------------------------------------------- */

/* Grid of n patches [n,H,W,2] (channel 0 in [-1,1], channel 1 label): each as the image and beside it the
 * image with its label in red; n_columns pairs a row, zoom pixels a voxel. */
WIL_NODISCARD wil_status wil_montage_pairs(
    wil_picture *out, const float *pairs, int n, int height, int width, int n_columns, int zoom);
/* Pictures side by side with a gap, tops aligned, black between; heights may differ. */
WIL_NODISCARD wil_status wil_montage_row(
    wil_picture *out, const wil_picture *const *pictures, int n, int gap);

/* Where a segmentation is right and wrong: true positive red, false positive green, false negative yellow,
 * wrong over right. Maximum projections from above, from the front and from the side, beside each other; and
 * n slices along the third axis, spread evenly over those that hold something (the middle one if none does),
 * n_columns in a row. Upright as wil_picture_maximum_projection. Fails: WIL_ERR_INPUT when the masks do not
 * share a grid, WIL_ERR_ARG for no slice or column. */
WIL_NODISCARD wil_status wil_montage_error_projections(
    wil_picture *out, const wil_mask *truth, const wil_mask *prediction);
WIL_NODISCARD wil_status wil_montage_error_slices(
    wil_picture *out, const wil_mask *truth, const wil_mask *prediction, int n, int n_columns);

#pragma GCC visibility pop
#endif
