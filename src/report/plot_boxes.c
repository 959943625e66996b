/* Box plots, panel beside panel. Quartiles and whiskers are computed here, since gnuplot's own `boxplot` has
 * another convention of quartiles than the tables that stand beside these plots. */
#include "report_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALL_UP_TO 60   /* values; of more only those beyond the whiskers are drawn */
#define MOST_PANELS 12 /* beside each other */

typedef struct box_facts {
    double *sorted; /* [n] finite values, rising */
    int n;
    double quartiles[3];
    double whiskers[2];
} box_facts;

static void box_facts_clear(box_facts *facts)
{
    wil_free(facts->sorted);
}
WIL_OWNED_VALUE(box_facts, box_facts_clear)

static double sorted_quantile(const double *sorted, int n, double frac)
{
    const double at = frac * (n - 1);
    const int below = (int)at;
    return below + 1 < n ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[n - 1];
}

static wil_status box_facts_make(box_facts *facts, const wil_box *box)
{
    WIL_TRY(wil_alloc_f64(&facts->sorted, (size_t)box->n + 1));
    for (int i = 0; i < box->n; i++)
        if (isfinite(box->values[i]))
            facts->sorted[facts->n++] = box->values[i];
    if (facts->n == 0)
        return WIL_OK;
    qsort(facts->sorted, (size_t)facts->n, sizeof *facts->sorted, wil_compare_doubles);
    for (int q = 0; q < 3; q++)
        facts->quartiles[q] = sorted_quantile(facts->sorted, facts->n, 0.25 * (q + 1));
    const double reach = 1.5 * (facts->quartiles[2] - facts->quartiles[0]);
    int first = 0, last = facts->n - 1;
    while (facts->sorted[first] < facts->quartiles[0] - reach)
        first++;
    while (facts->sorted[last] > facts->quartiles[2] + reach)
        last--;
    facts->whiskers[0] = facts->sorted[first];
    facts->whiskers[1] = facts->sorted[last];
    return WIL_OK;
}

/* Sideways shifts that keep equal values apart: a sequence that fills [-0.5,0.5] evenly, the same always. */
static double shift_of(int i)
{
    const double golden = 0.6180339887498949;
    return fmod((i + 1) * golden, 1) - 0.5;
}

/* ---- script ------------------------------------------------------------------------------------------- */

/* Data blocks come first, since a multiplot takes none between its plots. */
typedef struct box_script {
    html_buffer data, commands;
} box_script;

static void box_script_clear(box_script *script)
{
    html_buffer_clear(&script->data);
    html_buffer_clear(&script->commands);
}
WIL_OWNED_VALUE(box_script, box_script_clear)

/* $box<panel>_<place>: place, lower quartile, whisker, whisker, upper quartile, median; $all...: values. */
static wil_status add_data(html_buffer *data, const box_facts *f, int panel, int place)
{
    WIL_TRY(
        html_buffer_format(data, "$box%d_%d << END_OF_BOX\n%d %.9g %.9g %.9g %.9g %.9g\nEND_OF_BOX\n", panel,
            place, place, f->quartiles[0], f->whiskers[0], f->whiskers[1], f->quartiles[2], f->quartiles[1]));
    WIL_TRY(html_buffer_format(data, "$all%d_%d << END_OF_BOX\n", panel, place));
    for (int i = 0; i < f->n; i++) {
        const double value = f->sorted[i];
        if (f->n <= ALL_UP_TO || value < f->whiskers[0] || value > f->whiskers[1])
            WIL_TRY(html_buffer_format(data, "%.4f %.9g\n", place + 0.3 * shift_of(i), value));
    }
    return html_buffer_text(data, "END_OF_BOX\n");
}

/* How many of the values are drawn, above the box. */
static wil_status add_count(html_buffer *commands, const box_facts *f, const wil_box *box, int place)
{
    WIL_TRY(html_buffer_format(commands, "set label %d '%s%d", place, f->n < box->n ? "" : "n = ", f->n));
    if (f->n < box->n)
        WIL_TRY(html_buffer_format(commands, " of %d", box->n));
    return html_buffer_format(commands, "' at first %d, graph 1.03 center font ',11'\n", place);
}

/* Box, median, values; the box of one value is a line. */
static wil_status add_plot(html_buffer *plot, const box_facts *f, int panel, int place)
{
    WIL_TRY(html_buffer_format(plot,
        "%s$box%d_%d using 1:2:3:4:5 with candlesticks whiskerbars 0.5 fillcolor rgb '#e6e6e6' fillstyle "
        "solid border linecolor rgb 'black' linewidth 1.4 notitle, $box%d_%d using 1:6:6:6:6 with "
        "candlesticks linewidth 3.5 linecolor rgb 'black' notitle",
        plot->length == 0 ? "plot " : ", ", panel, place, panel, place));
    if (f->n > ALL_UP_TO && f->whiskers[0] <= f->sorted[0] && f->whiskers[1] >= f->sorted[f->n - 1])
        return WIL_OK; /* nothing beyond the whiskers: an empty block would be refused */
    return html_buffer_format(plot,
        ", $all%d_%d using 1:2 with points pointtype 6 pointsize 0.5 linewidth 1 linecolor rgb '#444444' "
        "notitle",
        panel, place);
}

