/* Voxels of any NIfTI type as float, in either byte order. */
#include "nifti_internal.h"

/* Unscaled values are converted in one rounding; scaled ones are computed in double. */
#define CONVERT(name, type)                                                                                  \
    static void name(float *out, const void *raw, size_t n, wil_nifti_scaling scaling)                       \
    {                                                                                                        \
        const type *values = raw;                                                                            \
        if (scaling.slope == 1 && scaling.inter == 0) {                                                      \
            for (size_t i = 0; i < n; i++)                                                                   \
                out[i] = (float)values[i];                                                                   \
        } else {                                                                                             \
            for (size_t i = 0; i < n; i++)                                                                   \
                out[i] = (float)((double)values[i] * scaling.slope + scaling.inter);                         \
        }                                                                                                    \
    }

CONVERT(from_i8, int8_t)
CONVERT(from_u8, uint8_t)
CONVERT(from_i16, int16_t)
CONVERT(from_u16, uint16_t)
CONVERT(from_i32, int32_t)
CONVERT(from_u32, uint32_t)
CONVERT(from_i64, int64_t)
CONVERT(from_u64, uint64_t)
CONVERT(from_f32, float)
CONVERT(from_f64, double)

static const struct {
    int datatype, bytes;
    wil_nifti_convert *convert;
} types[] = {
    {DT_INT8, 1, from_i8},
    {DT_UINT8, 1, from_u8},
    {DT_INT16, 2, from_i16},
    {DT_UINT16, 2, from_u16},
    {DT_INT32, 4, from_i32},
    {DT_UINT32, 4, from_u32},
    {DT_INT64, 8, from_i64},
    {DT_UINT64, 8, from_u64},
    {DT_FLOAT32, 4, from_f32},
    {DT_FLOAT64, 8, from_f64},
};

wil_status wil_nifti_convert_find(wil_nifti_convert **out, int *bytes_out, int datatype, const char *path)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (types[i].datatype == datatype) {
            *out = types[i].convert;
            *bytes_out = types[i].bytes;
            return WIL_OK;
        }
    }
    const char *name = nifti_datatype_string(datatype); /* "**ILLEGAL**" where there is none */
    return wil_fail(WIL_ERR_INPUT,
        "%s: its voxels are of type %s (code %d); whole numbers or floats of 8 to 64 bits were expected; "
        "convert it",
        path, name[0] == '*' ? "unknown" : name, datatype);
}
