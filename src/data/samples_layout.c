#include "samples_layout.h"

#include <string.h>

static void push(sample_axes *axes, int64_t n)
{
    axes->dims[axes->rank++] = (hsize_t)n;
}

static void push_if_used(sample_axes *axes, int n)
{
    if (n > 1)
        push(axes, n);
}

static void push_space(sample_axes *axes, wil_sample_shape s)
{
    push_if_used(axes, s.depth);
    push(axes, s.height);
    push(axes, s.width);
}

sample_axes samples_label_axes(const wil_samples *set)
{
    sample_axes axes = {0};
    push(&axes, set->n);
    push_if_used(&axes, set->shape.time);
    push_space(&axes, set->shape);
    return axes;
}

sample_axes samples_image_axes(const wil_samples *set)
{
    sample_axes axes = samples_label_axes(set);
    push_if_used(&axes, set->shape.channels);
    return axes;
}

sample_axes samples_target_axes(const wil_samples *set)
{
    sample_axes axes = {0};
    push(&axes, set->n);
    push(&axes, set->n_maps);
    push_space(&axes, set->shape);
    return axes;
}

static const char *axes_text(char text[128], int rank, const hsize_t *dims)
{
    size_t n = 0;
    for (int i = 0; i < rank && n < 100; i++)
        n += (size_t)snprintf(text + n, 128 - n, "%s%llu", i == 0 ? "[" : ",", (unsigned long long)dims[i]);
    snprintf(text + n, 128 - n, "]");
    return text;
}

wil_status samples_shape_from(wil_samples *set, const hdf5_array *image, bool has_time, int64_t channels)
{
    WIL_REQUIRE(channels >= 1, WIL_ERR_INPUT, "%s: the attribute 'channels' is %lld; a voxel has 1 or more",
        image->file.path, (long long)channels);
    const int n_last = channels > 1 ? 1 : 0;
    const int n_space = image->rank - 1 - n_last; /* time, z, y, x */
    const hsize_t *dims = image->dims;
    WIL_REQUIRE(n_space >= 2 && n_space <= 3 + (int)has_time, WIL_ERR_INPUT,
        "%s: /%s must have %d%s axes [n,%s(z),y,x%s], but has %d%s", image->file.path, image->name,
        3 + n_last, has_time ? " to 5" : " or 4", has_time ? "(time)," : "", n_last ? ",channel" : "",
        image->rank, !has_time && n_space == 4 ? "; a series states its 'dt_s'" : "");
    set->n = (int64_t)dims[0];
    set->shape = wil_sample_shape_2d((int)dims[n_space - 1], (int)dims[n_space]);
    if (has_time && n_space > 2)
        set->shape.time = (int)dims[1];
    if (n_space == 4 || (!has_time && n_space == 3))
        set->shape.depth = (int)dims[n_space - 2];
    set->shape.channels = n_last ? (int)dims[n_space + 1] : 1;
    WIL_REQUIRE(set->shape.channels == channels, WIL_ERR_INPUT,
        "%s: the attribute 'channels' is %lld, but the last axis of /image has %d", image->file.path,
        (long long)channels, set->shape.channels);
    return WIL_OK;
}

wil_status samples_axes_match(const hdf5_array *array, const sample_axes *expected, const hdf5_array *image)
{
    char found[128];
    char reference[128];
    const bool same = array->rank == expected->rank &&
                      memcmp(array->dims, expected->dims, (size_t)array->rank * sizeof *array->dims) == 0;
    WIL_REQUIRE(same, WIL_ERR_INPUT, "%s: /image is %s, but /%s is %s", array->file.path,
        axes_text(reference, image->rank, image->dims), array->name,
        axes_text(found, array->rank, array->dims));
    return WIL_OK;
}