static wil_status add_box(box_script *script, html_buffer *plot, const wil_box *box, int panel, int place)
{
    WIL_OWN(box_facts) f = {0};
    WIL_TRY(box_facts_make(&f, box));
    WIL_TRY(add_count(&script->commands, &f, box, place));
    if (f.n == 0)
        return WIL_OK;
    WIL_TRY(add_data(&script->data, &f, panel, place));
    return add_plot(plot, &f, panel, place);
}

/* Gnuplot takes labels of ticks for formats of printf. */
static wil_status add_tick_label(html_buffer *commands, const char *label)
{
    WIL_OWN(char) *format = NULL;
    WIL_TRY(wil_alloc((void **)&format, 2 * strlen(label) + 1, 1));
    for (char *to = format; *label != '\0'; label++) {
        if (*label == '%')
            *to++ = '%';
        *to++ = *label;
    }
    return plot_add_quoted(commands, format);
}

static wil_status add_ticks(html_buffer *commands, const wil_box_panel *panel)
{
    WIL_TRY(html_buffer_format(commands, "set xrange [0.4:%d.6]\nset xtics (", panel->n_boxes));
    for (int b = 0; b < panel->n_boxes; b++) {
        WIL_TRY(html_buffer_text(commands, b > 0 ? ", " : ""));
        WIL_TRY(add_tick_label(commands, panel->boxes[b].label));
        WIL_TRY(html_buffer_format(commands, " %d", b + 1));
    }
    return html_buffer_text(commands, panel->n_boxes > 2 ? ") noenhanced rotate by -35\n" : ") noenhanced\n");
}

/* A panel without a finite value keeps its place and says so. */
static wil_status add_panel(box_script *script, const wil_box_panel *panel, int number)
{
    html_buffer *commands = &script->commands;
    WIL_OWN(html_buffer) plot = {0};
    WIL_TRY(html_buffer_text(commands, "unset label\n"));
    WIL_TRY(plot_add_setting(commands, "title offset 0,0.7", panel->title));
    WIL_TRY(add_ticks(commands, panel));
    for (int b = 0; b < panel->n_boxes; b++)
        WIL_TRY(add_box(script, &plot, &panel->boxes[b], number, b + 1));
    WIL_TRY(html_buffer_text(&plot, plot.length > 0 ? "\n" : ""));
    return html_buffer_text(commands,
        plot.length > 0
            ? plot.bytes
            : "set label 99 'no finite value' at graph 0.5, graph 0.5 center\nplot [][0:1] 2 notitle\n");
}

static wil_status draw(
    char **svg_out, const wil_box_panel *panels, int n_panels, const wil_plot_config *config)
{
    WIL_OWN(box_script) script = {0};
    WIL_TRY(plot_add_canvas(&script.data, config->width_px, config->height_px));
    WIL_TRY(html_buffer_text(&script.data, "set boxwidth 0.5\nunset key\n"));
    WIL_TRY(html_buffer_format(&script.commands, "set multiplot layout 1,%d title ", n_panels));
    WIL_TRY(plot_add_quoted(&script.commands, config->title != NULL ? config->title : ""));
    WIL_TRY(html_buffer_text(&script.commands, " noenhanced\n"));
    for (int p = 0; p < n_panels; p++)
        WIL_TRY(add_panel(&script, &panels[p], p));
    WIL_TRY(html_buffer_text(&script.commands, "unset multiplot\n"));
    WIL_TRY(html_buffer_add(&script.data, script.commands.bytes, script.commands.length));
    return plot_gnuplot_run(svg_out, script.data.bytes, script.data.length);
}

wil_status wil_plot_boxes(
    char **svg_out, const wil_box_panel *panels, int n_panels, const wil_plot_config *config)
{
    *svg_out = NULL;
    WIL_REQUIRE(n_panels >= 1 && n_panels <= MOST_PANELS, WIL_ERR_ARG,
        "box plots have 1 to %d panels beside each other, got %d", MOST_PANELS, n_panels);
    for (int p = 0; p < n_panels; p++)
        WIL_REQUIRE(panels[p].n_boxes >= 1, WIL_ERR_ARG, "the panel \"%s\" has no box", panels[p].title);
    WIL_TRY(plot_check_size(config));
    return wil_fail_context(draw(svg_out, panels, n_panels, config), "box plot");
}
