/* One page that says what was found, from what, and how far it can be trusted. */
#include "perfusion_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELL 64
#define ROWS 10 /* of the read-outs */

static void number(char cell[CELL], const char *format, double value)
{
    if (isfinite(value))
        snprintf(cell, CELL, format, value); /* format is one of ours */
    else
        snprintf(cell, CELL, "n/a");
}

static wil_status add_highlights(wil_report *report, const wil_perfusion_result *r)
{
    const wil_perfusion_readouts *v = &r->readouts;
    static const char *const labels[] = {
        "Tmax > 6 s, ml", "rCBF < 30 %, ml", "mismatch ratio", "hypoperfusion intensity ratio"};
    char cells[4][CELL];
    number(cells[0], "%.1f", v->tmax_above_ml[1]);
    number(cells[1], "%.1f", v->rcbf_below_30_ml);
    number(cells[2], "%.2f", v->mismatch_ratio);
    number(cells[3], "%.2f", v->hypoperfusion_intensity_ratio);
    const char *values[] = {cells[0], cells[1], cells[2], cells[3]};
    return wil_report_highlights(report, labels, values, 4);
}

static wil_status add_warnings(wil_report *report, const wil_perfusion_result *r)
{
    if (r->warnings == NULL)
        return wil_report_paragraph(report, "No warnings.");
    return wil_report_preformatted(report, "Warnings", r->warnings);
}

static wil_status add_readouts(wil_report *report, const wil_perfusion_result *r)
{
    const wil_perfusion_readouts *v = &r->readouts;
    const char *const names[ROWS] = {"Tmax > 4 s, ml", "Tmax > 6 s, ml", "Tmax > 8 s, ml", "Tmax > 10 s, ml",
        "rCBF < 30 % within Tmax > 6 s, ml", v->core_given ? "core (given), ml" : "core (rCBF < 30 %), ml",
        "mismatch: Tmax > 6 s outside of the core, ml", "mismatch ratio: Tmax > 6 s over core",
        "hypoperfusion intensity ratio: Tmax > 10 s over Tmax > 6 s", "tissue with maps, ml"};
    const wil_perfusion_readouts *const parts[3] = {v, &r->side_readouts[0], &r->side_readouts[1]};
    const char *cells[4 * (ROWS + 1)] = {"read-out", "all", "left", "right"};
    char t[3][ROWS][CELL];
    for (int k = 0; k < 3; k++) {
        const wil_perfusion_readouts *p = parts[k];
        for (int i = 0; i < 4; i++)
            number(t[k][i], "%.1f", p->tmax_above_ml[i]);
        number(t[k][4], "%.1f", p->rcbf_below_30_ml);
        number(t[k][5], "%.1f", p->core_ml);
        number(t[k][6], "%.1f", p->mismatch_ml);
        number(t[k][7], "%.2f", p->mismatch_ratio);
        number(t[k][8], "%.2f", p->hypoperfusion_intensity_ratio);
        number(t[k][9], "%.0f", p->brain_ml);
        for (int i = 0; i < ROWS; i++)
            cells[4 * (i + 1) + 1 + k] = t[k][i];
    }
    for (int i = 0; i < ROWS; i++)
        cells[4 * (i + 1)] = names[i];
    return wil_report_table(report,
        "Read-outs of the brain and its halves, pieces under 0.5 ml left out (one that crosses the middle is "
        "cut "
        "there). Thresholds differ between platforms. For research use only.",
        cells, ROWS + 1, 4);
}

