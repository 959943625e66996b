/* What commands say of a vessel mask, and a warning where it can hardly be one. */
#ifndef WILLIS_CLI_VESSELS_H
#define WILLIS_CLI_VESSELS_H

#include "willis/image.h"

/* Arteries fill some 0.3 to 2 % of a TOF-MRA or a brain; outside of these shares something else was marked.
 */
#define CLI_VESSEL_FRAC_LEAST 0.0005
#define CLI_VESSEL_FRAC_MOST 0.05

/* Warns where n_vessel of n_looked_at voxels lie outside of the plausible shares. advice: what may be the
 * reason, and what to do. */
void cli_warn_implausible(
    const wil_monitor *monitor, const char *path, size_t n_vessel, size_t n_looked_at, const char *advice);

#endif
