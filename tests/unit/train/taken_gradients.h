/* Gradients of a training step, which its plan hands over while it runs. */
#ifndef WILLIS_TEST_TAKEN_GRADIENTS_H
#define WILLIS_TEST_TAKEN_GRADIENTS_H

#include "net_step.h"
#include "run_fixture.h"

/* Of the step's first trained set, one weight behind the other in the set's order. */
typedef struct taken_gradients {
    const net_step_trained *trained;
    float *values;
    size_t n;
} taken_gradients;

static inline void take_gradient(void *context, int output, const void *values)
{
    taken_gradients *taken = context;
    wil_params *set = taken->trained->set;
    size_t at = 0;
    int weight = taken->trained->first;
    for (int i = 0; i < wil_params_count(set); i++) {
        const wil_param *param = wil_params_at(set, i);
        if (param->role != WIL_PARAM_WEIGHT)
            continue;
        const size_t count = (size_t)wil_shape_count(param->shape);
        if (weight++ == output)
            memcpy(taken->values + at, values, count * sizeof(float));
        at += count;
    }
}

/* Runs the plan and updates nothing. values is freed with wil_free. */
static inline taken_gradients run_for_gradients(const net_step *step)
{
    taken_gradients taken = {.trained = &step->trained[0], .n = wil_params_n_trained(step->trained[0].set)};
    OK(wil_alloc_f32(&taken.values, taken.n));
    wil_plan_on_output(step->plan, take_gradient, &taken);
    OK(wil_plan_run(step->plan));
    wil_plan_on_output(step->plan, NULL, NULL);
    return taken;
}

#endif
