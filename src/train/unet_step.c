#include "unet_step.h"

void unet_step_build(
    net_step *step, wil_graph *graph, wil_params *params, const wil_unet_config *net, wil_shape image)
{
    wil_nn nn = {.graph = graph, .params = params, .prefix = "unet", .training = true};
    const wil_node x = wil_graph_input_node(graph, "image", image);
    const wil_node label = wil_graph_input_node(graph, "label", image);
    const wil_node probability = wil_op_sigmoid(graph, wil_nets_unet_with_stats(&nn, x, net, &step->stats));
    const wil_node loss = wil_loss_dice(graph, probability, label);
    (void)net_step_output(step, graph, loss);
    net_step_train(step, graph, loss, params);
}
