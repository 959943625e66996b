#include "dnnl_common.h"

wil_status dnnl_check(dnnl_status_t status, const char *what)
{
    static const char *const words[] = {"success", "out of memory", "invalid arguments", "unimplemented",
        "iterator ends", "runtime error", "not required"};
    if (status == dnnl_success)
        return WIL_OK;
    const unsigned known = sizeof words / sizeof words[0];
    return wil_fail(status == dnnl_out_of_memory ? WIL_ERR_MEMORY : WIL_ERR_INTERNAL, "oneDNN %s: %s", what,
        (unsigned)status < known ? words[status] : "unknown failure");
}

wil_status wil_dnnl_new(wil_dnnl **out)
{
    WIL_TRY(wil_alloc((void **)out, 1, sizeof **out));
    wil_status status = dnnl_check(dnnl_engine_create(&(*out)->engine, dnnl_cpu, 0), "engine");
    if (status == WIL_OK)
        status = dnnl_check(
            dnnl_stream_create(&(*out)->stream, (*out)->engine, dnnl_stream_default_flags), "stream");
    if (status != WIL_OK) {
        wil_dnnl_free(*out);
        *out = NULL;
    }
    return status;
}

void wil_dnnl_free(wil_dnnl *dnnl)
{
    if (dnnl == NULL)
        return;
    if (dnnl->stream != NULL)
        dnnl_stream_destroy(dnnl->stream);
    if (dnnl->engine != NULL)
        dnnl_engine_destroy(dnnl->engine);
    wil_free(dnnl);
}
