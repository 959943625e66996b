#include "patch_extractor.h"

#include <string.h>

#include "willis/model.h"

/* ---- patches ------------------------------------------------------------------------------------------ */

wil_status patch_set_open(patch_set *out, const char *path)
{
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_samples_open(&out->samples, path, WIL_SAMPLES_IN_MEMORY));
    WIL_TRY(wil_samples_check_slices(&out->samples, path));
    WIL_TRY(wil_alloc_f32(&out->low, (size_t)out->samples.n));
    WIL_TRY(wil_alloc_f32(&out->high, (size_t)out->samples.n));
    return wil_samples_limits(&out->samples, WIL_SCALE_GAN_SCAN, out->low, out->high);
}

void patch_set_clear(patch_set *set)
{
    wil_samples_clear(&set->samples);
    wil_free(set->low);
    wil_free(set->high);
    memset(set, 0, sizeof *set);
}

wil_status patch_set_read(
    const patch_set *set, int64_t first, int64_t n, float *image_out, uint8_t *label_out)
{
    const size_t one = wil_sample_shape_count(set->samples.shape);
    for (size_t i = 0; i < (size_t)n; i++) {
        const size_t index = (size_t)first + i;
        wil_sample sample;
        WIL_TRY(wil_samples_fetch(&set->samples, &index, 1, &sample));
        memcpy(image_out + i * one, sample.image, one * sizeof *image_out);
        wil_scale_range(image_out + i * one, one, (double)set->low[index], (double)set->high[index]);
        if (label_out != NULL)
            memcpy(label_out + i * one, sample.label, one);
    }
    return WIL_OK;
}

/* ---- kinds of features -------------------------------------------------------------------------------- */

/* Rows of n patches; net: NULL where the kind has none. */
typedef wil_status piece_extractor(float *out, wil_extractor *net, const float *image, const uint8_t *label,
    int64_t n, int height, int width);

static wil_status describe_piece(float *out, wil_extractor *net, const float *image, const uint8_t *label,
    int64_t n, int height, int width)
{
    (void)net;
    return wil_patch_features(out, image, label, n, height, width);
}

static wil_status run_network(float *out, wil_extractor *net, const float *image, const uint8_t *label,
    int64_t n, int height, int width)
{
    (void)label;
    return wil_extractor_images(out, net, image, n, height, width, NULL);
}

/* All rows, a piece of the patches in memory at a time. */
static wil_status extract_pieces(patch_rows *out, const patch_set *set, piece_extractor *extract,
    int64_t piece, wil_extractor *net, const wil_monitor *monitor)
{
    const wil_samples *samples = &set->samples;
    const size_t n_values = (size_t)piece * wil_sample_shape_count(samples->shape);
    const double start_s = wil_time_s();
    WIL_OWN(float) *image = NULL;
    WIL_OWN(uint8_t) *label = NULL;
    WIL_TRY(wil_alloc_f32(&out->values, (size_t)samples->n * (size_t)out->d));
    WIL_TRY(wil_alloc_f32(&image, n_values));
    WIL_TRY(wil_alloc_u8(&label, n_values));
    for (int64_t first = 0; first < samples->n; first += piece) {
        const int64_t n = samples->n - first < piece ? samples->n - first : piece;
        WIL_TRY(patch_set_read(set, first, n, image, label));
        WIL_TRY(extract(
            out->values + first * out->d, net, image, label, n, samples->shape.height, samples->shape.width));
        wil_monitor_progress(monitor, "features", first + n, samples->n, wil_time_s() - start_s, "");
        WIL_REQUIRE(!wil_monitor_stop_requested(monitor), WIL_ERR_INTERRUPTED,
            "stopped after the features of %lld of %lld samples", (long long)(first + n),
            (long long)samples->n);
    }
    return WIL_OK;
}

typedef wil_status extractor(
    patch_rows *out, const patch_set *set, const wil_sample_source *source, const wil_monitor *monitor);

static wil_status extract_description(
    patch_rows *out, const patch_set *set, const wil_sample_source *source, const wil_monitor *monitor)
{
    const wil_sample_shape *shape = &set->samples.shape;
    (void)source;
    (void)monitor;
    out->d = WIL_PATCH_FEATURES;
    WIL_TRY(extract_pieces(out, set, describe_piece, 256, NULL, NULL));
    return wil_string_format(&out->identity, "%s; of %dx%d pixels by each scan's limits",
        wil_patch_features_definition(), shape->height, shape->width);
}

static wil_status extract_pixels(
    patch_rows *out, const patch_set *set, const wil_sample_source *source, const wil_monitor *monitor)
{
    const wil_sample_shape *shape = &set->samples.shape;
    (void)source;
    (void)monitor;
    out->d = shape->height * shape->width;
    return wil_string_format(
        &out->identity, "pixels of %dx%d in [-1,1] by each scan's limits", shape->height, shape->width);
}

static wil_status extract_network(
    patch_rows *out, const patch_set *set, const wil_sample_source *source, const wil_monitor *monitor)
{
    const wil_sample_shape *shape = &set->samples.shape;
    WIL_OWN(wil_extractor) *net = NULL;
    WIL_TRY(wil_extractor_open(&net, source->weights));
    WIL_REQUIRE(!wil_extractor_takes_volumes(net), WIL_ERR_INPUT,
        "%s is a network for volumes, this is a set of patches; take Inception v3, or give cohorts of scans",
        source->weights);
    out->d = wil_extractor_width(net);
    WIL_TRY(extract_pieces(out, set, run_network, 8, net, monitor));
    return wil_string_format(&out->identity, "%s; of %dx%d pixels by each scan's limits",
        wil_extractor_definition(net), shape->height, shape->width);
}

feature_kind feature_kind_of(const wil_sample_source *source)
{
    return source->weights != NULL ? FEATURE_NETWORK : FEATURE_DESCRIPTION;
}

static extractor *const extractors[] = {
    [FEATURE_DESCRIPTION] = extract_description,
    [FEATURE_PIXELS] = extract_pixels,
    [FEATURE_NETWORK] = extract_network,
};

wil_status patch_rows_extract(patch_rows *out, const patch_set *set, feature_kind kind,
    const wil_sample_source *source, const wil_monitor *monitor)
{
    memset(out, 0, sizeof *out);
    return extractors[kind](out, set, source, monitor);
}

void patch_rows_clear(patch_rows *rows)
{
    wil_free(rows->values);
    wil_free(rows->identity);
    memset(rows, 0, sizeof *rows);
}
