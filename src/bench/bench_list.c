/* The table of what can be timed. */
#include <string.h>

#include "willis/bench.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

/* Sizes as in the study (chapters 4, 5 and 7), but batches that fit a workstation: the critic's gradient
 * penalty at batch 128 would only repeat the same work eight times. */
static const wil_bench_info LIST[] = {
    {.name = "conv-peak", .what = "best convolution rate of oneDNN on this machine"},
    {"wgan2d-critic", "WGAN-GP critic update: generator forward, three scores, gradient penalty, Adam",
        WIL_TIMED_CRITIC, 16, 96, 2, {96, 96}, true, true},
    {"wgan2d-generator", "WGAN-GP generator update through the critic, Adam", WIL_TIMED_GENERATOR, 16, 96, 2,
        {96, 96}, true, false},
    {"wgan3d-critic", "the same on volumes", WIL_TIMED_CRITIC, 1, 128, 3, {128, 128, 64}, true, true},
    {"wgan3d-generator", "the same on volumes", WIL_TIMED_GENERATOR, 1, 128, 3, {128, 128, 64}, true, false},
    {"unet2d-train", "U-Net training step: Dice loss, dropout, Adam", WIL_TIMED_UNET, 16, 32, 2, {96, 96},
        false, false},
    {"unet2d-infer", "vessel probabilities of a batch of tiles", WIL_TIMED_UNET_USE, 16, 32, 2, {96, 96},
        false, false},
    {"unet3d-train", "U-Net training step on volumes: Dice loss, batch norm, Adam", WIL_TIMED_UNET, 1, 16, 3,
        {128, 128, 64}, false, false},
    {"temp-pix2pix-train", "generator and discriminator update on slices of a perfusion series, Adam",
        WIL_TIMED_MAPS, 1, 16, 3, {128, 128, 80}, false, false},
    {"temp-pix2pix-infer", "a map of one patient: batch slices, one after the other", WIL_TIMED_MAPS_USE, 21,
        16, 3, {128, 128, 80}, false, false},
};

const wil_bench_info *wil_bench_list(int *n_out)
{
    *n_out = COUNT(LIST);
    return LIST;
}

wil_status wil_bench_find(const wil_bench_info **out, const char *name)
{
    const char *names[COUNT(LIST)];
    *out = NULL;
    for (int i = 0; i < COUNT(LIST); i++) {
        names[i] = LIST[i].name;
        if (strcmp(LIST[i].name, name) == 0) {
            *out = &LIST[i];
            return WIL_OK;
        }
    }
    const char *near = wil_nearest_word(name, names, COUNT(LIST));
    if (near != NULL)
        return wil_fail(WIL_ERR_ARG, "there is no bench '%s'; did you mean '%s'?", name, near);
    return wil_fail(WIL_ERR_ARG, "there is no bench '%s'; `willis bench list` shows them", name);
}
