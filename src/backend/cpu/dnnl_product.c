#include "dnnl_product.h"

#include <string.h>

static dnnl_memory_desc_t describe(product_matrix m)
{
    dnnl_memory_desc_t out;
    dnnl.memory_desc_init_by_strides(
        &out, 2, (dnnl_dims_t){m.rows, m.columns}, m.type, (dnnl_dims_t){m.row_step, m.column_step});
    return out;
}

wil_status product_make(
    dnnl_call *out, cpu_device *device, product_matrix src, product_matrix weights, product_matrix result)
{
    static const int arguments[3] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};
    const dnnl_memory_desc_t d[3] = {describe(src), describe(weights), describe(result)};
    dnnl_matmul_desc_t desc;
    dnnl_primitive_desc_t description = NULL;
    dnnl_primitive_attr_t attr = NULL;
    memset(out, 0, sizeof *out);
    WIL_TRY(dnnl_check(dnnl.matmul_desc_init(&desc, &d[0], &d[1], NULL, &d[2]), "matrix product"));
    WIL_TRY(dnnl_call_attr(&attr));
    const dnnl_status_t made = dnnl.primitive_desc_create(&description, &desc, attr, device->engine, NULL);
    dnnl.primitive_attr_destroy(attr);
    WIL_TRY(dnnl_check(made, "matrix product"));
    return dnnl_call_make(out, device, "matrix product", description, 3, arguments,
        (const dnnl_memory_desc_t *[]){&d[0], &d[1], &d[2]});
}
