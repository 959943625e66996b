/* The back ends there are. */
#include "willis/backend.h"
#include "willis/kernel.h"

#include "cpu/cpu.h"
#include "reference/reference.h"

const wil_backend_table *wil_backend_of(wil_backend backend)
{
    static const wil_backend_table *const tables[WIL_BACKENDS] = {
        [WIL_BACKEND_FAST] = &cpu_backend,
        [WIL_BACKEND_REF] = &reference_f32,
        [WIL_BACKEND_REF_F64] = &reference_f64,
    };
    return tables[backend];
}

bool wil_backend_has(wil_backend backend, wil_precision precision)
{
    return precision == WIL_PRECISION_F32 || (backend == WIL_BACKEND_FAST && wil_kernel_has_bf16());
}
