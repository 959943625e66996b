/* willis evaluate similarity: how alike two images are, per patient and per slice. */
#include "commands.h"
#include "cli_pairs.h"

#include <math.h>
#include <string.h>

#include "willis/evaluate.h"
#include "willis/metrics.h"

#define N_MEASURES 8

static const char *const names[N_MEASURES] = {
    "mae", "mse", "nrmse", "psnr", "ssim_u7", "ssim_g11", "ssim_u7_3d", "ssim_g11_3d"};

static void to_values(double values[N_MEASURES], const wil_similarity *s)
{
    const double all[N_MEASURES] = {
        s->mae, s->mse, s->nrmse, s->psnr, s->ssim_u7, s->ssim_g11, s->ssim_u7_3d, s->ssim_g11_3d};
    memcpy(values, all, sizeof all);
}

/* What has been measured so far. */
typedef struct results {
    double *values; /* [n, N_MEASURES] */
    double *ranges; /* [n] */
    json_t *cases;
    wil_lines csv, slices_csv;
    int n;
} results;

/* ---- one case ------------------------------------------------------------------------------------------ */

typedef struct images {
    wil_volume truth, prediction;
    wil_mask mask;
} images;

static void images_clear(images *in)
{
    wil_volume_clear(&in->truth);
    wil_volume_clear(&in->prediction);
    wil_mask_clear(&in->mask);
}

static wil_status read_images(images *out, const wil_case_pair *pair)
{
    WIL_TRY(wil_volume_read_3d(&out->truth, pair->truth));
    WIL_TRY(wil_volume_read_3d(&out->prediction, pair->prediction));
    WIL_TRY(wil_volume_turn_onto(&out->prediction, &out->truth.grid));
    if (pair->mask == NULL)
        return WIL_OK;
    WIL_TRY(wil_mask_read(&out->mask, pair->mask));
    return wil_mask_turn_onto(&out->mask, &out->truth.grid);
}

/* *range NaN: from the truth. */
static wil_status settle_range(double *range, const images *in, const wil_mask *within)
{
    if (!isnan(*range))
        return WIL_OK;
    WIL_TRY(wil_similarity_range(range, &in->truth, within));
    WIL_REQUIRE(*range > 0, WIL_ERR_INPUT,
        "the truth is constant, so its range cannot be taken; give the range of possible values by --range");
    return WIL_OK;
}

static wil_status add_csv_row(
    wil_lines *lines, const char *name, int slice, const wil_similarity *s, int n_values)
{
    double values[N_MEASURES];
    WIL_OWN(char) *row = NULL;
    to_values(values, s);
    WIL_TRY(wil_csv_cell(&row, name));
    if (slice >= 0)
        WIL_TRY(wil_text_append(&row, ",%d", slice));
    WIL_TRY(wil_text_append(&row, ",%zu", s->n_voxels));
    for (int i = 0; i < n_values; i++)
        WIL_TRY(wil_csv_number(&row, values[i]));
    WIL_TRY(wil_text_append(&row, "\n"));
    return wil_lines_add(lines, row);
}

static wil_status add_case(
    results *out, const char *name, const wil_similarity *s, const wil_similarity *slices, int n_slices)
{
    double *values = out->values + (size_t)out->n * N_MEASURES;
    to_values(values, s);
    WIL_TRY(add_csv_row(&out->csv, name, -1, s, N_MEASURES));
    for (int z = 0; z < n_slices; z++)
        if (slices[z].n_voxels > 0)
            WIL_TRY(add_csv_row(&out->slices_csv, name, z, &slices[z], N_MEASURES - 2));
    json_t *row = json_pack("{s:o, s:I, s:f}", "case", wil_json_text(name), "n_voxels",
        (json_int_t)s->n_voxels, "range", out->ranges[out->n]);
    for (int i = 0; i < N_MEASURES; i++)
        (void)json_object_set_new(row, names[i], wil_json_real(values[i]));
    (void)json_array_append_new(out->cases, row);
    out->n++;
    return WIL_OK;
}

