#include "patch_extractor.h"

#include <string.h>

typedef wil_status extractor(patch_rows *out, wil_patches *patches, const wil_sample_source *source);

static wil_status extract_description(patch_rows *out, wil_patches *patches, const wil_sample_source *source)
{
    (void)source;
    out->d = WIL_PATCH_FEATURES;
    WIL_TRY(wil_alloc_f32(&out->values, (size_t)patches->n * WIL_PATCH_FEATURES));
    WIL_TRY(wil_patch_features(
        out->values, patches->image, patches->label, patches->n, patches->height, patches->width));
    return wil_string_format(&out->identity, "%s; of %dx%d pixels by each scan's limits",
        wil_patch_features_definition(), patches->height, patches->width);
}

static wil_status extract_pixels(patch_rows *out, wil_patches *patches, const wil_sample_source *source)
{
    (void)source;
    out->d = patches->height * patches->width;
    out->values = patches->image;
    patches->image = NULL;
    return wil_string_format(
        &out->identity, "pixels of %dx%d in [-1,1] by each scan's limits", patches->height, patches->width);
}

static extractor *const extractors[] = {
    [FEATURE_DESCRIPTION] = extract_description,
    [FEATURE_PIXELS] = extract_pixels,
};

wil_status patch_rows_extract(
    patch_rows *out, wil_patches *patches, feature_kind kind, const wil_sample_source *source)
{
    memset(out, 0, sizeof *out);
    return extractors[kind](out, patches, source);
}

void patch_rows_clear(patch_rows *rows)
{
    wil_free(rows->values);
    wil_free(rows->identity);
    memset(rows, 0, sizeof *rows);
}
