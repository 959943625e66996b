/* Curves as a gnuplot script: settings, one inline data block a curve, one plot command. */
#include "report_internal.h"

#include <math.h>
#include <string.h>

/* After six the dashes repeat with a wider line. */
static const plot_look looks[] = {
    {"solid", "#000000", 7, 7},
    {"(12,5)", "#0072B2", 5, 4},
    {"(3,4)", "#D55E00", 9, 9},
    {"(14,4,3,4)", "#009E73", 11, 6},
    {"(20,6)", "#CC79A7", 13, 2},
    {"(14,4,3,4,3,4)", "#56B4E9", 4, 1},
};
#define N_LOOKS ((int)(sizeof looks / sizeof looks[0]))
#define MARK_UP_TO 30 /* points; longer curves are drawn as lines only */

plot_look plot_look_of(int curve)
{
    return looks[curve % N_LOOKS];
}

wil_plot_config wil_plot_config_default(void)
{
    return (wil_plot_config){.width_px = 860, .height_px = 460};
}

/* A quote within is doubled; at the beginning gnuplot would take two for a text of its own, so one is joined
 * to the rest. */
wil_status plot_add_quoted(html_buffer *script, const char *text)
{
    for (; *text == '\''; text++)
        WIL_TRY(html_buffer_text(script, "\"'\" . "));
    WIL_TRY(html_buffer_text(script, "'"));
    for (const char *at = text; *at != '\0'; at++) {
        char byte = (unsigned char)*at < 0x20 ? ' ' : *at;
        WIL_TRY(html_buffer_add(script, &byte, 1));
        if (byte == '\'')
            WIL_TRY(html_buffer_text(script, "'"));
    }
    return html_buffer_text(script, "'");
}

wil_status plot_add_setting(html_buffer *script, const char *setting, const char *text)
{
    if (text == NULL || *text == '\0')
        return WIL_OK;
    WIL_TRY(html_buffer_format(script, "set %s ", setting));
    WIL_TRY(plot_add_quoted(script, text));
    return html_buffer_text(script, " noenhanced\n");
}

static bool is_drawable(const wil_curve *curve, int i, bool log_y)
{
    return isfinite(curve->x[i]) && isfinite(curve->y[i]) && (!log_y || curve->y[i] > 0);
}

/* A blank line breaks the curve; two in a row would begin another data set, so a run of gaps gives one. */
static wil_status add_data(html_buffer *script, const wil_curve *curve, int number, bool log_y)
{
    bool gap = true;
    WIL_TRY(html_buffer_format(script, "$curve%d << END_OF_CURVE\n", number));
    for (int i = 0; i < curve->n; i++) {
        if (is_drawable(curve, i, log_y))
            WIL_TRY(html_buffer_format(script, "%.9g %.9g\n", curve->x[i], curve->y[i]));
        else if (!gap)
            WIL_TRY(html_buffer_text(script, "\n"));
        gap = !is_drawable(curve, i, log_y);
    }
    return html_buffer_text(script, "END_OF_CURVE\n");
}

static int count_drawable(const wil_curve *curve, bool log_y)
{
    int count = 0;
    for (int i = 0; i < curve->n; i++)
        count += is_drawable(curve, i, log_y);
    return count;
}

wil_status plot_add_canvas(html_buffer *script, int width_px, int height_px)
{
    WIL_TRY(html_buffer_format(script,
        "set encoding utf8\nset terminal svg size %d,%d fixed noenhanced font "
        "'Helvetica,Arial,sans-serif,14' background rgb 'white'\n",
        width_px, height_px));
    return html_buffer_text(script, "set border 3 linewidth 1 linecolor rgb '#1a1a1a'\nset tics "
                                    "nomirror\nset grid linetype 1 linewidth 0.6 linecolor rgb '#dddddd'\n");
}

static wil_status add_range(html_buffer *script, char axis, const double range[2])
{
    return range[0] == range[1]
               ? WIL_OK
               : html_buffer_format(script, "set %crange [%.9g:%.9g]\n", axis, range[0], range[1]);
}

static wil_status add_settings(html_buffer *script, const wil_plot_config *config)
{
    WIL_TRY(plot_add_canvas(script, config->width_px, config->height_px));
    WIL_TRY(
        html_buffer_text(script, "set key below horizontal Left reverse samplen 4 height 1.2 noenhanced\n"));
    if (config->log_y)
        WIL_TRY(html_buffer_text(script, "set logscale y\nset format y '%g'\n"));
    WIL_TRY(add_range(script, 'x', config->x_range));
    WIL_TRY(add_range(script, 'y', config->y_range));
    WIL_TRY(plot_add_setting(script, "title", config->title));
    WIL_TRY(plot_add_setting(script, "xlabel", config->x_label));
    return plot_add_setting(script, "ylabel", config->y_label);
}

