#include "dnnl_reorder.h"

#include <string.h>

static wil_status describe(dnnl_primitive_desc_t *out, const dnnl_memory_desc_t *from,
    const dnnl_memory_desc_t *to, dnnl_engine_t engine)
{
    dnnl_primitive_attr_t attr = NULL;
    WIL_TRY(dnnl_new_attr(&attr));
    const dnnl_status_t made = dnnl_reorder_primitive_desc_create(out, from, engine, to, engine, attr);
    dnnl_primitive_attr_destroy(attr);
    return dnnl_check(made, "reorder");
}

wil_status reorder_make(
    weight_reorder *out, wil_dnnl *dnnl, const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to)
{
    dnnl_primitive_desc_t description = NULL;
    memset(out, 0, sizeof *out);
    out->stream = dnnl->stream;
    WIL_TRY(describe(&description, from, to, dnnl->engine));
    const dnnl_memory_desc_t *scratch =
        dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    out->scratch_bytes = dnnl_memory_desc_get_size(scratch);
    wil_status status = dnnl_check(dnnl_primitive_create(&out->primitive, description), "reorder");
    if (status == WIL_OK && out->scratch_bytes > 0)
        status = dnnl_new_memory(&out->scratch, scratch, dnnl->engine);
    dnnl_primitive_desc_destroy(description);
    WIL_TRY(status);
    WIL_TRY(dnnl_new_memory(&out->from, from, dnnl->engine));
    return dnnl_new_memory(&out->to, to, dnnl->engine);
}

void reorder_clear(weight_reorder *reorder)
{
    const dnnl_memory_t memories[] = {reorder->from, reorder->to, reorder->scratch};
    for (size_t i = 0; i < sizeof memories / sizeof memories[0]; i++)
        if (memories[i] != NULL)
            dnnl_memory_destroy(memories[i]);
    if (reorder->primitive != NULL)
        dnnl_primitive_destroy(reorder->primitive);
    memset(reorder, 0, sizeof *reorder);
}

wil_status reorder_run(const weight_reorder *reorder, const void *from, void *to, void *scratch)
{
    dnnl_exec_arg_t args[3] = {{DNNL_ARG_FROM, reorder->from}, {DNNL_ARG_TO, reorder->to}};
    int n = 2;
    WIL_TRY(dnnl_point(reorder->from, from));
    WIL_TRY(dnnl_point(reorder->to, to));
    if (reorder->scratch != NULL) {
        WIL_TRY(dnnl_point(reorder->scratch, scratch));
        args[n++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, reorder->scratch};
    }
    return dnnl_check(dnnl_primitive_execute(reorder->primitive, reorder->stream, n, args), "reorder");
}
