/* Figures of the report of a perfusion run. */
#ifndef WILLIS_PAGES_PERFUSION_PAGE_H
#define WILLIS_PAGES_PERFUSION_PAGE_H

#include "willis/pages.h"
#include "willis/perfusion.h"
#include "willis/report.h"

/* The five maps as rows of slices with colour bars, in fixed colours and scales. */
WIL_NODISCARD wil_status perfusion_montage(wil_picture *out, const wil_perfusion_result *result);
/* A baseline slice with the arterial input's voxels outlined; false in *found_out where it has no place. */
WIL_NODISCARD wil_status perfusion_aif_place(
    wil_picture *out, bool *found_out, const wil_perfusion_result *result, const wil_volume *series);

#endif
