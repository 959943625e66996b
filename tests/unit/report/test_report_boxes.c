/* Box plots: what is drawn is read from the script that gnuplot is given, by a gnuplot that repeats it. */
#include "test.h"

#include "plot_fixture.h"

static const char *const echo = "#!/bin/sh\necho '<svg>'\n/bin/cat\necho '</svg>'\n";

static char *boxes_of(const wil_box_panel *panels, int n)
{
    const wil_plot_config config = wil_plot_config_default();
    char *svg = NULL;
    if (wil_plot_boxes(&svg, panels, n, &config) != WIL_OK)
        fail_msg("%s", wil_status_message());
    return svg;
}

/* 1 2 3 4 100: quartiles 2, 3, 4 by linear interpolation, so the whiskers reach 2 - 3 .. 4 + 3 and 100 stands
 * alone. 0 1: quartiles 0.25, 0.5, 0.75. */
TEST_WITH(quartiles_and_whiskers_are_those_of_the_definition, NULL, restore_path)
{
    const double five[5] = {4, 100, 1, 3, 2}, two[2] = {1, 0};
    const wil_box boxes[2] = {{"a", five, 5}, {"b", two, 2}};
    const wil_box_panel panel = {.title = "dsc", .boxes = boxes, .n_boxes = 2};
    replace_gnuplot(echo);
    WIL_OWN(char) *script = boxes_of(&panel, 1);
    assert_holds(script, "$box0_1 << END_OF_BOX\n1 2 1 4 4 3\nEND_OF_BOX\n");
    assert_holds(script, "$box0_2 << END_OF_BOX\n2 0.25 0 1 0.75 0.5\nEND_OF_BOX\n");
    assert_holds(script, " 100\n"); /* all values are drawn */
    assert_holds(script, "'n = 5' at first 1");
    assert_holds(script, "'n = 2' at first 2");
}

TEST_WITH(values_that_are_not_finite_are_counted_not_drawn, NULL, restore_path)
{
    const double values[4] = {1, INFINITY, NAN, 3}, none[2] = {INFINITY, INFINITY};
    const wil_box boxes[2] = {{"some", values, 4}, {"none", none, 2}};
    const wil_box_panel panels[2] = {{.title = "both", .boxes = boxes, .n_boxes = 2},
        {.title = "empty", .boxes = boxes + 1, .n_boxes = 1}};
    replace_gnuplot(echo);
    WIL_OWN(char) *script = boxes_of(panels, 2);
    assert_holds(script, "1 1.5 1 3 2.5 2\n");
    assert_holds(script, "'2 of 4' at first 1");
    assert_holds(script, "'0 of 2' at first 2");
    assert_null(strstr(script, "$box0_2"));
    assert_holds(script, "no finite value");
}

/* 0 .. 100 and 1000: quartiles 25.25, 50.5, 75.75, so 1000 alone lies beyond 1.5 times 50.5 above the upper.
 */
TEST_WITH(of_many_values_only_those_beyond_the_whiskers_are_drawn, NULL, restore_path)
{
    double values[102];
    for (int i = 0; i < 102; i++)
        values[i] = i < 101 ? i : 1000;
    const wil_box boxes[2] = {{"all", values, 102}, {"without", values, 101}};
    const wil_box_panel panel = {.title = "t", .boxes = boxes, .n_boxes = 2};
    replace_gnuplot(echo);
    WIL_OWN(char) *script = boxes_of(&panel, 1);
    assert_holds(script, "1 25.25 0 100 75.75 50.5\n");
    char only[80]; /* the shift is that of the 102nd of the golden ratio's multiples */
    snprintf(only, sizeof only, "$all0_1 << END_OF_BOX\n%.4f 1000\nEND_OF_BOX\n",
        1 + 0.3 * (fmod(102 * 0.6180339887498949, 1) - 0.5));
    assert_holds(script, only);
    assert_holds(script, "$all0_2 << END_OF_BOX\nEND_OF_BOX\n");
    assert_null(strstr(script, "$all0_2 using"));
}

TEST(gnuplot_draws_every_panel_with_the_names_as_they_are)
{
    const double values[5] = {0.5, 0.625, 0.75, 0.5, 0.5}, one[1] = {2}, none[1] = {INFINITY};
    const wil_box boxes[3] = {{"it's_a \"run\"", values, 5}, {"single", one, 1}, {"missed", none, 1}};
    const wil_box_panel panels[3] = {{.title = "hd95_mm", .boxes = boxes, .n_boxes = 3},
        {.title = "bavd_vox", .boxes = boxes, .n_boxes = 2},
        {.title = "nothing", .boxes = boxes + 2, .n_boxes = 1}};
    WIL_OWN(char) *svg = boxes_of(panels, 3), *again = boxes_of(panels, 3);
    assert_int_equal(count_of(svg, "it's_a &quot;run&quot;") + count_of(svg, "it's_a \"run\""), 2);
    assert_int_equal(count_of(svg, "hd95_mm"), 1);
    assert_int_equal(count_of(svg, "bavd_vox"), 1);
    assert_int_equal(count_of(svg, "missed"), 2);
    assert_int_equal(count_of(svg, "no finite value"), 1);
    assert_string_equal(svg, again);
}

TEST(percent_signs_and_leading_quotes_in_names_stay_text)
{
    const double values[3] = {1, 2, 3};
    const wil_box boxes[2] = {{"50% of %s", values, 3}, {"''quoted' first", values, 3}};
    const wil_box_panel panel = {.title = "'title %d", .boxes = boxes, .n_boxes = 2};
    WIL_OWN(char) *svg = boxes_of(&panel, 1);
    assert_holds(svg, ">50% of %s<");
    assert_holds(svg, ">''quoted' first<");
    assert_holds(svg, ">'title %d<");
}

TEST_WITH(impossible_box_plots_are_refused, NULL, restore_path)
{
    const double one[1] = {2};
    const wil_box box = {"a", one, 1};
    const wil_box_panel good = {.title = "t", .boxes = &box, .n_boxes = 1}, bad = {.title = "dsc"};
    wil_plot_config config = wil_plot_config_default();
    char *svg = NULL;
    assert_int_equal(wil_plot_boxes(&svg, &good, 0, &config), WIL_ERR_ARG);
    assert_holds(wil_status_message(), "1 to 12 panels");
    assert_int_equal(wil_plot_boxes(&svg, &bad, 1, &config), WIL_ERR_ARG);
    assert_holds(wil_status_message(), "the panel \"dsc\" has no box");
    config.height_px = 5;
    assert_int_equal(wil_plot_boxes(&svg, &good, 1, &config), WIL_ERR_ARG);
    assert_holds(wil_status_message(), "860 x 5 pixels");
    config = wil_plot_config_default();
    replace_gnuplot(NULL);
    assert_int_equal(wil_plot_boxes(&svg, &good, 1, &config), WIL_ERR_IO);
    assert_holds(wil_status_message(), "box plot: gnuplot is not installed");
    assert_null(svg);
}

TEST_GROUP(make_folder, remove_folder)
