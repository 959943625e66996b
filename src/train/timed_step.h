/* The inside of wil_timed_step, for its test. */
#ifndef WILLIS_TRAIN_TIMED_STEP_H
#define WILLIS_TRAIN_TIMED_STEP_H

#include "trainer.h"
#include "willis/train_step.h"

struct wil_timed_step {
    train rig; /* one step; its sets in the order in which they were made */
    int runs;
};

#endif
