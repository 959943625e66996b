/* Plots: real gnuplot draws what it was given; a missing, failing or early-ending one gets a sentence. */
#include "test.h"

#include "plot_fixture.h"

static const double steps[4] = {0, 10, 20, 30};
static const double falling[4] = {4, 2, 1.5, 1.25};
static const double rising[4] = {0.5, 0.75, 0.8125, 0.9};

static wil_plot_config titled(const char *title)
{
    wil_plot_config config = wil_plot_config_default();
    config.title = title;
    config.x_label = "Step";
    config.y_label = "Loss (a.u.)";
    return config;
}

static char *drawn(const wil_curve *curves, int n_curves, const wil_plot_config *config)
{
    char *svg = NULL;
    wil_status status = wil_plot_curves(&svg, curves, n_curves, config);
    if (status != WIL_OK)
        fail_msg("status %d: %s", (int)status, wil_status_message());
    return svg;
}

TEST(a_plot_is_svg_of_the_asked_size_with_title_labels_and_key)
{
    const wil_curve curves[2] = {{"critic", steps, falling, 4}, {"generator", steps, rising, 4}};
    wil_plot_config config = titled("Losses of the GAN");
    config.width_px = 640;
    config.height_px = 320;
    WIL_OWN(char) *svg = drawn(curves, 2, &config);
    assert_holds(svg, "viewBox=\"0 0 640 320\"");
    assert_holds(svg, "Losses of the GAN");
    assert_holds(svg, "Step");
    assert_holds(svg, "Loss (a.u.)");
    assert_holds(svg, ">critic<");
    assert_holds(svg, ">generator<");
    assert_holds(svg, "</svg>");
}

TEST(curves_differ_in_dash_so_they_read_in_black_and_white)
{
    const wil_curve one[1] = {{"a", steps, falling, 4}};
    const wil_curve two[2] = {{"a", steps, falling, 4}, {"b", steps, rising, 4}};
    wil_plot_config config = titled("t");
    WIL_OWN(char) *alone = drawn(one, 1, &config), *both = drawn(two, 2, &config);
    assert_int_equal(count_of(alone, "stroke-dasharray"), 0); /* the first is solid */
    assert_true(count_of(both, "stroke-dasharray") > 0);
}

TEST(the_same_curves_give_the_same_bytes)
{
    const wil_curve curve = {"a", steps, falling, 4};
    wil_plot_config config = titled("t");
    WIL_OWN(char) *first = drawn(&curve, 1, &config), *second = drawn(&curve, 1, &config);
    assert_string_equal(first, second);
}

TEST(quotes_markup_underscores_and_line_breaks_in_labels_stay_text)
{
    const wil_curve curve = {"patient's_dice `date` <b>&\n$curve0", steps, falling, 4};
    wil_plot_config config = titled("it's a {test}_of \\n @quotes");
    WIL_OWN(char) *svg = drawn(&curve, 1, &config);
    assert_holds(svg, "patient's_dice `date` &lt;b");
    assert_holds(svg, "&amp; $curve0<");
    assert_holds(svg, ">it's a {test}_of \\n @quotes<");
}

/* A curve of 5 points with a gap is two paths: one move-to more than without. */
TEST(not_a_number_breaks_the_line)
{
    double x[7], whole[7], broken[7];
    for (int i = 0; i < 7; i++) {
        x[i] = i;
        whole[i] = broken[i] = i * i;
    }
    broken[3] = NAN;
    broken[4] = INFINITY; /* two in a row are one gap, not another data set */
    const wil_curve curves[2] = {{"c", x, whole, 7}, {"c", x, broken, 7}};
    wil_plot_config config = titled("t");
    WIL_OWN(char) *without = drawn(&curves[0], 1, &config), *with = drawn(&curves[1], 1, &config);
    assert_int_equal(count_of(with, "<path") + count_of(with, " M"),
        count_of(without, "<path") + count_of(without, " M") + 1);
}

TEST(a_logarithmic_axis_leaves_out_what_is_not_positive)
{
    const double y[4] = {0, 100, 0.01, -1};
    const wil_curve curve = {"c", steps, y, 4};
    wil_plot_config config = titled("t");
    config.log_y = true;
    WIL_OWN(char) *svg = drawn(&curve, 1, &config);
    assert_holds(svg, ">0.01<");
    assert_holds(svg, ">100<");
}

