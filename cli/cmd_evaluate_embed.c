/* willis evaluate embed: sets of samples in one plane, by t-SNE. */
#include "commands.h"

#include <string.h>

#include "willis/evaluate.h"
#include "willis/report.h"

#define MOST_SETS 16
#define THUMBNAIL_PX 44

typedef struct sets {
    wil_sample_source sources[MOST_SETS];
    char *names[MOST_SETS]; /* owned */
    char *paths[MOST_SETS]; /* owned */
    int n;
} sets;

static void sets_clear(sets *s)
{
    for (int i = 0; i < s->n; i++) {
        wil_free(s->names[i]);
        wil_free(s->paths[i]);
    }
}

static wil_status add_set(
    sets *s, const char *text, const char *dataset, const char *extractor, const char *weights)
{
    WIL_REQUIRE(s->n < MOST_SETS, WIL_ERR_ARG, "--set was given more than %d times", MOST_SETS);
    const int i = s->n++;
    WIL_TRY(cli_named_input(&s->names[i], &s->paths[i], "--set", text));
    for (int k = 0; k < i; k++)
        WIL_REQUIRE(strcmp(s->names[k], s->names[i]) != 0, WIL_ERR_ARG,
            "--set: %s and %s are both called '%s'; give each set a name of its own", s->paths[k],
            s->paths[i], s->names[i]);
    s->sources[i] = (wil_sample_source){
        .path = s->paths[i], .dataset = dataset, .extractor = extractor, .weights = weights};
    return WIL_OK;
}

static wil_status write_csv(const wil_embedding *e, const sets *s, const char *path)
{
    char *text = NULL;
    wil_status status = wil_text_append(&text, "set,sample,x,y\n");
    for (int64_t i = 0; i < e->n && status == WIL_OK; i++) {
        status = wil_csv_cell(&text, s->names[e->set[i]]);
        if (status == WIL_OK)
            status = wil_text_append(
                &text, ",%lld,%.9g,%.9g\n", (long long)e->sample[i], e->places[2 * i], e->places[2 * i + 1]);
    }
    if (status == WIL_OK)
        status = wil_file_write(path, text, strlen(text));
    wil_free(text);
    return status;
}

/* xy: [2,n], filled here; sets lie one behind the other. */
static void make_curves(wil_curve curves[MOST_SETS], double *xy, const wil_embedding *e, const sets *s)
{
    for (int64_t i = 0; i < e->n; i++) {
        xy[i] = e->places[2 * i];
        xy[e->n + i] = e->places[2 * i + 1];
    }
    int64_t first = 0;
    for (int k = 0; k < s->n; k++) {
        int64_t end = first;
        while (end < e->n && e->set[end] == k)
            end++;
        curves[k] = (wil_curve){
            .label = s->names[k], .x = xy + first, .y = xy + e->n + first, .n = (int)(end - first)};
        first = end;
    }
}

static wil_status draw_curves(char **svg_out, const wil_curve *curves, const wil_embedding *e, const sets *s,
    const wil_plot_config *config, int n_thumbnails)
{
    float *images = NULL;
    wil_embedding_shape shape = {0};
    if (n_thumbnails > 0)
        WIL_TRY(wil_embedding_images(&images, &shape, e, s->sources, s->n));
    const wil_thumbnails thumbnails = {.images = images,
        .height = shape.height,
        .width = shape.width,
        .low = -1,
        .high = 1,
        .side_px = THUMBNAIL_PX,
        .most = n_thumbnails};
    const wil_status status = images != NULL ? wil_plot_scatter(svg_out, curves, s->n, &thumbnails, config)
                                             : wil_plot_curves(svg_out, curves, s->n, config);
    wil_free(images);
    return status;
}

static wil_status draw(const wil_embedding *e, const sets *s, const char *path, int n_thumbnails)
{
    wil_curve curves[MOST_SETS];
    wil_plot_config config = wil_plot_config_default();
    double *xy = NULL;
    char *svg = NULL;
    config.points = true;
    config.width_px = config.height_px = 900;
    config.title = "t-SNE: neighbours in features are neighbours here; distances between groups say nothing";
    WIL_TRY(wil_alloc_f64(&xy, 2 * (size_t)e->n));
    make_curves(curves, xy, e, s);
    wil_status status = draw_curves(&svg, curves, e, s, &config, n_thumbnails);
    if (status == WIL_OK)
        status = wil_file_write(path, svg, strlen(svg));
    wil_free(svg);
    wil_free(xy);
    return status;
}

