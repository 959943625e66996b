/* Features of a patch that need neither a download nor training, see docs/metrics.md. What is computed is
 * fixed by the definition below, whose hash stands in the names of figures. */
#include "metrics_internal.h"

#include <math.h>
#include <string.h>

#include "patch_vessels.h"

#define N_SCALES 3
#define PER_SCALE 12
#define GRID 4
#define SMALLEST 16       /* pixels; two halvings leave 4 */
#define BINS 256          /* of the quantiles */
#define BINS_A_UNIT 128.0 /* intensities lie from -1 to 1 */
#define AT_GRID (N_SCALES * PER_SCALE)
#define AT_VESSELS (AT_GRID + 2 * GRID * GRID)
_Static_assert(AT_VESSELS + PATCH_VESSEL_FEATURES == WIL_PATCH_FEATURES, "the parts fill the vector");

const char *wil_patch_features_definition(void)
{
    return "willis patch features, version 1: 74 values; intensities in [-1,1]; scales 1, 1/2, 1/4 by means "
           "of 2x2; each: mean, sd, quantiles 5 25 50 75 95 % of 256 bins, mean and sd of the central "
           "gradient's length, mean of the absolute 5-point Laplacian, correlation with the next column and "
           "row; means of image and of label in 4x4 fields; label: share, outline per pixel, inner part, "
           "contrast, sd inside, log(1 + pieces)";
}

void wil_feature_hash(char out[9], const char *text)
{
    snprintf(out, 9, "%08x", wil_hash_text(text));
}

/* ---- one scale ---------------------------------------------------------------------------------------- */

typedef struct plane {
    const double *values; /* [height,width] */
    int height, width;
} plane;

static double at(const plane *p, int y, int x)
{
    return p->values[(size_t)y * (size_t)p->width + (size_t)x];
}

/* mean, sd */
static void moments(double out[2], const plane *p)
{
    const size_t n = (size_t)p->height * (size_t)p->width;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += p->values[i];
    out[0] = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (p->values[i] - out[0]) * (p->values[i] - out[0]);
    out[1] = sqrt(squares / (double)n);
}

