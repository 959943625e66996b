/* The numbers of tests/data/vectors.py: weights and inputs that need not be stored. */
#ifndef CLOSED_FORM_H
#define CLOSED_FORM_H

#include <math.h>
#include <string.h>
#include <zlib.h>

#include "willis/nn.h"

/* offset + scale * (a hash of name, position and seed, in [-1,1)), rounded to float. */
static inline void closed_form_fill(
    float *out, size_t n, const char *name, uint32_t seed, double scale, double offset)
{
    uint32_t start = (uint32_t)crc32(0, (const Bytef *)name, (uInt)strlen(name)) + seed * 2654435769u;
    for (size_t i = 0; i < n; i++) {
        uint32_t x = start + (uint32_t)i;
        x = (x ^ (x >> 16)) * 747796405u;
        x = (x ^ (x >> 15)) * 2891336453u;
        x ^= x >> 16;
        out[i] = (float)(offset + scale * ((double)x / 2147483648.0 - 1.0));
    }
}

/* Standard deviation 0.05 for convolutions, 1 +- 0.1 for norm scales, 0 +- 0.1 for shifts. */
static inline void closed_form_wgan_law(const wil_tensor *weight, double *scale, double *offset)
{
    bool norm = strstr(weight->name, ".norm") != NULL, vector = strstr(weight->name, "weight_u") != NULL;
    *scale = norm ? 0.1 : vector ? 1.0 : 0.05 * sqrt(3.0);
    *offset = norm && strstr(weight->name, ".weight") != NULL ? 1.0 : 0.0;
}

/* [He2015] for convolutions, 0 +- 0.1 for biases. */
static inline void closed_form_unet_law(const wil_tensor *weight, double *scale, double *offset)
{
    int64_t fan_in = weight->shape.rank == 1 ? 1 : wil_shape_count(weight->shape) / weight->shape.dim[0];
    *scale = weight->shape.rank == 1 ? 0.1 : sqrt(6.0 / (double)fan_in);
    *offset = 0.0;
}

/* Both: [He2015] for all weights with inputs, 0 +- 0.1 for biases and shifts, 1 +- 0.1 for norm scales. */
static inline void closed_form_nets_law(const wil_tensor *weight, double *scale, double *offset)
{
    bool is_scale = strstr(weight->name, ".norm") != NULL && strstr(weight->name, ".weight") != NULL;
    closed_form_unet_law(weight, scale, offset);
    *offset = is_scale ? 1.0 : 0.0;
    if (strstr(weight->name, "weight_u") != NULL)
        *scale = 1.0;
}

/* Fills a set, in file order as Python does. */
static inline wil_status closed_form_params(
    wil_params *params, uint32_t seed, void (*law)(const wil_tensor *weight, double *scale, double *offset))
{
    wil_tensor_file file = {0};
    size_t capacity = 0;
    WIL_TRY(wil_params_allocate(params));
    wil_status status = wil_params_to_tensors(params, "", &file.tensors, &file.n_tensors, &capacity);
    for (int i = 0; status == WIL_OK && i < file.n_tensors; i++) {
        double scale, offset;
        law(&file.tensors[i], &scale, &offset);
        closed_form_fill(file.tensors[i].data, (size_t)wil_shape_count(file.tensors[i].shape),
            file.tensors[i].name, seed, scale, offset);
    }
    if (status == WIL_OK)
        status = wil_params_from_tensors(params, "", &file);
    wil_tensor_file_clear(&file);
    return status;
}

#endif
