/* What is known of a whole set, in passes over its samples. */
#include <math.h>
#include <zlib.h>

#include "samples_internal.h"
#include "scaling_internal.h"

/* As of images, labels, targets and ranges behind one another. */
wil_status wil_samples_checksum(uint32_t *out, const wil_samples *set)
{
    const sample_counts one = samples_counts(set);
    const z_off_t n = (z_off_t)set->n;
    uLong images = crc32_z(0, NULL, 0);
    uLong labels = images;
    uLong targets = images;
    wil_sample s = {0};
    for (size_t i = 0; i < (size_t)set->n; i++) {
        WIL_TRY(wil_samples_fetch(set, &i, 1, &s));
        if (s.image != NULL)
            images = crc32_z(images, (const Bytef *)s.image, one.image * sizeof *s.image);
        if (s.label != NULL)
            labels = crc32_z(labels, s.label, one.label);
        if (s.target != NULL)
            targets = crc32_z(targets, (const Bytef *)s.target, one.target * sizeof *s.target);
    }
    if (s.label != NULL)
        images = crc32_combine(images, labels, n * (z_off_t)one.label);
    if (s.target != NULL)
        images = crc32_combine(images, targets, n * (z_off_t)(one.target * sizeof *s.target));
    *out = (uint32_t)crc32_z(
        images, (const Bytef *)set->subject_range, (size_t)set->n_subjects * 2 * sizeof *set->subject_range);
    return WIL_OK;
}

/* ---- moments ------------------------------------------------------------------------------------------ */

#define PAIRWISE_BLOCK 256

/* Values one after another: of a whole set, or of an array. */
typedef struct stream {
    const wil_samples *set; /* NULL: nothing follows what is at hand */
    size_t next;            /* sample */
    const float *at;
    size_t n_left;
} stream;

static wil_status add_block(double *sum, stream *values, size_t n, double offset, bool squared)
{
    double total = 0;
    while (n > 0) {
        if (values->n_left == 0) {
            wil_sample s;
            WIL_TRY(wil_samples_fetch(values->set, &values->next, 1, &s));
            values->next++;
            values->at = s.image;
            values->n_left = wil_sample_shape_count(values->set->shape);
        }
        const size_t now = n < values->n_left ? n : values->n_left;
        for (size_t i = 0; i < now; i++) {
            const double d = values->at[i] - offset;
            total += squared ? d * d : d;
        }
        values->at += now;
        values->n_left -= now;
        n -= now;
    }
    *sum = total;
    return WIL_OK;
}

/* Sum of (v - offset), or of its square, by halves: the error grows with log n, and no order depends on
 * threads, nor on where samples end. */
static wil_status add_halves(double *sum, stream *values, size_t n, double offset, bool squared)
{
    double second = 0;
    if (n <= PAIRWISE_BLOCK)
        return add_block(sum, values, n, offset, squared);
    WIL_TRY(add_halves(sum, values, n / 2, offset, squared));
    WIL_TRY(add_halves(&second, values, n - n / 2, offset, squared));
    *sum += second;
    return WIL_OK;
}

static wil_status moments_of(const stream *start, size_t n, double *mean_out, double *sd_out)
{
    stream values = *start;
    double sum = 0;
    *mean_out = *sd_out = 0;
    if (n == 0)
        return WIL_OK;
    WIL_TRY(add_halves(&sum, &values, n, 0, false));
    *mean_out = sum / (double)n;
    values = *start;
    WIL_TRY(add_halves(&sum, &values, n, *mean_out, true));
    *sd_out = sqrt(sum / (double)n);
    return WIL_OK;
}

void scaling_moments(const float *values, size_t n, double *mean_out, double *sd_out)
{
    const stream start = {.at = values, .n_left = n};
    (void)moments_of(&start, n, mean_out, sd_out); /* nothing is fetched */
}

wil_status wil_samples_moments(const wil_samples *set, double *mean_out, double *sd_out)
{
    const stream start = {.set = set};
    return moments_of(&start, (size_t)set->n * wil_sample_shape_count(set->shape), mean_out, sd_out);
}

/* ---- limits ------------------------------------------------------------------------------------------- */

static wil_status own_limits(const wil_samples *set, size_t i, float *low_out, float *high_out)
{
    const size_t n = wil_sample_shape_count(set->shape);
    wil_sample s;
    WIL_TRY(wil_samples_fetch(set, &i, 1, &s));
    float low = s.image[0];
    float high = s.image[0];
    for (size_t k = 1; k < n; k++) {
        low = s.image[k] < low ? s.image[k] : low;
        high = s.image[k] > high ? s.image[k] : high;
    }
    *low_out = low;
    *high_out = high;
    return WIL_OK;
}

wil_status wil_samples_limits(const wil_samples *set, wil_scaling scaling, float *low_out, float *high_out)
{
    WIL_REQUIRE(scaling == WIL_SCALE_GAN_SCAN || scaling == WIL_SCALE_GAN_PATCH, WIL_ERR_ARG,
        "limits exist for the scalings of GANs only (by scan, by patch), not for number %d", (int)scaling);
    WIL_REQUIRE(scaling != WIL_SCALE_GAN_SCAN || set->subject_range != NULL, WIL_ERR_ARG,
        "the patch set has no subject_range, which scaling by scan needs");
    for (size_t i = 0; i < (size_t)set->n; i++) {
        if (scaling == WIL_SCALE_GAN_PATCH) {
            WIL_TRY(own_limits(set, i, &low_out[i], &high_out[i]));
        } else {
            low_out[i] = set->subject_range[2 * set->subject[i]];
            high_out[i] = set->subject_range[2 * set->subject[i] + 1];
        }
    }
    return WIL_OK;
}
