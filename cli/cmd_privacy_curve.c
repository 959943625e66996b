/* willis privacy curve: epsilon against delta, and what an attacker can gain. */
#include "cli_privacy.h"
#include "commands.h"

#include <string.h>

#include "willis/report.h"

/* ---- tables ------------------------------------------------------------------------------------------- */

static wil_status profile_text(char **out, const wil_privacy_curve *curve)
{
    WIL_TRY(wil_text_append(out, "epsilon,delta_rdp,delta_pld_lower,delta_pld_upper\n"));
    for (int i = 0; i < curve->n_points; i++)
        WIL_TRY(wil_text_append(out, "%.9g,%.9g,%.9g,%.9g\n", curve->epsilon[i], curve->delta_rdp[i],
            curve->delta[i].lower, curve->delta[i].upper));
    return WIL_OK;
}

static wil_status trade_off_text(char **out, const wil_privacy_curve *curve)
{
    WIL_TRY(wil_text_append(out, "false_positive_rate,false_negative_rate_least,true_positive_rate_most\n"));
    for (int i = 0; i < curve->n_rates; i++)
        WIL_TRY(wil_text_append(out, "%.9g,%.9g,%.9g\n", curve->false_positive[i],
            curve->false_negative_least[i], 1 - curve->false_negative_least[i]));
    return WIL_OK;
}

/* ---- pictures ----------------------------------------------------------------------------------------- */

static wil_status profile_svg(char **out, const wil_privacy_curve *curve)
{
    double *upper = NULL;
    double *lower = NULL;
    wil_plot_config config = wil_plot_config_default();
    config.title = "Privacy profile";
    config.x_label = "epsilon";
    config.y_label = "delta";
    config.log_y = true;
    wil_status status = wil_alloc_f64(&upper, (size_t)curve->n_points);
    if (status == WIL_OK)
        status = wil_alloc_f64(&lower, (size_t)curve->n_points);
    for (int i = 0; i < curve->n_points && status == WIL_OK; i++) {
        upper[i] = curve->delta[i].upper;
        lower[i] = curve->delta[i].lower;
    }
    const wil_curve curves[] = {{"RDP", curve->epsilon, curve->delta_rdp, curve->n_points},
        {"PLD, upper", curve->epsilon, upper, curve->n_points},
        {"PLD, lower", curve->epsilon, lower, curve->n_points}};
    if (status == WIL_OK)
        status = wil_plot_curves(out, curves, CLI_COUNT(curves), &config);
    wil_free(upper);
    wil_free(lower);
    return status;
}

static wil_status trade_off_svg(char **out, const wil_privacy_curve *curve)
{
    const double corners[2] = {0, 1};
    const double guessing[2] = {1, 0};
    wil_plot_config config = wil_plot_config_default();
    config.title = "Membership inference: errors that no attack can go below";
    config.x_label = "false positive rate";
    config.y_label = "false negative rate";
    const wil_curve curves[] = {{"bound", curve->false_positive, curve->false_negative_least, curve->n_rates},
        {"guessing", corners, guessing, 2}};
    return wil_plot_curves(out, curves, CLI_COUNT(curves), &config);
}

/* ---- files -------------------------------------------------------------------------------------------- */

typedef wil_status describe(char **out, const wil_privacy_curve *curve);

static const struct {
    const char *name;
    describe *text;
} FILES[] = {
    {"epsilon_delta.csv", profile_text},
    {"trade_off.csv", trade_off_text},
    {"epsilon_delta.svg", profile_svg},
    {"trade_off.svg", trade_off_svg},
};
#define N_FILES CLI_COUNT(FILES)

static wil_status write_file(const char *folder, const char *name, const char *text)
{
    char *path = NULL;
    WIL_TRY(wil_path_join(&path, folder, name));
    const wil_status status = wil_file_write(path, text, strlen(text));
    wil_free(path);
    return status;
}

/* All are made before the first is written. */
static wil_status write_files(const char *folder, const wil_privacy_curve *curve)
{
    char *texts[N_FILES] = {NULL};
    wil_status status = WIL_OK;
    for (int i = 0; i < N_FILES && status == WIL_OK; i++)
        status = FILES[i].text(&texts[i], curve);
    if (status == WIL_OK)
        status = wil_folder_make(folder);
    for (int i = 0; i < N_FILES && status == WIL_OK; i++)
        status = write_file(folder, FILES[i].name, texts[i]);
    for (int i = 0; i < N_FILES; i++)
        wil_free(texts[i]);
    return status;
}

/* ---- the command -------------------------------------------------------------------------------------- */

/* The rate at 1 % false positives is how attacks are reported [Carlini2022]. */
static wil_status report(
    const cli_common *common, const wil_privacy_curve *curve, const char *folder, json_t *warnings)
{
    const double caught = 1 - wil_privacy_trade_off(curve->epsilon, curve->delta, curve->n_points, 0.01);
    if (common->json)
        return cli_print_json(json_pack("{s:o, s:o, s:o, s:O}", "output", wil_json_text(folder),
            "membership_advantage_most", wil_json_real(curve->advantage_most),
            "true_positive_rate_at_1_percent", wil_json_real(caught), "warnings", warnings));
    printf("%s: epsilon_delta and trade_off, each as .csv and .svg\n"
           "membership advantage (true minus false positive rate) at most %.4g; true positive rate at 1 %% "
           "false positives at most %.4g\n",
        folder, curve->advantage_most, caught);
    return WIL_OK;
}

typedef struct request {
    cli_mechanism m;
    char *folder;
    double most;
    int n_points;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"out", WIL_OUTPUT_FOLDER, AT(folder), .help = "where the tables and pictures go"},
    {NULL, WIL_SECTION, AT(m), .fields = &cli_privacy_draw_fields},
    {NULL, WIL_SECTION, AT(m), .fields = &cli_privacy_noise_fields},
    {NULL, WIL_SECTION, AT(m), .fields = &cli_privacy_steps_fields},
    {"points", WIL_INT, AT(n_points), "60", 2, 1000, .help = "of the curve"},
    {"most_epsilon", WIL_REAL, AT(most), "0", 0, 1e6, .value = "EPSILON",
        .help = "where the curve ends; 0: a quarter beyond the epsilon at delta"},
    {NULL, WIL_SECTION, AT(m), .fields = &cli_privacy_orders_fields},
};

static wil_status run(void *settings, const cli_common *common)
{
    request *r = settings;
    cli_mechanism *m = &r->m;
    double epsilon = 0;
    wil_privacy_curve curve;
    WIL_TRY(cli_mechanism_check(m));
    cli_warnings warnings;
    cli_warnings_start(&warnings, cli_monitor_start(common));
    wil_status status =
        wil_privacy_curve_make(&curve, &m->mechanism, 1, &m->orders, m->delta, r->most, r->n_points);
    if (status == WIL_OK)
        status = cli_mechanism_epsilon(&epsilon, m, WIL_PRIVACY_PLD, &warnings.monitor);
    if (status == WIL_OK)
        status = write_files(r->folder, &curve);
    if (status == WIL_OK)
        status = report(common, &curve, r->folder, warnings.texts);
    wil_privacy_curve_clear(&curve);
    json_decref(warnings.texts);
    return status;
}

const cli_command cmd_privacy_curve = {
    .name = "privacy curve",
    .purpose = "draws epsilon against delta, and bounds what a membership attack can gain",
    .example =
        "willis privacy curve --sampling-rate 0.01 --noise 1.1 --steps 10000 --delta 1e-5 --out curve/",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
};
