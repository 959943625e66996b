/* Training: what both kinds have in common. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "run_folder.h"
#include "train_gan.h"
#include "train_unet.h"
#include "willis/train.h"

static wil_status write_result(const wil_run_config *config, const wil_train_result *result)
{
    WIL_OWN(char) *path = NULL;
    WIL_TRY(wil_path_join(&path, config->output, "result.json"));
    WIL_OWN(json_t) *value = json_pack("{s:s, s:s, s:I, s:b, s:f, s:I, s:o, s:i, s:o}", "kind",
        wil_run_kind_name(config->kind), "model", wil_path_name(result->model_path),
        config->kind == WIL_RUN_GAN ? "steps_done" : "epochs_done", (json_int_t)result->steps_done,
        "interrupted", (int)result->interrupted, "seconds", result->seconds, "plan_bytes",
        (json_int_t)result->plan_bytes, "best_val_dice", wil_json_real(result->best_val_dice), "best_epoch",
        result->best_epoch, "settings", wil_fields_json(&wil_run_fields, config, wil_run_section_used));
    WIL_REQUIRE(value != NULL, WIL_ERR_MEMORY, "%s: out of memory", path);
    return wil_json_save(value, path);
}

static wil_status train_in_folder(
    const wil_run_config *config, bool resume, const wil_monitor *monitor, wil_train_result *result)
{
    const double started_s = wil_time_s();
    if (resume)
        WIL_TRY(run_config_compare(config, monitor));
    if (config->kind == WIL_RUN_GAN)
        WIL_TRY(train_gan(config, resume, monitor, result));
    else
        WIL_TRY(train_unet(config, resume, monitor, result));
    result->seconds = wil_time_s() - started_s;
    return write_result(config, result);
}

wil_status wil_train(
    const wil_run_config *config, bool resume, const wil_monitor *monitor, wil_train_result *result)
{
    const int threads_before = omp_get_max_threads();
    int lock = -1;
    memset(result, 0, sizeof *result);
    result->best_val_dice = NAN;
    omp_set_num_threads(wil_thread_count(config->threads));
    wil_status status = run_folder_open(&lock, config, &resume, monitor);
    if (status == WIL_OK)
        status = train_in_folder(config, resume, monitor, result);
    run_folder_close(lock);
    omp_set_num_threads(threads_before);
    if (status != WIL_OK)
        wil_train_result_clear(result);
    return status;
}

void wil_train_result_clear(wil_train_result *result)
{
    wil_free(result->model_path);
    memset(result, 0, sizeof *result);
}
