/* Which results are stored in bfloat16: activations, which are many and pass through convolutions. What is
 * made of weights alone, sums, scores and images of few channels stay float, as losses and updates are taken
 * from them. */
#include "engine_internal.h"

#define LEAST_CHANNELS 8 /* images, labels, logits have fewer */

static bool is_activation(const wil_node_info *info, const bool *activation)
{
    const wil_op_bf16 rule = wil_op_row(info->kind)->bf16;
    if (rule == WIL_OP_BF16_IMAGES)
        return info->shape.rank >= 3;
    for (int k = 0; k < info->n_inputs && rule == WIL_OP_BF16_FOLLOWS; k++)
        if (activation[info->inputs[k]])
            return true;
    return rule == WIL_OP_BF16_ALWAYS;
}

wil_status plan_precision(wil_draft *d)
{
    WIL_OWN(void) *memory = NULL;
    WIL_TRY(wil_alloc(&memory, (size_t)d->n_nodes, sizeof(bool)));
    bool *activation = memory;
    for (wil_node node = 0; node < d->n_nodes; node++) {
        const wil_node_info *info = wil_graph_node(d->graph, node);
        activation[node] = is_activation(info, activation);
        const bool half = d->precision == WIL_PRECISION_BF16 && activation[node] && d->root[node] == node &&
                          !plan_is_leaf(d, node) && info->shape.rank >= 3 &&
                          info->shape.dim[info->shape.rank - 1] >= LEAST_CHANNELS;
        d->type[node] = half ? WIL_TYPE_BF16 : d->table->type;
    }
    for (int i = 0; i < d->n_outputs; i++) /* the user reads floats */
        d->type[d->root[d->outputs[i]]] = d->table->type;
    return WIL_OK;
}
