/* A matrix product of fixed shapes, types and strides: what convolutions of deep layers are made of. */
#ifndef WILLIS_DNNL_PRODUCT_H
#define WILLIS_DNNL_PRODUCT_H

#include "dnnl_common.h"

typedef struct matrix_product {
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
    dnnl_memory_t src, weights, result, scratch; /* scratch: NULL where there is none */
    size_t scratch_bytes;
    dnnl_stream_t stream; /* borrowed */
} matrix_product;

/* One operand: [rows, columns], the distance between neighbours along each, the type. */
typedef struct product_matrix {
    int64_t rows, columns, row_step, column_step;
    dnnl_data_type_t type;
} product_matrix;

/* result = src weights. On failure the product must still be cleared. */
WIL_NODISCARD wil_status product_make(
    matrix_product *out, wil_dnnl *dnnl, product_matrix src, product_matrix weights, product_matrix result);
void product_clear(matrix_product *product);
WIL_NODISCARD wil_status product_run(
    const matrix_product *product, const void *src, const void *weights, void *result, void *scratch);

#endif
