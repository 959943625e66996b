/* pages: what a result looks like: reports and figures of whole commands. */
#ifndef WILLIS_PAGES_H
#define WILLIS_PAGES_H

#include "willis/evaluate.h"
#include "willis/image.h"
#include "willis/perfusion.h"

#pragma GCC visibility push(default)

/* ---- perfusion ---------------------------------------------------------------------------------------- */

/* <folder>/report.html: read-outs of both halves, core and delayed tissue over the brain (core: the given
 * one, or NULL), warnings, all slices of the maps, arterial input and its place, bias, settings. Without
 * gnuplot the plot is left out, with a warning. */
WIL_NODISCARD wil_status wil_perfusion_page_write(const wil_perfusion_result *result,
    const wil_volume *series, const wil_mask *core, const char *folder, const wil_monitor *monitor);

/* ---- scores of masks ---------------------------------------------------------------------------------- */

/* A run whose cases are drawn beside those of this one. */
typedef struct wil_seg_run {
    const char *label;
    const char *path; /* of its CSV */
} wil_seg_run;

/* Box plots of `willis evaluate segmentation`. */
typedef struct wil_seg_plot {
    const char *path;    /* SVG; NULL: none */
    const char *columns; /* "dsc,hd95_mm" */
    const char *label;   /* of this run */
    const wil_seg_run *others;
    int n_others;
} wil_seg_plot;

/* Whether the columns exist and the other runs have them. Fails: WIL_ERR_ARG (unknown column, with the
 * nearest one), WIL_ERR_INPUT (the files). */
WIL_NODISCARD wil_status wil_seg_plot_check(const wil_seg_results *results, const wil_seg_plot *plot);
WIL_NODISCARD wil_status wil_seg_plot_write(const wil_seg_results *results, const wil_seg_plot *plot);

/* A tabular of LaTeX: a row for each label (of plain masks one, called label), a column for each of `columns`
 * ("dsc,hd95_mm"): mean and the 95 % interval of the mean over the cases. Fails: as wil_seg_plot_check. */
WIL_NODISCARD wil_status wil_seg_latex_check(const wil_seg_results *results, const char *columns);
WIL_NODISCARD wil_status wil_seg_latex_write(
    const wil_seg_results *results, const char *columns, const char *label, const char *path);

#pragma GCC visibility pop
#endif
