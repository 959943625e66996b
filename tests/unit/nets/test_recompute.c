/* Recomputation on the networks it is for: the same bits in less memory. */
#include "test.h"

#include <string.h>

#include "willis/engine.h"
#include "willis/kernel.h"
#include "willis/nets.h"

#define OK(call) assert_int_equal(call, WIL_OK)
enum { MOST_OUTPUTS = 64 };

typedef struct network {
    wil_graph *graph;
    wil_params *params;
    wil_node outputs[MOST_OUTPUTS]; /* the loss, and the gradient of every weight */
    int n_outputs;
    float *image;
} network;

/* A critic with gradient penalty: gradients of gradients. */
static wil_node critic_loss(wil_nn *nn)
{
    const wil_wgan_config config = {.height = 64, .width = 64, .latent = 4, .filters = 8, .channels = 2};
    const wil_node x = wil_graph_input_node(nn->graph, "image", wil_shape_of(4, 4, 64, 64, 2));
    const wil_node score = wil_nets_wgan_critic(nn, x, &config, NULL);
    return wil_op_add(
        nn->graph, wil_op_mean_all(nn->graph, score), wil_loss_gradient_penalty(nn->graph, score, x, 10));
}

/* Without norms little can be computed again cheaply: most of what is kept are results of convolutions. A
 * U-Net with dropout, whose masks must come out the same again. */
static wil_node unet_loss(wil_nn *nn)
{
    const wil_unet_config config = {.filters = 8, .levels = 3, .dropout = 0.3, .n_spatial = 2};
    const wil_node x = wil_graph_input_node(nn->graph, "image", wil_shape_of(4, 4, 64, 64, 1));
    return wil_op_mean_all(nn->graph, wil_op_sigmoid(nn->graph, wil_nets_unet(nn, x, &config)));
}

static void make(network *n, wil_node (*loss)(wil_nn *))
{
    memset(n, 0, sizeof *n);
    OK(wil_graph_new(&n->graph));
    OK(wil_params_new(&n->params));
    wil_nn nn = {.graph = n->graph, .params = n->params, .training = true};
    wil_node weights[MOST_OUTPUTS];
    n->outputs[0] = loss(&nn);
    OK(wil_graph_status(n->graph));
    const int n_weights = wil_params_trained_nodes(n->params, n->graph, weights);
    wil_graph_gradient(n->graph, n->outputs[0], weights, n_weights, n->outputs + 1);
    OK(wil_graph_status(n->graph));
    n->n_outputs = 1 + n_weights;
    OK(wil_params_allocate(n->params));
    OK(wil_params_initialize(n->params, 3));
    const size_t n_image = 4 * 64 * 64 * 2;
    OK(wil_alloc_f32(&n->image, n_image));
    wil_rng_fill_normal_f32(wil_rng_at(2, WIL_RNG_TEST, 0), 0, n_image, n->image);
}

static wil_plan *run(const network *n, wil_precision precision, bool recompute)
{
    wil_plan *plan = NULL;
    const wil_plan_config config = {.precision = precision, .recompute = recompute};
    OK(wil_plan_compile(&plan, n->graph, n->outputs, n->n_outputs, &config));
    OK(wil_plan_bind(plan, "image", n->image));
    for (int i = 0; i < wil_params_count(n->params); i++) {
        const wil_param *param = wil_params_at(n->params, i);
        OK(wil_plan_bind(plan, param->name, param->value));
    }
    wil_plan_set_random(plan, 7, 8);
    OK(wil_plan_run(plan));
    return plan;
}

/* most: bytes with recomputation over bytes without */
static void check(wil_node (*loss)(wil_nn *), wil_precision precision, double most)
{
    network n;
    make(&n, loss);
    wil_plan *plain = run(&n, precision, false);
    wil_plan *again = run(&n, precision, true);
    for (int i = 0; i < n.n_outputs; i++) {
        const size_t bytes = (size_t)wil_shape_count(wil_graph_shape(n.graph, n.outputs[i])) * sizeof(float);
        assert_memory_equal(wil_plan_output(plain, i), wil_plan_output(again, i), bytes);
    }
    assert_true((double)wil_plan_bytes(again) < most * (double)wil_plan_bytes(plain));
    assert_true(wil_plan_n_steps(again) > wil_plan_n_steps(plain));
    wil_plan_free(plain);
    wil_plan_free(again);
    wil_graph_free(n.graph);
    wil_params_free(n.params);
    wil_free(n.image);
}

TEST(results_have_the_same_bits_in_less_memory)
{
    check(critic_loss, WIL_PRECISION_F32, 0.9);
    check(unet_loss, WIL_PRECISION_F32, 0.98);
}

TEST(also_in_bfloat16)
{
    if (!wil_kernel_has_bf16()) {
        print_message("SKIPPED: this processor has no bfloat16 instructions, or WILLIS_ISA forbids them\n");
        skip();
    }
    check(critic_loss, WIL_PRECISION_BF16, 0.9);
    check(unet_loss, WIL_PRECISION_BF16, 0.98);
}
