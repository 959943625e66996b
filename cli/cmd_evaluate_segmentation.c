/* willis evaluate segmentation: every measure of a mask against its truth, case by case. */
#include "commands.h"
#include "cli_masks.h"
#include "cli_pairs.h"

#include <math.h>
#include <string.h>

#include "willis/pages.h"
#include "willis/report.h"

#define N_SLICES 12
#define N_COLUMNS 4

typedef struct request {
    wil_seg_config config;
    wil_case_source source;
    cli_thresholds cut;
    wil_mask_rule rule;
    char *maps, *csv, *summary, *latex, *compare, *plot, *columns, *label;
    wil_text_list plot_with;
    uint64_t seed;
    bool labels, allow_empty;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {NULL, WIL_SECTION, AT(source), .fields = &cli_pairs_fields},
    {NULL, WIL_SECTION, AT(cut), .fields = &cli_threshold_fields},
    {NULL, WIL_SECTION, AT(rule), .fields = &wil_mask_rule_fields},
    {"labels", WIL_BOOL, AT(labels),
        .help = "masks of several labels (1, 2, ...): rows for each, their mean, and all as one mask"},
    {NULL, WIL_SECTION, AT(config), .fields = &wil_seg_fields},
    {"csv", WIL_OUTPUT, AT(csv), "", .value = "FILE.csv", .help = "where to write one row a case"},
    {"summary", WIL_OUTPUT, AT(summary), "", .value = "FILE.csv",
        .help = "where to write mean, sd, median and interval, one row a measure (and label)"},
    {"latex", WIL_OUTPUT, AT(latex), "", .value = "FILE.tex",
        .help = "where to write a tabular of --columns: means with intervals, one row a label"},
    {"maps", WIL_OUTPUT_FOLDER, AT(maps), "",
        .help = "where to write <case>_errors.nii.gz (1 true positive, 2 false positive, 3 false negative), "
                "<case>_slices.png and <case>_projections.png (red, green, yellow)"},
    {"compare", WIL_INPUT, AT(compare), "", .value = "FILE.csv",
        .help = "the --csv of another run on the same cases: paired test of this run against it"},
    {"plot", WIL_OUTPUT, AT(plot), "", .value = "FILE.svg",
        .help = "where to draw box plots of the cases, one panel a column"},
    {"columns", WIL_TEXT, AT(columns), "dsc,hd95_mm,bavd_vox,cldice", .also = "--plot-columns",
        .value = "LIST", .help = "of which columns plot and LaTeX table are, with commas between"},
    {"plot_with", WIL_LIST, AT(plot_with), "", .value = "NAME=FILE.csv",
        .help = "the --csv of another run, drawn before this one; give it for each"},
    {"label", WIL_TEXT, AT(label), "this run", .help = "what this run is called in plot and LaTeX table"},
    {"seed", WIL_U64, AT(seed), "1", .help = "of the bootstrap intervals"},
    {"allow_empty", WIL_BOOL, AT(allow_empty), .help = "empty masks are no reason for exit status 2"},
};

typedef struct masks {
    wil_mask truth, prediction, within;
} masks;

static void masks_clear(masks *in)
{
    wil_mask_clear(&in->truth);
    wil_mask_clear(&in->prediction);
    wil_mask_clear(&in->within);
}
WIL_OWNED_VALUE(masks, masks_clear)

/* ---- reading ------------------------------------------------------------------------------------------- */

static wil_status read_region(masks *out, const wil_case_pair *pair, bool binarise)
{
    const wil_mask_rule rule = {.binarise = binarise};
    if (pair->mask == NULL)
        return WIL_OK;
    WIL_TRY(wil_mask_read_by(&out->within, pair->mask, &rule));
    return wil_mask_turn_onto(&out->within, &out->truth.grid);
}

