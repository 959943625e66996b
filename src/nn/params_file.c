/* Parameter sets to and from tensor files, in PyTorch's names and axis order. */
#include <string.h>

#include "nn_internal.h"

wil_status wil_params_to_tensors(
    const wil_params *params, const char *prefix, wil_tensor **tensors, int *n_tensors, size_t *capacity)
{
    for (int i = 0; i < wil_params_count(params); i++) {
        const wil_param *param = wil_params_at((wil_params *)params, i);
        WIL_REQUIRE(param->value != NULL, WIL_ERR_ARG,
            "parameter %s has no memory: call wil_params_allocate first", param->name);
        char *name = NULL;
        WIL_TRY(wil_string_format(&name, "%s%s", prefix, param->name));
        /* the values once in memory order, then in the file's, in the tensor's own copy */
        wil_status status = wil_tensors_append(
            tensors, n_tensors, capacity, name, WIL_TENSOR_F32, nn_layout_file_shape(param), param->value);
        wil_free(name);
        WIL_TRY(status);
        nn_layout_to_file(param, (*tensors)[*n_tensors - 1].data);
    }
    return WIL_OK;
}

/* The tensor of param; fails if it is not there or does not fit. */
static wil_status find_tensor(
    const wil_param *param, const char *prefix, const wil_tensor_file *file, const wil_tensor **out)
{
    char *name = NULL;
    WIL_TRY(wil_string_format(&name, "%s%s", prefix, param->name));
    const wil_tensor *tensor = wil_tensor_file_find(file, name);
    wil_shape wanted = nn_layout_file_shape(param);
    wil_status status = WIL_OK;
    char is[96], should[96];
    if (tensor == NULL)
        status =
            wil_fail(WIL_ERR_INPUT, "tensor %s is missing: these weights are of another architecture", name);
    else if (tensor->type != WIL_TENSOR_F32)
        status = wil_fail(WIL_ERR_INPUT, "tensor %s is not of dtype F32: convert it", name);
    else if (!wil_shape_equal(tensor->shape, wanted))
        status = wil_fail(WIL_ERR_INPUT,
            "tensor %s has shape %s but %s is needed: these weights are of another architecture", name,
            wil_shape_text(tensor->shape, is, sizeof is), wil_shape_text(wanted, should, sizeof should));
    wil_free(name);
    *out = tensor;
    return status;
}

static wil_status check_all(wil_params *params, const char *prefix, const wil_tensor_file *file)
{
    for (int i = 0; i < wil_params_count(params); i++) {
        const wil_param *param = wil_params_at(params, i);
        const wil_tensor *tensor = NULL;
        WIL_REQUIRE(param->value != NULL, WIL_ERR_ARG,
            "parameter %s has no memory: call wil_params_allocate first", param->name);
        WIL_TRY(find_tensor(param, prefix, file, &tensor));
    }
    size_t length = strlen(prefix);
    for (int i = 0; i < file->n_tensors; i++) {
        const char *name = file->tensors[i].name;
        if (strncmp(name, prefix, length) != 0)
            continue;
        WIL_REQUIRE(wil_params_find(params, name + length) != NULL, WIL_ERR_INPUT,
            "tensor %s belongs to no parameter: these weights are of another architecture", name);
    }
    return WIL_OK;
}

wil_status wil_params_from_tensors(wil_params *params, const char *prefix, const wil_tensor_file *file)
{
    WIL_TRY(check_all(params, prefix, file));
    for (int i = 0; i < wil_params_count(params); i++) {
        wil_param *param = wil_params_at(params, i);
        const wil_tensor *tensor = NULL;
        WIL_TRY(find_tensor(param, prefix, file, &tensor));
        nn_layout_from_file(param, tensor->data, param->value);
    }
    return WIL_OK;
}

wil_status wil_params_list(const wil_params *params, const char *prefix, wil_tensor_list *list)
{
    for (int i = 0; i < wil_params_count(params); i++) {
        const wil_param *param = wil_params_at(params, i);
        WIL_REQUIRE(param->value != NULL, WIL_ERR_ARG,
            "parameter %s has no memory: call wil_params_allocate first", param->name);
        WIL_TRY(wil_tensor_list_add(
            list, WIL_TENSOR_F32, param->shape, param->value, "%s%s", prefix, param->name));
        list->views[list->n - 1].layout = param->layout;
    }
    return WIL_OK;
}

wil_status wil_params_save(const wil_params *params, const char *path, const json_t *metadata)
{
    WIL_OWN(wil_tensor_list) list = {0};
    WIL_TRY(wil_params_list(params, "", &list));
    return wil_tensor_list_write(&list, path, metadata);
}

wil_status wil_params_load(wil_params *params, const char *path)
{
    WIL_OWN(wil_tensor_file) file = {0};
    WIL_TRY(wil_tensor_file_read(&file, path));
    return wil_fail_context(wil_params_from_tensors(params, "", &file), "%s", path);
}
