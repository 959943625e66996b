#include "dnnl_common.h"
#include "kernel_internal.h"

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

/* The set of oneDNN that goes with one of ours; base is its own smallest. */
static dnnl_cpu_isa_t dnnl_isa_of(wil_isa isa)
{
#if defined(__x86_64__)
    if (isa == WIL_ISA_BASE)
        return dnnl_cpu_isa_sse41;
    if (isa == WIL_ISA_AVX2)
        return dnnl_cpu_isa_avx2;
#endif
    (void)isa;
    return dnnl_cpu_isa_all;
}

/* oneDNN follows WILLIS_ISA. It can be told before its first use in the process only; afterwards all is well
 * if it uses no more than is allowed (its sets are bit masks, each within the next). */
static wil_status follow_isa(void)
{
    const wil_isa limit = kernel_isa_limit();
    const dnnl_cpu_isa_t most = dnnl_isa_of(limit);
    WIL_TRY(wil_kernel_isa_check());
    if (most == dnnl_cpu_isa_all || dnnl_set_max_cpu_isa(most) == dnnl_success)
        return WIL_OK;
    const unsigned used = (unsigned)dnnl_get_effective_cpu_isa();
    WIL_REQUIRE((used & ~(unsigned)most) == 0, WIL_ERR_ARG,
        "WILLIS_ISA is %s, but oneDNN was used in this process before and has chosen more (set 0x%x, "
        "expected at most 0x%x); set WILLIS_ISA before the program starts",
        wil_isa_name(limit), used, (unsigned)most);
    return WIL_OK;
}

wil_status wil_dnnl_new(wil_dnnl **out)
{
    *out = NULL;
    WIL_TRY(follow_isa());
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

wil_status dnnl_new_memory(dnnl_memory_t *out, const dnnl_memory_desc_t *md, dnnl_engine_t engine)
{
    return dnnl_check(dnnl_memory_create(out, md, engine, DNNL_MEMORY_NONE), "memory");
}

wil_status dnnl_point(dnnl_memory_t memory, const void *at)
{
    return dnnl_check(dnnl_memory_set_data_handle(memory, (void *)at), "memory");
}

wil_status dnnl_new_attr(dnnl_primitive_attr_t *out)
{
    WIL_TRY(dnnl_check(dnnl_primitive_attr_create(out), "attributes"));
    const dnnl_status_t set = dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
    if (set != dnnl_success)
        dnnl_primitive_attr_destroy(*out);
    return dnnl_check(set, "attributes");
}
