/* One call of one operation: fast and reference float kernels against the reference in double, the same bits
 * with one and two threads, under every instruction set, and in place. */
#ifndef WILLIS_TEST_LOOP_CHECK_H
#define WILLIS_TEST_LOOP_CHECK_H

#include "isa_check.h"

#include <omp.h>

typedef struct loop_case {
    wil_op_kind kind;
    int n_in;
    wil_kernel_call call;      /* shapes and attributes; pointers are set by the check */
    double low, high;          /* range of the inputs */
    double relative, absolute; /* |result - exact| <= relative |exact| + absolute */
} loop_case;

static inline wil_shape shape_3(int64_t a, int64_t b, int64_t c)
{
    return (wil_shape){.rank = 3, .dim = {a, b, c}};
}

static inline void compare_with_exact(
    const loop_case *c, const char *which, const float *got, const double *exact)
{
    for (int64_t i = 0; i < count_of(&c->call.out_shape); i++) {
        const double error = fabs((double)got[i] - exact[i]);
        if (!(error <= c->relative * fabs(exact[i]) + c->absolute))
            fail_msg("%s %s, value %lld: %.9g instead of %.9g", which, wil_op_name(c->kind), (long long)i,
                (double)got[i], exact[i]);
    }
}

static inline void check_in_place(const loop_case *c, const float *expected)
{
    const int64_t n = count_of(&c->call.out_shape);
    for (int k = 0; k < c->n_in; k++) {
        if ((wil_op_row(c->kind)->in_place >> k & 1u) == 0 || count_of(&c->call.in_shape[k]) != n)
            continue;
        wil_kernel_call call = c->call;
        WIL_OWN(float) *copy = values_of(n, 0, 0, 1);
        memcpy(copy, call.in[k], (size_t)n * sizeof *copy);
        call.in[k] = copy;
        call.out = copy;
        wil_kernel_find(c->kind, WIL_KERNEL_FAST_F32)(&call);
        if (memcmp(copy, expected, (size_t)n * sizeof *copy) != 0)
            fail_msg("%s in place of input %d gives other bits", wil_op_name(c->kind), k);
    }
}

static inline void check_loop(loop_case c)
{
    const int64_t n = count_of(&c.call.out_shape);
    float *in[WIL_MAX_INPUTS] = {NULL};
    double *in_f64[WIL_MAX_INPUTS] = {NULL};
    WIL_OWN(float) *fast = values_of(n, 90, 0, 1);
    WIL_OWN(float) *other = values_of(n, 91, 0, 1);
    WIL_OWN(double) *exact = doubles_of(fast, n);
    wil_kernel_call call_f64 = c.call;
    for (int k = 0; k < c.n_in; k++) {
        const int64_t n_in = count_of(&c.call.in_shape[k]);
        c.call.in[k] = in[k] = values_of(n_in, 7 + (uint64_t)k, c.low, c.high);
        call_f64.in[k] = in_f64[k] = doubles_of(in[k], n_in);
    }
    call_f64.out = exact;
    wil_kernel_find(c.kind, WIL_KERNEL_REF_F64)(&call_f64);
    c.call.out = fast;
    omp_set_num_threads(2);
    wil_kernel_find(c.kind, WIL_KERNEL_FAST_F32)(&c.call);
    compare_with_exact(&c, "fast", fast, exact);
    c.call.out = other;
    omp_set_num_threads(1);
    wil_kernel_find(c.kind, WIL_KERNEL_FAST_F32)(&c.call);
    omp_set_num_threads(2);
    if (memcmp(fast, other, (size_t)n * sizeof *fast) != 0)
        fail_msg("%s gives other bits with one thread than with two", wil_op_name(c.kind));
    wil_kernel_find(c.kind, WIL_KERNEL_REF_F32)(&c.call);
    compare_with_exact(&c, "reference", other, exact);
    check_in_place(&c, fast);
    check_isas_agree(c.kind, c.call, fast);
    for (int k = 0; k < c.n_in; k++) {
        wil_free(in[k]);
        wil_free(in_f64[k]);
    }
}

#endif
