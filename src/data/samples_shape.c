/* How much a set of samples is: values of one, bytes of all, memory for some. */
#include "samples_internal.h"

wil_sample_shape wil_sample_shape_2d(int height, int width)
{
    return (wil_sample_shape){.time = 1, .depth = 1, .height = height, .width = width, .channels = 1};
}

static size_t voxels_of(wil_sample_shape s)
{
    return (size_t)s.depth * (size_t)s.height * (size_t)s.width;
}

size_t wil_sample_shape_count(wil_sample_shape s)
{
    return (size_t)s.time * voxels_of(s) * (size_t)s.channels;
}

sample_counts samples_counts(const wil_samples *set)
{
    return (sample_counts){.image = wil_sample_shape_count(set->shape),
        .label = (size_t)set->shape.time * voxels_of(set->shape),
        .target = (size_t)set->n_maps * voxels_of(set->shape)};
}

/* The bytes of a whole set, or 0 where that cannot be told in a size_t. */
size_t samples_bytes(const wil_samples *set)
{
    const wil_sample_shape *s = &set->shape;
    const int sides[] = {s->time, s->depth, s->height, s->width, s->channels, set->n_maps + 1};
    size_t bytes = sizeof(float) + 1;
    bool fits = set->n >= 0 && !__builtin_mul_overflow(bytes, (size_t)set->n, &bytes);
    for (size_t i = 0; fits && i < sizeof sides / sizeof *sides; i++)
        fits = sides[i] > 0 && !__builtin_mul_overflow(bytes, (size_t)sides[i], &bytes);
    return fits ? bytes : 0;
}

wil_status wil_samples_make_pixels(wil_samples *set, int64_t n, bool labels)
{
    const sample_counts one = samples_counts(set);
    if (!set->labels_only)
        WIL_TRY(wil_alloc_f32(&set->image, (size_t)n * one.image));
    if (labels)
        WIL_TRY(wil_alloc_u8(&set->label, (size_t)n * one.label));
    return set->n_maps > 0 ? wil_alloc_f32(&set->target, (size_t)n * one.target) : WIL_OK;
}

void samples_free_pixels(wil_samples *set)
{
    wil_free(set->image);
    wil_free(set->label);
    wil_free(set->target);
    set->image = NULL;
    set->label = NULL;
    set->target = NULL;
}
