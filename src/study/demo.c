/* The whole main job once, small: from a phantom cohort to the scores of two networks on its test patients.
 */
#include <ftw.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "demo_internal.h"

#define N_TREES 24
#define TREE_SEED 0x7472656573u /* "trees": other patients than the cohort's */

/* ---- the folder --------------------------------------------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

static wil_status write_mark(const wil_demo_state *demo)
{
    WIL_OWN(json_t) *mark = json_pack("{s:s, s:s}", "content", "willis demo", "note",
        "this folder belongs to willis demo, which writes it anew at its next run");
    WIL_REQUIRE(mark != NULL, WIL_ERR_MEMORY, "out of memory for the demo's mark");
    return wil_json_save(mark, demo->path[DEMO_FILE_MARK]);
}

wil_status demo_folder_open(const wil_demo_state *demo)
{
    WIL_TRY(wil_folder_make(demo->config->folder));
    if (!wil_file_exists(demo->path[DEMO_FILE_MARK])) {
        for (int i = 0; i < DEMO_N_FILES; i++)
            WIL_REQUIRE(!wil_file_exists(demo->path[i]) && !wil_folder_exists(demo->path[i]), WIL_ERR_ARG,
                "%s is in the way, and its folder is not a demo's (no demo.json); choose another folder",
                demo->path[i]);
        return write_mark(demo);
    }
    for (int i = 0; i < DEMO_N_FILES; i++) {
        if (i == DEMO_FILE_MARK || (!wil_file_exists(demo->path[i]) && !wil_folder_exists(demo->path[i])))
            continue;
        WIL_REQUIRE(nftw(demo->path[i], remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0, WIL_ERR_IO,
            "%s of an earlier demo cannot be removed; remove it, or choose another folder", demo->path[i]);
    }
    return WIL_OK;
}

/* ---- stages ------------------------------------------------------------------------------------------- */

static wil_status make_cohort(wil_demo_state *demo)
{
    const wil_demo_config *config = demo->config;
    WIL_TRY(wil_phantom_tof_cohort(demo->path[DEMO_FILE_COHORT], &demo->phantom, config->n_train,
        config->n_val, config->n_test, demo->monitor));
    return wil_cohort_read(&demo->cohort, demo->path[DEMO_FILE_COHORT]);
}

static wil_status cut_patches(wil_demo_state *demo)
{
    WIL_OWN(wil_samples) patches = {0};
    WIL_TRY(wil_samples_cut(&patches, &demo->cohort, WIL_SPLIT_TRAIN, &demo->patch, demo->monitor));
    demo->n_real = patches.n;
    return wil_samples_write(&patches, demo->path[DEMO_FILE_REAL]);
}

static wil_status train(const wil_run_config *config, const wil_monitor *monitor, wil_train_result *result)
{
    WIL_TRY(wil_train(config, false, monitor, result));
    WIL_REQUIRE(!result->interrupted, WIL_ERR_INTERRUPTED,
        "interrupted; %s holds the training so far, the demo starts anew at its next run", config->output);
    return WIL_OK;
}

static wil_status train_generator(wil_demo_state *demo)
{
    return train(&demo->gan, demo->monitor, &demo->gan_trained);
}

/* Vessel trees of phantoms that are in no other set, without their images. */
static wil_status make_trees(const wil_demo_state *demo)
{
    WIL_OWN(wil_samples) labels = {0};
    WIL_OWN(wil_cohort) cohort = {0};
    wil_tof_config phantom = demo->phantom;
    wil_patch_config patch = demo->patch;
    phantom.seed ^= TREE_SEED;
    phantom.labels_only = true;
    patch.per_subject = (demo->n_synthetic + N_TREES - 1) / N_TREES;
    WIL_TRY(wil_phantom_tof_cohort(demo->path[DEMO_FILE_TREES], &phantom, N_TREES, 0, 0, demo->monitor));
    WIL_TRY(wil_cohort_read(&cohort, demo->path[DEMO_FILE_TREES]));
    WIL_TRY(wil_samples_cut(&labels, &cohort, WIL_SPLIT_TRAIN, &patch, demo->monitor));
    return wil_samples_write(&labels, demo->path[DEMO_FILE_LABELS]);
}

