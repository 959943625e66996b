/* Steps of finding the brain in a series, and what else a series may show. */
#ifndef WILLIS_PERFUSION_DSC_BRAIN_H
#define WILLIS_PERFUSION_DSC_BRAIN_H

#include "willis/perfusion.h"

/* mean [voxels] over frames first to last, both included. */
void brain_mean_of_frames(float *mean, const wil_volume *series, int first, int last);

/* Of the bright voxels those of pieces through which a bolus passes, slice by slice and in space, opened by
 * radius_mm. mean_signal [n_time]: of the bright voxels. *found_out false, and bright as it was, where no
 * bolus is seen. */
wil_status brain_keep_perfused(
    bool *found_out, wil_mask *bright, const wil_volume *series, double *mean_signal, double radius_mm);

/* Fails: WIL_ERR_INPUT for CT perfusion (Hounsfield units) and for mosaics (tiles in one slice). */
wil_status dsc_kind_check(const wil_volume *series);

/* Falls of a mean signal to 0.4 of the deepest one, parted by a return to 0.2, in order; how many. */
#define DSC_MOST_BOLUSES 8
typedef struct dsc_bolus_frames {
    int onset, last; /* from the last frame before the fall to the one where it is over */
} dsc_bolus_frames;
int dsc_boluses_find(
    dsc_bolus_frames out[DSC_MOST_BOLUSES], const double *signal, int n_time, double baseline);

#endif
