/* oneDNN itself: its engine and stream, its instruction set, its failures. */
#include "dnnl_common.h"
#include "willis/base_library.h"
#define ROOM_BYTES ((size_t)48 << 20) /* descriptions, generated code, the heap it grows */
#define DNNL_NAME(name) "dnnl_" #name,

struct dnnl_table dnnl;
static const char *const names[] = {DNNL_FUNCTIONS(DNNL_NAME)};
static wil_library library = WIL_LIBRARY("oneDNN", DNNL_FILE, "libdnnl2", 64, names, dnnl);

wil_status dnnl_room(const char *what)
{
    return wil_fail_context(wil_memory_require(ROOM_BYTES, "oneDNN"), "%s", what);
}

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
    const wil_isa limit = wil_kernel_isa_limit();
    const dnnl_cpu_isa_t most = dnnl_isa_of(limit);
    WIL_TRY(wil_kernel_isa_check());
    if (most == dnnl_cpu_isa_all || dnnl.set_max_cpu_isa(most) == dnnl_success)
        return WIL_OK;
    const unsigned used = (unsigned)dnnl.get_effective_cpu_isa();
    WIL_REQUIRE((used & ~(unsigned)most) == 0, WIL_ERR_ARG,
        "WILLIS_ISA is %s, but oneDNN was used in this process before and has chosen more (set 0x%x, "
        "expected at most 0x%x); set WILLIS_ISA before the program starts",
        wil_isa_name(limit), used, (unsigned)most);
    return WIL_OK;
}

wil_status cpu_device_new(cpu_device **out)
{
    WIL_OWN(cpu_device) *device = NULL;
    *out = NULL;
    WIL_TRY(wil_library_load(&library));
    WIL_TRY(follow_isa());
    WIL_TRY(wil_alloc((void **)&device, 1, sizeof *device));
    WIL_TRY(dnnl_room("engine"));
    WIL_TRY(dnnl_check(dnnl.engine_create(&device->engine, dnnl_cpu, 0), "engine"));
    WIL_TRY(
        dnnl_check(dnnl.stream_create(&device->stream, device->engine, dnnl_stream_default_flags), "stream"));
    return wil_give(out, &device);
}

void cpu_device_free(cpu_device *device)
{
    if (device == NULL)
        return;
    if (device->stream != NULL)
        dnnl.stream_destroy(device->stream);
    if (device->engine != NULL)
        dnnl.engine_destroy(device->engine);
    wil_free(device);
}
