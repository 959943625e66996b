/* Figures of the report of a perfusion run. */
#ifndef WILLIS_PAGES_PERFUSION_PAGE_H
#define WILLIS_PAGES_PERFUSION_PAGE_H

#include "willis/pages.h"
#include "willis/perfusion.h"
#include "willis/report.h"

/* Figures of all slices with brain, cut to the brain, five a row: CBF, CBV, MTT, Tmax, TTP and, where they
 * are there, relative CBF and CBV, each with its numbered colour bar. */
WIL_NODISCARD wil_status perfusion_add_maps(wil_report *report, const wil_perfusion_result *result);
/* The same slices of the baseline with Tmax > 6 s in yellow and the core in red. core: a given one, or NULL.
 */
WIL_NODISCARD wil_status perfusion_add_overlay(
    wil_report *report, const wil_perfusion_result *result, const wil_volume *series, const wil_mask *core);
/* A baseline slice with the arterial input's voxels outlined; false in *found_out where it has no place. */
WIL_NODISCARD wil_status perfusion_aif_place(
    wil_picture *out, bool *found_out, const wil_perfusion_result *result, const wil_volume *series);

#endif
