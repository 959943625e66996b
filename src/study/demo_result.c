/* result.json of the demo: the figures, for scripts. */
#include <math.h>

#include "demo_internal.h"

static wil_status put(json_t *object, const char *key, json_t *taken)
{
    WIL_REQUIRE(json_object_set_new(object, key, taken) == 0, WIL_ERR_MEMORY, "out of memory for the result");
    return WIL_OK;
}

/* trained: NULL for a network that the demo did not train. */
static wil_status add_arm(
    json_t *result, const char *key, const wil_score *score, const wil_train_result *trained)
{
    WIL_OWN(json_t) *patients = json_object();
    WIL_OWN(json_t) *object = json_pack("{s:f, s:f, s:i, s:O}", "dsc_mean", score->mean, "dsc_sd", score->sd,
        "n_patients", score->n, "dsc", patients);
    WIL_REQUIRE(object != NULL, WIL_ERR_MEMORY, "out of memory for the result");
    for (int i = 0; i < score->n; i++)
        WIL_TRY(put(patients, score->subjects[i], json_real(score->dice[i])));
    if (trained != NULL) {
        WIL_TRY(put(object, "val_dsc_best", json_real(trained->best_val_dice)));
        WIL_TRY(put(object, "best_epoch", json_integer(trained->best_epoch)));
    }
    return put(result, key, json_incref(object));
}

static wil_status add_seconds(json_t *result, const wil_demo_state *demo)
{
    WIL_OWN(json_t) *seconds = json_object();
    double total = 0;
    for (int stage = 0; stage < DEMO_N_STAGES; stage++) {
        total += demo->seconds[stage];
        WIL_TRY(put(seconds, wil_demo_stage_name(stage), json_real(round(demo->seconds[stage] * 100) / 100)));
    }
    WIL_TRY(put(seconds, "total", json_real(round(total * 100) / 100)));
    return put(result, "seconds", json_incref(seconds));
}

static wil_status add_settings(json_t *result, const wil_demo_state *demo)
{
    const wil_demo_config *c = demo->config;
    json_t *settings = json_pack("{s:I, s:f, s:i, s:i, s:i, s:[iii], s:I, s:I, s:[ii], s:i}", "seed",
        (json_int_t)c->seed, "effort", c->effort, "n_train", c->n_train, "n_val", c->n_val, "n_test",
        c->n_test, "matrix", c->matrix[0], c->matrix[1], c->matrix[2], "real_patches",
        (json_int_t)demo->n_real, "synthetic_patches", (json_int_t)demo->n_synthetic, "patch",
        demo->patch.height, demo->patch.width, "threads", wil_thread_count(0));
    return put(result, "settings", settings);
}

static wil_status fill(json_t *result, const wil_demo_state *demo)
{
    WIL_TRY(add_arm(result, "real", &demo->real.score, &demo->real.trained));
    WIL_TRY(add_arm(result, "synthetic", &demo->synthetic.score, &demo->synthetic.trained));
    if (demo->public_network.n > 0)
        WIL_TRY(add_arm(result, "public", &demo->public_network, NULL));
    const double real = demo->real.score.mean;
    WIL_TRY(put(result, "ratio", real > 0 ? json_real(demo->synthetic.score.mean / real) : json_null()));
    WIL_TRY(add_seconds(result, demo));
    WIL_TRY(put(result, "peak_memory_mib", json_real(round((double)wil_memory_peak_bytes() / 1048576.0))));
    WIL_TRY(put(result, "report", json_string(demo->path[DEMO_FILE_REPORT])));
    return add_settings(result, demo);
}

wil_status demo_result(json_t **out, const wil_demo_state *demo)
{
    WIL_OWN(json_t) *made = json_object();
    WIL_REQUIRE(made != NULL, WIL_ERR_MEMORY, "out of memory for the result");
    WIL_TRY(fill(made, demo));
    return wil_give(out, &made);
}
