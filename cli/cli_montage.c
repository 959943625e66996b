#include "cli_montage.h"

#include "willis/report.h"

#define MOST_SHOWN 24
#define N_COLUMNS 6

wil_status cli_montage_write(const wil_samples *patches, const char *path)
{
    int n = MOST_SHOWN;
    WIL_OWN(float) *pairs = NULL;
    WIL_OWN(wil_picture) picture = {0};
    WIL_TRY(wil_batch_spread(&pairs, &n, patches));
    WIL_TRY(wil_montage_pairs(&picture, pairs, n, patches->shape.height, patches->shape.width, N_COLUMNS, 1));
    return wil_picture_write_png(&picture, path);
}

wil_status cli_vessel_frac(double *out, const wil_samples *patches)
{
    const size_t one = wil_sample_shape_count(patches->shape);
    size_t vessel = 0;
    for (size_t i = 0; i < (size_t)patches->n; i++) {
        wil_sample sample;
        WIL_TRY(wil_samples_fetch(patches, &i, 1, &sample));
        for (size_t k = 0; k < one; k++)
            vessel += sample.label[k];
    }
    *out = (double)vessel / (double)((size_t)patches->n * one);
    return WIL_OK;
}