TEST(a_single_point_a_constant_and_an_empty_curve_are_drawn)
{
    const double constant[4] = {2, 2, 2, 2};
    const wil_curve curves[3] = {
        {"flat", steps, constant, 4}, {"point", steps, falling, 1}, {"none", NULL, NULL, 0}};
    wil_plot_config config = titled(NULL);
    WIL_OWN(char) *svg = drawn(curves, 3, &config);
    assert_holds(svg, ">point<");
    assert_null(strstr(svg, ">none<"));
}

TEST(impossible_plots_are_refused)
{
    const double nothing[2] = {NAN, NAN}, zero[2] = {0, 0};
    const wil_curve undefined = {"c", steps, nothing, 2}, flat = {"c", steps, zero, 2},
                    lost = {"c", steps, NULL, 2};
    wil_plot_config config = titled("Dice");
    char *svg = NULL;
    assert_int_equal(wil_plot_curves(&svg, &undefined, 1, &config), WIL_ERR_ARG);
    assert_string_equal(
        wil_status_message(), "the plot \"Dice\" has nothing to draw: no curve has a finite value");
    assert_int_equal(wil_plot_curves(&svg, &undefined, 0, &config), WIL_ERR_ARG);
    assert_holds(wil_status_message(), "needs one curve at least, got 0");
    assert_int_equal(wil_plot_curves(&svg, &lost, 1, &config), WIL_ERR_ARG);
    assert_holds(wil_status_message(), "curve 0 of the plot \"Dice\" has no values");
    config.log_y = true;
    assert_int_equal(wil_plot_curves(&svg, &flat, 1, &config), WIL_ERR_ARG);
    assert_holds(wil_status_message(), "above 0");
    config.width_px = 10;
    assert_int_equal(wil_plot_curves(&svg, &flat, 1, &config), WIL_ERR_ARG);
    assert_holds(wil_status_message(), "10 x 460 pixels");
    assert_null(svg);
}

static wil_status draw_anything(void)
{
    const wil_curve curve = {"c", steps, falling, 4};
    wil_plot_config config = titled("Losses");
    char *svg = NULL;
    wil_status status = wil_plot_curves(&svg, &curve, 1, &config);
    assert_true((svg != NULL) == (status == WIL_OK));
    wil_free(svg);
    return status;
}

TEST_WITH(a_missing_gnuplot_is_named_with_its_package, NULL, restore_path)
{
    replace_gnuplot(NULL);
    assert_int_equal(draw_anything(), WIL_ERR_IO);
    assert_holds(wil_status_message(), "plot \"Losses\": gnuplot is not installed");
    assert_holds(wil_status_message(), "gnuplot-nox");
}

TEST_WITH(a_failing_gnuplot_is_quoted, NULL, restore_path)
{
    replace_gnuplot("#!/bin/sh\necho '\"-\" line 3: disk on fire' >&2\nexit 3\n");
    assert_int_equal(draw_anything(), WIL_ERR_IO);
    assert_string_equal(wil_status_message(),
        "plot \"Losses\": gnuplot ended with exit status 3 and said: \"-\" line 3: disk on fire");
}

TEST_WITH(a_gnuplot_that_draws_nothing_is_a_failure, NULL, restore_path)
{
    replace_gnuplot("#!/bin/sh\nexit 0\n");
    assert_int_equal(draw_anything(), WIL_ERR_IO);
    assert_holds(wil_status_message(), "gnuplot ended with exit status 0 without drawing anything");
}

TEST_WITH(a_half_drawn_plot_is_a_failure, NULL, restore_path)
{
    replace_gnuplot("#!/bin/sh\necho '<svg><path'\nexit 0\n");
    assert_int_equal(draw_anything(), WIL_ERR_IO);
    assert_holds(wil_status_message(), "exit status 0");
}

/* SIGPIPE has its deadly default here: reaching the end of this test is the proof. */
TEST_WITH(a_gnuplot_that_dies_before_reading_does_not_take_the_program_with_it, NULL, restore_path)
{
    enum { N = 200000 }; /* several megabytes of script, far above what a pipe holds */
    WIL_OWN(double) *x = NULL;
    assert_int_equal(wil_alloc_f64(&x, N), WIL_OK);
    for (int i = 0; i < N; i++)
        x[i] = i / 7.0;
    const wil_curve curve = {"c", x, x, N};
    wil_plot_config config = titled("Losses");
    char *svg = NULL;
    signal(SIGPIPE, SIG_DFL);
    replace_gnuplot("#!/bin/sh\nkill -9 $$\n");
    assert_int_equal(wil_plot_curves(&svg, &curve, 1, &config), WIL_ERR_IO);
    assert_holds(wil_status_message(), "gnuplot was stopped by signal 9");
}

TEST_GROUP(make_folder, remove_folder)
