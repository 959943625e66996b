#include "schedule.h"

#include <math.h>

double schedule_factor(int64_t step, int64_t n_steps, int64_t n_warmup, double decay_from)
{
    const double rise = step < n_warmup ? (double)(step + 1) / (double)(n_warmup + 1) : 1.0;
    const double start = floor(decay_from * (double)n_steps);
    const double fall =
        (double)step < start ? 1.0 : ((double)n_steps - (double)step) / ((double)n_steps - start);
    return rise < fall ? rise : fall;
}
