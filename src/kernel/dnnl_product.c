#include "dnnl_product.h"

#include <string.h>

static dnnl_memory_desc_t describe(product_matrix m)
{
    dnnl_memory_desc_t out;
    dnnl_memory_desc_init_by_strides(
        &out, 2, (dnnl_dims_t){m.rows, m.columns}, m.type, (dnnl_dims_t){m.row_step, m.column_step});
    return out;
}

static wil_status make_primitive(matrix_product *p, const dnnl_memory_desc_t d[3], dnnl_engine_t engine)
{
    dnnl_matmul_desc_t desc;
    dnnl_primitive_attr_t attr = NULL;
    WIL_TRY(dnnl_check(dnnl_matmul_desc_init(&desc, &d[0], &d[1], NULL, &d[2]), "matrix product"));
    WIL_TRY(dnnl_new_attr(&attr));
    const dnnl_status_t made = dnnl_primitive_desc_create(&p->description, &desc, attr, engine, NULL);
    dnnl_primitive_attr_destroy(attr);
    WIL_TRY(dnnl_check(made, "matrix product"));
    return dnnl_check(dnnl_primitive_create(&p->primitive, p->description), "matrix product");
}

wil_status product_make(
    matrix_product *out, wil_dnnl *dnnl, product_matrix src, product_matrix weights, product_matrix result)
{
    const dnnl_memory_desc_t d[3] = {describe(src), describe(weights), describe(result)};
    memset(out, 0, sizeof *out);
    out->stream = dnnl->stream;
    WIL_TRY(make_primitive(out, d, dnnl->engine));
    const dnnl_memory_desc_t *scratch =
        dnnl_primitive_desc_query_md(out->description, dnnl_query_scratchpad_md, 0);
    out->scratch_bytes = dnnl_memory_desc_get_size(scratch);
    WIL_TRY(dnnl_new_memory(&out->src, &d[0], dnnl->engine));
    WIL_TRY(dnnl_new_memory(&out->weights, &d[1], dnnl->engine));
    WIL_TRY(dnnl_new_memory(&out->result, &d[2], dnnl->engine));
    return out->scratch_bytes > 0 ? dnnl_new_memory(&out->scratch, scratch, dnnl->engine) : WIL_OK;
}

void product_clear(matrix_product *p)
{
    const dnnl_memory_t memories[] = {p->src, p->weights, p->result, p->scratch};
    for (size_t i = 0; i < sizeof memories / sizeof memories[0]; i++)
        if (memories[i] != NULL)
            dnnl_memory_destroy(memories[i]);
    if (p->primitive != NULL)
        dnnl_primitive_destroy(p->primitive);
    if (p->description != NULL)
        dnnl_primitive_desc_destroy(p->description);
    memset(p, 0, sizeof *p);
}

wil_status product_run(
    const matrix_product *p, const void *src, const void *weights, void *result, void *scratch)
{
    dnnl_exec_arg_t args[4] = {
        {DNNL_ARG_SRC, p->src}, {DNNL_ARG_WEIGHTS, p->weights}, {DNNL_ARG_DST, p->result}};
    int n = 3;
    WIL_TRY(dnnl_point(p->src, src));
    WIL_TRY(dnnl_point(p->weights, weights));
    WIL_TRY(dnnl_point(p->result, result));
    if (p->scratch != NULL) {
        WIL_TRY(dnnl_point(p->scratch, scratch));
        args[n++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, p->scratch};
    }
    return dnnl_check(dnnl_primitive_execute(p->primitive, p->stream, n, args), "matrix product");
}
