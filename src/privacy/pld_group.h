/* A pair of outputs for a group of units: see pld_group.c. */
#ifndef WILLIS_PLD_GROUP_H
#define WILLIS_PLD_GROUP_H

#include "privacy_internal.h"

/* The likely numbers of drawn units. Fails: WIL_ERR_ARG when there are too many. */
WIL_NODISCARD wil_status pld_group_weights(pld_pair *pair, double q, int64_t group, double tail);
/* ln P/Q at x; its derivative in x into slope_out, NULL for none. */
double pld_group_loss(const pld_pair *pair, double x, double *slope_out);
/* Where ln P/Q is `loss`; minus infinity below its range. */
double pld_group_output(const pld_pair *pair, double loss, double near);
void pld_group_span(double span_out[2], const pld_pair *pair, double reach, double tail);

#endif
