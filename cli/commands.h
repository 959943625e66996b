/* Every command, one file each, and what runs the one that is asked for. */
#ifndef WILLIS_CLI_COMMANDS_H
#define WILLIS_CLI_COMMANDS_H

#include "cli.h"

/* The whole of the command line; the exit status. Loaded by main.c. n_refused: refused_memory.h. */
int willis_main(int argc, char **argv, const volatile int *n_refused);

extern const cli_command cmd_demo;
extern const cli_command cmd_phantom_tof;
extern const cli_command cmd_phantom_dsc;
extern const cli_command cmd_cohort_check;
extern const cli_command cmd_cohort_list;
extern const cli_command cmd_cohort_split;
extern const cli_command cmd_conform;
extern const cli_command cmd_label;
extern const cli_command cmd_patches;
extern const cli_command cmd_config_defaults;
extern const cli_command cmd_config_check;
extern const cli_command cmd_fields;
extern const cli_command cmd_train;
extern const cli_command cmd_generate;
extern const cli_command cmd_segment;
extern const cli_command cmd_evaluate;
extern const cli_command cmd_evaluate_segmentation;
extern const cli_command cmd_evaluate_similarity;
extern const cli_command cmd_evaluate_distribution;
extern const cli_command cmd_evaluate_diversity;
extern const cli_command cmd_evaluate_embed;
extern const cli_command cmd_privacy_epsilon;
extern const cli_command cmd_privacy_noise;
extern const cli_command cmd_privacy_steps;
extern const cli_command cmd_privacy_curve;
extern const cli_command cmd_privacy_plan;
extern const cli_command cmd_privacy_verify;
extern const cli_command cmd_bench_list;
extern const cli_command cmd_bench;
extern const cli_command cmd_graph;
extern const cli_command cmd_perfusion;

#define CLI_MOST_COMMANDS 64
/* All of them, in the order of a study. */
extern const cli_command *const cli_commands[];
extern const int cli_n_commands;

#endif
