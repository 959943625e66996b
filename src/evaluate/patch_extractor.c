#include "patch_extractor.h"

#include <string.h>

#include "willis/model.h"

typedef wil_status extractor(
    patch_rows *out, wil_samples *patches, const wil_sample_source *source, const wil_monitor *monitor);

static wil_status extract_description(
    patch_rows *out, wil_samples *patches, const wil_sample_source *source, const wil_monitor *monitor)
{
    (void)source;
    (void)monitor;
    out->d = WIL_PATCH_FEATURES;
    WIL_TRY(wil_alloc_f32(&out->values, (size_t)patches->n * WIL_PATCH_FEATURES));
    WIL_TRY(wil_patch_features(out->values, patches->image, patches->label, patches->n, patches->shape.height,
        patches->shape.width));
    return wil_string_format(&out->identity, "%s; of %dx%d pixels by each scan's limits",
        wil_patch_features_definition(), patches->shape.height, patches->shape.width);
}

static wil_status extract_pixels(
    patch_rows *out, wil_samples *patches, const wil_sample_source *source, const wil_monitor *monitor)
{
    (void)source;
    (void)monitor;
    out->d = patches->shape.height * patches->shape.width;
    out->values = patches->image;
    patches->image = NULL;
    return wil_string_format(&out->identity, "pixels of %dx%d in [-1,1] by each scan's limits",
        patches->shape.height, patches->shape.width);
}

static wil_status run_network(
    patch_rows *out, wil_extractor *net, const wil_samples *patches, const wil_monitor *monitor)
{
    out->d = wil_extractor_width(net);
    WIL_TRY(wil_alloc_f32(&out->values, (size_t)patches->n * (size_t)out->d));
    WIL_TRY(wil_extractor_images(
        out->values, net, patches->image, patches->n, patches->shape.height, patches->shape.width, monitor));
    return wil_string_format(&out->identity, "%s; of %dx%d pixels by each scan's limits",
        wil_extractor_definition(net), patches->shape.height, patches->shape.width);
}

static wil_status extract_network(
    patch_rows *out, wil_samples *patches, const wil_sample_source *source, const wil_monitor *monitor)
{
    wil_extractor *net = NULL;
    WIL_TRY(wil_extractor_open(&net, source->weights));
    wil_status status = WIL_OK;
    if (wil_extractor_takes_volumes(net))
        status = wil_fail(WIL_ERR_INPUT,
            "%s is a network for volumes, this is a set of patches; take Inception v3, or give cohorts of "
            "scans",
            source->weights);
    else
        status = run_network(out, net, patches, monitor);
    wil_extractor_close(net);
    return status;
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

wil_status patch_rows_extract(patch_rows *out, wil_samples *patches, feature_kind kind,
    const wil_sample_source *source, const wil_monitor *monitor)
{
    memset(out, 0, sizeof *out);
    return extractors[kind](out, patches, source, monitor);
}

void patch_rows_clear(patch_rows *rows)
{
    wil_free(rows->values);
    wil_free(rows->identity);
    memset(rows, 0, sizeof *rows);
}
