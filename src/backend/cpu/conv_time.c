/* How long one convolution takes, without anything around it. */
#include "conv.h"

#include <string.h>

typedef struct timed_conv {
    cpu_device *device;
    cpu_conv *conv;
    void *first, *second, *out, *packed, *scratch;
} timed_conv;

static void timed_conv_clear(timed_conv *t)
{
    cpu_conv_free(t->conv);
    cpu_device_free(t->device);
    wil_free(t->first);
    wil_free(t->second);
    wil_free(t->out);
    wil_free(t->packed);
    wil_free(t->scratch);
}
WIL_OWNED_VALUE(timed_conv, timed_conv_clear)

/* Numbers around 0, float or bfloat16; what they are takes no time. */
static wil_status some_values(void **out, int64_t n, bool bf16)
{
    WIL_TRY(wil_alloc(out, (size_t)n, bf16 ? sizeof(uint16_t) : sizeof(float)));
    for (int64_t i = 0; i < n; i++) {
        const float value = (float)(i % 7) - 3.0f;
        uint32_t bits = 0;
        memcpy(&bits, &value, sizeof bits);
        if (bf16)
            ((uint16_t *)*out)[i] = (uint16_t)(bits >> 16); /* exact for whole numbers this small */
        else
            ((float *)*out)[i] = value;
    }
    return WIL_OK;
}

wil_status wil_backend_time_conv(wil_op_kind kind, const wil_op_attr *attr, wil_shape x, wil_shape w,
    wil_shape y, wil_precision precision, double *seconds, int repeats, size_t *bytes_out)
{
    const bool bf16 = precision == WIL_PRECISION_BF16;
    const int64_t n_first = wil_shape_count(kind == WIL_OP_CONV_DX ? y : x);
    const int64_t n_second = wil_shape_count(kind == WIL_OP_CONV_DW ? y : w);
    const int64_t n_out = wil_shape_count(kind == WIL_OP_CONV ? y : kind == WIL_OP_CONV_DX ? x : w);
    conv_geometry geometry = conv_geometry_of(attr, x, w, y);
    geometry.bf16_operands = bf16;
    geometry.bf16_result = bf16 && kind != WIL_OP_CONV_DW;
    WIL_OWN(timed_conv) t = {0};
    WIL_TRY(cpu_device_new(&t.device));
    WIL_TRY(cpu_conv_new(&t.conv, t.device, kind, &geometry));
    const size_t packed = cpu_conv_packed_bytes(t.conv);
    const size_t scratch = cpu_conv_scratch_bytes(t.conv);
    WIL_TRY(some_values(&t.first, n_first, bf16));
    WIL_TRY(some_values(&t.second, n_second, bf16 && kind == WIL_OP_CONV_DW));
    WIL_TRY(wil_alloc(&t.out, (size_t)n_out, sizeof(float)));
    WIL_TRY(wil_alloc(&t.packed, packed + 1, 1));
    WIL_TRY(wil_alloc(&t.scratch, scratch + 1, 1));
    if (packed > 0)
        WIL_TRY(cpu_conv_pack(t.conv, t.second, t.packed, t.scratch));
    for (int i = -1; i < repeats; i++) { /* the first finds cold caches */
        const double started_s = wil_time_s();
        WIL_TRY(cpu_conv_run(t.conv, t.first, packed > 0 ? t.packed : t.second, t.out, t.scratch));
        if (i >= 0)
            seconds[i] = wil_time_s() - started_s;
    }
    *bytes_out =
        (size_t)(n_first + n_second + n_out) * (bf16 ? sizeof(uint16_t) : sizeof(float)) + packed + scratch;
    return WIL_OK;
}
