/* A U-Net's file: weights, and what it needs to be used again. */
#include "willis/model.h"

#include <string.h>

#include "model_facts.h"
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

/* In the order of the fields they fill. */
static const fact FACTS[] = {{"filters", 1, 1024, true}, {"levels", 2, 7, true},
    {"intensity_mean", -1e6, 1e6, false}, {"intensity_sd", 0, 1e6, false}, {"threshold", 0, 1, false},
    {"tile", 16, 4096, true}};
#define N_FACTS ((int)(sizeof FACTS / sizeof *FACTS))

static wil_status describe(json_t *metadata, const wil_unet_facts *facts)
{
    const double value[N_FACTS] = {
        facts->net.filters, facts->net.levels, facts->mean, facts->sd, facts->threshold, facts->tile};
    WIL_TRY(fact_put_text(metadata, "architecture", ARCHITECTURE));
    for (int i = 0; i < N_FACTS; i++)
        WIL_TRY(fact_put_number(metadata, FACTS[i].key, value[i]));
    return fact_put_precision(metadata, facts->precision);
}

wil_status wil_unet_save(const wil_params *params, const wil_unet_facts *facts, const char *path)
{
    json_t *metadata = json_object();
    WIL_REQUIRE(metadata != NULL, WIL_ERR_MEMORY, "out of memory for metadata");
    wil_status status = describe(metadata, facts);
    if (status == WIL_OK)
        status = wil_params_save(params, path, metadata);
    json_decref(metadata);
    return status;
}

static wil_status read_facts(void *facts_out, const json_t *metadata, const char *path)
{
    wil_unet_facts *out = facts_out;
    double value[N_FACTS];
    const char *architecture = json_string_value(json_object_get(metadata, "architecture"));
    WIL_REQUIRE(architecture != NULL && strcmp(architecture, ARCHITECTURE) == 0, WIL_ERR_INPUT,
        "%s: not a segmentation network (architecture '%s'); give the unet.safetensors of a segmentation run",
        path, architecture == NULL ? "unknown" : architecture);
    WIL_TRY(facts_read(value, metadata, FACTS, N_FACTS, path));
    WIL_TRY(fact_read_precision(&out->precision, metadata, path));
    out->net = wil_unet_config_default();
    out->net.filters = (int)value[0];
    out->net.levels = (int)value[1];
    out->net.dropout = 0;
    out->mean = value[2];
    out->sd = value[3];
    out->threshold = value[4];
    out->tile = (int)value[5];
    const wil_status status = wil_unet_config_check(&out->net, out->tile, out->tile);
    return status == WIL_OK ? WIL_OK : wil_fail(WIL_ERR_INPUT, "%s: %s", path, wil_status_message());
}

wil_status wil_unet_load(wil_params **params_out, wil_unet_facts *facts_out, const char *path)
{
    return model_load(params_out, facts_out, read_facts, build_unet, path);
}
