#include "model_params.h"

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