/* Curves without a single point to draw are left out: gnuplot would refuse the whole plot. */
static wil_status add_plot_command(
    html_buffer *script, const wil_curve *curves, int n_curves, const wil_plot_config *config)
{
    const bool log_y = config->log_y;
    const char *separator = "plot";
    for (int i = 0; i < n_curves; i++) {
        int n_points = count_drawable(&curves[i], log_y);
        if (n_points == 0)
            continue;
        WIL_TRY(html_buffer_format(script, "%s $curve%d using 1:2 with %s", separator, i,
            config->points           ? "points"
            : n_points <= MARK_UP_TO ? "linespoints"
                                     : "lines"));
        int round = i / N_LOOKS; /* of the looks: each is drawn wider than the one before */
        WIL_TRY(html_buffer_format(script, " linewidth %.2f linecolor rgb '%s'",
            config->points ? 1.0 : 1.8 + 1.2 * round, looks[i % N_LOOKS].rgb));
        if (!config->points)
            WIL_TRY(html_buffer_format(script, " dashtype %s", looks[i % N_LOOKS].dash));
        if (config->points || n_points <= MARK_UP_TO)
            WIL_TRY(html_buffer_format(script, " pointtype %d pointsize %.2f",
                config->points ? looks[i % N_LOOKS].scatter_point : looks[i % N_LOOKS].point,
                config->points ? 0.45 + 0.15 * round : 0.6));
        if (curves[i].label != NULL && curves[i].label[0] != '\0') {
            WIL_TRY(html_buffer_text(script, " title "));
            WIL_TRY(plot_add_quoted(script, curves[i].label));
        } else {
            WIL_TRY(html_buffer_text(script, " notitle"));
        }
        separator = ",";
    }
    return html_buffer_text(script, "\n");
}

static wil_status draw(char **svg_out, const wil_curve *curves, int n_curves, const wil_plot_config *config,
    const char *more_settings)
{
    WIL_OWN(html_buffer) script = {0};
    WIL_TRY(add_settings(&script, config));
    if (more_settings != NULL)
        WIL_TRY(html_buffer_text(&script, more_settings));
    for (int i = 0; i < n_curves; i++)
        WIL_TRY(add_data(&script, &curves[i], i, config->log_y));
    WIL_TRY(add_plot_command(&script, curves, n_curves, config));
    return plot_gnuplot_run(svg_out, script.bytes, script.length);
}

static const char *title_of(const wil_plot_config *config)
{
    return config->title != NULL ? config->title : "";
}

wil_status plot_check_size(const wil_plot_config *config)
{
    WIL_REQUIRE(config->width_px >= 100 && config->width_px <= 10000 && config->height_px >= 100 &&
                    config->height_px <= 10000,
        WIL_ERR_ARG, "the plot \"%s\" is %d x %d pixels; from 100 to 10000 are drawn", title_of(config),
        config->width_px, config->height_px);
    return WIL_OK;
}

static wil_status check_curves(const wil_curve *curves, int n_curves, const wil_plot_config *config)
{
    const char *title = title_of(config);
    bool any = false;
    WIL_REQUIRE(
        n_curves >= 1, WIL_ERR_ARG, "the plot \"%s\" needs one curve at least, got %d", title, n_curves);
    WIL_TRY(plot_check_size(config));
    for (int i = 0; i < n_curves; i++) {
        WIL_REQUIRE(curves[i].n >= 0 && (curves[i].n == 0 || (curves[i].x != NULL && curves[i].y != NULL)),
            WIL_ERR_ARG, "curve %d of the plot \"%s\" has no values", i, title);
        any = any || count_drawable(&curves[i], config->log_y) > 0;
    }
    WIL_REQUIRE(any, WIL_ERR_ARG, "the plot \"%s\" has nothing to draw: no curve has a %s value", title,
        config->log_y ? "finite value above 0 (its y axis is logarithmic), not one" : "finite");
    return WIL_OK;
}

wil_status plot_draw_curves(char **svg_out, const wil_curve *curves, int n_curves,
    const wil_plot_config *config, const char *more_settings)
{
    WIL_REQUIRE(
        svg_out != NULL && curves != NULL && config != NULL, WIL_ERR_ARG, "a plot was given no curves");
    *svg_out = NULL;
    WIL_TRY(check_curves(curves, n_curves, config));
    const char *title = title_of(config);
    const wil_status status = draw(svg_out, curves, n_curves, config, more_settings);
    return *title == '\0' ? status : wil_fail_context(status, "plot \"%s\"", title);
}

wil_status wil_plot_curves(
    char **svg_out, const wil_curve *curves, int n_curves, const wil_plot_config *config)
{
    return plot_draw_curves(svg_out, curves, n_curves, config, NULL);
}
