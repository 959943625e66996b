/* What wil_bench_run times: built by bench_<network>.c, run by bench.c. */
#ifndef WILLIS_STUDY_BENCH_INTERNAL_H
#define WILLIS_STUDY_BENCH_INTERNAL_H

#include "net_step.h"
#include "willis/train_bench.h"

#define BENCH_INPUTS 8

/* A step that is ready to run, and the number of times its plan runs until all samples are through. */
typedef struct bench_case {
    wil_params *sets[NET_STEP_SETS];
    wil_optimizer *optimizers[NET_STEP_SETS]; /* one for each trained set of step */
    net_step step;                            /* output 0: the loss, or what is inferred */
    int runs;
    wil_optimizer_config optimizer; /* of all sets */
    float *inputs[BENCH_INPUTS];
    int n_inputs;
} bench_case;

/* A builder fills step and, where it is not 1, runs. The case has two empty sets; config is complete and
 * checked against the table. */
typedef wil_status (*bench_builder)(bench_case *out, wil_graph *graph, const wil_bench_config *config);
WIL_NODISCARD wil_status bench_wgan2d_critic(
    bench_case *out, wil_graph *graph, const wil_bench_config *config);
WIL_NODISCARD wil_status bench_wgan2d_generator(
    bench_case *out, wil_graph *graph, const wil_bench_config *config);
WIL_NODISCARD wil_status bench_wgan3d_critic(
    bench_case *out, wil_graph *graph, const wil_bench_config *config);
WIL_NODISCARD wil_status bench_wgan3d_generator(
    bench_case *out, wil_graph *graph, const wil_bench_config *config);
WIL_NODISCARD wil_status bench_unet2d_train(
    bench_case *out, wil_graph *graph, const wil_bench_config *config);
WIL_NODISCARD wil_status bench_unet2d_infer(
    bench_case *out, wil_graph *graph, const wil_bench_config *config);
WIL_NODISCARD wil_status bench_unet3d_train(
    bench_case *out, wil_graph *graph, const wil_bench_config *config);
WIL_NODISCARD wil_status bench_temp_pix2pix_train(
    bench_case *out, wil_graph *graph, const wil_bench_config *config);
WIL_NODISCARD wil_status bench_temp_pix2pix_infer(
    bench_case *out, wil_graph *graph, const wil_bench_config *config);

/* A case with random weights and inputs. On failure nothing is left to clear. */
WIL_NODISCARD wil_status bench_case_new(
    bench_case *out, const wil_bench_info *info, const wil_bench_config *config);
void bench_case_clear(bench_case *bench);

/* The builder of an entry of wil_bench_list; NULL for conv-peak. */
bench_builder bench_builder_of(const wil_bench_info *info);
/* What the plans of a case are compiled with. */
wil_plan_config bench_plan_config(const wil_bench_config *config);
/* Compiles the case's step against both sets; one that trains none has fixed parameters, as inference does.
 */
WIL_NODISCARD wil_status bench_compile(bench_case *bench, wil_graph *graph, const wil_bench_config *config);

/* The best rate of oneDNN's convolutions over a handful of shapes and all three derivatives. */
typedef struct bench_peak {
    int batch, channels, size[3], n_size; /* of the best */
    double seconds_median, seconds_min, flops;
    double gflop_s;    /* from seconds_min: a peak */
    size_t plan_bytes; /* buffers of the best */
} bench_peak;
WIL_NODISCARD wil_status bench_peak_measure(bench_peak *out, bool bf16, int repeats);

#endif