/* By linear interpolation within bins: no sorting of every patch. */
static void quantiles(double out[5], const plane *p)
{
    static const double fracs[5] = {0.05, 0.25, 0.5, 0.75, 0.95};
    const size_t n = (size_t)p->height * (size_t)p->width;
    int counts[BINS] = {0};
    for (size_t i = 0; i < n; i++) {
        const int bin = (int)((p->values[i] + 1) * BINS_A_UNIT);
        counts[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
    }
    double below = 0;
    for (int bin = 0, q = 0; bin < BINS && q < 5; bin++) {
        for (; q < 5 && below + counts[bin] >= fracs[q] * (double)n && counts[bin] > 0; q++)
            out[q] = (bin + (fracs[q] * (double)n - below) / counts[bin]) / BINS_A_UNIT - 1;
        below += counts[bin];
    }
}

/* mean and sd of the gradient's length, mean of the absolute Laplacian; of pixels with four neighbours */
static void edges(double out[3], const plane *p)
{
    const double n = (double)(p->height - 2) * (double)(p->width - 2);
    double sum = 0, squares = 0, laplacian = 0;
    for (int y = 1; y < p->height - 1; y++)
        for (int x = 1; x < p->width - 1; x++) {
            const double dx = (at(p, y, x + 1) - at(p, y, x - 1)) / 2;
            const double dy = (at(p, y + 1, x) - at(p, y - 1, x)) / 2;
            sum += sqrt(dx * dx + dy * dy);
            squares += dx * dx + dy * dy;
            laplacian +=
                fabs(at(p, y, x + 1) + at(p, y, x - 1) + at(p, y + 1, x) + at(p, y - 1, x) - 4 * at(p, y, x));
        }
    const double variance = squares / n - sum / n * (sum / n);
    out[0] = sum / n;
    out[1] = variance > 0 ? sqrt(variance) : 0;
    out[2] = laplacian / n;
}

/* Of each pixel with the one (dy, dx) further, around the mean of the plane; 0 for a constant one. */
static double correlation(const plane *p, double mean, double sd, int dy, int dx)
{
    double sum = 0;
    for (int y = 0; y < p->height - dy; y++)
        for (int x = 0; x < p->width - dx; x++)
            sum += (at(p, y, x) - mean) * (at(p, y + dy, x + dx) - mean);
    const double n = (double)(p->height - dy) * (double)(p->width - dx);
    return sd > 1e-9 ? sum / (n * sd * sd) : 0;
}

static void scale_features(float *out, const plane *p)
{
    double values[PER_SCALE];
    moments(values, p);
    quantiles(values + 2, p);
    edges(values + 7, p);
    values[10] = correlation(p, values[0], values[1], 0, 1);
    values[11] = correlation(p, values[0], values[1], 1, 0);
    for (int i = 0; i < PER_SCALE; i++)
        out[i] = (float)values[i];
}

/* Means of 2x2 pixels, in place; an odd last row or column is left out. */
static void halve(double *values, plane *p)
{
    const int height = p->height / 2, width = p->width / 2;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            values[(size_t)y * (size_t)width + (size_t)x] =
                (at(p, 2 * y, 2 * x) + at(p, 2 * y, 2 * x + 1) + at(p, 2 * y + 1, 2 * x) +
                    at(p, 2 * y + 1, 2 * x + 1)) /
                4;
    p->height = height;
    p->width = width;
}

/* ---- a patch ------------------------------------------------------------------------------------------ */

/* Means of image and label in fields of a 4x4 grid: [16] and [16]. */
static void grid_features(float *out, const float *image, const uint8_t *label, int height, int width)
{
    for (int field = 0; field < GRID * GRID; field++) {
        const int y0 = field / GRID * height / GRID, y1 = (field / GRID + 1) * height / GRID;
        const int x0 = field % GRID * width / GRID, x1 = (field % GRID + 1) * width / GRID;
        double intensity = 0, marked = 0;
        for (int y = y0; y < y1; y++)
            for (int x = x0; x < x1; x++) {
                intensity += image[(size_t)y * (size_t)width + (size_t)x];
                marked += label[(size_t)y * (size_t)width + (size_t)x];
            }
        const double n = (double)(y1 - y0) * (double)(x1 - x0);
        out[field] = (float)(intensity / n);
        out[GRID * GRID + field] = (float)(marked / n);
    }
}

typedef struct pass {
    float *out;
    const float *image;
    const uint8_t *label;
    int height, width;
    int64_t n_failed; /* patches, of memory */
} pass;

static wil_status one_patch(const pass *p, int64_t i)
{
    const size_t n = (size_t)p->height * (size_t)p->width;
    const float *image = p->image + (size_t)i * n;
    const uint8_t *label = p->label + (size_t)i * n;
    float *out = p->out + (size_t)i * WIL_PATCH_FEATURES;
    WIL_OWN(double) *values = NULL;
    WIL_TRY(wil_alloc_f64(&values, n));
    for (size_t k = 0; k < n; k++)
        values[k] = image[k];
    plane scaled = {.values = values, .height = p->height, .width = p->width};
    for (int s = 0; s < N_SCALES; s++) {
        if (s > 0)
            halve(values, &scaled);
        scale_features(out + s * PER_SCALE, &scaled);
    }
    grid_features(out + AT_GRID, image, label, p->height, p->width);
    return patch_vessels(out + AT_VESSELS, image, label, p->height, p->width);
}

static void some_patches(int64_t begin, int64_t end, void *context)
{
    pass *p = context;
    for (int64_t i = begin; i < end; i++)
        if (one_patch(p, i) != WIL_OK) {
#pragma omp atomic
            p->n_failed++;
        }
}

wil_status wil_patch_features(
    float *out, const float *image, const uint8_t *label, int64_t n, int height, int width)
{
    pass p = {.image = image, .label = label, .height = height, .width = width};
    p.out = out;
    WIL_REQUIRE(height >= SMALLEST && width >= SMALLEST, WIL_ERR_INPUT,
        "patches of %dx%d pixels are too small for features; %dx%d is the least", height, width, SMALLEST,
        SMALLEST);
    wil_parallel_for(n, 16, some_patches, &p);
    WIL_REQUIRE(p.n_failed == 0, WIL_ERR_MEMORY, "out of memory for the features of %lld patches",
        (long long)p.n_failed);
    return WIL_OK;
}
