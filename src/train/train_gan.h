#ifndef WILLIS_STUDY_TRAIN_GAN_H
#define WILLIS_STUDY_TRAIN_GAN_H

#include "willis/train.h"

WIL_NODISCARD wil_status train_gan(
    const wil_run_config *config, bool resume, const wil_monitor *monitor, wil_train_result *result);

#endif
