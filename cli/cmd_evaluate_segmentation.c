/* willis evaluate segmentation: every measure of a mask against its truth, case by case. */
#include "commands.h"

#include <math.h>
#include <string.h>

#include "willis/pages.h"
#include "willis/report.h"

#define N_SLICES 12
#define N_COLUMNS 4

typedef struct settings {
    wil_seg_config config;
    double threshold; /* NaN: masks must be 0 and 1 */
    const char *maps; /* folder, or NULL */
    bool allow_empty;
} settings;

typedef struct masks {
    wil_mask truth, prediction, within;
} masks;

static void masks_clear(masks *in)
{
    wil_mask_clear(&in->truth);
    wil_mask_clear(&in->prediction);
    wil_mask_clear(&in->within);
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static wil_status read_above(wil_mask *out, const char *path, double threshold)
{
    wil_volume volume;
    size_t bad = 0;
    WIL_TRY(wil_volume_read_3d(&volume, path));
    wil_status status = wil_mask_make(out, &volume.grid);
    const size_t n = wil_grid_count(&volume.grid);
    for (size_t i = 0; i < n && status == WIL_OK; i++) {
        out->voxels[i] = volume.voxels[i] > threshold;
        bad += isnan(volume.voxels[i]);
    }
    wil_volume_clear(&volume);
    if (status == WIL_OK && bad > 0)
        status =
            wil_fail(WIL_ERR_INPUT, "%s holds %zu NaN voxels; replace them (by 0, say) first", path, bad);
    return status;
}

/* Without a threshold only 0 and 1 will do, and the message names the option that helps. */
static wil_status read_mask(wil_mask *out, const char *path, double threshold)
{
    if (!isnan(threshold))
        return read_above(out, path, threshold);
    const wil_status status = wil_mask_read(out, path);
    if (status != WIL_ERR_INPUT || strstr(wil_status_message(), "0 and 1") == NULL)
        return status;
    char *message = NULL;
    WIL_TRY(wil_string_copy(&message, wil_status_message()));
    (void)wil_fail(status, "%s; --threshold T makes masks of probabilities or labels: 1 above T", message);
    wil_free(message);
    return status;
}

static wil_status read_masks(masks *out, const wil_case_pair *pair, double threshold)
{
    WIL_TRY(read_mask(&out->truth, pair->truth, threshold));
    WIL_TRY(read_mask(&out->prediction, pair->prediction, threshold));
    return pair->mask == NULL ? WIL_OK : wil_mask_read(&out->within, pair->mask);
}

/* ---- maps ---------------------------------------------------------------------------------------------- */

static void restrict_to(wil_mask *mask, const wil_mask *within)
{
    const size_t n = wil_grid_count(&mask->grid);
    for (size_t i = 0; i < n; i++)
        mask->voxels[i] = mask->voxels[i] && within->voxels[i];
}

static wil_status write_error_map(const masks *in, const char *path)
{
    wil_volume map;
    WIL_TRY(wil_volume_make(&map, &in->truth.grid, 1));
    const size_t n = wil_grid_count(&map.grid);
    for (size_t i = 0; i < n; i++) {
        const int truth = in->truth.voxels[i];
        const int prediction = in->prediction.voxels[i];
        map.voxels[i] = (float)(truth ? prediction ? 1 : 3 : prediction ? 2 : 0);
    }
    const wil_status status =
        wil_volume_write(&map, path, WIL_NIFTI_U8, "1 true positive, 2 false positive, 3 false negative");
    wil_volume_clear(&map);
    return status;
}

static wil_status write_picture(const masks *in, const char *path, bool slices)
{
    wil_picture picture;
    WIL_TRY(slices ? wil_montage_error_slices(&picture, &in->truth, &in->prediction, N_SLICES, N_COLUMNS)
                   : wil_montage_error_projections(&picture, &in->truth, &in->prediction));
    const wil_status status = wil_picture_write_png(&picture, path);
    wil_picture_clear(&picture);
    return status;
}

/* <folder>/<case>_errors.nii.gz, _slices.png and _projections.png. */
static wil_status write_maps(masks *in, const char *folder, const char *name)
{
    static const char *const endings[] = {"errors.nii.gz", "slices.png", "projections.png"};
    if (in->within.voxels != NULL) {
        restrict_to(&in->truth, &in->within);
        restrict_to(&in->prediction, &in->within);
    }
    wil_status status = wil_folder_make(folder);
    for (int k = 0; k < 3 && status == WIL_OK; k++) {
        char *path = NULL;
        WIL_TRY(wil_string_format(&path, "%s/%s_%s", folder, name, endings[k]));
        status = k == 0 ? write_error_map(in, path) : write_picture(in, path, k == 1);
        wil_free(path);
    }
    return status;
}

/* ---- cases --------------------------------------------------------------------------------------------- */

static wil_status evaluate_case(wil_seg_scores *out, const wil_case_pair *pair, const settings *with)
{
    masks in = {0};
    wil_status status = WIL_OK;
    WIL_TRY_GOTO(status, read_masks(&in, pair, with->threshold), done);
    status = wil_seg_evaluate(
        out, &in.truth, &in.prediction, pair->mask == NULL ? NULL : &in.within, &with->config);
    WIL_TRY_GOTO(status, wil_case_pair_context(status, pair), done);
    if (with->maps != NULL)
        status = write_maps(&in, with->maps, pair->name);
done:
    masks_clear(&in);
    return wil_fail_context(status, "case %s", pair->name);
}

static wil_status evaluate_all(
    wil_seg_scores *out, const wil_case_pairs *pairs, const settings *with, const wil_monitor *monitor)
{
    const double start_s = wil_time_s();
    for (size_t i = 0; i < pairs->n; i++) {
        WIL_REQUIRE(!wil_monitor_stop_requested(monitor), WIL_ERR_INTERRUPTED,
            "interrupted after %zu of %zu cases", i, pairs->n);
        WIL_TRY(evaluate_case(&out[i], &pairs->items[i], with));
        wil_monitor_progress(monitor, "segmentation", (int64_t)i + 1, (int64_t)pairs->n,
            wil_time_s() - start_s, pairs->items[i].name);
    }
    return WIL_OK;
}

/* Everything has been written when this fails: an empty mask is a result, and a reason to look. */
static wil_status judge_empty(const wil_seg_results *r, bool allowed, const wil_monitor *monitor)
{
    char *words = NULL;
    int n = 0;
    for (size_t i = 0; i < r->pairs->n; i++) {
        if (r->scores[i].status == WIL_SEG_OK)
            continue;
        WIL_TRY(wil_text_append(&words, "%s%s %s", n > 0 ? ", " : "", r->pairs->items[i].name,
            r->scores[i].status == WIL_SEG_PREDICTION_EMPTY ? "(prediction empty: missed, counted as failed)"
            : r->scores[i].status == WIL_SEG_TRUTH_EMPTY    ? "(truth empty: distances undefined)"
                                                            : "(both empty: overlap 1 by definition)"));
        n++;
    }
    wil_status status = WIL_OK;
    if (n > 0 && allowed)
        wil_monitor_warn(monitor, "%d case%s with an empty mask: %s", n, cli_plural(n), words);
    else if (n > 0)
        status = wil_fail(WIL_ERR_INPUT,
            "%d case%s with an empty mask: %s; the results stand, --allow-empty accepts them", n,
            cli_plural(n), words);
    wil_free(words);
    return status;
}

static wil_status print_json(const wil_seg_results *r)
{
    json_t *root = NULL;
    WIL_TRY(wil_seg_results_json(&root, r));
    return cli_print_json(root);
}

static wil_status print_text(const wil_seg_results *r)
{
    WIL_OWN(char) *lines = NULL;
    WIL_TRY(wil_seg_results_table(&lines, r));
    WIL_TRY(cli_print_table(lines));
    if (r->pairs->n == 1)
        printf("\ncase %s: %s\n", r->pairs->items[0].name, wil_seg_status_name(r->scores[0].status));
    else
        printf("\n%zu cases; --csv writes one row for each\n", r->pairs->n);
    return WIL_OK;
}

static wil_status deliver(
    wil_seg_results *r, const cli_common *common, const char *csv, const wil_seg_plot *plot)
{
    if (csv != NULL)
        WIL_TRY(wil_seg_results_write_csv(r, csv));
    if (plot->path != NULL)
        WIL_TRY(wil_seg_plot_write(r, plot));
    return common->json ? print_json(r) : print_text(r);
}

static wil_status evaluate(wil_seg_results *r, const wil_case_pairs *pairs, const settings *with,
    const char *csv, const char *compare, const wil_seg_plot *plot, const cli_common *common)
{
    const wil_monitor *monitor = cli_monitor_start(common);
    r->pairs = pairs;
    r->config = with->config;
    WIL_TRY(wil_alloc((void **)&r->scores, pairs->n, sizeof *r->scores));
    if (compare != NULL)
        WIL_TRY(wil_seg_results_read_other(r, compare));
    if (plot->path != NULL)
        WIL_TRY(wil_seg_plot_check(r, plot)); /* now rather than behind an hour of scoring */
    WIL_TRY(evaluate_all(r->scores, pairs, with, monitor));
    WIL_TRY(deliver(r, common, csv, plot));
    return judge_empty(r, with->allow_empty, monitor);
}

/* Runs to draw beside this one, given as NAME=FILE.csv. */
typedef struct other_runs {
    wil_seg_run items[CLI_LIST_MOST];
    char *label[CLI_LIST_MOST], *path[CLI_LIST_MOST];
    int n;
} other_runs;

static void other_runs_clear(other_runs *runs)
{
    for (int i = 0; i < runs->n; i++) {
        wil_free(runs->label[i]);
        wil_free(runs->path[i]);
    }
}
WIL_OWNED_VALUE(other_runs, other_runs_clear)

static wil_status name_others(other_runs *out, const cli_list *given)
{
    for (; out->n < given->n; out->n++) {
        const int i = out->n;
        WIL_TRY(cli_named_input(&out->label[i], &out->path[i], "--plot-with", given->items[i]));
        out->items[i] = (wil_seg_run){.label = out->label[i], .path = out->path[i]};
    }
    return WIL_OK;
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    settings with = {.config = wil_seg_config_default(), .threshold = NAN};
    wil_case_source source = {.truth_suffix = "", .prediction_suffix = "", .mask_suffix = ""};
    wil_seg_results r = {.seed = 1};
    wil_case_pairs pairs = {0};
    const char *csv = NULL;
    const char *compare = NULL;
    wil_seg_plot plot = {.columns = "dsc,hd95_mm,bavd_vox,cldice", .label = "this run"};
    cli_list others = {.n = 0};
    WIL_OWN(other_runs) named = {.n = 0};
    cli_common common;
    cli_option options[] = {
        {"--truth", CLI_INPUT, &source.truth, "PATH", .help = "the true mask, or a folder of them",
            .required = true},
        {"--prediction", CLI_INPUT, &source.prediction, "PATH",
            .help = "the mask to score, or a folder whose files pair with the truth's by name",
            .required = true},
        {"--mask", CLI_INPUT, &source.mask, "PATH",
            .help = "score within this 0/1 mask (a brain, say), or the folder's mask of each case"},
        {"--truth-suffix", CLI_TEXT, &source.truth_suffix, "TEXT",
            .help = "what follows the case's name in the truth's files, before .nii"},
        {"--prediction-suffix", CLI_TEXT, &source.prediction_suffix, "TEXT",
            .help = "... in the prediction's: _pred for those of willis evaluate"},
        {"--mask-suffix", CLI_TEXT, &source.mask_suffix, "TEXT", .help = "... in the masks'"},
        {"--threshold", CLI_REAL, &with.threshold, "T",
            .help = "truth and prediction are 1 above this value; without, they must be 0 and 1",
            .min = -1e30, .max = 1e30},
        {"--tolerance", CLI_REAL, &with.config.nsd_tolerance_mm, "MM",
            .help = "of the normalised surface Dice, in mm", .min = 0, .max = 1000},
        {"--calibre", CLI_REALS, with.config.calibre_mm, "MM",
            .help = "edges between bands of calibre, in mm", .min = 0.001, .max = 1000,
            .n = WIL_SEG_MOST_EDGES, .n_given = &with.config.n_calibre},
        {"--csv", CLI_OUTPUT, &csv, "FILE.csv", .help = "where to write one row a case"},
        {"--maps", CLI_OUTPUT_FOLDER, &with.maps, "FOLDER",
            .help = "where to write <case>_errors.nii.gz (1 true positive, 2 false positive, 3 false "
                    "negative), <case>_slices.png and <case>_projections.png (red, green, yellow)"},
        {"--compare", CLI_INPUT, &compare, "FILE.csv",
            .help = "the --csv of another run on the same cases: paired test of this run against it"},
        {"--plot", CLI_OUTPUT, &plot.path, "FILE.svg",
            .help = "where to draw box plots of the cases, one panel a column"},
        {"--plot-columns", CLI_TEXT, &plot.columns, "LIST", .help = "of which columns, with commas between"},
        {"--plot-with", CLI_LIST, &others, "NAME=FILE.csv",
            .help = "the --csv of another run, drawn before this one; give it for each"},
        {"--label", CLI_TEXT, &plot.label, "TEXT", .help = "what this run is called in the plot"},
        {"--seed", CLI_U64, &r.seed, "N", .help = "of the bootstrap intervals"},
        {"--allow-empty", CLI_FLAG, &with.allow_empty, .help = "empty masks are no reason for exit status 2"},
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    WIL_REQUIRE(plot.path != NULL || others.n == 0, WIL_ERR_ARG,
        "--plot-with names runs for a plot, but there is no --plot FILE.svg");
    WIL_TRY(name_others(&named, &others));
    plot.others = named.items;
    plot.n_others = named.n;
    wil_status status = wil_case_pairs_find(&pairs, &source);
    if (status == WIL_OK)
        status = evaluate(&r, &pairs, &with, csv, compare, &plot, &common);
    wil_seg_results_clear(&r);
    wil_case_pairs_clear(&pairs);
    return status;
}

const cli_command cmd_evaluate_segmentation = {
    .name = "evaluate segmentation",
    .purpose = "overlap, distances, centrelines and topology of masks against their truth",
    .example = "willis evaluate segmentation --truth labels --prediction masks --csv scores.csv --maps maps\n"
               "willis evaluate segmentation --truth labels --prediction new --plot runs.svg --label new "
               "--plot-with old=scores.csv",
    .run = run,
    .computes = true,
    .notes = "Distances run between voxel centres; hd95 is the larger of the two directions' 95 % quantiles "
             "over surface voxels; bavd takes all voxels and divides by the size of the truth. A missed "
             "structure counts in n_failed: its Dice is 0, its distances are infinite and left out of the "
             "mean, not of the median. docs/metrics.md has every definition.",
};
