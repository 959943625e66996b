/* Small TOF phantoms. */
#ifndef WILLIS_TEST_TOF_FIXTURE_H
#define WILLIS_TEST_TOF_FIXTURE_H

#include <math.h>

#include "outcome.h"
#include "willis/phantom.h"

static inline wil_tof_subject make_subject(const wil_tof_config *config, int number)
{
    wil_tof_subject subject = {0};
    OK(wil_phantom_tof(&subject, config, number));
    return subject;
}

/* Mean signal of the vessels, or of the brain beside them. */
static inline double mean_where(const wil_tof_subject *s, bool label)
{
    double sum = 0, n = 0;
    for (size_t i = 0; i < wil_grid_count(&s->image.grid); i++)
        if (label ? s->label.voxels[i] : (s->brain.voxels[i] && !s->label.voxels[i])) {
            sum += (double)s->image.voxels[i];
            n++;
        }
    return sum / n;
}

#endif
