/* report.html of the demo. */
#include <string.h>

#include "demo_figures.h"
#include "willis/train.h"

static const char *const STAGE_NAMES[DEMO_N_STAGES] = {
    "cohort", "patches", "gan", "generate", "unet_real", "unet_synthetic", "score", "report"};

const char *wil_demo_stage_name(wil_demo_stage stage)
{
    return STAGE_NAMES[stage];
}

static wil_status add_highlights(wil_report *report, const wil_demo_state *demo)
{
    char value[3][64];
    const double real = demo->real.score.mean, synthetic = demo->synthetic.score.mean;
    snprintf(value[0], sizeof value[0], "%.3f", real);
    snprintf(value[1], sizeof value[1], "%.3f", synthetic);
    snprintf(value[2], sizeof value[2], "%.0f %%", real > 0 ? 100 * synthetic / real : 0.0);
    const char *const labels[] = {"Dice, trained on real patches", "Dice, trained on synthetic patches alone",
        "of the real network's Dice"};
    const char *const values[] = {value[0], value[1], value[2]};
    return wil_report_highlights(report, labels, values, 3);
}

static wil_status add_summary(wil_report *report, const wil_demo_state *demo)
{
    WIL_OWN(char) *text = NULL;
    WIL_TRY(wil_string_format(&text,
        "A generative network (WGAN-GP) learned from %lld labelled patches of %d training patients. It drew "
        "%lld new patches around vessel trees of other phantoms, whose labels are exact. Two equal "
        "segmentation networks (U-Net) were trained, one on the real "
        "patches, one on the synthetic patches alone, and both segmented %d test patients whom neither had "
        "seen. The best epoch of both was chosen by %d validation patients. All patients are phantoms, so "
        "this page says that the pipeline works, not how well it does on anybody's scans.",
        (long long)demo->n_real, demo->config->n_train, (long long)demo->n_synthetic, demo->config->n_test,
        demo->config->n_val));
    return wil_report_paragraph(report, text);
}

typedef char score_cell[64];
typedef const char *const_text;
WIL_OWNED_POINTER(score_cell, wil_free)
WIL_OWNED_POINTER(const_text, wil_free)

/* Rows: header, one a test patient, mean and SD. Columns: names, then one a network. */
static wil_status add_scores(wil_report *report, const wil_demo_state *demo)
{
    const wil_score *const of[] = {&demo->real.score, &demo->synthetic.score, &demo->public_network};
    static const char *const header[] = {"real", "synthetic", "random phantoms (tof-vessels)"};
    const int n = of[0]->n, n_rows = n + 2, n_columns = of[2]->n == n ? 4 : 3;
    WIL_OWN(score_cell) *text = NULL;
    WIL_OWN(const_text) *cells = NULL;
    WIL_TRY(wil_alloc((void **)&text, (size_t)n_rows * (size_t)n_columns, sizeof *text));
    WIL_TRY(wil_alloc((void **)&cells, (size_t)n_rows * (size_t)n_columns, sizeof *cells));
    for (int row = 0; row < n_rows; row++)
        snprintf(text[row * n_columns], sizeof *text, "%s",
            row == 0   ? "test patient"
            : row <= n ? of[0]->subjects[row - 1]
                       : "mean ± SD");
    for (int k = 1; k < n_columns; k++) {
        snprintf(text[k], sizeof *text, "%s", header[k - 1]);
        for (int i = 0; i < n; i++)
            snprintf(text[(i + 1) * n_columns + k], sizeof *text, "%.3f", of[k - 1]->dice[i]);
        snprintf(text[(n + 1) * n_columns + k], sizeof *text, "%.3f ± %.3f", of[k - 1]->mean, of[k - 1]->sd);
    }
    for (int i = 0; i < n_rows * n_columns; i++)
        cells[i] = text[i];
    return wil_report_table(report,
        "Dice coefficient of vessel masks, per test patient, by what the network was trained on.", cells,
        n_rows, n_columns);
}

static wil_status add_times(wil_report *report, const wil_demo_state *demo)
{
    char text[DEMO_N_STAGES][32];
    const char *cells[2 * (DEMO_REPORT + 1)] = {"stage", "seconds"};
    for (int stage = 0; stage < DEMO_REPORT; stage++) {
        snprintf(text[stage], sizeof text[stage], "%.1f", demo->seconds[stage]);
        cells[2 * stage + 2] = wil_demo_stage_name(stage);
        cells[2 * stage + 3] = text[stage];
    }
    char caption[128];
    snprintf(caption, sizeof caption, "Time per stage with %d threads; peak memory so far %.0f MiB.",
        wil_thread_count(0), (double)wil_memory_peak_bytes() / 1048576.0);
    return wil_report_table(report, caption, cells, DEMO_REPORT + 1, 2);
}

static wil_status add_run_settings(wil_report *report, const char *caption, const wil_run_config *config)
{
    WIL_OWN(char) *text = NULL;
    WIL_TRY(wil_fields_yaml(&text, &wil_run_fields, config, wil_run_section_used));
    return wil_report_preformatted(report, caption, text);
}

static wil_status add_settings(wil_report *report, const wil_demo_state *demo)
{
    const wil_demo_config *c = demo->config;
    WIL_OWN(char) *text = NULL;
    WIL_TRY(wil_string_format(&text,
        "willis demo --seed %llu --train %d --val %d --test %d --matrix %dx%dx%d --effort %g --threads %d",
        (unsigned long long)c->seed, c->n_train, c->n_val, c->n_test, c->matrix[0], c->matrix[1],
        c->matrix[2], c->effort, wil_thread_count(0)));
    WIL_TRY(wil_report_preformatted(report, "The command that gives this page again.", text));
    WIL_TRY(add_run_settings(report, "Settings of the generative network.", &demo->gan));
    WIL_TRY(add_run_settings(report, "Settings of the network trained on real patches.", &demo->real.config));
    return add_run_settings(
        report, "Settings of the network trained on synthetic patches.", &demo->synthetic.config);
}

static wil_status fill(wil_report *report, const wil_demo_state *demo)
{
    WIL_TRY(add_highlights(report, demo));
    WIL_TRY(add_summary(report, demo));
    WIL_TRY(wil_report_heading(report, "Scores"));
    WIL_TRY(add_scores(report, demo));
    WIL_TRY(demo_figure_segmentation(report, demo));
    WIL_TRY(wil_report_heading(report, "Real and synthetic patches"));
    WIL_TRY(demo_figure_pairs(report, demo));
    WIL_TRY(wil_report_paragraph(report,
        "Privacy: none is guaranteed. The generative network was trained without differential privacy and "
        "can remember its training patients; a synthetic set is not anonymous by itself."));
    WIL_TRY(wil_report_heading(report, "Training"));
    WIL_TRY(demo_figure_losses(report, demo));
    WIL_TRY(add_times(report, demo));
    WIL_TRY(wil_report_heading(report, "The patients"));
    WIL_TRY(demo_figure_cohort(report, demo));
    WIL_TRY(wil_report_heading(report, "Settings and seeds"));
    return add_settings(report, demo);
}

wil_status wil_demo_page_write(const wil_demo_state *demo)
{
    WIL_OWN(wil_report) *report = NULL;
    WIL_TRY(wil_report_new(&report, "willis demo"));
    WIL_TRY(fill(report, demo));
    return wil_report_write(report, demo->path[DEMO_FILE_REPORT]);
}