static wil_status generate(wil_demo_state *demo)
{
    WIL_TRY(make_trees(demo));
    const wil_generate_config config = {.model = demo->gan_trained.model_path,
        .labels = demo->path[DEMO_FILE_LABELS],
        .count = demo->n_synthetic,
        .seed = demo->config->seed,
        .label_threshold = NAN};
    WIL_OWN(wil_samples) patches = {0};
    WIL_TRY(wil_generate(&patches, &config, demo->monitor));
    return wil_samples_write(&patches, demo->path[DEMO_FILE_SYNTHETIC]);
}

static wil_status train_unet_real(wil_demo_state *demo)
{
    return train(&demo->real.config, demo->monitor, &demo->real.trained);
}

static wil_status train_unet_synthetic(wil_demo_state *demo)
{
    return train(&demo->synthetic.config, demo->monitor, &demo->synthetic.trained);
}

static wil_status score_network(
    wil_demo_state *demo, wil_score *out, const char *model, wil_demo_file predictions)
{
    WIL_OWN(wil_segmenter) *segmenter = NULL;
    WIL_TRY(wil_segmenter_open(&segmenter, model));
    return wil_score_cohort(
        out, segmenter, &demo->cohort, WIL_SPLIT_TEST, demo->path[predictions], demo->monitor);
}

/* The network trained on random phantoms alone: what synthetic patches must beat. */
static wil_status score_public(wil_demo_state *demo)
{
    WIL_OWN(char) *path = NULL;
    const wil_status found = wil_network_find(&path, "tof-vessels");
    if (found == WIL_ERR_INPUT) {
        wil_monitor_info(
            demo->monitor, "the public network tof-vessels is not installed, so it is not scored");
        return WIL_OK;
    }
    WIL_TRY(found);
    return score_network(demo, &demo->public_network, path, DEMO_FILE_PREDICTIONS_PUBLIC);
}

static wil_status score(wil_demo_state *demo)
{
    WIL_TRY(
        score_network(demo, &demo->real.score, demo->real.trained.model_path, DEMO_FILE_PREDICTIONS_REAL));
    WIL_TRY(score_network(
        demo, &demo->synthetic.score, demo->synthetic.trained.model_path, DEMO_FILE_PREDICTIONS_SYNTHETIC));
    return score_public(demo);
}

static wil_status write_report(wil_demo_state *demo)
{
    return wil_demo_page_write(demo);
}

static const struct {
    wil_status (*run)(wil_demo_state *demo);
    const char *words;
} STAGES[DEMO_N_STAGES] = {
    [DEMO_COHORT] = {make_cohort, "phantom cohort"},
    [DEMO_PATCHES] = {cut_patches, "patches of the training patients"},
    [DEMO_GAN] = {train_generator, "generative network"},
    [DEMO_GENERATE] = {generate, "synthetic set"},
    [DEMO_UNET_REAL] = {train_unet_real, "segmentation network trained on real patches"},
    [DEMO_UNET_SYNTHETIC] = {train_unet_synthetic, "segmentation network trained on synthetic patches alone"},
    [DEMO_SCORE] = {score, "scores on the test patients"},
    [DEMO_REPORT] = {write_report, "report"},
};

static wil_status run_stages(wil_demo_state *demo)
{
    for (int stage = 0; stage < DEMO_N_STAGES; stage++) {
        const double started_s = wil_time_s();
        wil_monitor_info(demo->monitor, "%d of %d: %s", stage + 1, DEMO_N_STAGES, STAGES[stage].words);
        WIL_TRY(STAGES[stage].run(demo));
        demo->seconds[stage] = wil_time_s() - started_s;
    }
    return WIL_OK;
}

wil_status wil_demo_run(const wil_demo_config *config, const wil_monitor *monitor, json_t **result_out)
{
    WIL_OWN(wil_demo_state) demo = {0};
    WIL_OWN(json_t) *result = NULL;
    *result_out = NULL;
    WIL_TRY(demo_settings(&demo, config));
    demo.monitor = monitor;
    WIL_TRY(demo_folder_open(&demo));
    WIL_TRY(run_stages(&demo));
    WIL_TRY(demo_result(&result, &demo));
    WIL_TRY(wil_json_save(result, demo.path[DEMO_FILE_RESULT]));
    return wil_give(result_out, &result);
}
