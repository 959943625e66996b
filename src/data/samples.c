/* A set of samples: made, freed, its samples where they lie. */
#include "willis/data.h"

#include <string.h>

#include "sample_store.h"
#include "samples_internal.h"

static wil_status take_memory(wil_samples *set)
{
    const size_t n = (size_t)set->n;
    const size_t n_maps = (size_t)set->n_maps;
    WIL_TRY(wil_alloc_i32(&set->subject, n));
    WIL_TRY(wil_alloc_i32(&set->position, 3 * n));
    WIL_TRY(wil_alloc((void **)&set->subjects, (size_t)set->n_subjects, sizeof *set->subjects));
    WIL_TRY(wil_alloc_f32(&set->subject_range, 2 * (size_t)set->n_subjects));
    WIL_TRY(wil_alloc((void **)&set->target_names, n_maps, sizeof *set->target_names));
    return wil_alloc((void **)&set->target_units, n_maps, sizeof *set->target_units);
}

wil_status wil_samples_make(wil_samples *out, wil_sample_shape shape, int64_t n, int n_subjects, int n_maps)
{
    *out = (wil_samples){.n = n, .shape = shape, .n_subjects = n_subjects, .n_maps = n_maps};
    WIL_REQUIRE(samples_bytes(out) > 0 && n_subjects > 0, WIL_ERR_ARG,
        "%lld samples of %d subjects, [%d,%d,%d,%d,%d] (time, depth, height, width, channels) with %d maps, "
        "cannot be held",
        (long long)n, n_subjects, shape.time, shape.depth, shape.height, shape.width, shape.channels, n_maps);
    const wil_status status = take_memory(out);
    if (status != WIL_OK)
        wil_samples_clear(out);
    return status;
}

static void free_texts(char **texts, int n)
{
    for (int i = 0; texts != NULL && i < n; i++)
        wil_free(texts[i]);
    wil_free(texts);
}

void wil_samples_clear(wil_samples *set)
{
    free_texts(set->subjects, set->n_subjects);
    free_texts(set->target_names, set->n_maps);
    free_texts(set->target_units, set->n_maps);
    wil_free(set->subject_range);
    samples_free_pixels(set);
    wil_free(set->subject);
    wil_free(set->position);
    json_decref(set->attributes);
    sample_store_free(set->store);
    memset(set, 0, sizeof *set);
}

wil_status wil_samples_fetch(const wil_samples *set, const size_t *indices, int count, wil_sample *out)
{
    const sample_counts one = samples_counts(set);
    for (int i = 0; i < count; i++)
        WIL_REQUIRE(indices[i] < (size_t)set->n, WIL_ERR_ARG, "sample %zu was asked for, of %lld", indices[i],
            (long long)set->n);
    if (set->store != NULL)
        return sample_store_fetch(set->store, set, indices, count, out);
    for (int i = 0; i < count; i++)
        out[i] = (wil_sample){.image = set->image == NULL ? NULL : set->image + indices[i] * one.image,
            .label = set->label == NULL ? NULL : set->label + indices[i] * one.label,
            .target = set->target == NULL ? NULL : set->target + indices[i] * one.target};
    return WIL_OK;
}

wil_status wil_samples_check_slices(const wil_samples *set, const char *path)
{
    const wil_sample_shape *s = &set->shape;
    const bool has_labels = set->label != NULL || (set->store != NULL && set->store->label.dataset >= 0);
    WIL_REQUIRE(s->time == 1 && s->depth == 1 && s->channels == 1, WIL_ERR_INPUT,
        "%s: holds samples of %d time points, %d slices and %d channels; patches of single slices are needed",
        path, s->time, s->depth, s->channels);
    WIL_REQUIRE(has_labels, WIL_ERR_INPUT, "%s: its patches have no labels", path);
    WIL_REQUIRE(!set->labels_only, WIL_ERR_INPUT, "%s: its patches have no images", path);
    return WIL_OK;
}

void wil_samples_scale_byte_range(wil_samples *set)
{
    const size_t one = wil_sample_shape_count(set->shape);
    if (set->store != NULL) {
        sample_store_scale(set->store, set);
        return;
    }
    for (int64_t i = 0; i < set->n; i++) {
        const float *range = set->subject_range + 2 * (size_t)set->subject[i];
        wil_scale_byte_range(set->image + (size_t)i * one, one, range[0], range[1]);
    }
}
