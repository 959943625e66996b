/* Batches as networks take them, from a set in memory or in its file. */
#include <string.h>

#include "augment.h"
#include "samples_internal.h"
#include "scaling_internal.h"

/* The samples of a batch, where they lie. Returned, freed with wil_free. */
static wil_status fetch(void **out, const wil_samples *set, const size_t *indices, int count, bool images)
{
    WIL_OWN(void) *samples = NULL;
    WIL_REQUIRE(set->shape.channels == 1, WIL_ERR_ARG,
        "the set's samples have %d channels; only those of one can be put in this batch",
        set->shape.channels);
    WIL_TRY(wil_alloc(&samples, (size_t)count, sizeof(wil_sample)));
    WIL_TRY(wil_samples_fetch(set, indices, count, samples));
    WIL_REQUIRE(count == 0 || ((wil_sample *)samples)->label != NULL, WIL_ERR_ARG,
        "the set has no labels, which this batch needs");
    WIL_REQUIRE(!images || !set->labels_only, WIL_ERR_ARG, "the set has no images, which this batch needs");
    return wil_give(out, &samples);
}

typedef struct gan_batch {
    float *out;
    const wil_sample *samples;
    size_t one;
    const size_t *indices;
    const float *low, *high;
} gan_batch;

static void fill_gan(int64_t begin, int64_t end, void *context)
{
    const gan_batch *b = context;
    for (int64_t i = begin; i < end; i++) {
        const size_t index = b->indices[i];
        const float *image = b->samples[i].image;
        const uint8_t *label = b->samples[i].label;
        float *pair = b->out + (size_t)i * b->one * 2;
        for (size_t k = 0; k < b->one; k++) {
            pair[2 * k] = image == NULL ? -1 : scale_to_unit(image[k], b->low[index], b->high[index]);
            pair[2 * k + 1] = label[k];
        }
    }
}

wil_status wil_batch_gan(
    float *out, const wil_samples *set, const size_t *indices, int count, const float *low, const float *high)
{
    WIL_OWN(void) *samples = NULL;
    WIL_TRY(fetch(&samples, set, indices, count, false));
    gan_batch b = {.out = out,
        .samples = samples,
        .one = wil_sample_shape_count(set->shape),
        .indices = indices,
        .low = low,
        .high = high};
    wil_parallel_for(count, 1, fill_gan, &b);
    return WIL_OK;
}

wil_status wil_batch_spread(float **out, int *count, const wil_samples *set)
{
    const int64_t n = set->n < *count ? set->n : *count;
    WIL_OWN(size_t) *shown = NULL;
    WIL_OWN(float) *limits = NULL; /* [2,n of the set] */
    WIL_OWN(float) *pairs = NULL;
    WIL_TRY(wil_alloc((void **)&shown, (size_t)n, sizeof *shown));
    WIL_TRY(wil_alloc_f32(&limits, 2 * (size_t)set->n));
    WIL_TRY(wil_alloc_f32(&pairs, 2 * (size_t)n * wil_sample_shape_count(set->shape)));
    for (int64_t i = 0; i < n; i++)
        shown[i] = (size_t)(set->n * i / n);
    WIL_TRY(wil_samples_limits(set, WIL_SCALE_GAN_SCAN, limits, limits + set->n));
    WIL_TRY(wil_batch_gan(pairs, set, shown, (int)n, limits, limits + set->n));
    *count = (int)n;
    return wil_give(out, &pairs);
}

typedef struct unet_batch {
    float *image_out, *label_out;
    const wil_samples *set;
    const wil_sample *samples;
    wil_scaling scaling;
    double mean, sd;
    const wil_augment_config *augment;
    float *work; /* [count,H,W] of randomise_image */
    uint64_t seed, first_sample;
} unet_batch;

/* All slices of a sample, turned alike. */
static void augment_sample(float *image, float *label, const unet_batch *b, int64_t i)
{
    const int height = b->set->shape.height;
    const int width = b->set->shape.width;
    const size_t slice = (size_t)height * (size_t)width;
    const uint64_t sample = b->first_sample + (uint64_t)i;
    const bool randomise = b->augment->kind == WIL_AUGMENT_RANDOMISE;
    augment_transform t = augment_draw(b->augment, b->seed, sample, b->set->spacing_mm);
    if (randomise)
        t = randomise_turn(t, b->seed, sample);
    for (size_t at = 0; at < wil_sample_shape_count(b->set->shape); at += slice) {
        augment_image(image + at, b->samples[i].image + at, height, width, &t);
        augment_label(label + at, b->samples[i].label + at, height, width, &t);
        if (randomise)
            randomise_image(
                image + at, label + at, b->work + (size_t)i * slice, height, width, b->seed, sample);
    }
}

static void fill_unet_sample(const unet_batch *b, int64_t i)
{
    const size_t one = wil_sample_shape_count(b->set->shape);
    float *image = b->image_out + (size_t)i * one;
    float *label = b->label_out + (size_t)i * one;
    if (b->augment != NULL && b->augment->kind != WIL_AUGMENT_NONE) {
        augment_sample(image, label, b, i);
    } else {
        memcpy(image, b->samples[i].image, one * sizeof *image);
        for (size_t k = 0; k < one; k++)
            label[k] = b->samples[i].label[k];
    }
    double mean = b->mean;
    double sd = b->sd;
    if (b->scaling == WIL_SCALE_UNET_PATCH)
        scaling_moments(image, one, &mean, &sd);
    wil_scale_standard(image, one, mean, sd);
}

static void fill_unet(int64_t begin, int64_t end, void *context)
{
    for (int64_t i = begin; i < end; i++)
        fill_unet_sample(context, i);
}

wil_status wil_batch_unet(float *image_out, float *label_out, const wil_samples *set, const size_t *indices,
    int count, wil_scaling scaling, double mean, double sd, const wil_augment_config *augment, uint64_t seed,
    uint64_t first_sample)
{
    WIL_OWN(void) *samples = NULL;
    WIL_OWN(float) *work = NULL;
    WIL_TRY(fetch(&samples, set, indices, count, true));
    if (augment != NULL && augment->kind == WIL_AUGMENT_RANDOMISE)
        WIL_TRY(wil_alloc_f32(&work, (size_t)count * (size_t)set->shape.height * (size_t)set->shape.width));
    unet_batch b = {.image_out = image_out,
        .label_out = label_out,
        .set = set,
        .samples = samples,
        .scaling = scaling,
        .mean = mean,
        .sd = sd,
        .augment = augment,
        .work = work,
        .seed = seed,
        .first_sample = first_sample};
    wil_parallel_for(count, 1, fill_unet, &b);
    return WIL_OK;
}
