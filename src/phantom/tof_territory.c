/* The territories that arteries grow into. */
#include "tof_internal.h"

/* Calibres lie at the upper end of angiographic measurements (M1 2.7 - 3.7 mm across, A2 2 - 3, P2 2 - 3):
 * what a hand-corrected TOF label holds is a little wider than the lumen. */
static const tof_territory territories[TOF_N_TERRITORIES] = {
    [TOF_MCA] = {WIL_TOF_M4, 1.85, 0.53, {34, -76, -24}, {70, 58, 70}, TOF_CONVEXITY, 2.5},
    [TOF_ACA] = {WIL_TOF_A3, 1.45, 0.53, {1.2, -48, 2}, {5, 62, 76}, TOF_MIDLINE, 0},
    [TOF_PCA] = {WIL_TOF_P3, 1.38, 0.53, {5, -92, -4}, {40, -50, 34}, TOF_VOLUME, 0},
    [TOF_SCA] = {WIL_TOF_CBL, 0.80, 0.48, {6, -76, -8}, {36, -40, 8}, TOF_VOLUME, 0},
    [TOF_AICA] = {WIL_TOF_CBL, 0.62, 0.45, {22, -62, -34}, {48, -34, -18}, TOF_VOLUME, 0},
    [TOF_PICA] = {WIL_TOF_CBL, 0.70, 0.45, {6, -82, -40}, {34, -50, -24}, TOF_VOLUME, 0},
    [TOF_EYE_ARTERY] = {WIL_TOF_OPHTH, 0.58, 0.46, {14, 40, -16}, {34, 56, -4}, TOF_VOLUME, 0},
    [TOF_STA] = {WIL_TOF_SCALP, 0.90, 0.52, {30, -60, -10}, {80, 60, 66}, TOF_UNDER_SKIN, 0},
};

const tof_territory *tof_territory_get(int which)
{
    return &territories[which];
}
