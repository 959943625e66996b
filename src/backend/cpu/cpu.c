#include "cpu.h"

#include "host.h"
#include "fused.h"

static wil_status cpu_open(void **device, wil_precision precision)
{
    *device = NULL;
    WIL_REQUIRE(precision == WIL_PRECISION_F32 || wil_kernel_has_bf16(), WIL_ERR_ARG,
        "this processor has no bfloat16 instructions (or WILLIS_ISA forbids them): use precision f32");
    return cpu_device_new((cpu_device **)device);
}

static void cpu_close(void *device)
{
    cpu_device_free(device);
}

/* Pointwise operations are passes, if of one; a pass that holds several has no others but sums. */
static wil_status cpu_lower(wil_draft *d, int tick)
{
    const wil_node first = d->members[d->ticks[tick].begin];
    return d->fusing[first] == WIL_FUSING_POINT ? cpu_lower_fused(d, tick) : cpu_lower_single(d, tick, first);
}

const wil_backend_table cpu_backend = {
    .name = "cpu",
    .type = WIL_TYPE_F32,
    .reuses = true,
    .most_fused = FUSED_MAX,
    .open = cpu_open,
    .close = cpu_close,
    .take = host_take,
    .drop = host_drop,
    .bytes_left = host_bytes_left,
    .put = host_hand,
    .get = host_hand,
    .fuses = cpu_fuses,
    .lower = cpu_lower,
};
