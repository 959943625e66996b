#include "cli_pairs.h"

#define AT(member) offsetof(wil_case_source, member)
static const wil_field FIELDS[] = {
    {"truth", WIL_INPUT, AT(truth), .value = "PATH", .help = "what is true: a file, or a folder of them"},
    {"prediction", WIL_INPUT, AT(prediction), .value = "PATH",
        .help = "what is compared with it: a file, or a folder whose files pair with the truth's by name"},
    {"mask", WIL_INPUT, AT(mask), "", .value = "PATH",
        .help = "compare within this 0/1 mask (a brain, say), or the folder's mask of each case"},
    {"truth_suffix", WIL_TEXT, AT(truth_suffix), "",
        .help = "what follows the case's name in the truth's files, before .nii"},
    {"prediction_suffix", WIL_TEXT, AT(prediction_suffix), "",
        .help = "... in the prediction's: _pred for those of willis evaluate"},
    {"mask_suffix", WIL_TEXT, AT(mask_suffix), "", .help = "... in the masks'"},
};
const wil_fields cli_pairs_fields = WIL_FIELDS(wil_case_source, FIELDS);
