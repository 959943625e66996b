#include "unet_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ARCHITECTURE "willis unet"

wil_status unet_params_new(wil_params **out, const wil_unet_config *net)
{
    wil_graph *graph = NULL;
    *out = NULL;
    WIL_TRY(wil_graph_new(&graph));
    const int side = 1 << (net->levels - 1);
    wil_status status = wil_params_new(out);
    if (status == WIL_OK) {
        wil_nn nn = {.graph = graph, .params = *out, .prefix = "unet", .training = false};
        (void)wil_nets_unet(&nn, wil_graph_input_node(graph, "x", wil_shape_of(4, 1, side, side, 1)), net);
        status = wil_graph_status(graph);
    }
    if (status == WIL_OK)
        status = wil_params_allocate(*out);
    wil_graph_free(graph);
    if (status != WIL_OK) {
        wil_params_free(*out);
        *out = NULL;
    }
    return status;
}

void intensities_to_byte_range(float *values, size_t n, float low, float high)
{
    const float scale = high > low ? 255.0f / (high - low) : 0.0f;
    for (size_t i = 0; i < n; i++) {
        const float v = (values[i] - low) * scale;
        values[i] = v < 0.0f ? 0.0f : v > 255.0f ? 255.0f : v;
    }
}

wil_status unet_save(const wil_params *params, const unet_facts *facts, const char *path)
{
    char text[6][64];
    snprintf(text[0], sizeof text[0], "%d", facts->net.filters);
    snprintf(text[1], sizeof text[1], "%d", facts->net.levels);
    snprintf(text[2], sizeof text[2], "%.17g", facts->mean);
    snprintf(text[3], sizeof text[3], "%.17g", facts->sd);
    snprintf(text[4], sizeof text[4], "%.17g", facts->threshold);
    snprintf(text[5], sizeof text[5], "%d", facts->tile);
    json_t *metadata = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "architecture", ARCHITECTURE,
        "filters", text[0], "levels", text[1], "intensity_mean", text[2], "intensity_sd", text[3],
        "threshold", text[4], "tile", text[5]);
    WIL_REQUIRE(metadata != NULL, WIL_ERR_MEMORY, "out of memory for metadata");
    const wil_status status = wil_params_save(params, path, metadata);
    json_decref(metadata);
    return status;
}

static wil_status read_facts(unet_facts *out, const json_t *metadata, const char *path)
{
    const char *architecture = json_string_value(json_object_get(metadata, "architecture"));
    WIL_REQUIRE(architecture != NULL && strcmp(architecture, ARCHITECTURE) == 0, WIL_ERR_INPUT,
        "%s: not a segmentation network (architecture '%s'); give the unet.safetensors of a segmentation run",
        path, architecture == NULL ? "unknown" : architecture);
    const char *const keys[] = {"filters", "levels", "intensity_mean", "intensity_sd", "threshold", "tile"};
    double value[sizeof keys / sizeof keys[0]];
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *text = json_string_value(json_object_get(metadata, keys[i]));
        char *end = NULL;
        value[i] = text == NULL ? NAN : strtod(text, &end);
        WIL_REQUIRE(text != NULL && end != text && isfinite(value[i]), WIL_ERR_INPUT,
            "%s: the network's '%s' is missing or not a number; the file is damaged or not from willis train",
            path, keys[i]);
    }
    out->net = wil_unet_config_default();
    out->net.filters = (int)value[0];
    out->net.levels = (int)value[1];
    out->net.dropout = 0;
    out->mean = value[2];
    out->sd = value[3];
    out->threshold = value[4];
    out->tile = (int)value[5];
    return wil_fail_context(wil_unet_config_check(&out->net, out->tile, out->tile), "%s", path);
}

wil_status unet_load(wil_params **params_out, unet_facts *facts_out, const char *path)
{
    *params_out = NULL;
    wil_tensor_file file = {0};
    WIL_TRY(wil_tensor_file_read(&file, path));
    wil_status status = read_facts(facts_out, file.metadata, path);
    if (status == WIL_OK)
        status = unet_params_new(params_out, &facts_out->net);
    if (status == WIL_OK)
        status = wil_fail_context(wil_params_from_tensors(*params_out, "", &file), "%s", path);
    wil_tensor_file_clear(&file);
    if (status != WIL_OK) {
        wil_params_free(*params_out);
        *params_out = NULL;
    }
    return status;
}
