/* The derivative of each operation: RULE or ZERO in its row. */
#include "graph_internal.h"

#define VJP_RULE(name) vjp_##name
#define VJP_ZERO(name) NULL

graph_vjp graph_vjp_of(wil_op_kind kind)
{
    static const graph_vjp rules[WIL_OP_KINDS] = {
#define OP(kind, name, n_inputs, class, derivative, ...) [WIL_OP_##kind] = VJP_##derivative(name),
#include "willis/ops.def"
    };
    return rules[kind];
}
