#include "reference.h"

#include "host.h"
#include "kernel_step.h"

static wil_status reference_open(void **device, wil_precision precision)
{
    *device = NULL;
    WIL_REQUIRE(precision == WIL_PRECISION_F32, WIL_ERR_ARG,
        "only the fast kernels know bfloat16, not the reference");
    return WIL_OK;
}

static void reference_close(void *device)
{
    (void)device;
}

static wil_status reference_lower(wil_draft *d, int tick)
{
    const wil_node node = d->members[d->ticks[tick].begin];
    const wil_op_kind kind = wil_graph_node(d->graph, node)->kind;
    wil_step step;
    WIL_TRY(kernel_step_new(&step, d, node));
    ((kernel_step *)step.own)->kernel =
        wil_kernel_find(kind, d->table->type == WIL_TYPE_F64 ? WIL_KERNEL_REF_F64 : WIL_KERNEL_REF_F32);
    return wil_draft_add_step(d, &step);
}

#define REFERENCE(type_name, wanted)                                                                         \
    {                                                                                                        \
        .name = type_name, .type = wanted, .open = reference_open, .close = reference_close,                 \
        .take = host_take, .drop = host_drop, .bytes_left = host_bytes_left, .put = host_hand,               \
        .get = host_hand, .lower = reference_lower                                                           \
    }

const wil_backend_table reference_f32 = REFERENCE("reference", WIL_TYPE_F32);
const wil_backend_table reference_f64 = REFERENCE("reference in double", WIL_TYPE_F64);
