#include "augment.h"

#include <math.h>

#define DRAWS_PER_SAMPLE 4 /* rotation, shear, flip, one spare */
#define DEG 0.017453292519943295769

wil_augment_config wil_augment_config_default(void)
{
    return (wil_augment_config){.rotation_deg = 30, .shear_deg = 20, .flip_vertical = true};
}

augment_transform augment_make(double rotation_deg, double shear_deg, bool flip, const double spacing_mm[2])
{
    const double c = cos(rotation_deg * DEG);
    const double s = sin(rotation_deg * DEG);
    const double shear_s = sin(shear_deg * DEG);
    const double shear_c = cos(shear_deg * DEG);
    /* [c -s; s c] [1 -shear_s; 0 shear_c], in mm (row, column) */
    const double mm[2][2] = {{c, -c * shear_s - s * shear_c}, {s, -s * shear_s + c * shear_c}};
    const bool known = spacing_mm[0] > 0 && spacing_mm[1] > 0;
    const double unit[2] = {
        known ? spacing_mm[1] : 1, known ? spacing_mm[0] : 1}; /* mm per row, per column */
    augment_transform t = {.flip = flip};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++)
            t.m[i][k] = i == k ? mm[i][k] : mm[i][k] * unit[k] / unit[i];
    return t;
}

augment_transform augment_draw(
    const wil_augment_config *config, uint64_t seed, uint64_t sample, const double spacing_mm[2])
{
    const wil_rng rng = wil_rng_at(seed, WIL_RNG_AUGMENT, 0);
    const uint64_t at = sample * DRAWS_PER_SAMPLE;
    const double rotation_deg = (2 * wil_rng_uniform(rng, at) - 1) * config->rotation_deg;
    const double shear_deg = (2 * wil_rng_uniform(rng, at + 1) - 1) * config->shear_deg;
    const bool flip = config->flip_vertical && wil_rng_uniform(rng, at + 2) < 0.5;
    return augment_make(rotation_deg, shear_deg, flip, spacing_mm);
}

typedef struct place {
    double row, column; /* within the patch */
} place;

static double clamp(double value, int n)
{
    return value < 0 ? 0 : value > n - 1 ? n - 1 : value;
}

/* Where in the input the output pixel (row, column) looks. */
static place source_of(const augment_transform *t, int row, int column, int height, int width)
{
    const double centre_row = 0.5 * (height - 1);
    const double centre_column = 0.5 * (width - 1);
    const double r = (t->flip ? height - 1 - row : row) - centre_row;
    const double c = (t->mirror ? width - 1 - column : column) - centre_column;
    return (place){clamp(t->m[0][0] * r + t->m[0][1] * c + centre_row, height),
        clamp(t->m[1][0] * r + t->m[1][1] * c + centre_column, width)};
}

static double bilinear(const float *in, int height, int width, place at)
{
    const int r0 = (int)at.row;
    const int c0 = (int)at.column;
    const int r1 = r0 + 1 < height ? r0 + 1 : r0;
    const int c1 = c0 + 1 < width ? c0 + 1 : c0;
    const double fr = at.row - r0;
    const double fc = at.column - c0;
    const float *upper = in + (size_t)r0 * (size_t)width;
    const float *lower = in + (size_t)r1 * (size_t)width;
    return (1 - fr) * ((1 - fc) * upper[c0] + fc * upper[c1]) + fr * ((1 - fc) * lower[c0] + fc * lower[c1]);
}

void augment_image(float *out, const float *in, int height, int width, const augment_transform *transform)
{
    for (int row = 0; row < height; row++)
        for (int column = 0; column < width; column++)
            *out++ = (float)bilinear(in, height, width, source_of(transform, row, column, height, width));
}

void augment_label(float *out, const uint8_t *in, int height, int width, const augment_transform *transform)
{
    for (int row = 0; row < height; row++) {
        for (int column = 0; column < width; column++) {
            const place at = source_of(transform, row, column, height, width);
            *out++ = in[(size_t)lround(at.row) * (size_t)width + (size_t)lround(at.column)] != 0;
        }
    }
}
