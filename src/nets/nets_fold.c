/* Weights of networks whose batch norms are done with learning: each is an affine map of what the convolution
 * before it gives, and so becomes part of that convolution,
 *
 *     w' = w gamma / sqrt(var + eps),    b' = beta - mean gamma / sqrt(var + eps). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nets_internal.h"

#define LONGEST 96
enum { GAMMA, BETA, MEAN, VAR, N_PARTS };
static const char *const PARTS[N_PARTS] = {"weight", "bias", "running_mean", "running_var"};

/* The batch norm behind a convolution, by the names of both codes: "x.conv" -> "x.bn", "x.conv2" -> "x.bn2",
 * "x.downsample.0" -> "x.downsample.1". */
static void norm_name(char out[LONGEST], const char *conv)
{
    const char *last = strrchr(conv, '.');
    last = last != NULL ? last + 1 : conv;
    const int before = (int)(last - conv);
    if (strncmp(last, "conv", 4) == 0)
        snprintf(out, LONGEST, "%.*sbn%s", before, conv, last + 4);
    else
        snprintf(out, LONGEST, "%.*s1", before, conv);
}

static wil_status find(const float **out, const wil_tensor_file *file, const char *name, wil_shape shape)
{
    const wil_tensor *tensor = wil_tensor_file_find(file, name);
    char is[96], should[96];
    WIL_REQUIRE(tensor != NULL, WIL_ERR_INPUT,
        "tensor %s is missing: these weights are of another network, or were not made by "
        "tools/convert_weights.py",
        name);
    WIL_REQUIRE(tensor->type == WIL_TENSOR_F32, WIL_ERR_INPUT,
        "tensor %s is not of dtype F32: convert it with tools/convert_weights.py", name);
    WIL_REQUIRE(wil_shape_equal(tensor->shape, shape), WIL_ERR_INPUT,
        "tensor %s has shape %s but %s is needed: these weights are of another network", name,
        wil_shape_text(tensor->shape, is, sizeof is), wil_shape_text(shape, should, sizeof should));
    *out = tensor->data;
    return WIL_OK;
}

/* The folded weight and bias of one convolution, appended in the file's axis order. */
static wil_status fold_one(wil_tensor_file *folded, size_t *capacity, const wil_tensor *weight,
    const char *conv, const wil_tensor_file *file, double eps_num)
{
    char norm[LONGEST], name[2 * LONGEST];
    const float *part[N_PARTS] = {NULL}, *w = NULL;
    const int64_t out = weight->shape.dim[0], rest = wil_shape_count(weight->shape) / out;
    norm_name(norm, conv);
    WIL_TRY(find(&w, file, weight->name, weight->shape));
    for (int i = 0; i < N_PARTS; i++) {
        snprintf(name, sizeof name, "%s.%s", norm, PARTS[i]);
        WIL_TRY(find(&part[i], file, name, wil_shape_of(1, (int)out)));
    }
    WIL_TRY(wil_tensors_append(
        &folded->tensors, &folded->n_tensors, capacity, weight->name, WIL_TENSOR_F32, weight->shape, w));
    snprintf(name, sizeof name, "%s.bias", conv);
    WIL_TRY(wil_tensors_append(&folded->tensors, &folded->n_tensors, capacity, name, WIL_TENSOR_F32,
        wil_shape_of(1, (int)out), part[BETA]));
    float *values = folded->tensors[folded->n_tensors - 2].data,
          *bias = folded->tensors[folded->n_tensors - 1].data;
    for (int64_t o = 0; o < out; o++) {
        WIL_REQUIRE(part[VAR][o] >= 0, WIL_ERR_INPUT,
            "tensor %s.running_var has a value of %g; variances are not negative", norm,
            (double)part[VAR][o]);
        const double scale = part[GAMMA][o] / sqrt(part[VAR][o] + eps_num);
        for (int64_t i = 0; i < rest; i++)
            values[o * rest + i] = (float)(values[o * rest + i] * scale);
        bias[o] = (float)(part[BETA][o] - part[MEAN][o] * scale);
    }
    return WIL_OK;
}

/* Every tensor of the file belongs to a convolution of the set: as many as were used. */
static wil_status refuse_others(const wil_tensor_file *file, const wil_params *params)
{
    for (int i = 0; i < file->n_tensors; i++) {
        const char *name = file->tensors[i].name;
        bool known = wil_params_find(params, name) != NULL && strstr(name, ".bias") == NULL;
        for (int k = 0; k < wil_params_count(params) && !known; k++) {
            char conv[LONGEST], norm[LONGEST];
            const char *weight = wil_params_at(params, k)->name, *end = strstr(weight, ".weight");
            if (end == NULL)
                continue;
            snprintf(conv, sizeof conv, "%.*s", (int)(end - weight), weight);
            norm_name(norm, conv);
            const size_t n = strlen(norm);
            known = strncmp(name, norm, n) == 0 && name[n] == '.';
        }
        WIL_REQUIRE(known, WIL_ERR_INPUT,
            "tensor %s belongs to no layer: these weights are of another network, or were not made by "
            "tools/convert_weights.py",
            name);
    }
    return WIL_OK;
}

static wil_status fold_all(
    wil_tensor_file *folded, const wil_tensor_file *shapes, const wil_tensor_file *file, double eps_num)
{
    size_t capacity = 0;
    for (int i = 0; i < shapes->n_tensors; i++) {
        const char *name = shapes->tensors[i].name, *end = strstr(name, ".weight");
        char conv[LONGEST];
        if (end == NULL)
            continue;
        WIL_REQUIRE(end - name < LONGEST, WIL_ERR_INTERNAL, "the name %s is too long", name);
        snprintf(conv, sizeof conv, "%.*s", (int)(end - name), name);
        WIL_TRY(fold_one(folded, &capacity, &shapes->tensors[i], conv, file, eps_num));
    }
    return WIL_OK;
}

wil_status wil_nets_load_folded(wil_params *params, const wil_tensor_file *file, double eps_num)
{
    wil_tensor_file shapes = {0}, folded = {0}; /* of the set, in the file's axis order; and what is loaded */
    size_t capacity = 0;
    WIL_TRY(refuse_others(file, params));
    wil_status status = wil_params_to_tensors(params, "", &shapes.tensors, &shapes.n_tensors, &capacity);
    if (status == WIL_OK)
        status = fold_all(&folded, &shapes, file, eps_num);
    if (status == WIL_OK)
        status = wil_params_from_tensors(params, "", &folded);
    wil_tensors_free(shapes.tensors, shapes.n_tensors);
    wil_tensors_free(folded.tensors, folded.n_tensors);
    return status;
}