static wil_status tell(const wil_embedding *e, const sets *s, const cli_common *common)
{
    if (!common->json) {
        printf("%lld samples of %d set%s, divergence %.4f nats\n", (long long)e->n, s->n, cli_plural(s->n),
            e->divergence);
        return WIL_OK;
    }
    return cli_print_json(json_pack("{s:I, s:i, s:o, s:o}", "n", (json_int_t)e->n, "n_sets", s->n,
        "divergence", wil_json_real(e->divergence), "features", wil_json_text(e->features)));
}

static wil_status run(const cli_command *self, int argc, char **argv)
{
    cli_list list = {0};
    const char *csv = NULL;
    const char *svg = NULL;
    const char *dataset = NULL;
    const char *extractor = NULL;
    const char *weights = NULL;
    int64_t n_samples = 1000;
    int n_thumbnails = 100;
    wil_tsne_config config = wil_tsne_config_default();
    sets s = {0};
    wil_embedding embedding = {0};
    cli_common common;
    cli_option options[] = {
        {"--set", CLI_LIST, &list, "NAME=FILE",
            .help = "a patch set or a matrix of features; give it for every set", .required = true},
        {"--csv", CLI_OUTPUT, &csv, "FILE.csv", .help = "where to write set, sample, x, y", .required = true},
        {"--svg", CLI_OUTPUT, &svg, "FILE.svg", .help = "where to draw the sets, marked differently"},
        {"--thumbnails", CLI_INT, &n_thumbnails, "N",
            .help = "patches drawn over the marks at most, framed as their set; 0: none", .max = 1000},
        {"--samples", CLI_I64, &n_samples, "N", .help = "of each set at most, drawn by the seed; 0: all",
            .max = 1e6},
        {"--perplexity", CLI_REAL, &config.perplexity, "P", .help = "how many neighbours count", .min = 2,
            .max = 1000},
        {"--theta", CLI_REAL, &config.theta, "T", .help = "of Barnes and Hut; 0: every pair", .min = 0,
            .max = 1},
        {"--iterations", CLI_INT, &config.n_iterations, "N", .help = "steps of descent", .min = 1,
            .max = 1000000},
        {"--seed", CLI_U64, &config.seed, "N", .help = "of draws and first places"},
        {"--dataset", CLI_TEXT, &dataset, "NAME",
            .help = "HDF5 files hold a matrix of features of this name, and are no patch sets"},
        {"--extractor", CLI_TEXT, &extractor, "TEXT", .help = "what made the features of matrices"},
        {"--weights", CLI_INPUT, &weights, "FILE",
            .help = "take the features of the network in this file (tools/convert_weights.py)"},
    };
    WIL_TRY(cli_parse(self, options, CLI_COUNT(options), argc, argv, &common));
    if (common.help_printed)
        return WIL_OK;
    wil_status status = WIL_OK;
    for (int i = 0; i < list.n && status == WIL_OK; i++)
        status = add_set(&s, list.items[i], dataset, extractor, weights);
    if (status == WIL_OK)
        status =
            wil_embedding_make(&embedding, s.sources, s.n, n_samples, &config, cli_monitor_start(&common));
    if (status == WIL_OK)
        status = write_csv(&embedding, &s, csv);
    if (status == WIL_OK && svg != NULL)
        status = draw(&embedding, &s, svg, n_thumbnails);
    if (status == WIL_OK)
        status = tell(&embedding, &s, &common);
    wil_embedding_clear(&embedding);
    sets_clear(&s);
    return status;
}

const cli_command cmd_evaluate_embed = {
    .name = "evaluate embed",
    .purpose = "real and synthetic samples in one plane (t-SNE)",
    .example =
        "willis evaluate embed --set real=train.h5 --set synthetic=generated.h5 --csv places.csv --svg "
        "places.svg",
    .run = run,
    .computes = true,
    .notes = "Barnes-Hut t-SNE of the features that `evaluate distribution` uses. The same seed gives the "
             "same picture, whatever the number of threads.",
};
