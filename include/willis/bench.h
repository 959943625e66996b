/* bench: how fast steps of training and inferences run on this machine. */
#ifndef WILLIS_BENCH_H
#define WILLIS_BENCH_H

#include "willis/base.h"
#include "willis/base_fields.h"
#include "willis/train_step.h"

#pragma GCC visibility push(default)

/* Something of the study that can be timed on this machine, and its size there. */
typedef struct wil_bench_info {
    const char *name;    /* "wgan2d-critic" */
    const char *what;    /* one line */
    wil_timed_kind kind; /* of no meaning to conv-peak */
    int batch;           /* samples a step */
    int filters;         /* of the network's narrowest level, or as the study counts them */
    int n_size;          /* axes of size; 0: the shapes are fixed (conv-peak) */
    int size[3];         /* HxW, HxWxD or HxWxT: voxels, time points */
    bool takes_spectral; /* spectral norm in place of instance norm */
    bool takes_clip;     /* a critic: weight clipping, gradients clipped per sample */
} wil_bench_info;

/* All of them; n_out many; borrowed, constant. */
const wil_bench_info *wil_bench_list(int *n_out);
/* Fails: WIL_ERR_ARG with the nearest name. */
WIL_NODISCARD wil_status wil_bench_find(const wil_bench_info **out, const char *name);

typedef struct wil_bench_config {
    const char *name;
    int batch, filters;      /* 0: the study's */
    int size[3];             /* 0: the study's */
    wil_precision precision; /* f32 with a warning where the processor lacks bf16 */
    bool recompute;          /* as in wil_plan_config */
    bool spectral;
    bool weight_clip;     /* in place of the gradient penalty: weights in [-0.01, 0.01], RMSprop */
    bool per_sample_clip; /* gradients clipped per sample (wil_graph_gradient_clipped) */
    int threads;          /* 0: all */
    bool profile;         /* also where the time goes, which takes a little time itself */
    int repeats;          /* timed steps, behind one or two that are not */
} wil_bench_config;
extern const wil_fields wil_bench_fields;
wil_bench_config wil_bench_config_default(const char *name); /* the study's sizes, f32, 5 repeats */

typedef struct wil_bench_result {
    const char *name; /* borrowed, constant */
    int batch, filters, size[3], n_size, threads;
    const char *precision; /* "f32", "bf16": what was run */
    double seconds_median, seconds_min;
    double flops;         /* of one step as executed: multiply-adds of convolutions and products, times two */
    double gflop_s;       /* flops over the median */
    double peak_fraction; /* gflop_s over the best convolution rate seen in the same call */
    size_t plan_bytes;    /* memory of the compiled plans */
    size_t peak_rss_bytes; /* largest resident memory of this process until the last timed step */
    char *profile; /* a table of seconds per kind of operation (wil_plan_profile); owned; NULL: not wanted */
} wil_bench_result;
void wil_bench_result_clear(wil_bench_result *result);

/* Builds what config names, with random weights and inputs, runs it a few times and measures. A step is what
 * training runs: forward, backward, optimiser, running statistics. Meant for a process of its own, as
 * peak_rss_bytes counts all that the process has done. Fails: WIL_ERR_ARG (unknown name, a size that the
 * network cannot take, an option that the network has not), WIL_ERR_MEMORY, WIL_ERR_NUMERIC (a loss that is
 * not finite), WIL_ERR_INTERRUPTED. */
WIL_NODISCARD wil_status wil_bench_run(
    wil_bench_result *out, const wil_bench_config *config, const wil_monitor *monitor);

#pragma GCC visibility pop
#endif
