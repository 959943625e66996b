#include "feature_source.h"

#include <stdlib.h>
#include <string.h>

#include "scan_extractor.h"

#define PIECE 1024 /* rows read at once */

static void take_rows(feature_source *out, patch_rows *rows)
{
    out->values = rows->values;
    out->identity = rows->identity;
    out->d = rows->d;
    *rows = (patch_rows){0};
}

/* ---- patch sets --------------------------------------------------------------------------------------- */

static wil_status open_patches(
    feature_source *out, const wil_sample_source *source, feature_kind kind, const wil_monitor *monitor)
{
    WIL_OWN(patch_rows) rows = {0};
    WIL_REQUIRE(source->extractor == NULL, WIL_ERR_ARG,
        "%s: is read as a patch set, whose features are computed here; an extractor is named only for a "
        "matrix of features (.npy, or HDF5 with the name of its dataset)",
        source->path);
    WIL_TRY(patch_set_open(&out->patches, source->path));
    WIL_TRY(wil_fail_context(
        patch_rows_extract(&rows, &out->patches, kind, source, monitor), "%s", source->path));
    const wil_samples *samples = &out->patches.samples;
    out->n = samples->n;
    out->height = samples->shape.height;
    out->width = samples->shape.width;
    out->n_subjects = samples->n_subjects;
    out->subject = samples->subject;
    take_rows(out, &rows);
    return WIL_OK;
}

/* ---- scans -------------------------------------------------------------------------------------------- */

static wil_status number_subjects(feature_source *out)
{
    WIL_TRY(wil_alloc_i32(&out->own_subject, (size_t)out->n));
    out->subject = out->own_subject;
    out->n_subjects = (int)out->n;
    for (int i = 0; i < out->n_subjects; i++)
        out->own_subject[i] = i;
    return WIL_OK;
}

static wil_status open_scans(feature_source *out, const wil_sample_source *source, const wil_monitor *monitor)
{
    WIL_OWN(patch_rows) rows = {0};
    WIL_TRY(scan_rows_extract(&rows, &out->n, source, monitor));
    take_rows(out, &rows);
    return number_subjects(out);
}

/* ---- either ------------------------------------------------------------------------------------------- */

static wil_status open_file(feature_source *out, const wil_sample_source *source)
{
    WIL_TRY(wil_feature_file_open(&out->file, source->path, source->dataset));
    out->n = wil_feature_file_count(out->file);
    out->d = wil_feature_file_width(out->file);
    return wil_string_format(&out->identity, "%s, %d values",
        source->extractor != NULL ? source->extractor : "features of an unnamed extractor", out->d);
}

static wil_status open_any(
    feature_source *out, const wil_sample_source *source, feature_kind kind, const wil_monitor *monitor)
{
    const char *ending = strrchr(source->path, '.');
    const bool is_matrix = source->dataset != NULL || (ending != NULL && strcmp(ending, ".npy") == 0);
    WIL_REQUIRE(source->weights == NULL || !is_matrix, WIL_ERR_ARG,
        "%s is a matrix of features already; leave the network's weights out", source->path);
    WIL_REQUIRE(source->weights != NULL || !wil_folder_exists(source->path), WIL_ERR_ARG,
        "%s is a folder: the scans of a cohort need a network's weights (MedicalNet); else give a patch set "
        "or a matrix of features",
        source->path);
    if (!is_matrix && wil_is_hdf5(source->path))
        return open_patches(out, source, kind, monitor);
    return source->weights != NULL ? open_scans(out, source, monitor) : open_file(out, source);
}

wil_status feature_source_open(
    feature_source *out, const wil_sample_source *source, feature_kind kind, const wil_monitor *monitor)
{
    WIL_OWN(feature_source) made = {0};
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_string_copy(&made.path, source->path));
    WIL_TRY(open_any(&made, source, kind, monitor));
    return wil_give_value(out, &made);
}

void feature_source_close(feature_source *source)
{
    wil_feature_file_close(source->file);
    wil_free(source->path);
    wil_free(source->values);
    wil_free(source->identity);
    wil_free(source->own_subject);
    patch_set_clear(&source->patches);
    memset(source, 0, sizeof *source);
}

