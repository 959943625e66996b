/* What turns whole scans into rows of numbers that can be compared. */
#ifndef WILLIS_STUDY_SCAN_EXTRACTOR_H
#define WILLIS_STUDY_SCAN_EXTRACTOR_H

#include "patch_extractor.h"

/* The features of a network for volumes (source->weights), of each scan of a cohort (source->path): n_out
 * rows. Scans are taken as they lie in their files, [slices,rows,columns], whole. Clear in any case. */
WIL_NODISCARD wil_status scan_rows_extract(
    patch_rows *out, int64_t *n_out, const wil_sample_source *source, const wil_monitor *monitor);

#endif
