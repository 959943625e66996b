/* Figures of the demo's report. */
#ifndef WILLIS_PAGES_DEMO_FIGURES_H
#define WILLIS_PAGES_DEMO_FIGURES_H

#include "willis/pages_demo.h"
#include "willis/report.h"

/* Figures of the report, each appended to it. */
WIL_NODISCARD wil_status demo_figure_cohort(wil_report *report, const wil_demo_state *demo);
WIL_NODISCARD wil_status demo_figure_pairs(wil_report *report, const wil_demo_state *demo);
WIL_NODISCARD wil_status demo_figure_losses(wil_report *report, const wil_demo_state *demo);
WIL_NODISCARD wil_status demo_figure_segmentation(wil_report *report, const wil_demo_state *demo);

#endif
