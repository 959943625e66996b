/* What a BIDS sidecar says of times. */
#ifndef WILLIS_PERFUSION_DSC_SIDECAR_H
#define WILLIS_PERFUSION_DSC_SIDECAR_H

#include "willis/perfusion.h"

/* The sidecar of a series: the given one, else the one beside it; both NULL if there is none. */
wil_status sidecar_load(json_t **out, char **path_out, const char *series_path, const char *sidecar_path);
/* An array of n numbers of at least 0; *out NULL where the sidecar has no such key. Rising, if asked. */
wil_status sidecar_times(double **out, int *n_out, const json_t *sidecar, const char *key, const char *path);

#endif
