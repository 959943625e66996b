#include "willis/data.h"

#include <string.h>

#include "augment.h"
#include "scaling_internal.h"

typedef struct gan_batch {
    float *out;
    const wil_samples *patches;
    const size_t *indices;
    const float *low, *high;
} gan_batch;

static void fill_gan(int64_t begin, int64_t end, void *context)
{
    const gan_batch *b = context;
    const size_t one = wil_sample_shape_count(b->patches->shape);
    for (int64_t i = begin; i < end; i++) {
        const size_t index = b->indices[i];
        const float *image = b->patches->image + index * one;
        const uint8_t *label = b->patches->label + index * one;
        float *pair = b->out + (size_t)i * one * 2;
        for (size_t k = 0; k < one; k++) {
            pair[2 * k] = scale_to_unit(image[k], b->low[index], b->high[index]);
            pair[2 * k + 1] = label[k];
        }
    }
}

void wil_batch_gan(float *out, const wil_samples *patches, const size_t *indices, int count, const float *low,
    const float *high)
{
    gan_batch b = {.out = out, .patches = patches, .indices = indices, .low = low, .high = high};
    wil_parallel_for(count, 1, fill_gan, &b);
}

typedef struct unet_batch {
    float *image_out, *label_out;
    const wil_samples *patches;
    const size_t *indices;
    wil_scaling scaling;
    double mean, sd;
    const wil_augment_config *augment;
    uint64_t seed, first_sample;
} unet_batch;

static void fill_unet_sample(const unet_batch *b, int64_t i)
{
    const wil_samples *patches = b->patches;
    const size_t one = wil_sample_shape_count(patches->shape);
    const float *from_image = patches->image + b->indices[i] * one;
    const uint8_t *from_label = patches->label + b->indices[i] * one;
    float *image = b->image_out + (size_t)i * one;
    float *label = b->label_out + (size_t)i * one;
    if (b->augment != NULL && b->augment->enabled) {
        const augment_transform t =
            augment_draw(b->augment, b->seed, b->first_sample + (uint64_t)i, patches->spacing_mm);
        augment_image(image, from_image, patches->shape.height, patches->shape.width, &t);
        augment_label(label, from_label, patches->shape.height, patches->shape.width, &t);
    } else {
        memcpy(image, from_image, one * sizeof *image);
        for (size_t k = 0; k < one; k++)
            label[k] = from_label[k];
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

void wil_batch_unet(float *image_out, float *label_out, const wil_samples *patches, const size_t *indices,
    int count, wil_scaling scaling, double mean, double sd, const wil_augment_config *augment, uint64_t seed,
    uint64_t first_sample)
{
    unet_batch b = {.image_out = image_out,
        .label_out = label_out,
        .patches = patches,
        .indices = indices,
        .scaling = scaling,
        .mean = mean,
        .sd = sd,
        .augment = augment,
        .seed = seed,
        .first_sample = first_sample};
    wil_parallel_for(count, 1, fill_unet, &b);
}