static wil_status evaluate_case(results *out, const wil_case_pair *pair, double range)
{
    images in = {0};
    wil_similarity whole;
    wil_similarity *slices = NULL;
    wil_status status = WIL_OK;
    WIL_TRY_GOTO(status, read_images(&in, pair), done);
    const wil_mask *within = pair->mask == NULL ? NULL : &in.mask;
    WIL_TRY_GOTO(status, wil_case_pair_context(settle_range(&range, &in, within), pair), done);
    out->ranges[out->n] = range;
    WIL_TRY_GOTO(status, wil_alloc((void **)&slices, (size_t)in.truth.grid.size[2], sizeof *slices), done);
    status = wil_similarity_evaluate(&whole, slices, &in.truth, &in.prediction, within, range);
    WIL_TRY_GOTO(status, wil_case_pair_context(status, pair), done);
    status = add_case(out, pair->name, &whole, slices, in.truth.grid.size[2]);
done:
    wil_free(slices);
    images_clear(&in);
    return wil_fail_context(status, "case %s", pair->name);
}

static wil_status evaluate_all(
    results *out, const wil_case_pairs *pairs, double range, const wil_monitor *monitor)
{
    const double start_s = wil_time_s();
    WIL_TRY(wil_alloc_f64(&out->values, pairs->n * N_MEASURES));
    WIL_TRY(wil_alloc_f64(&out->ranges, pairs->n));
    out->cases = json_array();
    WIL_TRY(wil_lines_add(&out->csv, "case,n_voxels"));
    WIL_TRY(wil_lines_add(&out->slices_csv, "case,slice,n_voxels"));
    for (int i = 0; i < N_MEASURES; i++) {
        WIL_TRY(wil_lines_add(&out->csv, ","));
        WIL_TRY(wil_lines_add(&out->csv, names[i]));
        if (i < N_MEASURES - 2) {
            WIL_TRY(wil_lines_add(&out->slices_csv, ","));
            WIL_TRY(wil_lines_add(&out->slices_csv, names[i]));
        }
    }
    WIL_TRY(wil_lines_add(&out->csv, "\n"));
    WIL_TRY(wil_lines_add(&out->slices_csv, "\n"));
    for (size_t i = 0; i < pairs->n; i++) {
        WIL_REQUIRE(!wil_monitor_stop_requested(monitor), WIL_ERR_INTERRUPTED,
            "interrupted after %zu of %zu cases", i, pairs->n);
        WIL_TRY(evaluate_case(out, &pairs->items[i], range));
        wil_monitor_progress(monitor, "similarity", (int64_t)i + 1, (int64_t)pairs->n, wil_time_s() - start_s,
            pairs->items[i].name);
    }
    return WIL_OK;
}

static void results_clear(results *r)
{
    wil_free(r->values);
    wil_free(r->ranges);
    wil_lines_clear(&r->csv);
    wil_lines_clear(&r->slices_csv);
    json_decref(r->cases);
}

/* ---- results ------------------------------------------------------------------------------------------- */

/* Of one measure over the cases. */
static wil_status summarise(wil_summary *out, const results *r, int measure, uint64_t seed)
{
    double *column = NULL;
    WIL_TRY(wil_alloc_f64(&column, (size_t)r->n));
    for (int i = 0; i < r->n; i++)
        column[i] = r->values[(size_t)i * N_MEASURES + (size_t)measure];
    const wil_status status = wil_metrics_summary(out, column, NULL, r->n, seed);
    wil_free(column);
    return status;
}

/* The measures of the mean patient stand beside the cases, under the names that a single pair has too. */
static wil_status print_json(const results *r, uint64_t seed)
{
    json_t *root = json_object();
    json_t *summary = json_object();
    wil_status status = WIL_OK;
    for (int i = 0; i < N_MEASURES && status == WIL_OK; i++) {
        wil_summary s;
        status = summarise(&s, r, i, seed);
        if (status != WIL_OK)
            break;
        (void)json_object_set_new(root, names[i], wil_json_real(s.mean));
        (void)json_object_set_new(summary, names[i],
            json_pack("{s:o, s:o, s:o, s:[oo], s:i}", "mean", wil_json_real(s.mean), "sd",
                wil_json_real(s.sd), "median", wil_json_real(s.median), "ci95", wil_json_real(s.low),
                wil_json_real(s.high), "n", s.n));
    }
    (void)json_object_set(root, "cases", r->cases);
    (void)json_object_set_new(root, "summary", summary);
    if (status == WIL_OK)
        return cli_print_json(root);
    json_decref(root);
    return status;
}

