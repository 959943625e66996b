/* Template: REAL is the type, NAME(x) the function's name. One value at a time, and pairs with broadcasting.
 */

#define REF_UNARY(name, expression)                                                                          \
    void NAME(name)(const wil_kernel_call *call)                                                             \
    {                                                                                                        \
        const REAL *in = call->in[0];                                                                        \
        REAL *out = call->out;                                                                               \
        const REAL a = (REAL)call->attr.scalar;                                                              \
        const int64_t n = wil_shape_count(call->out_shape);                                                  \
        (void)a;                                                                                             \
        for (int64_t i = 0; i < n; i++) {                                                                    \
            const REAL x = in[i];                                                                            \
            out[i] = (expression);                                                                           \
        }                                                                                                    \
    }

REF_UNARY(scale, a *x)
REF_UNARY(add_scalar, x + a)
REF_UNARY(leaky_relu, x > 0 ? x : a * x)
REF_UNARY(step, x > 0 ? (REAL)1 : a)
REF_UNARY(abs, x < 0 ? -x : x)
REF_UNARY(sign, (REAL)((x > 0) - (x < 0)))
REF_UNARY(tanh, (REAL)tanh((double)x))
REF_UNARY(sigmoid, (REAL)(1.0 / (1.0 + exp(-(double)x))))
REF_UNARY(softplus, (REAL)((x > 0 ? (double)x : 0.0) + log1p(exp(-fabs((double)x)))))
REF_UNARY(exp, (REAL)exp((double)x))
REF_UNARY(log, (REAL)log((double)x))
REF_UNARY(sqrt, (REAL)sqrt((double)x))
REF_UNARY(reciprocal, (REAL)1 / x)

void NAME(fill)(const wil_kernel_call *call)
{
    REAL *out = call->out;
    const int64_t n = wil_shape_count(call->out_shape);
    for (int64_t i = 0; i < n; i++)
        out[i] = (REAL)call->attr.scalar;
}

/* Element i keeps its value where the number at (seed, dropout, step; key, i) says so. */
void NAME(keep_mask)(const wil_kernel_call *call)
{
    REAL *out = call->out;
    const int64_t n = wil_shape_count(call->out_shape);
    const wil_rng rng = wil_rng_at(call->seed, WIL_RNG_DROPOUT, call->step);
    const double drop = call->attr.scalar;
    for (int64_t i = 0; i < n; i++) {
        uint32_t block[4];
        wil_rng_block(rng, call->attr.key << 40 | (uint64_t)(i / 4), block);
        out[i] = block[i % 4] * 0x1.0p-32 < drop ? (REAL)0 : (REAL)(1.0 / (1.0 - drop));
    }
}

/* Position of element i of the whole in an operand whose dimensions may be 1. */
static int64_t NAME(position)(int64_t i, const wil_shape *whole, const wil_shape *operand)
{
    int64_t at = 0;
    int64_t step = 1;
    for (int axis = whole->rank - 1; axis >= 0; axis--) {
        const int64_t index = i % whole->dim[axis];
        i /= whole->dim[axis];
        if (operand->dim[axis] != 1) {
            at += index * step;
            step *= operand->dim[axis];
        }
    }
    return at;
}

/* Position in the whole of element i of a box whose dimensions are the whole's or 1. */
static int64_t NAME(place)(int64_t i, const wil_shape *box, const wil_shape *whole)
{
    int64_t at = 0;
    int64_t step = 1;
    for (int axis = whole->rank - 1; axis >= 0; axis--) {
        at += i % box->dim[axis] * step;
        i /= box->dim[axis];
        step *= whole->dim[axis];
    }
    return at;
}

/* The box of the axes that `kept` has lost. */
static wil_shape NAME(lost_axes)(const wil_shape *whole, const wil_shape *kept)
{
    wil_shape box = *whole;
    for (int i = 0; i < whole->rank; i++)
        box.dim[i] = kept->dim[i] == 1 ? whole->dim[i] : 1;
    return box;
}

#define REF_BINARY(name, expression)                                                                         \
    void NAME(name)(const wil_kernel_call *call)                                                             \
    {                                                                                                        \
        const REAL *in0 = call->in[0];                                                                       \
        const REAL *in1 = call->in[1];                                                                       \
        REAL *out = call->out;                                                                               \
        const int64_t n = wil_shape_count(call->out_shape);                                                  \
        for (int64_t i = 0; i < n; i++) {                                                                    \
            const REAL a = in0[NAME(position)(i, &call->out_shape, &call->in_shape[0])];                     \
            const REAL b = in1[NAME(position)(i, &call->out_shape, &call->in_shape[1])];                     \
            out[i] = (expression);                                                                           \
        }                                                                                                    \
    }

REF_BINARY(add, a + b)
REF_BINARY(sub, a - b)
REF_BINARY(mul, a *b)
REF_BINARY(div, a / b)
