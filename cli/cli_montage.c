#include "cli_montage.h"

#include "willis/report.h"

#define MOST_SHOWN 24
#define N_COLUMNS 6

static wil_status fill_pairs(float *pairs, int n, const wil_samples *patches)
{
    size_t shown[MOST_SHOWN];
    float *low = NULL;
    float *high = NULL;
    wil_status status = WIL_OK;
    for (int i = 0; i < n; i++)
        shown[i] = (size_t)(patches->n * i / n);
    WIL_TRY_GOTO(status, wil_alloc_f32(&low, (size_t)patches->n), done);
    WIL_TRY_GOTO(status, wil_alloc_f32(&high, (size_t)patches->n), done);
    WIL_TRY_GOTO(status, wil_samples_limits(patches, WIL_SCALE_GAN_SCAN, low, high), done);
    wil_batch_gan(pairs, patches, shown, n, low, high);
done:
    wil_free(low);
    wil_free(high);
    return status;
}

wil_status cli_montage_write(const wil_samples *patches, const char *path)
{
    const int n = patches->n < MOST_SHOWN ? (int)patches->n : MOST_SHOWN;
    float *pairs = NULL;
    wil_picture picture = {0};
    wil_status status = WIL_OK;
    WIL_TRY_GOTO(status, wil_alloc_f32(&pairs, (size_t)n * wil_sample_shape_count(patches->shape) * 2), done);
    WIL_TRY_GOTO(status, fill_pairs(pairs, n, patches), done);
    WIL_TRY_GOTO(status,
        wil_montage_pairs(&picture, pairs, n, patches->shape.height, patches->shape.width, N_COLUMNS, 1),
        done);
    status = wil_picture_write_png(&picture, path);
done:
    wil_picture_clear(&picture);
    wil_free(pairs);
    return status;
}

double cli_vessel_frac(const wil_samples *patches)
{
    const size_t n = (size_t)patches->n * wil_sample_shape_count(patches->shape);
    size_t vessel = 0;
    for (size_t i = 0; i < n; i++)
        vessel += patches->label[i];
    return (double)vessel / (double)n;
}
