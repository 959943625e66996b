/* Box plots of segmentation scores: cases of this run beside those of others. */
#include "column_list.h"

#include <string.h>

#include "willis/report.h"

#define MOST_RUNS 16 /* this one among them */
#define PANEL_PX 240 /* width, with room for two boxes; each further one takes BOX_PX */
#define BOX_PX 60

/* ---- runs ---------------------------------------------------------------------------------------------- */

typedef struct runs {
    char *labels[MOST_RUNS];                /* owned */
    double *values[MOST_RUNS][MOST_LISTED]; /* owned */
    int n_cases[MOST_RUNS];
    int n;
} runs;

static void runs_clear(runs *all)
{
    for (int k = 0; k < all->n; k++) {
        wil_free(all->labels[k]);
        for (int p = 0; p < MOST_LISTED; p++)
            wil_free(all->values[k][p]);
    }
}
WIL_OWNED_VALUE(runs, runs_clear)

static wil_status read_run(runs *all, int k, const column_list *which, const wil_seg_run *run)
{
    WIL_OWN(wil_table) table = {0};
    WIL_TRY(wil_string_copy(&all->labels[k], run->label));
    WIL_TRY(wil_table_read(&table, run->path, ','));
    WIL_REQUIRE(wil_table_column(&table, "class") < 0, WIL_ERR_INPUT,
        "%s was made with --labels: its rows are labels, not cases, and cannot be drawn beside cases",
        run->path);
    all->n_cases[k] = table.n_rows;
    for (int p = 0; p < which->n; p++)
        WIL_TRY(wil_seg_results_read_column(&all->values[k][p], &table, which->name[p], run->path));
    return WIL_OK;
}

static wil_status take_this_run(
    runs *all, int k, const column_list *which, const wil_seg_results *r, const char *label)
{
    all->n_cases[k] = (int)r->pairs->n;
    WIL_TRY(wil_string_copy(&all->labels[k], label));
    for (int p = 0; p < which->n; p++) {
        WIL_TRY(wil_alloc_f64(&all->values[k][p], r->pairs->n));
        for (size_t i = 0; i < r->pairs->n; i++)
            all->values[k][p][i] = r->rows[i].scores.value[which->index[p]];
    }
    return WIL_OK;
}

/* The others in the order of the command line. */
static wil_status read_others(runs *all, const column_list *which, const wil_seg_plot *plot)
{
    WIL_REQUIRE(
        plot->n_others < MOST_RUNS, WIL_ERR_ARG, "--plot-with was given more than %d times", MOST_RUNS - 1);
    for (int k = 0; k < plot->n_others; k++)
        WIL_TRY(read_run(all, all->n++, which, &plot->others[k]));
    return WIL_OK;
}

/* ---- plot ---------------------------------------------------------------------------------------------- */

static wil_status draw(const runs *all, const column_list *which, const char *path)
{
    wil_box boxes[MOST_LISTED][MOST_RUNS];
    wil_box_panel panels[MOST_LISTED];
    wil_plot_config config = wil_plot_config_default();
    WIL_OWN(char) *svg = NULL;
    for (int p = 0; p < which->n; p++) {
        for (int k = 0; k < all->n; k++)
            boxes[p][k] =
                (wil_box){.label = all->labels[k], .values = all->values[k][p], .n = all->n_cases[k]};
        panels[p] = (wil_box_panel){.title = which->name[p], .boxes = boxes[p], .n_boxes = all->n};
    }
    config.width_px = which->n * (PANEL_PX + (all->n > 2 ? BOX_PX * (all->n - 2) : 0));
    config.width_px = config.width_px < 10000 ? config.width_px : 10000;
    WIL_TRY(wil_plot_boxes(&svg, panels, which->n, &config));
    return wil_file_write(path, svg, strlen(svg));
}

wil_status wil_seg_plot_check(const wil_seg_results *results, const wil_seg_plot *plot)
{
    column_list which;
    WIL_OWN(runs) others = {.n = 0};
    WIL_TRY(column_list_parse(&which, results, plot->columns));
    return read_others(&others, &which, plot);
}

wil_status wil_seg_plot_write(const wil_seg_results *results, const wil_seg_plot *plot)
{
    column_list which;
    WIL_OWN(runs) all = {.n = 0};
    WIL_TRY(column_list_parse(&which, results, plot->columns));
    WIL_TRY(read_others(&all, &which, plot));
    WIL_TRY(take_this_run(&all, all.n++, &which, results, plot->label));
    return draw(&all, &which, plot->path);
}