/* The arterial input and the mean tissue curve, each over its own peak, so that both can be seen. */
static wil_status draw_curves(char **svg, const wil_perfusion_result *r)
{
    const size_t n = (size_t)r->n_time;
    WIL_OWN(double) *x = NULL;
    double peak = 1e-30, tissue_peak = 1e-30;
    WIL_TRY(wil_alloc_f64(&x, 4 * n));
    double *measured = x + n, *used = measured + n, *tissue = used + n;
    for (size_t i = 0; i < n; i++) {
        peak = fmax(peak, r->aif.measured[i]);
        tissue_peak = fmax(tissue_peak, r->mean_concentration[i]);
    }
    for (size_t i = 0; i < n; i++) {
        x[i] = ((double)i + r->phases.n_discard) * r->config.tr_s;
        measured[i] = r->aif.measured[i] / peak;
        used[i] = r->aif.concentration[i] / peak;
        tissue[i] = r->mean_concentration[i] / tissue_peak;
    }
    const wil_curve curves[] = {{"arterial input, measured", x, measured, (int)n},
        {"arterial input, as used", x, used, (int)n}, {"mean tissue", x, tissue, (int)n}};
    wil_plot_config config = wil_plot_config_default();
    config.x_label = "time from first frame, s";
    config.y_label = "concentration over its peak";
    return wil_plot_curves(svg, curves, 3, &config);
}

static wil_status add_plot(wil_report *report, const wil_perfusion_result *r, const wil_monitor *monitor)
{
    WIL_OWN(char) *svg = NULL;
    char caption[160];
    if (draw_curves(&svg, r) != WIL_OK) {
        wil_monitor_warn(monitor, "the report has no plot: %s", wil_status_message());
        return wil_report_paragraph(report, "The curves were not drawn; they are in aif.csv.");
    }
    snprintf(caption, sizeof caption, "Arterial input (peak %.4g) and mean tissue curve, each over its peak.",
        r->aif.quality.peak);
    return wil_report_svg(report, caption, svg);
}

static wil_status add_place(wil_report *report, const wil_perfusion_result *r, const wil_volume *series)
{
    WIL_OWN(wil_picture) picture = {0};
    bool found = false;
    char caption[160];
    WIL_TRY(perfusion_aif_place(&picture, &found, r, series));
    if (!found)
        return wil_report_paragraph(
            report, "The arterial input was given as a curve; it has no place in the brain.");
    snprintf(caption, sizeof caption,
        "The slice with most of the arterial input's %d voxels, outlined in red.", r->aif.n_voxels);
    return wil_report_picture(report, caption, &picture, true);
}

static wil_status add_quality(wil_report *report, const wil_perfusion_result *r)
{
    const wil_perfusion_aif_quality *q = &r->aif.quality;
    char t[7][CELL];
    number(t[0], "%.4g", q->peak);
    number(t[1], "%.2f", q->time_to_peak_s);
    number(t[2], "%.2f", q->width_s);
    number(t[3], "%.2f", q->first_moment_s);
    number(t[4], "%.3f", q->irregularity);
    number(t[5], "%.3f", q->end_frac);
    number(t[6], "%.3f", q->noise_frac);
    const char *const cells[] = {"arterial input", "value", "peak concentration", t[0], "time of peak, s",
        t[1], "width at half maximum, s", t[2], "first moment from arrival, s", t[3], "irregularity", t[4],
        "left at the end, of peak", t[5], "noise of baseline, of peak", t[6]};
    return wil_report_table(report,
        r->aif.tail_cleared ? "Quality. What follows the first pass was noise and was set to 0." : "Quality.",
        cells, 8, 2);
}

