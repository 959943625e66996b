#include "patch_vessels.h"

#include <math.h>
#include <string.h>

/* ---- pieces ------------------------------------------------------------------------------------------- */

/* Clears the piece that holds pixel `start`; stack: [height * width]. */
static void clear_piece(uint8_t *left, int32_t *stack, int32_t start, int height, int width)
{
    int32_t n = 0;
    stack[n++] = start;
    left[start] = 0;
    while (n > 0) {
        const int32_t pixel = stack[--n];
        const int y = pixel / width, x = pixel % width;
        for (int v = y > 0 ? y - 1 : 0; v <= y + 1 && v < height; v++)
            for (int u = x > 0 ? x - 1 : 0; u <= x + 1 && u < width; u++)
                if (left[v * width + u] != 0) {
                    left[v * width + u] = 0;
                    stack[n++] = v * width + u;
                }
    }
}

static wil_status count_pieces(int *out, const uint8_t *label, int height, int width)
{
    const size_t n = (size_t)height * (size_t)width;
    WIL_OWN(uint8_t) *left = NULL;
    WIL_OWN(int32_t) *stack = NULL;
    WIL_TRY(wil_alloc_u8(&left, n));
    WIL_TRY(wil_alloc_i32(&stack, n));
    *out = 0;
    memcpy(left, label, n);
    for (size_t i = 0; i < n; i++)
        if (left[i] != 0) {
            clear_piece(left, stack, (int32_t)i, height, width);
            ++*out;
        }
    return WIL_OK;
}

/* ---- outline and intensities -------------------------------------------------------------------------- */

static bool is_outline(const uint8_t *label, int y, int x, int height, int width)
{
    const uint8_t *here = label + (size_t)y * (size_t)width + (size_t)x;
    return y == 0 || x == 0 || y == height - 1 || x == width - 1 || here[-width] == 0 || here[width] == 0 ||
           here[-1] == 0 || here[1] == 0;
}

typedef struct sums {
    double n, n_outline;
    double inside, outside; /* of intensity */
    double inside_squared;
} sums;

static sums add_up(const float *image, const uint8_t *label, int height, int width)
{
    sums s = {0};
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const size_t i = (size_t)y * (size_t)width + (size_t)x;
            const double value = image[i];
            if (label[i] == 0) {
                s.outside += value;
                continue;
            }
            s.n++;
            s.n_outline += is_outline(label, y, x, height, width);
            s.inside += value;
            s.inside_squared += value * value;
        }
    return s;
}

wil_status patch_vessels(
    float out[PATCH_VESSEL_FEATURES], const float *image, const uint8_t *label, int height, int width)
{
    const double n = (double)height * (double)width;
    const sums s = add_up(image, label, height, width);
    int n_pieces = 0;
    for (int i = 0; i < PATCH_VESSEL_FEATURES; i++)
        out[i] = 0;
    if (s.n == 0)
        return WIL_OK;
    WIL_TRY(count_pieces(&n_pieces, label, height, width));
    const double variance = s.inside_squared / s.n - s.inside / s.n * (s.inside / s.n);
    out[0] = (float)(s.n / n);
    out[1] = (float)(s.n_outline / n);
    out[2] = (float)(1 - s.n_outline / s.n);
    out[3] = s.n < n ? (float)(s.inside / s.n - s.outside / (n - s.n)) : 0;
    out[4] = variance > 0 ? (float)sqrt(variance) : 0;
    out[5] = (float)log(1 + n_pieces);
    return WIL_OK;
}
