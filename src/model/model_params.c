/* Parameter sets of whole networks, and their files. */
#include "model_params.h"

#include <string.h>

wil_status model_params_declare(wil_params **out, model_builder build, const void *net)
{
    wil_graph *graph = NULL;
    *out = NULL;
    WIL_TRY(wil_graph_new(&graph));
    wil_status status = wil_params_new(out);
    if (status == WIL_OK) {
        wil_nn nn = {.graph = graph, .params = *out, .training = false};
        build(&nn, net);
        status = wil_graph_status(graph);
    }
    wil_graph_free(graph);
    if (status != WIL_OK) {
        wil_params_free(*out);
        *out = NULL;
    }
    return status;
}

wil_status model_params_new(wil_params **out, model_builder build, const void *net)
{
    WIL_TRY(model_params_declare(out, build, net));
    const wil_status status = wil_params_allocate(*out);
    if (status != WIL_OK) {
        wil_params_free(*out);
        *out = NULL;
    }
    return status;
}

wil_status model_load(
    wil_params **params_out, void *facts_out, model_facts_reader read, model_builder build, const char *path)
{
    *params_out = NULL;
    wil_tensor_file file = {0};
    WIL_TRY(wil_tensor_file_read(&file, path));
    wil_status status = read(facts_out, file.metadata, path);
    if (status == WIL_OK)
        status = model_params_new(params_out, build, facts_out);
    if (status == WIL_OK)
        status = wil_fail_context(wil_params_from_tensors(*params_out, "", &file), "%s", path);
    wil_tensor_file_clear(&file);
    if (status != WIL_OK) {
        wil_params_free(*params_out);
        *params_out = NULL;
    }
    return status;
}

wil_status model_check_architecture(
    const json_t *metadata, const char *architecture, const char *wanted, const char *file, const char *path)
{
    const char *found = json_string_value(json_object_get(metadata, "architecture"));
    WIL_REQUIRE(found != NULL && strcmp(found, architecture) == 0, WIL_ERR_INPUT,
        "%s: not %s (architecture '%s'); give the %s", path, wanted, found == NULL ? "unknown" : found, file);
    return WIL_OK;
}

wil_status model_save(const wil_params *params, const char *architecture, const wil_fields *fields,
    const void *facts, const json_t *more, const char *path)
{
    WIL_OWN(json_t) *metadata = json_pack("{s:s}", "architecture", architecture);
    WIL_REQUIRE(metadata != NULL, WIL_ERR_MEMORY, "out of memory for metadata");
    WIL_TRY(wil_fields_put_metadata(metadata, fields, facts));
    WIL_REQUIRE(more == NULL || json_object_update_missing(metadata, (json_t *)more) == 0, WIL_ERR_MEMORY,
        "out of memory for metadata");
    return wil_params_save(params, path, metadata);
}
