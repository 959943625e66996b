/* Lists of named arrays with copies of the values. */
#include <string.h>

#include "safetensors_format.h"

const nn_tensor_type_info NN_TENSOR_TYPES[NN_N_TENSOR_TYPES] = {
    [WIL_TENSOR_F32] = {"F32", 4},
    [WIL_TENSOR_F64] = {"F64", 8},
    [WIL_TENSOR_I64] = {"I64", 8},
    [WIL_TENSOR_U8] = {"U8", 1},
};

size_t nn_tensor_bytes(const wil_tensor *tensor)
{
    return (size_t)wil_shape_count(tensor->shape) * NN_TENSOR_TYPES[tensor->type].size;
}

static void tensor_clear(wil_tensor *tensor)
{
    wil_free(tensor->name);
    wil_free(tensor->data);
}

wil_status wil_tensors_append(wil_tensor **tensors, int *n_tensors, size_t *capacity, const char *name,
    wil_tensor_type type, wil_shape shape, const void *data)
{
    WIL_TRY(wil_grow((void **)tensors, capacity, (size_t)*n_tensors + 1, sizeof **tensors));
    WIL_OWN(char) *copy = NULL;
    wil_tensor tensor = {.type = type, .shape = shape};
    WIL_TRY(wil_string_copy(&copy, name));
    WIL_TRY(wil_alloc(&tensor.data, (size_t)wil_shape_count(shape), NN_TENSOR_TYPES[type].size));
    memcpy(tensor.data, data, nn_tensor_bytes(&tensor));
    (*tensors)[*n_tensors] = tensor;
    return wil_give(&(*tensors)[(*n_tensors)++].name, &copy);
}

void wil_tensors_free(wil_tensor *tensors, int n_tensors)
{
    if (tensors == NULL)
        return;
    for (int i = 0; i < n_tensors; i++)
        tensor_clear(&tensors[i]);
    wil_free(tensors);
}

void wil_tensor_file_clear(wil_tensor_file *file)
{
    wil_tensors_free(file->tensors, file->n_tensors);
    json_decref(file->metadata);
    *file = (wil_tensor_file){0};
}

const wil_tensor *wil_tensor_file_find(const wil_tensor_file *file, const char *name)
{
    for (int i = 0; i < file->n_tensors; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}
