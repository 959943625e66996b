/* What bench_step times: plans ready to run, each with the optimiser that follows it in training. */
#ifndef WILLIS_BENCH_CASES_H
#define WILLIS_BENCH_CASES_H

#include "gan_plans.h"
#include "willis/engine.h"
#include "willis/nets.h"
#include "willis/nn.h"

typedef struct bench_config {
    int filters, unet_filters, unet_levels;
    int batch, patch; /* patch: voxels a side */
    int repeats;
} bench_config;

typedef struct bench_case {
    wil_params *params, *others; /* trained; only read (NULL: none) */
    wil_optimizer *optimizer;    /* NULL: only the plan is timed */
    gan_step step;               /* its plan, and where gradients stand among the outputs */
    const float **gradients;
    float *inputs[4];
} bench_case;

WIL_NODISCARD wil_status bench_case_critic(bench_case *out, const bench_config *config);
WIL_NODISCARD wil_status bench_case_generator(bench_case *out, const bench_config *config);
WIL_NODISCARD wil_status bench_case_unet(bench_case *out, const bench_config *config);
/* One 3x3 convolution of 64 to 64 channels at the patch's size: what the machine gives at best. */
WIL_NODISCARD wil_status bench_case_convolution(bench_case *out, const bench_config *config);
void bench_case_clear(bench_case *bench);

/* One step of training: the plan, then the optimiser. */
WIL_NODISCARD wil_status bench_case_run(bench_case *bench);

#endif
