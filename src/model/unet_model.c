/* A U-Net's file: weights, and what it needs to be used again. */
#include "willis/model.h"

#include "model_params.h"

#define ARCHITECTURE "willis unet"

static void build_unet(wil_nn *nn, const void *net)
{
    const wil_unet_config *config = net;
    const int side = 1 << (config->levels - 1);
    nn->prefix = "unet";
    (void)wil_nets_unet(nn, wil_graph_input_node(nn->graph, "x", wil_shape_of(4, 1, side, side, 1)), config);
}

wil_status wil_unet_params_declare(wil_params **out, const wil_unet_config *net)
{
    return model_params_declare(out, build_unet, net);
}

wil_status wil_unet_params_new(wil_params **out, const wil_unet_config *net)
{
    return model_params_new(out, build_unet, net);
}

#define AT(member) offsetof(wil_unet_facts, member)
static const wil_field FACTS[] = {
    {"filters", WIL_INT, AT(net.filters), NULL, 1, 1024, .in_model = 1},
    {"levels", WIL_INT, AT(net.levels), NULL, 2, 7, .in_model = 1},
    {"intensity_mean", WIL_REAL, AT(mean), NULL, -1e6, 1e6, .in_model = 1},
    {"intensity_sd", WIL_REAL, AT(sd), NULL, 0, 1e6, .in_model = 1},
    {"threshold", WIL_REAL, AT(threshold), NULL, 0, 1, .in_model = 1},
    {"tile", WIL_INT, AT(tile), NULL, 16, 4096, .in_model = 1},
    {"precision", WIL_CHOICE, AT(precision), "f32", .choices = WIL_CHOICES("f32", "bf16"), .in_model = 1},
};
static const wil_fields facts_fields = WIL_FIELDS(wil_unet_facts, FACTS);

wil_status wil_unet_save(
    const wil_params *params, const wil_unet_facts *facts, const json_t *trained, const char *path)
{
    return model_save(params, ARCHITECTURE, &facts_fields, facts, trained, path);
}

static wil_status read_facts(void *facts_out, const json_t *metadata, const char *path)
{
    wil_unet_facts *out = facts_out;
    WIL_TRY(model_check_architecture(
        metadata, ARCHITECTURE, "a segmentation network", "unet.safetensors of a unet run", path));
    *out = (wil_unet_facts){.net = wil_unet_config_default()};
    out->net.dropout = 0;
    WIL_TRY(wil_fields_get_metadata(&facts_fields, out, metadata, path));
    return wil_fail_context(
        wil_status_of_file(wil_unet_config_check(&out->net, out->tile, out->tile)), "%s", path);
}

wil_status wil_unet_load(wil_params **params_out, wil_unet_facts *facts_out, const char *path)
{
    return model_load(params_out, facts_out, read_facts, build_unet, path);
}
