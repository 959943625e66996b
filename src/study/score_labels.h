/* What can be scored. */
#ifndef WILLIS_STUDY_SCORE_LABELS_H
#define WILLIS_STUDY_SCORE_LABELS_H

#include "willis/data.h"

/* Every subject of the split has a label, else WIL_ERR_INPUT: known before hours of work, not after. */
WIL_NODISCARD wil_status score_check_labels(const wil_cohort *cohort, wil_split split);

#endif