static wil_status print_text(const results *r)
{
    char *lines = NULL;
    wil_status status = wil_text_append(&lines, "case");
    for (int i = 0; i < N_MEASURES && status == WIL_OK; i++)
        status = wil_text_append(&lines, "\t%s", names[i]);
    for (int k = 0; k < r->n && status == WIL_OK; k++) {
        const char *name = json_string_value(json_object_get(json_array_get(r->cases, (size_t)k), "case"));
        status = wil_text_append(&lines, "\n%s", name);
        for (int i = 0; i < N_MEASURES && status == WIL_OK; i++) {
            const double value = r->values[(size_t)k * N_MEASURES + (size_t)i];
            status = isnan(value) ? wil_text_append(&lines, "\t-") : wil_text_append(&lines, "\t%.5g", value);
        }
    }
    if (status == WIL_OK)
        status = wil_text_append(&lines, "\n");
    if (status == WIL_OK)
        status = cli_print_table(lines);
    wil_free(lines);
    return status;
}

typedef struct request {
    wil_case_source source;
    double range;
    uint64_t seed;
    char *csv, *slices;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {NULL, WIL_SECTION, AT(source), .fields = &cli_pairs_fields},
    {"range", WIL_REAL, AT(range), "auto", 0, INFINITY, .open = WIL_OPEN_MIN,
        .help = "range of possible values, for PSNR and SSIM (255 for 8 bits); auto: the truth's largest "
                "minus smallest value, case by case"},
    {"csv", WIL_OUTPUT, AT(csv), "", .value = "FILE.csv", .help = "where to write one row a case"},
    {"slices", WIL_OUTPUT, AT(slices), "", .value = "FILE.csv", .help = "where to write one row a slice"},
    {"seed", WIL_U64, AT(seed), "1", .help = "of the bootstrap intervals"},
};

static wil_status evaluate(
    results *out, const request *q, const wil_case_pairs *pairs, const cli_common *common)
{
    WIL_TRY(evaluate_all(out, pairs, q->range, cli_monitor_start(common)));
    if (q->csv != NULL)
        WIL_TRY(wil_file_write(q->csv, out->csv.text, out->csv.n_bytes));
    if (q->slices != NULL)
        WIL_TRY(wil_file_write(q->slices, out->slices_csv.text, out->slices_csv.n_bytes));
    return common->json ? print_json(out, q->seed) : print_text(out);
}

static wil_status run(void *settings, const cli_common *common)
{
    const request *q = settings;
    wil_case_pairs pairs = {0};
    results r = {0};
    wil_status status = wil_case_pairs_find(&pairs, &q->source);
    if (status == WIL_OK)
        status = evaluate(&r, q, &pairs, common);
    results_clear(&r);
    wil_case_pairs_clear(&pairs);
    return status;
}

const cli_command cmd_evaluate_similarity = {
    .name = "evaluate similarity",
    .purpose = "MAE, MSE, NRMSE, PSNR and SSIM of images against their truth",
    .example = "willis evaluate similarity --truth scan.nii.gz --prediction synthetic.nii.gz --range 255",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes =
        "nrmse = sqrt(mse) / sqrt(mean of truth^2), so it depends on where zero lies; psnr in dB. ssim_u7: "
        "uniform window of 7, sample covariance; ssim_g11: Gaussian of sigma 1.5 over 11, population "
        "covariance; both slice by slice, ..._3d with solid windows; K1 0.01, K2 0.03, windows wholly "
        "in the image, with --mask those whose centre is in it.",
};
