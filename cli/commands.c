/* The list of commands. */
#include "commands.h"

/* In the order of a study; "bench list" before "bench", which takes any second word. */
const cli_command *const cli_commands[] = {
    &cmd_demo,
    &cmd_phantom_tof,
    &cmd_phantom_dsc,
    &cmd_cohort_check,
    &cmd_cohort_list,
    &cmd_cohort_split,
    &cmd_conform,
    &cmd_label,
    &cmd_patches,
    &cmd_config_defaults,
    &cmd_config_check,
    &cmd_fields,
    &cmd_train,
    &cmd_generate,
    &cmd_segment,
    &cmd_evaluate_segmentation, /* before the command whose name begins theirs */
    &cmd_evaluate_similarity,
    &cmd_evaluate_distribution,
    &cmd_evaluate_diversity,
    &cmd_evaluate_embed,
    &cmd_evaluate,
    &cmd_privacy_epsilon,
    &cmd_privacy_noise,
    &cmd_privacy_steps,
    &cmd_privacy_curve,
    &cmd_privacy_plan,
    &cmd_privacy_verify,
    &cmd_bench_list,
    &cmd_bench,
    &cmd_graph,
    &cmd_perfusion,
};
const int cli_n_commands = CLI_COUNT(cli_commands);
_Static_assert(CLI_COUNT(cli_commands) <= CLI_MOST_COMMANDS, "raise CLI_MOST_COMMANDS");
