#include "cli_vessels.h"

void cli_warn_implausible(
    const wil_monitor *monitor, const char *path, size_t n_vessel, size_t n_looked_at, const char *advice)
{
    const double frac = n_looked_at > 0 ? (double)n_vessel / (double)n_looked_at : 0;
    if (frac < CLI_VESSEL_FRAC_LEAST || frac > CLI_VESSEL_FRAC_MOST)
        wil_monitor_warn(monitor,
            "%s: %.3g %% of the voxels looked at are marked; arteries are about 1 %%, and hardly less than "
            "%g or more than %g %%. %s",
            path, 100 * frac, 100 * CLI_VESSEL_FRAC_LEAST, 100 * CLI_VESSEL_FRAC_MOST, advice);
}
