#include "cli_distribution.h"

#include <math.h>
#include <string.h>

#include "willis/report.h"

/* ---- figures and their names -------------------------------------------------------------------------- */

enum { N_FIGURES = 9 };

static const char *const keys[N_FIGURES] = {
    "frechet", "kid", "prd_auc", "prd_f8", "prd_f1_8", "precision", "recall", "density", "coverage"};

static void values_of(double values[N_FIGURES], const wil_distribution_figures *f)
{
    const double all[N_FIGURES] = {f->frechet.distance, f->kid.kid, f->prd_auc, f->prd_f8, f->prd_f1_8,
        f->manifold.precision, f->manifold.recall, f->manifold.density, f->manifold.coverage};
    memcpy(values, all, sizeof all);
}

/* "prd_k20_auc@1a2b3c4d": what else a figure depends on stands in its name. */
static void name_figure(
    char name[64], int figure, const wil_distribution *result, const wil_distribution_config *config)
{
    const int k_prd = config->prd_config.n_clusters;
    const int k_manifold =
        figure < 7 ? config->manifold_config.k_precision : config->manifold_config.k_density;
    switch (figure) {
    case 0:
        snprintf(name, 64, "frechet@%s", result->hash);
        break;
    case 1:
        snprintf(name, 64, "kid_n%d@%s", config->kid_config.subset_size, result->hash);
        break;
    case 2:
    case 3:
    case 4:
        snprintf(name, 64, "prd_k%d_%s@%s", k_prd, keys[figure] + 4, result->hash);
        break;
    default:
        snprintf(name, 64, "%s_k%d@%s", keys[figure], k_manifold, result->hash);
    }
}

static void figures_of(
    cli_figure figures[N_FIGURES], const wil_distribution *result, const wil_distribution_config *config)
{
    double values[N_FIGURES];
    values_of(values, &result->figures);
    for (int i = 0; i < N_FIGURES; i++) {
        name_figure(figures[i].name, i, result, config);
        figures[i].value = values[i];
    }
}

wil_status cli_distribution_add_row(const wil_distribution *result, const wil_distribution_config *config,
    const char *path, const char *label)
{
    cli_figure figures[N_FIGURES];
    figures_of(figures, result, config);
    return cli_result_table_add(path, label, figures, N_FIGURES);
}

/* ---- JSON --------------------------------------------------------------------------------------------- */

static json_t *figures_json(const wil_distribution_figures *f)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:[oo], s:i, s:{s:o, s:o, s:o}, s:o, s:o, s:o, s:o, s:I, s:I, "
        "s:I, s:I}",
        "frechet", wil_json_real(f->frechet.distance), "frechet_mean", wil_json_real(f->frechet.mean),
        "frechet_covariance", wil_json_real(f->frechet.covariance), "kid", wil_json_real(f->kid.kid),
        "kid_sd", wil_json_real(f->kid.sd), "kid_interval", wil_json_real(f->kid.low),
        wil_json_real(f->kid.high), "kid_subset_size", f->kid.subset_size, "prd", "auc",
        wil_json_real(f->prd_auc), "f8", wil_json_real(f->prd_f8), "f1_8", wil_json_real(f->prd_f1_8),
        "precision", wil_json_real(f->manifold.precision), "recall", wil_json_real(f->manifold.recall),
        "density", wil_json_real(f->manifold.density), "coverage", wil_json_real(f->manifold.coverage),
        "n_real", (json_int_t)f->n_real, "n_synthetic", (json_int_t)f->n_synthetic, "n_real_drawn",
        (json_int_t)f->n_real_drawn, "n_synthetic_drawn", (json_int_t)f->n_synthetic_drawn);
}

static json_t *names_json(const wil_distribution *result, const wil_distribution_config *config)
{
    cli_figure figures[N_FIGURES];
    json_t *names = json_object();
    figures_of(figures, result, config);
    for (int i = 0; i < N_FIGURES; i++)
        (void)json_object_set_new(names, keys[i], json_string(figures[i].name));
    return names;
}

wil_status cli_distribution_print_json(const wil_distribution *result, const wil_distribution_config *config)
{
    json_t *root = figures_json(&result->figures);
    json_t *floor = figures_json(&result->floor);
    const bool has_test = result->test.n_real > 0 || result->test.n_real_drawn > 0;
    (void)json_object_set_new(
        floor, "halves", json_string(result->halves_are_subjects ? "subjects" : "samples"));
    (void)json_object_set_new(floor, "subjects",
        result->n_subjects_in_half[0] == 0
            ? json_null()
            : json_pack("[ii]", result->n_subjects_in_half[0], result->n_subjects_in_half[1]));
    (void)json_object_set_new(floor, "usable", json_boolean(result->floor_is_usable));
    (void)json_object_set_new(root, "floor", floor);
    (void)json_object_set_new(root, "train", has_test ? figures_json(&result->train) : json_null());
    (void)json_object_set_new(root, "test", has_test ? figures_json(&result->test) : json_null());
    (void)json_object_set_new(root, "gap",
        has_test ? json_pack("{s:o, s:o}", "frechet",
                       wil_json_real(result->test.frechet.distance - result->train.frechet.distance), "kid",
                       wil_json_real(result->test.kid.kid - result->train.kid.kid))
                 : json_null());
    (void)json_object_set_new(root, "features",
        json_pack("{s:o, s:s, s:i}", "definition", wil_json_text(result->features), "hash", result->hash,
            "dimensions", result->d));
    (void)json_object_set_new(root, "names", names_json(result, config));
    return cli_print_json(root);
}

