#include <math.h>
#include <string.h>

#include "train_gan.h"
#include "train_unet.h"
#include "willis/study.h"

wil_status wil_study_train(
    const wil_study_config *config, bool resume, const wil_monitor *monitor, wil_train_result *result)
{
    memset(result, 0, sizeof *result);
    result->best_val_dice = NAN;
    const wil_status status = config->kind == WIL_STUDY_GAN ? train_gan(config, resume, monitor, result)
                                                            : train_unet(config, resume, monitor, result);
    if (status != WIL_OK)
        wil_train_result_clear(result);
    return status;
}

void wil_train_result_clear(wil_train_result *result)
{
    wil_free(result->model_path);
    memset(result, 0, sizeof *result);
}
