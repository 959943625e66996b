/* The 3x3x3 neighbourhood of a voxel as 27 bits: x + 3 y + 9 z, the voxel itself is bit 13. */
#ifndef WILLIS_METRICS_SIMPLE_POINT_H
#define WILLIS_METRICS_SIMPLE_POINT_H

#include <stdbool.h>
#include <stdint.h>

/* Whether taking the voxel away leaves the topology as it is [Malandain1993, "Topological segmentation of
 * discrete surfaces"]: its neighbours that are 1 form one 26-component, and those of its face neighbours that
 * are 0 lie in one 6-component of the zeros among its face and edge neighbours. */
bool simple_point(uint32_t neighbours);
/* Whether a line ends here: exactly one neighbour. */
bool line_end(uint32_t neighbours);

#endif
