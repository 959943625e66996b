/* Masks as commands that compare them read them: 0 and 1, or cut at a threshold. */
#ifndef WILLIS_CLI_MASKS_H
#define WILLIS_CLI_MASKS_H

#include "cli.h"
#include "willis/image.h"

/* Values above which a voxel is 1; NaN: not cut. */
typedef struct cli_thresholds {
    double truth, prediction;
} cli_thresholds;
extern const wil_fields cli_threshold_fields; /* of a cli_thresholds */

/* Without a threshold only 0 and 1 will do, or what the rule says, and the message names the option that
 * helps. A threshold of the prediction leaves the truth alone, which may then hold 0 and any one other value,
 * as 0 and 255. */
WIL_NODISCARD wil_status cli_read_truth(
    wil_mask *out, const char *path, const cli_thresholds *cut, const wil_mask_rule *rule);
WIL_NODISCARD wil_status cli_read_prediction(
    wil_mask *out, const char *path, const cli_thresholds *cut, const wil_mask_rule *rule);

#endif