/* Rows are the pixels of patches, which are not kept. */
static bool has_pixels(const feature_source *source)
{
    return source->file == NULL && source->values == NULL;
}

wil_status feature_source_rows(feature_source *source, int64_t first, int64_t n, double *rows_out)
{
    if (source->file != NULL)
        return wil_feature_file_read(source->file, first, n, rows_out);
    WIL_OWN(float) *pixels = NULL;
    if (has_pixels(source)) {
        WIL_TRY(wil_alloc_f32(&pixels, (size_t)n * (size_t)source->d));
        WIL_TRY(patch_set_read(&source->patches, first, n, pixels, NULL));
    }
    const float *from = pixels != NULL ? pixels : source->values + first * source->d;
    for (int64_t i = 0; i < n * source->d; i++)
        rows_out[i] = (double)from[i];
    return WIL_OK;
}

wil_status feature_source_match(const feature_source *a, const feature_source *b)
{
    WIL_REQUIRE(a->d == b->d, WIL_ERR_INPUT,
        "%s has %d features, %s has %d; distributions can be compared in the same features only", a->path,
        a->d, b->path, b->d);
    WIL_REQUIRE(strcmp(a->identity, b->identity) == 0, WIL_ERR_INPUT,
        "%s and %s hold different features:\n  %s\n  %s\ncompare what was made the same way", a->path,
        b->path, a->identity, b->identity);
    return WIL_OK;
}

/* ---- drawing ------------------------------------------------------------------------------------------ */

static int compare_index(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static wil_status draw_index(int64_t *index, int64_t n, int64_t total, uint64_t seed, uint32_t step)
{
    WIL_OWN(size_t) *order = NULL;
    WIL_TRY(wil_alloc((void **)&order, (size_t)total, sizeof *order));
    wil_rng_permutation(wil_rng_at(seed, WIL_RNG_SUBSET, step), (size_t)total, order);
    for (int64_t i = 0; i < n; i++)
        index[i] = (int64_t)order[i];
    qsort(index, (size_t)n, sizeof *index, compare_index);
    return WIL_OK;
}

/* Reads through the source once and keeps the rows of the draw. */
static wil_status read_drawn(feature_draw *draw, feature_source *source)
{
    const int64_t d = source->d, n = (int64_t)draw->points.n;
    WIL_OWN(double) *rows = NULL;
    int64_t kept = 0;
    for (; has_pixels(source) && kept < n; kept++)
        WIL_TRY(patch_set_read(&source->patches, draw->index[kept], 1, draw->values + kept * d, NULL));
    WIL_TRY(wil_alloc_f64(&rows, kept < n ? PIECE * (size_t)d : 1));
    for (int64_t first = 0; first < source->n && kept < n; first += PIECE) {
        const int64_t n_rows = source->n - first < PIECE ? source->n - first : PIECE;
        if (draw->index[kept] >= first + n_rows)
            continue;
        WIL_TRY(feature_source_rows(source, first, n_rows, rows));
        for (; kept < n && draw->index[kept] < first + n_rows; kept++)
            for (int64_t j = 0; j < d; j++)
                draw->values[kept * d + j] = (float)rows[(draw->index[kept] - first) * d + j];
    }
    return WIL_OK;
}

wil_status feature_draw_make(
    feature_draw *out, feature_source *source, int64_t most, uint64_t seed, uint32_t step)
{
    const int64_t n = most > 0 && most < source->n ? most : source->n;
    WIL_OWN(feature_draw) made = {0};
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_alloc_f32(&made.values, (size_t)n * (size_t)source->d));
    WIL_TRY(wil_alloc((void **)&made.index, (size_t)n, sizeof *made.index));
    made.points = (wil_points){.values = made.values, .n = (size_t)n, .d = source->d};
    WIL_TRY(draw_index(made.index, n, source->n, seed, step));
    WIL_TRY(read_drawn(&made, source));
    return wil_give_value(out, &made);
}

void feature_draw_clear(feature_draw *draw)
{
    wil_free(draw->values);
    wil_free(draw->index);
    memset(draw, 0, sizeof *draw);
}
