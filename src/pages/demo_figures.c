/* The pictures and plots of the demo's report. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "demo_figures.h"

#define PAIRS_SHOWN 24
#define PAIR_COLUMNS 3
#define SLICES_SHOWN 3 /* a trio */

/* ---- the cohort --------------------------------------------------------------------------------------- */

static const wil_subject *first_of(const wil_cohort *cohort, wil_split split)
{
    for (int i = 0; i < cohort->n_subjects; i++)
        if (cohort->subjects[i].split == split)
            return &cohort->subjects[i];
    return NULL;
}

typedef struct trio {
    wil_picture of[3];
} trio;

static void trio_clear(trio *pictures)
{
    for (int i = 0; i < 3; i++)
        wil_picture_clear(&pictures->of[i]);
}
WIL_OWNED_VALUE(trio, trio_clear)

wil_status demo_figure_cohort(wil_report *report, const wil_demo_state *demo)
{
    WIL_OWN(wil_scan) scan = {0};
    WIL_OWN(trio) views = {0};
    WIL_OWN(wil_picture) row = {0};
    float range[2];
    WIL_TRY(wil_scan_read(&scan, first_of(&demo->cohort, WIL_SPLIT_TRAIN)));
    WIL_TRY(wil_scan_range(range, &scan.image, &scan.brain));
    for (int axis = 0; axis < 3; axis++)
        WIL_TRY(wil_picture_maximum_projection(&views.of[axis], &scan.image, axis, range[0], range[1]));
    WIL_TRY(
        wil_montage_row(&row, (const wil_picture *const[]){&views.of[2], &views.of[1], &views.of[0]}, 3, 8));
    return wil_report_picture(report,
        "Maximum-intensity projections of the first training patient, a phantom: from above, from the front, "
        "from the side.",
        &row, false);
}

/* ---- real beside synthetic ---------------------------------------------------------------------------- */

/* Every k-th patch of the set, so that all its subjects are seen; scaled as the network sees them. */
static wil_status draw_set(wil_picture *out, const char *path)
{
    int n = PAIRS_SHOWN;
    WIL_OWN(wil_samples) patches = {0};
    WIL_OWN(float) *pairs = NULL;
    WIL_TRY(wil_samples_open(&patches, path, WIL_SAMPLES_IN_MEMORY));
    WIL_TRY(wil_batch_spread(&pairs, &n, &patches));
    return wil_montage_pairs(out, pairs, n, patches.shape.height, patches.shape.width, PAIR_COLUMNS, 1);
}

wil_status demo_figure_pairs(wil_report *report, const wil_demo_state *demo)
{
    WIL_OWN(wil_picture) real = {0}, synthetic = {0}, both = {0};
    WIL_TRY(draw_set(&real, demo->path[DEMO_FILE_REAL]));
    WIL_TRY(draw_set(&synthetic, demo->path[DEMO_FILE_SYNTHETIC]));
    const wil_picture *order[] = {&real, &synthetic};
    WIL_TRY(wil_montage_row(&both, order, 2, 24));
    WIL_TRY(wil_picture_write_png(&both, demo->path[DEMO_FILE_PAIRS]));
    return wil_report_picture(report,
        "Left half: patches of the training patients. Right half: patches from the generative network, not "
        "selected. Each as the image, and beside it with its vessel label in red.",
        &both, true);
}

/* ---- curves ------------------------------------------------------------------------------------------- */

/* Column `name` of a run's log.csv, times sign; [*n_out], freed with wil_free. */
static wil_status read_column(double **out, int *n_out, const char *run_folder, const char *name, double sign)
{
    WIL_OWN(char) *path = NULL;
    WIL_OWN(wil_table) table = {0};
    *out = NULL;
    WIL_TRY(wil_path_join(&path, run_folder, "log.csv"));
    WIL_TRY(wil_table_read(&table, path, ','));
    const int column = wil_table_column(&table, name);
    WIL_REQUIRE(column >= 0, WIL_ERR_INTERNAL, "%s has no column '%s'", path, name);
    WIL_TRY(wil_alloc_f64(out, (size_t)table.n_rows + 1));
    for (int row = 0; row < table.n_rows; row++) {
        const char *cell = wil_table_cell(&table, row, column);
        (*out)[row] = cell[0] == '\0' ? NAN : sign * strtod(cell, NULL);
    }
    *n_out = table.n_rows;
    return WIL_OK;
}

/* One plot of two curves, each a column of a log over another one. */
typedef struct curve_source {
    const char *label, *folder, *x, *y;
    double sign;
} curve_source;

