/* Several sets in one plane. */
#include <string.h>

#include "feature_source.h"

#define MOST_SETS 16

typedef struct set_draws {
    feature_draw of[MOST_SETS];
} set_draws;

static void set_draws_clear(set_draws *draws)
{
    for (int s = 0; s < MOST_SETS; s++)
        feature_draw_clear(&draws->of[s]);
}
WIL_OWNED_VALUE(set_draws, set_draws_clear)

void wil_embedding_clear(wil_embedding *embedding)
{
    wil_free(embedding->places);
    wil_free(embedding->set);
    wil_free(embedding->sample);
    wil_free(embedding->features);
    memset(embedding, 0, sizeof *embedding);
}

/* The draws of all sets, one set in memory besides them. */
static wil_status draw_all(feature_draw *draws, wil_embedding *out, const wil_sample_source *sets, int n_sets,
    int64_t n_samples, uint64_t seed, const wil_monitor *monitor)
{
    WIL_OWN(feature_source) first = {0};
    for (int s = 0; s < n_sets; s++) {
        WIL_OWN(feature_source) source = {0};
        WIL_TRY(feature_source_open(&source, &sets[s], feature_kind_of(&sets[s]), monitor));
        if (s > 0)
            WIL_TRY(feature_source_match(&first, &source));
        WIL_TRY(feature_draw_make(&draws[s], &source, n_samples, seed, DRAW_EMBEDDED + (uint32_t)s));
        if (s == 0)
            WIL_TRY(wil_string_copy(&out->features, source.identity));
        out->n += (int64_t)draws[s].points.n;
        if (s == 0) { /* kept open to match the others */
            first = source;
            source = (feature_source){0};
        }
    }
    return WIL_OK;
}

static wil_status gather(float **values_out, wil_embedding *out, const feature_draw *draws, int n_sets)
{
    const size_t d = (size_t)draws[0].points.d, n = (size_t)out->n;
    WIL_TRY(wil_alloc_f32(values_out, n * d));
    WIL_TRY(wil_alloc_f64(&out->places, 2 * n));
    WIL_TRY(wil_alloc_i32(&out->set, n));
    WIL_TRY(wil_alloc((void **)&out->sample, n, sizeof *out->sample));
    size_t at = 0;
    for (int s = 0; s < n_sets; s++) {
        memcpy(*values_out + at * d, draws[s].values, draws[s].points.n * d * sizeof **values_out);
        for (size_t i = 0; i < draws[s].points.n; i++, at++) {
            out->set[at] = s;
            out->sample[at] = draws[s].index[i];
        }
    }
    return WIL_OK;
}

wil_status wil_embedding_make(wil_embedding *out, const wil_sample_source *sets, int n_sets,
    int64_t n_samples, const wil_tsne_config *config, const wil_monitor *monitor)
{
    WIL_OWN(set_draws) draws = {0};
    WIL_OWN(wil_embedding) made = {0};
    WIL_OWN(float) *values = NULL;
    memset(out, 0, sizeof *out);
    WIL_REQUIRE(n_sets >= 1 && n_sets <= MOST_SETS, WIL_ERR_ARG, "1 to %d sets can be shown together, got %d",
        MOST_SETS, n_sets);
    WIL_TRY(draw_all(draws.of, &made, sets, n_sets, n_samples, config->seed, monitor));
    WIL_TRY(gather(&values, &made, draws.of, n_sets));
    const wil_points points = {.values = values, .n = (size_t)made.n, .d = draws.of[0].points.d};
    WIL_TRY(wil_tsne_embed(made.places, &made.divergence, &points, config, monitor));
    return wil_give_value(out, &made);
}

/* ---- images ------------------------------------------------------------------------------------------- */

/* Puts the images of set `which` to their places in *out, which the first set makes. */
static wil_status add_images(
    float **out, wil_embedding_shape *shape, const wil_embedding *e, const feature_source *source, int which)
{
    const size_t n_pixels = (size_t)source->d;
    if (*out == NULL) {
        *shape = (wil_embedding_shape){.height = source->height, .width = source->width};
        WIL_TRY(wil_alloc_f32(out, (size_t)e->n * n_pixels));
    }
    WIL_REQUIRE(source->height == shape->height && source->width == shape->width, WIL_ERR_INPUT,
        "%s: its patches are of %dx%d pixels, those of the first set of %dx%d", source->path, source->height,
        source->width, shape->height, shape->width);
    for (int64_t i = 0; i < e->n; i++)
        if (e->set[i] == which && e->sample[i] < source->n)
            WIL_TRY(patch_set_read(&source->patches, e->sample[i], 1, *out + (size_t)i * n_pixels, NULL));
    return WIL_OK;
}

wil_status wil_embedding_images(float **out, wil_embedding_shape *shape_out, const wil_embedding *embedding,
    const wil_sample_source *sets, int n_sets)
{
    WIL_OWN(float) *images = NULL;
    *out = NULL;
    *shape_out = (wil_embedding_shape){0};
    for (int s = 0; s < n_sets; s++) {
        WIL_OWN(feature_source) source = {0};
        if (!wil_is_hdf5(sets[s].path)) /* scans are too large for thumbnails */
            return WIL_OK;
        WIL_TRY(feature_source_open(&source, &sets[s], FEATURE_PIXELS, NULL));
        if (source.height == 0)
            return WIL_OK;
        WIL_TRY(add_images(&images, shape_out, embedding, &source, s));
    }
    return wil_give(out, &images);
}
