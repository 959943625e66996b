/* Draws slices and masks into a picture. */
#include "willis/image.h"

#include <math.h>
#include <string.h>

/* Pixels [begin, end) of one axis that value i covers and the picture has. */
static bool clip(int *begin, int *end, int origin, int i, int zoom, int size)
{
    const int64_t first = origin + (int64_t)i * zoom, last = first + zoom;
    *begin = (int)(first < 0 ? 0 : first < size ? first : size);
    *end = (int)(last < 0 ? 0 : last < size ? last : size);
    return *begin < *end;
}

/* NaN is black; where high is not above low, what exceeds low is white. */
static uint8_t grey_of(float value, double low, double high)
{
    if (!((double)value > low))
        return 0;
    if ((double)value >= high)
        return 255;
    return (uint8_t)lrint(255 * ((double)value - low) / (high - low));
}

void wil_picture_draw_grey(wil_picture *picture, int left, int top, const float *values, int width,
    int height, double low, double high, int zoom)
{
    for (int row = 0; row < height; row++) {
        int y0 = 0, y1 = 0;
        if (!clip(&y0, &y1, top, row, zoom, picture->height))
            continue;
        for (int column = 0; column < width; column++) {
            int x0 = 0, x1 = 0;
            if (!clip(&x0, &x1, left, column, zoom, picture->width))
                continue;
            const uint8_t grey = grey_of(values[(size_t)row * (size_t)width + (size_t)column], low, high);
            for (int y = y0; y < y1; y++)
                memset(picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x0), grey,
                    3 * (size_t)(x1 - x0));
        }
    }
}

static void blend(uint8_t *pixel, const uint8_t rgb[3], double opacity)
{
    for (int k = 0; k < 3; k++)
        pixel[k] = (uint8_t)lrint((1 - opacity) * pixel[k] + opacity * rgb[k]);
}

void wil_picture_draw_mask(wil_picture *picture, int left, int top, const uint8_t *mask, int width,
    int height, int zoom, const uint8_t rgb[3], double opacity)
{
    opacity = fmin(fmax(opacity, 0), 1);
    for (int row = 0; row < height; row++) {
        int y0 = 0, y1 = 0;
        if (!clip(&y0, &y1, top, row, zoom, picture->height))
            continue;
        for (int column = 0; column < width; column++) {
            int x0 = 0, x1 = 0;
            if (mask[(size_t)row * (size_t)width + (size_t)column] == 0 ||
                !clip(&x0, &x1, left, column, zoom, picture->width))
                continue;
            for (int y = y0; y < y1; y++)
                for (int x = x0; x < x1; x++)
                    blend(picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x), rgb, opacity);
        }
    }
}
