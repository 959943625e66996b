/* A matrix product of fixed shapes, types and strides: what convolutions of deep layers are made of. */
#ifndef WILLIS_DNNL_PRODUCT_H
#define WILLIS_DNNL_PRODUCT_H

#include "dnnl_call.h"

/* One operand: [rows, columns], the distance between neighbours along each, the type. */
typedef struct product_matrix {
    int64_t rows, columns, row_step, column_step;
    dnnl_data_type_t type;
} product_matrix;

/* result = src weights: arguments src, weights, result. On failure the call must still be cleared. */
WIL_NODISCARD wil_status product_make(
    dnnl_call *out, cpu_device *device, product_matrix src, product_matrix weights, product_matrix result);

static inline wil_status product_run(
    const dnnl_call *product, const void *src, const void *weights, void *result, void *scratch)
{
    return dnnl_call_run(product, (const void *[]){src, weights, result}, scratch);
}

#endif