static wil_status add_plot(
    wil_report *report, const char *caption, const curve_source source[2], const wil_plot_config *config)
{
    WIL_OWN(double) *x0 = NULL, *y0 = NULL, *x1 = NULL, *y1 = NULL;
    double **values[2][2] = {{&x0, &y0}, {&x1, &y1}};
    wil_curve curves[2];
    WIL_OWN(char) *svg = NULL;
    for (int i = 0; i < 2; i++) {
        int n = 0;
        WIL_TRY(read_column(values[i][0], &n, source[i].folder, source[i].x, 1));
        WIL_TRY(read_column(values[i][1], &n, source[i].folder, source[i].y, source[i].sign));
        curves[i] = (wil_curve){source[i].label, *values[i][0], *values[i][1], n};
    }
    WIL_TRY(wil_plot_curves(&svg, curves, 2, config));
    return wil_report_svg(report, caption, svg);
}

wil_status demo_figure_losses(wil_report *report, const wil_demo_state *demo)
{
    const char *gan = demo->path[DEMO_FILE_GAN];
    const curve_source losses[2] = {{"Wasserstein estimate", gan, "step", "wasserstein", -1},
        {"gradient penalty", gan, "step", "gradient_penalty", 1}};
    const curve_source dice[2] = {{"real patches", demo->path[DEMO_FILE_UNET_REAL], "epoch", "val_dice", 1},
        {"synthetic patches", demo->path[DEMO_FILE_UNET_SYNTHETIC], "epoch", "val_dice", 1}};
    wil_plot_config config = wil_plot_config_default();
    config.title = "Adversarial training";
    config.x_label = "generator update";
    config.y_label = "critic's terms";
    WIL_TRY(add_plot(report,
        "What the critic still tells real from synthetic by (the Wasserstein estimate, which falls as the "
        "generator gets better), and its gradient penalty.",
        losses, &config));
    config.title = "Segmentation training";
    config.x_label = "epoch";
    config.y_label = "Dice of the validation patients";
    return add_plot(report,
        "Whole validation patients, scored after every epoch; the weights of the best epoch are kept.", dice,
        &config);
}

/* ---- a test patient ----------------------------------------------------------------------------------- */

/* The slices with most label, at least a tenth of the stack apart, upwards. */
static int choose_slices(int slices[SLICES_SHOWN], const wil_mask *label)
{
    const int nz = label->grid.size[2];
    const size_t n = (size_t)label->grid.size[0] * (size_t)label->grid.size[1];
    int found = 0;
    while (found < SLICES_SHOWN) {
        size_t most = 0;
        int best = -1;
        for (int z = 0; z < nz; z++) {
            size_t count = 0;
            bool free_slice = true;
            for (int i = 0; i < found; i++)
                free_slice = free_slice && abs(z - slices[i]) > nz / 10;
            for (size_t k = 0; free_slice && k < n; k++)
                count += label->voxels[(size_t)z * n + k];
            if (count > most) {
                most = count;
                best = z;
            }
        }
        if (best < 0)
            break;
        slices[found++] = best;
    }
    for (int i = 1; i < found; i++)
        for (int k = i; k > 0 && slices[k] < slices[k - 1]; k--) {
            const int swap = slices[k];
            slices[k] = slices[k - 1];
            slices[k - 1] = swap;
        }
    return found;
}

static wil_status add_overlay(
    wil_report *report, const char *network, const char *folder, const wil_scan *scan, const char *subject)
{
    WIL_OWN(char) *name = NULL, *path = NULL, *caption = NULL;
    WIL_OWN(wil_mask) prediction = {0};
    WIL_OWN(trio) pictures = {0};
    WIL_OWN(wil_picture) row = {0};
    const wil_picture *order[SLICES_SHOWN];
    int slices[SLICES_SHOWN];
    float range[2];
    WIL_TRY(wil_string_format(&name, "%s_pred.nii.gz", subject));
    WIL_TRY(wil_path_join(&path, folder, name));
    WIL_TRY(wil_mask_read(&prediction, path));
    WIL_TRY(wil_scan_range(range, &scan->image, &scan->brain));
    const int n = choose_slices(slices, &scan->label);
    for (int i = 0; i < n; i++) {
        WIL_TRY(wil_picture_overlay_slice(
            &pictures.of[i], &scan->image, &scan->label, &prediction, slices[i], range[0], range[1], 2));
        order[i] = &pictures.of[i];
    }
    WIL_TRY(wil_montage_row(&row, order, n, 8));
    WIL_TRY(wil_string_format(&caption,
        "Test patient %s, three axial slices, segmented by the network trained on %s patches. Outlines: "
        "yellow where truth and network agree, green only truth, red only the network.",
        subject, network));
    return wil_report_picture(report, caption, &row, false);
}

wil_status demo_figure_segmentation(wil_report *report, const wil_demo_state *demo)
{
    const wil_subject *subject = first_of(&demo->cohort, WIL_SPLIT_TEST);
    WIL_OWN(wil_scan) scan = {0};
    WIL_TRY(wil_scan_read(&scan, subject));
    WIL_TRY(add_overlay(report, "real", demo->path[DEMO_FILE_PREDICTIONS_REAL], &scan, subject->id));
    return add_overlay(report, "synthetic", demo->path[DEMO_FILE_PREDICTIONS_SYNTHETIC], &scan, subject->id);
}