/* ---- text --------------------------------------------------------------------------------------------- */

/* The beginning of a definition, cut between characters of UTF-8. */
static int shown_bytes(const char *text)
{
    int n = (int)strnlen(text, 60);
    while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    return n;
}

static wil_status add_cell(char **lines, double value)
{
    return isnan(value) ? wil_text_append(lines, "\t-") : wil_text_append(lines, "\t%.5g", value);
}

static void print_halves(const wil_distribution *result)
{
    const int *n = result->n_subjects_in_half;
    if (!result->floor_is_usable && !result->halves_are_subjects)
        printf(
            "(real halves): no floor: all real samples are of one subject, so that halves do not differ as "
            "patients do\n");
    else if (!result->floor_is_usable)
        printf(
            "(real halves): no floor: %d and %d subjects, and one subject differs from others by more than "
            "chance; from 4 subjects on halves can be read, from 10 on trusted\n",
            n[0], n[1]);
    else if (result->halves_are_subjects)
        printf("real halves: one half of the real subjects (%d) against the other (%d), the floor of each "
               "figure at half the number\n",
            n[0], n[1]);
    else
        printf(
            "real halves: one half of the real samples against the other, the floor of each figure at half "
            "the number\n");
}

wil_status cli_distribution_print_text(const wil_distribution *result, const wil_distribution_config *config)
{
    const bool has_test = result->test.n_real > 0 || result->test.n_real_drawn > 0;
    const int n_columns = has_test ? 4 : 2;
    cli_figure figures[N_FIGURES];
    double values[4][N_FIGURES];
    figures_of(figures, result, config);
    values_of(values[0], &result->figures);
    values_of(values[1], &result->floor);
    values_of(values[2], &result->train);
    values_of(values[3], &result->test);
    char *lines = NULL;
    wil_status status = wil_text_append(&lines, "figure\tsynthetic\t%s%s\n",
        result->floor_is_usable ? "real halves" : "(real halves)", has_test ? "\ttrain, as many\ttest" : "");
    for (int i = 0; i < N_FIGURES && status == WIL_OK; i++) {
        if (isnan(values[0][i]))
            continue;
        status = wil_text_append(&lines, "%s", figures[i].name);
        for (int c = 0; c < n_columns && status == WIL_OK; c++)
            status = add_cell(&lines, values[c][i]);
        if (status == WIL_OK)
            status = wil_text_append(&lines, "\n");
    }
    if (status == WIL_OK)
        status = cli_print_table(lines);
    wil_free(lines);
    WIL_TRY(status);
    printf("\n");
    if (config->kid)
        printf("kid: 95 %% of %d subsets of %d lie from %.3g to %.3g\n", config->kid_config.n_subsets,
            result->figures.kid.subset_size, result->figures.kid.low, result->figures.kid.high);
    const int n_shown = shown_bytes(result->features);
    printf("features %s: %d dimensions, %.*s%s\n", result->hash, result->d, n_shown, result->features,
        result->features[n_shown] != '\0' ? "..." : "");
    print_halves(result);
    return WIL_OK;
}

/* ---- curve -------------------------------------------------------------------------------------------- */

wil_status cli_distribution_write_curve(const wil_distribution *result, const char *path)
{
    const wil_prd *curve = &result->curve;
    char *text = NULL;
    wil_status status = wil_text_append(&text, "angle,recall,precision\n");
    for (int i = 0; i < curve->n_angles && status == WIL_OK; i++)
        status = wil_text_append(&text, "%d,%.9g,%.9g\n", i, curve->recall[i], curve->precision[i]);
    if (status == WIL_OK)
        status = wil_file_write(path, text, strlen(text));
    wil_free(text);
    return status;
}

wil_status cli_distribution_draw_curve(const wil_distribution *result, const char *path)
{
    const wil_prd *curve = &result->curve;
    const wil_prd *floor = &result->floor_curve;
    const wil_curve lines[2] = {
        {.label = "synthetic against real", .x = curve->recall, .y = curve->precision, .n = curve->n_angles},
        {.label = "one half of real against the other",
            .x = floor->recall,
            .y = floor->precision,
            .n = floor->n_angles}};
    wil_plot_config config = wil_plot_config_default();
    char *svg = NULL;
    config.title = "Precision and recall of distributions";
    config.x_label = "recall";
    config.y_label = "precision";
    config.x_range[1] = config.y_range[1] = 1.02; /* curves run along the edges */
    config.width_px = config.height_px = 560;
    WIL_TRY(wil_plot_curves(&svg, lines, 2, &config));
    const wil_status status = wil_file_write(path, svg, strlen(svg));
    wil_free(svg);
    return status;
}
