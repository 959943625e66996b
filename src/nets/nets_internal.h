/* What the builders share: refusing what cannot be built. */
#ifndef WILLIS_NETS_INTERNAL_H
#define WILLIS_NETS_INTERNAL_H

#include "willis/nets.h"

/* true if nothing can be built: the graph has failed already, or status is a failure, whose message then
 * fails it. Take status from a check that runs only on a good graph: a failed one keeps its first message. */
bool nets_refused(wil_nn *nn, wil_status status);
/* true, and the graph has failed, if node is missing or its shape is not the expected one; a dimension of 0
 * fits any. what: "the 3D generator's z". */
bool nets_shape_differs(wil_nn *nn, const char *what, wil_node node, wil_shape expected);
/* Fails unless value lies in [1, most]. what: "filters of the 3D WGAN"; study: its own value. */
WIL_NODISCARD
wil_status nets_check_count(const char *what, int value, int most, int study);

/* The end of the DCGAN's critic with minibatch discrimination: h [N,H/16,W/16,8f] -> "conv5" [N,..,50], and
 * from there [N,1]. */
wil_node nets_minibatch_features(wil_nn *nn, wil_node h);
wil_node nets_minibatch_scores(wil_nn *nn, wil_node features);

#endif
