/* Kernels under every instruction set that the machine has and the environment allows. */
#ifndef WILLIS_TEST_ISA_CHECK_H
#define WILLIS_TEST_ISA_CHECK_H

#include "kernel_check.h"

static inline void use_isa(wil_isa isa)
{
    assert_int_equal(setenv("WILLIS_ISA", wil_isa_name(isa), 1), 0);
    assert_int_equal(wil_kernel_isa(), isa);
}

/* Runs the fast kernel of the call under every lower set; each must give the bits of the best one, expected.
 * They are the same because no set contracts a multiplication and an addition, and none reorders a sum. */
static inline void check_isas_agree(wil_op_kind kind, wil_kernel_call call, const float *expected)
{
    const int64_t n = count_of(&call.out_shape);
    const wil_isa best = wil_kernel_isa();
    WIL_OWN(float) *out = values_of(n, 92, 0, 1);
    call.out = out;
    for (wil_isa isa = WIL_ISA_BASE; isa < best; isa++) {
        use_isa(isa);
        wil_kernel_find(kind, WIL_KERNEL_FAST_F32)(&call);
        if (memcmp(out, expected, (size_t)n * sizeof *out) != 0)
            fail_msg("%s gives other bits under %s than under %s", wil_op_name(kind), wil_isa_name(isa),
                wil_isa_name(best));
    }
    use_isa(best);
}

#endif
