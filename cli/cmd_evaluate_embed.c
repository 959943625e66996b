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

WIL_OWNED_VALUE(sets, sets_clear)

typedef struct request {
    wil_tsne_config config;
    wil_sample_source source; /* of every set, without its path */
    wil_text_list set;
    char *csv, *svg;
    int64_t n_samples;
    int n_thumbnails;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"set", WIL_LIST, AT(set), .value = "NAME=FILE",
        .help = "a patch set or a matrix of features; give it for every set"},
    {"csv", WIL_OUTPUT, AT(csv), .value = "FILE.csv", .help = "where to write set, sample, x, y"},
    {"svg", WIL_OUTPUT, AT(svg), "", .value = "FILE.svg",
        .help = "where to draw the sets, marked differently"},
    {"thumbnails", WIL_INT, AT(n_thumbnails), "100", 0, 1000,
        .help = "patches drawn over the marks at most, framed as their set; 0: none"},
    {"samples", WIL_I64, AT(n_samples), "1000", 0, 1e6,
        .help = "of each set at most, drawn by the seed; 0: all"},
    {NULL, WIL_SECTION, AT(config), .fields = &wil_tsne_fields},
    {"dataset", WIL_TEXT, AT(source.dataset), "", .value = "NAME",
        .help = "HDF5 files hold a matrix of features of this name, and are no patch sets"},
    {"extractor", WIL_TEXT, AT(source.extractor), "", .help = "what made the features of matrices"},
    {"weights", WIL_INPUT, AT(source.weights), "",
        .help = "take the features of the network in this file (tools/convert_weights.py)"},
};

static wil_status add_set(sets *s, const char *text, const wil_sample_source *source)
{
    WIL_REQUIRE(s->n < MOST_SETS, WIL_ERR_ARG, "--set was given more than %d times", MOST_SETS);
    const int i = s->n++;
    WIL_TRY(cli_named_input(&s->names[i], &s->paths[i], "--set", text));
    for (int k = 0; k < i; k++)
        WIL_REQUIRE(strcmp(s->names[k], s->names[i]) != 0, WIL_ERR_ARG,
            "--set: %s and %s are both called '%s'; give each set a name of its own", s->paths[k],
            s->paths[i], s->names[i]);
    s->sources[i] = *source;
    s->sources[i].path = s->paths[i];
    return WIL_OK;
}

static wil_status write_csv(const wil_embedding *e, const sets *s, const char *path)
{
    WIL_OWN(wil_lines) lines = {0};
    WIL_TRY(wil_lines_add(&lines, "set,sample,x,y\n"));
    for (int64_t i = 0; i < e->n; i++) {
        WIL_OWN(char) *row = NULL;
        WIL_TRY(wil_csv_cell(&row, s->names[e->set[i]]));
        WIL_TRY(wil_text_append(
            &row, ",%lld,%.9g,%.9g\n", (long long)e->sample[i], e->places[2 * i], e->places[2 * i + 1]));
        WIL_TRY(wil_lines_add(&lines, row));
    }
    return wil_file_write(path, lines.text, lines.n_bytes);
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

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    WIL_OWN(sets) s = {.n = 0};
    wil_embedding embedding = {0};
    for (int i = 0; i < r->set.n; i++)
        WIL_TRY(add_set(&s, r->set.items[i], &r->source));
    WIL_TRY(
        wil_embedding_make(&embedding, s.sources, s.n, r->n_samples, &r->config, cli_monitor_start(common)));
    wil_status status = write_csv(&embedding, &s, r->csv);
    if (status == WIL_OK && r->svg != NULL)
        status = draw(&embedding, &s, r->svg, r->n_thumbnails);
    if (status == WIL_OK)
        status = tell(&embedding, &s, common);
    wil_embedding_clear(&embedding);
    return status;
}

const cli_command cmd_evaluate_embed = {
    .name = "evaluate embed",
    .purpose = "real and synthetic samples in one plane (t-SNE)",
    .example =
        "willis evaluate embed --set real=train.h5 --set synthetic=generated.h5 --csv places.csv --svg "
        "places.svg",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes = "Barnes-Hut t-SNE of the features that `evaluate distribution` uses. The same seed gives the "
             "same picture, whatever the number of threads.",
};
