/* Rows of signal to relaxation rates and concentrations; frames counted from the first used one. */
#ifndef WILLIS_PERFUSION_CONCENTRATION_H
#define WILLIS_PERFUSION_CONCENTRATION_H

#include "willis/perfusion.h"

typedef struct dsc_frames {
    int n_time;
    int baseline_first, baseline_last; /* both included */
    double te_s;                       /* TE, or the difference of two */
} dsc_frames;

/* dR2* in 1/s of signals [n_time]; second NULL for a single echo. false: a signal is not above 0, and nothing
 * can be said of this voxel. */
bool rate_row(float *rate_out, const float *first, const float *second, const dsc_frames *frames);
/* dR2* of an artery to concentration, in place. */
void blood_concentration(double *rate_in_concentration_out, int n_time, const wil_perfusion_config *config);
/* Mean over SD of the baseline; INFINITY without noise. */
double row_snr(const float *signal, const dsc_frames *frames);

#endif
