/* Finding and judging arterial inputs. Frames are counted from the first used one. */
#ifndef WILLIS_PERFUSION_AIF_INTERNAL_H
#define WILLIS_PERFUSION_AIF_INTERNAL_H

#include "concentration.h"

/* A curve's measures; baseline frames [first, last]. */
wil_perfusion_aif_quality aif_quality(const double *curve, int n_time, double dt_s, const dsc_frames *frames);
/* First and last frame of the first pass: where the curve, smoothed over three frames, is above share of its
 * peak, in one piece with it, and one frame more on either side. */
void aif_first_pass(int *first_out, int *last_out, const double *curve, int n_time, double share);
int aif_peak_frame(
    const double *curve, int n_time); /* of the largest three-frame mean, then the largest of these */
/* Sets what lies outside of the first pass to 0 if it is noise that would disturb the area; true if it did.
 */
bool aif_clear_tail(double *curve, int n_time, const dsc_frames *frames);

/* Curves of the voxels that may hold the artery. */
typedef struct aif_candidates {
    const float *rates;    /* [n, n_time] dR2*, 1/s */
    const int32_t *voxels; /* [n] index in the grid */
    int n;
    int n_time;
    int arrival; /* of the mean curve */
    double dt_s;
    const wil_grid *grid;
    const wil_mask *brain;
} aif_candidates;

/* Both put the indices (into candidates) of the chosen voxels into chosen_out [candidates->n], and how many
 * into n_out. Fails: WIL_ERR_INPUT when nothing like an artery is found. */
wil_status aif_search_cluster(int32_t *chosen_out, int *n_out, const aif_candidates *candidates);
wil_status aif_search_hierarchical(int32_t *chosen_out, int *n_out, const aif_candidates *candidates);

#endif
