/* A picture of some patches of a set. */
#ifndef WILLIS_CLI_MONTAGE_H
#define WILLIS_CLI_MONTAGE_H

#include "willis/data.h"

/* Up to 24 patches, evenly spread over the set, each as the image and as the image with its label. */
WIL_NODISCARD wil_status cli_montage_write(const wil_samples *patches, const char *path);
/* Share of the set's pixels that are vessel. */
WIL_NODISCARD wil_status cli_vessel_frac(double *out, const wil_samples *patches);

#endif