static wil_status read_masks(masks *out, const wil_case_pair *pair, const request *with)
{
    WIL_TRY(cli_read_truth(&out->truth, pair->truth, &with->cut, &with->rule));
    WIL_TRY(cli_read_prediction(&out->prediction, pair->prediction, &with->cut, &with->rule));
    WIL_TRY(wil_mask_turn_onto(&out->prediction, &out->truth.grid));
    return read_region(out, pair, with->rule.binarise);
}

static void tell_of_files(const masks *in, const wil_case_pair *pair, const wil_monitor *monitor)
{
    cli_warn_of_header(monitor, pair->truth);
    cli_warn_of_header(monitor, pair->prediction);
    cli_tell_of_turn(monitor, &in->prediction.grid, pair->prediction, &in->truth.grid, pair->truth);
}

/* Masks of labels, and what of them the error maps show: all labels as one mask. */
static wil_status read_labels(
    wil_volume *truth, wil_volume *prediction, masks *out, const wil_case_pair *pair)
{
    WIL_TRY(wil_volume_read_3d(truth, pair->truth));
    WIL_TRY(wil_volume_read_3d(prediction, pair->prediction));
    for (int k = 0; k < 2; k++) {
        const wil_volume *from = k == 0 ? truth : prediction;
        wil_mask *to = k == 0 ? &out->truth : &out->prediction;
        WIL_TRY(wil_mask_make(to, &from->grid));
        for (size_t i = 0; i < wil_grid_count(&from->grid); i++)
            to->voxels[i] = from->voxels[i] >= 0.5F;
    }
    WIL_TRY(wil_volume_turn_onto(prediction, &truth->grid));
    WIL_TRY(wil_mask_turn_onto(&out->prediction, &out->truth.grid));
    return read_region(out, pair, false);
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

static wil_status score_masks(wil_seg_results *r, masks *in, const wil_case_pair *pair, const request *with)
{
    wil_seg_scores scores;
    WIL_TRY(read_masks(in, pair, with));
    WIL_TRY(wil_case_pair_context(wil_seg_evaluate(&scores, &in->truth, &in->prediction,
                                      pair->mask == NULL ? NULL : &in->within, &with->config),
        pair));
    return wil_seg_results_add(r, &scores);
}

static wil_status score_labels(wil_seg_results *r, masks *in, const wil_case_pair *pair, const request *with)
{
    WIL_OWN(wil_volume) truth = {0}, prediction = {0};
    WIL_OWN(wil_seg_classes) classes = {0};
    WIL_TRY(read_labels(&truth, &prediction, in, pair));
    WIL_TRY(wil_case_pair_context(wil_seg_evaluate_classes(&classes, &truth, &prediction,
                                      pair->mask == NULL ? NULL : &in->within, &with->config),
        pair));
    return wil_seg_results_add_classes(r, &classes);
}

static wil_status evaluate_case(
    wil_seg_results *r, const wil_case_pair *pair, const request *with, const wil_monitor *monitor)
{
    WIL_OWN(masks) in = {0};
    wil_status status = with->labels ? score_labels(r, &in, pair, with) : score_masks(r, &in, pair, with);
    if (status == WIL_OK)
        tell_of_files(&in, pair, monitor);
    if (status == WIL_OK && with->maps != NULL)
        status = write_maps(&in, with->maps, pair->name);
    return wil_fail_context(status, "case %s", pair->name);
}

static wil_status evaluate_all(wil_seg_results *r, const request *with, const wil_monitor *monitor)
{
    const wil_case_pairs *pairs = r->pairs;
    const double start_s = wil_time_s();
    for (size_t i = 0; i < pairs->n; i++) {
        WIL_REQUIRE(!wil_monitor_stop_requested(monitor), WIL_ERR_INTERRUPTED,
            "interrupted after %zu of %zu cases", i, pairs->n);
        WIL_TRY(evaluate_case(r, &pairs->items[i], with, monitor));
        wil_monitor_progress(monitor, "segmentation", (int64_t)i + 1, (int64_t)pairs->n,
            wil_time_s() - start_s, pairs->items[i].name);
    }
    return WIL_OK;
}

/* Everything has been written when this fails: an empty mask is a result, and a reason to look. Single labels
 * may well be missing; they count in the column of failures. */
static wil_status judge_empty(const wil_seg_results *r, bool allowed, const wil_monitor *monitor)
{
    WIL_OWN(char) *words = NULL;
    int n = 0;
    for (size_t i = 0; i < r->n_rows; i++) {
        const wil_seg_status status = r->rows[i].scores.status;
        if (status == WIL_SEG_OK || (r->classes && r->rows[i].label != WIL_SEG_MERGED))
            continue;
        WIL_TRY(wil_text_append(&words, "%s%s %s", n > 0 ? ", " : "", r->pairs->items[r->rows[i].pair].name,
            status == WIL_SEG_PREDICTION_EMPTY ? "(prediction empty: missed, counted as failed)"
            : status == WIL_SEG_TRUTH_EMPTY    ? "(truth empty: distances undefined)"
                                               : "(both empty: overlap 1 by definition)"));
        n++;
    }
    if (n > 0 && allowed)
        wil_monitor_warn(monitor, "%d case%s with an empty mask: %s", n, cli_plural(n), words);
    WIL_REQUIRE(n == 0 || allowed, WIL_ERR_INPUT,
        "%d case%s with an empty mask: %s; the results stand, --allow-empty accepts them", n, cli_plural(n),
        words);
    return WIL_OK;
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
    if (r->pairs->n == 1 && r->rows != NULL)
        printf("\ncase %s: %s\n", r->pairs->items[0].name,
            wil_seg_status_name(r->rows[r->n_rows - 1].scores.status));
    else
        printf("\n%zu cases; --csv writes one row for each\n", r->pairs->n);
    return WIL_OK;
}

/* Runs to draw beside this one, given as NAME=FILE.csv. */
typedef struct other_runs {
    wil_seg_run *items;
    char **label, **path; /* owned, as the arrays are */
    int n;
} other_runs;

static void other_runs_clear(other_runs *runs)
{
    for (int i = 0; i < runs->n; i++) {
        wil_free(runs->label[i]);
        wil_free(runs->path[i]);
    }
    wil_free(runs->label);
    wil_free(runs->path);
    wil_free(runs->items);
}
WIL_OWNED_VALUE(other_runs, other_runs_clear)

static wil_status name_others(other_runs *out, const wil_text_list *given)
{
    const size_t n = (size_t)given->n;
    WIL_TRY(wil_alloc((void **)&out->items, n, sizeof *out->items));
    WIL_TRY(wil_alloc((void **)&out->label, n, sizeof *out->label));
    WIL_TRY(wil_alloc((void **)&out->path, n, sizeof *out->path));
    for (; out->n < given->n; out->n++) {
        const int i = out->n;
        WIL_TRY(cli_named_input(&out->label[i], &out->path[i], "--plot-with", given->items[i]));
        out->items[i] = (wil_seg_run){.label = out->label[i], .path = out->path[i]};
    }
    return WIL_OK;
}

/* Columns and other runs are looked at now rather than after an hour of scoring. */
static wil_status check_outputs(wil_seg_results *r, const request *with, const wil_seg_plot *plot)
{
    if (with->compare != NULL && !with->labels)
        WIL_TRY(wil_seg_results_read_other(r, with->compare));
    if (with->latex != NULL)
        WIL_TRY(wil_seg_latex_check(r, with->columns));
    return with->plot != NULL ? wil_seg_plot_check(r, plot) : WIL_OK;
}

static wil_status write_outputs(const wil_seg_results *r, const request *with, const wil_seg_plot *plot)
{
    if (with->csv != NULL)
        WIL_TRY(wil_seg_results_write_csv(r, with->csv));
    if (with->summary != NULL)
        WIL_TRY(wil_seg_results_write_summary(r, with->summary));
    if (with->latex != NULL)
        WIL_TRY(wil_seg_latex_write(r, with->columns, with->label, with->latex));
    return with->plot != NULL ? wil_seg_plot_write(r, plot) : WIL_OK;
}

static wil_status evaluate(wil_seg_results *r, const request *with, const cli_common *common)
{
    WIL_OWN(other_runs) others = {.n = 0};
    const wil_monitor *monitor = cli_monitor_start(common);
    WIL_TRY(name_others(&others, &with->plot_with));
    const wil_seg_plot plot = {.path = with->plot,
        .columns = with->columns,
        .label = with->label,
        .others = others.items,
        .n_others = others.n};
    WIL_TRY(check_outputs(r, with, &plot));
    WIL_TRY(evaluate_all(r, with, monitor));
    if (with->compare != NULL && with->labels)
        WIL_TRY(wil_seg_results_read_other(r, with->compare));
    WIL_TRY(write_outputs(r, with, &plot));
    WIL_TRY(common->json ? print_json(r) : print_text(r));
    return judge_empty(r, with->allow_empty, monitor);
}

static wil_status check_options(const request *with)
{
    const bool has_rule = with->rule.binarise || with->rule.foreground != NULL;
    const bool is_cut = !isnan(with->cut.truth) || !isnan(with->cut.prediction);
    WIL_REQUIRE(!has_rule || !is_cut, WIL_ERR_ARG,
        "thresholds, --binarise and --foreground each say what is foreground; give one of them");
    WIL_REQUIRE(!has_rule || !with->labels, WIL_ERR_ARG,
        "--binarise and --foreground make one mask of all labels; leave them out beside --labels");
    WIL_REQUIRE(with->plot != NULL || with->plot_with.n == 0, WIL_ERR_ARG,
        "--plot-with names runs for a plot, but there is no --plot FILE.svg");
    WIL_REQUIRE(!with->labels || with->plot == NULL, WIL_ERR_ARG,
        "--plot draws one mask a case, --labels scores several; leave one of them out");
    WIL_REQUIRE(!with->labels || !is_cut, WIL_ERR_ARG,
        "a threshold makes one mask of all labels; leave it out beside --labels");
    return WIL_OK;
}

static wil_status run(void *settings, const cli_common *common)
{
    const request *with = settings;
    wil_case_pairs pairs = {0};
    wil_seg_results r = {
        .pairs = &pairs, .classes = with->labels, .config = with->config, .seed = with->seed};
    WIL_TRY(check_options(with));
    wil_status status = wil_case_pairs_find(&pairs, &with->source);
    if (status == WIL_OK)
        status = evaluate(&r, with, common);
    wil_seg_results_clear(&r);
    wil_case_pairs_clear(&pairs);
    return status;
}

const cli_command cmd_evaluate_segmentation = {
    .name = "evaluate segmentation",
    .purpose = "overlap, distances, centrelines and topology of masks against their truth",
    .example = "willis evaluate segmentation --truth labels --prediction masks --csv scores.csv --maps maps\n"
               "willis evaluate segmentation --truth labels --prediction new --plot runs.svg --label new "
               "--plot-with old=scores.csv\n"
               "willis evaluate segmentation --truth labels --prediction masks --labels --tolerance 0.5,1 "
               "--penalty 90 --summary table.csv --latex table.tex",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes = "Distances run between voxel centres; hd95 is the larger of the two directions' 95 % quantiles "
             "over surface voxels; bavd takes all voxels and divides by the size of the truth. A missed "
             "structure counts in n_failed: its Dice is 0, its distances are infinite and left out of the "
             "mean, not of the median, unless --penalty gives them a number. With --labels a label that a "
             "case has in neither mask does not count there; the mean of a case is over the others. "
             "docs/metrics.md has every definition.",
};
