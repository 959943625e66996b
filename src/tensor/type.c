/* Types of values. */
#include "willis/tensor.h"

size_t wil_type_bytes(wil_type type)
{
    static const size_t bytes[] = {
        [WIL_TYPE_F32] = sizeof(float), [WIL_TYPE_BF16] = sizeof(uint16_t), [WIL_TYPE_F64] = sizeof(double)};
    return bytes[type];
}

const char *wil_type_name(wil_type type)
{
    static const char *const names[] = {
        [WIL_TYPE_F32] = "f32", [WIL_TYPE_BF16] = "bf16", [WIL_TYPE_F64] = "f64"};
    return names[type];
}
