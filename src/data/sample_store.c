#include "sample_store.h"

#include <math.h>
#include <string.h>

#include "hdf5_rows.h"

void sample_store_free(sample_store *store)
{
    if (store == NULL)
        return;
    const hdf5_scope scope = hdf5_scope_begin();
    hdf5_array_close(&store->image);
    hdf5_array_close(&store->label);
    hdf5_array_close(&store->target);
    hdf5_file_close(&store->file);
    hdf5_scope_end(scope);
    samples_free_pixels(&store->kept);
    samples_free_pixels(&store->passing);
    wil_free(store->place);
    wil_free(store->path);
    wil_free(store);
}

/* ---- reading ------------------------------------------------------------------------------------------ */

wil_status samples_check_values(
    const wil_sample *sample, const sample_counts *one, size_t i, const char *path)
{
    for (size_t k = 0; sample->image != NULL && k < one->image; k++)
        WIL_REQUIRE(isfinite(sample->image[k]), WIL_ERR_INPUT,
            "%s: /image holds NaN or infinity, first in patch %zu", path, i);
    for (size_t k = 0; sample->label != NULL && k < one->label; k++)
        WIL_REQUIRE(sample->label[k] <= 1, WIL_ERR_INPUT,
            "%s: /label must be 0 or 1, but holds %d, first in patch %zu", path, sample->label[k], i);
    for (size_t k = 0; sample->target != NULL && k < one->target; k++)
        WIL_REQUIRE(isfinite(sample->target[k]), WIL_ERR_INPUT,
            "%s: /target holds NaN or infinity, first in patch %zu", path, i);
    return WIL_OK;
}

wil_status sample_store_read(const sample_store *store, const wil_samples *set, int64_t first, int64_t n,
    float *image_out, uint8_t *label_out, float *target_out)
{
    const sample_counts one = samples_counts(set);
    WIL_OWN(hdf5_scope) scope = hdf5_scope_begin();
    (void)scope;
    if (image_out != NULL)
        WIL_TRY(hdf5_rows_read(&store->image, first, n, image_out));
    if (label_out != NULL)
        WIL_TRY(hdf5_rows_read(&store->label, first, n, label_out));
    if (target_out != NULL)
        WIL_TRY(hdf5_rows_read(&store->target, first, n, target_out));
    for (int64_t i = 0; i < n; i++) {
        const size_t at = (size_t)i;
        const wil_sample sample = {image_out == NULL ? NULL : image_out + at * one.image,
            label_out == NULL ? NULL : label_out + at * one.label,
            target_out == NULL ? NULL : target_out + at * one.target};
        WIL_TRY(samples_check_values(&sample, &one, (size_t)first + at, store->path));
    }
    return WIL_OK;
}

/* One sample to place `at` of room, and where it lies then. */
static wil_status read_one(
    const sample_store *store, const wil_samples *set, size_t index, const wil_samples *room, int64_t at)
{
    const sample_counts one = samples_counts(set);
    float *image = room->image == NULL ? NULL : room->image + (size_t)at * one.image;
    uint8_t *label = room->label == NULL ? NULL : room->label + (size_t)at * one.label;
    float *target = room->target == NULL ? NULL : room->target + (size_t)at * one.target;
    const float *range = set->subject_range + 2 * (size_t)set->subject[index];
    WIL_TRY(sample_store_read(store, set, (int64_t)index, 1, image, label, target));
    if (store->byte_range && image != NULL)
        wil_scale_byte_range(image, one.image, range[0], range[1]);
    return WIL_OK;
}

/* ---- keeping ------------------------------------------------------------------------------------------ */

/* Pixels for n samples like those of set. */
static wil_status make_room(wil_samples *out, const sample_store *store, const wil_samples *set, int64_t n)
{
    samples_free_pixels(out);
    *out = (wil_samples){.n = n, .shape = set->shape, .n_maps = set->n_maps, .labels_only = set->labels_only};
    return wil_samples_make_pixels(out, n, store->label.dataset >= 0);
}

wil_status sample_store_make_room(sample_store *store, const wil_samples *set, size_t bytes)
{
    const wil_samples single = {.n = 1, .shape = set->shape, .n_maps = set->n_maps};
    const size_t n = bytes / samples_bytes(&single);
    store->n_room = n < 1 ? 1 : n > (size_t)INT32_MAX - 1 ? INT32_MAX - 1 : (int64_t)n;
    store->n_room = store->n_room < set->n ? store->n_room : set->n;
    WIL_TRY(wil_alloc_i32(&store->place, (size_t)set->n));
    WIL_TRY(make_room(&store->kept, store, set, store->n_room));
    store->kept.n = 0;
    return WIL_OK;
}

void sample_store_scale(sample_store *store, const wil_samples *set)
{
    store->byte_range = true;
    store->kept.n = 0; /* what was read before is not scaled */
    memset(store->place, 0, (size_t)set->n * sizeof *store->place);
}

wil_status sample_store_fetch(
    sample_store *store, const wil_samples *set, const size_t *indices, int count, wil_sample *out)
{
    const sample_counts one = samples_counts(set);
    if (store->passing.n < count)
        WIL_TRY(make_room(&store->passing, store, set, count));
    for (int i = 0; i < count; i++) {
        const size_t index = indices[i];
        const bool keep = store->place[index] == 0 && store->kept.n < store->n_room;
        const bool is_kept = keep || store->place[index] > 0;
        const wil_samples *room = is_kept ? &store->kept : &store->passing;
        const int64_t at = keep ? store->kept.n : is_kept ? store->place[index] - 1 : i;
        if (keep || !is_kept)
            WIL_TRY(read_one(store, set, index, room, at));
        if (keep)
            store->place[index] = (int32_t)++store->kept.n;
        out[i] = (wil_sample){room->image == NULL ? NULL : room->image + (size_t)at * one.image,
            room->label == NULL ? NULL : room->label + (size_t)at * one.label,
            room->target == NULL ? NULL : room->target + (size_t)at * one.target};
    }
    return WIL_OK;
}