static wil_status add_bias(wil_report *report, const wil_perfusion_result *r)
{
    char t[WIL_PERFUSION_BIAS_FLOWS][4][CELL];
    const char *cells[5 * (WIL_PERFUSION_BIAS_FLOWS + 1)] = {
        "true CBF", "mean CBF", "SD", "bias, %", "mean Tmax (true 0), s"};
    char caption[200];
    char flows[WIL_PERFUSION_BIAS_FLOWS][CELL];
    if (!r->config.method_bias)
        return wil_report_paragraph(report, "The method's bias was not simulated.");
    for (int i = 0; i < WIL_PERFUSION_BIAS_FLOWS; i++) {
        number(flows[i], "%.0f", r->bias.cbf_true[i]);
        number(t[i][0], "%.1f", r->bias.cbf_mean[i]);
        number(t[i][1], "%.1f", r->bias.cbf_sd[i]);
        number(t[i][2], "%+.0f", 100 * (r->bias.cbf_mean[i] / r->bias.cbf_true[i] - 1));
        number(t[i][3], "%.2f", r->bias.tmax_mean_s[i]);
        cells[5 * (i + 1)] = flows[i];
        for (int c = 0; c < 4; c++)
            cells[5 * (i + 1) + 1 + c] = t[i][c];
    }
    snprintf(caption, sizeof caption,
        "What %s makes of 100 simulated voxels each (exponential residue, CBV 4 ml/100g) with this arterial "
        "input, TR and noise (%.1f %% of the tissue peak at CBF 60).",
        wil_perfusion_method_name(r->config.method), 100 * r->bias.noise_frac);
    return wil_report_table(report, caption, cells, WIL_PERFUSION_BIAS_FLOWS + 1, 5);
}

static wil_status add_motion(wil_report *report, const wil_perfusion_result *r)
{
    char text[160];
    double most_mm = 0, most_deg = 0;
    if (r->movements == NULL)
        return WIL_OK;
    for (int t = 0; t < r->n_time_all; t++)
        for (int axis = 0; axis < 3; axis++) {
            most_mm = fmax(most_mm, fabs(r->movements[t].translation_mm[axis]));
            most_deg = fmax(most_deg, fabs(r->movements[t].rotation_deg[axis]));
        }
    snprintf(text, sizeof text,
        "Motion was corrected: up to %.2f mm and %.2f degrees along and about an axis.", most_mm, most_deg);
    return wil_report_paragraph(report, text);
}

static wil_status add_settings(wil_report *report, const wil_perfusion_result *r)
{
    WIL_OWN(json_t) *all = wil_perfusion_json(r);
    WIL_OWN(char) *text = NULL, *both = NULL;
    WIL_REQUIRE(all != NULL, WIL_ERR_MEMORY, "out of memory for the report");
    WIL_TRY(wil_json_format(
        &text, json_object_get(all, "settings"), JSON_INDENT(2) | JSON_REAL_PRECISION(6), "the settings"));
    WIL_TRY(wil_string_format(&both, "series: SERIES\n%s", text));
    return wil_report_preformatted(report, "Settings, with what was found filled in.", both);
}

static wil_status fill(wil_report *report, const wil_perfusion_result *r, const wil_volume *series,
    const wil_mask *core, const wil_monitor *monitor)
{
    WIL_TRY(add_highlights(report, r));
    WIL_TRY(add_warnings(report, r));
    WIL_TRY(wil_report_heading(report, "Read-outs"));
    WIL_TRY(add_readouts(report, r));
    WIL_TRY(perfusion_add_overlay(report, r, series, core));
    WIL_TRY(wil_report_heading(report, "Maps"));
    WIL_TRY(perfusion_add_maps(report, r));
    WIL_TRY(wil_report_heading(report, "Arterial input"));
    WIL_TRY(add_plot(report, r, monitor));
    WIL_TRY(add_place(report, r, series));
    WIL_TRY(add_quality(report, r));
    WIL_TRY(wil_report_heading(report, "Bias of the method"));
    WIL_TRY(add_bias(report, r));
    WIL_TRY(wil_report_heading(report, "Settings"));
    WIL_TRY(add_motion(report, r));
    return add_settings(report, r);
}

wil_status wil_perfusion_page_write(const wil_perfusion_result *result, const wil_volume *series,
    const wil_mask *core, const char *folder, const wil_monitor *monitor)
{
    WIL_OWN(wil_report) *report = NULL;
    WIL_OWN(char) *path = NULL;
    WIL_TRY(wil_report_new(&report, "willis perfusion"));
    WIL_TRY(fill(report, result, series, core, monitor));
    WIL_TRY(wil_path_join(&path, folder, "report.html"));
    return wil_report_write(report, path);
}
