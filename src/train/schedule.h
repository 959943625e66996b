/* How the learning rate moves over a run. */
#ifndef WILLIS_STUDY_SCHEDULE_H
#define WILLIS_STUDY_SCHEDULE_H

#include <stdint.h>

/* Factor of the learning rate at step (from 0) of n_steps: rises linearly over the first n_warmup steps, is
 * 1, and falls linearly towards 0 (which it does not reach) behind decay_from, a share of the run; 1: it
 * never falls. A function of its arguments alone, so that a resumed run goes on as if it had not stopped. */
double schedule_factor(int64_t step, int64_t n_steps, int64_t n_warmup, double decay_from);

#endif
