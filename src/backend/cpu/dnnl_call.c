#include "dnnl_call.h"

#include <string.h>

wil_status dnnl_call_attr(dnnl_primitive_attr_t *out)
{
    WIL_TRY(dnnl_room("attributes"));
    WIL_TRY(dnnl_check(dnnl.primitive_attr_create(out), "attributes"));
    const dnnl_status_t set = dnnl.primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
    if (set != dnnl_success)
        dnnl.primitive_attr_destroy(*out);
    return dnnl_check(set, "attributes");
}

static wil_status make_memory(dnnl_memory_t *out, const dnnl_memory_desc_t *layout, const cpu_device *device)
{
    return dnnl_check(dnnl.memory_create(out, layout, device->engine, DNNL_MEMORY_NONE), "memory");
}

wil_status dnnl_call_make(dnnl_call *out, const cpu_device *device, const char *what,
    dnnl_primitive_desc_t description, int n, const int *arguments, const dnnl_memory_desc_t *const *layouts)
{
    const dnnl_memory_desc_t scratch =
        *dnnl.primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    *out = (dnnl_call){.what = what, .n = n, .stream = device->stream};
    out->scratch_bytes = dnnl.memory_desc_get_size(&scratch);
    const dnnl_status_t made = dnnl.primitive_create(&out->primitive, description);
    dnnl.primitive_desc_destroy(description);
    WIL_TRY(dnnl_check(made, what));
    for (int i = 0; i < n; i++) {
        out->argument[i] = arguments[i];
        WIL_TRY(make_memory(&out->memory[i], layouts[i], device));
    }
    return out->scratch_bytes > 0 ? make_memory(&out->scratch, &scratch, device) : WIL_OK;
}

void dnnl_call_clear(dnnl_call *call)
{
    for (int i = 0; i < call->n; i++)
        if (call->memory[i] != NULL)
            dnnl.memory_destroy(call->memory[i]);
    if (call->scratch != NULL)
        dnnl.memory_destroy(call->scratch);
    if (call->primitive != NULL)
        dnnl.primitive_destroy(call->primitive);
    memset(call, 0, sizeof *call);
}

static wil_status point(dnnl_memory_t memory, const void *at)
{
    return dnnl_check(dnnl.memory_set_data_handle(memory, (void *)at), "memory");
}

wil_status dnnl_call_run(const dnnl_call *call, const void *const *at, void *scratch)
{
    dnnl_exec_arg_t args[4];
    int n = 0;
    for (; n < call->n; n++) {
        WIL_TRY(point(call->memory[n], at[n]));
        args[n] = (dnnl_exec_arg_t){call->argument[n], call->memory[n]};
    }
    if (call->scratch != NULL) {
        WIL_TRY(point(call->scratch, scratch));
        args[n++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, call->scratch};
    }
    return dnnl_check(dnnl.primitive_execute(call->primitive, call->stream, n, args), call->what);
}
