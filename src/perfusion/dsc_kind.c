/* What is no DSC series, by its look: CT perfusion, and slices side by side in one image. And series with
 * more than one bolus. */
#include "dsc_brain.h"

#include <math.h>
#include <string.h>

#define AIR_HU (-300.0) /* a tenth of the voxels below: Hounsfield units */
#define MOST_TILES 16
#define LEAST_TILE 32   /* voxels */
#define DARK_FRAC 0.15  /* of the image's mean, on every line between tiles */
#define ENTERS_FRAC 0.4 /* of the deepest fall: a bolus; it is over at LEAVES_FRAC */
#define LEAVES_FRAC 0.2

static wil_status refuse_ct(const wil_volume *series)
{
    double low = 0;
    WIL_TRY(wil_quantile(&low, series->voxels, wil_grid_count(&series->grid), 0.1));
    WIL_REQUIRE(low > AIR_HU, WIL_ERR_INPUT,
        "a tenth of the voxels of the first frame are below %.0f, as air is in Hounsfield units: this seems "
        "to be CT "
        "perfusion, where signal rises with the agent; a DSC-MRI series was expected",
        low);
    return WIL_OK;
}

/* Means of the two rows and columns around each line between k x k tiles, over the image's mean: the largest.
 */
static double brightest_line(const float *image, int nx, int ny, int k)
{
    double all = 0, most = 0;
    for (int i = 0; i < nx * ny; i++)
        all += fabs((double)image[i]) / (nx * ny);
    for (int line = 1; line < k; line++) {
        double column = 0, row = 0;
        const int x = line * nx / k, y = line * ny / k;
        for (int i = 0; i < ny; i++)
            column += fabs((double)image[i * nx + x - 1]) + fabs((double)image[i * nx + x]);
        for (int i = 0; i < nx; i++)
            row += fabs((double)image[(y - 1) * nx + i]) + fabs((double)image[y * nx + i]);
        most = fmax(most, fmax(column / (2 * ny), row / (2 * nx)));
    }
    return all > 0 ? most / all : 1;
}

static wil_status refuse_mosaic(const wil_volume *series)
{
    const int nx = series->grid.size[0], ny = series->grid.size[1];
    int found = 0;
    for (int k = 2; series->grid.size[2] == 1 && k <= MOST_TILES && nx / k >= LEAST_TILE; k++)
        if (nx % k == 0 && ny % k == 0 && brightest_line(series->voxels, nx, ny, k) < DARK_FRAC)
            found = k;
    WIL_REQUIRE(found == 0, WIL_ERR_INPUT,
        "the series has one slice of %dx%d voxels with dark lines between %d x %d tiles: it seems to be a "
        "mosaic, "
        "slices side by side in one image; make a volume of it first (dcm2niix does)",
        nx, ny, found, found);
    return WIL_OK;
}

wil_status dsc_kind_check(const wil_volume *series)
{
    WIL_TRY(refuse_ct(series));
    return refuse_mosaic(series);
}

/* Of three frames, so that one bad frame is no bolus. */
static double middle(const double *v)
{
    return fmax(fmin(v[0], v[1]), fmin(fmax(v[0], v[1]), v[2]));
}

int dsc_boluses_find(
    dsc_bolus_frames out[DSC_MOST_BOLUSES], const double *signal, int n_time, double baseline)
{
    double least = INFINITY;
    int n = 0;
    bool within = false;
    for (int t = 1; t + 1 < n_time; t++)
        least = fmin(least, middle(signal + t - 1));
    const double depth = baseline - least;
    for (int t = 1; t + 1 < n_time && depth > 0; t++) {
        const double fall = (baseline - middle(signal + t - 1)) / depth;
        if (!within && fall > ENTERS_FRAC && n < DSC_MOST_BOLUSES) {
            int onset = t;
            while (onset > 0 && signal[onset - 1] < signal[onset])
                onset--;
            while (onset > 0 && (baseline - signal[onset - 1]) / depth > LEAVES_FRAC)
                onset--;
            out[n++] = (dsc_bolus_frames){onset, n_time - 1};
            within = true;
        } else if (within && fall < LEAVES_FRAC) {
            out[n - 1].last = t;
            within = false;
        }
    }
    return n;
}
