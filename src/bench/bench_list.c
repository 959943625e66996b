/* The table of what can be timed. */
#include <string.h>

#include "willis/bench.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

/* Sizes as in the study (chapters 4, 5 and 7), but batches that fit a workstation: the critic's gradient
 * penalty at batch 128 would only repeat the same work eight times. */
static const wil_bench_info LIST[] = {
    {.name = "conv-peak", .what = "best convolution rate of oneDNN on this machine"},
    {.name = "wgan2d-critic",
        .kind = WIL_TIMED_CRITIC,
        .what = "WGAN-GP critic update: generator forward, three scores, gradient penalty, Adam",
        .batch = 16,
        .filters = 96,
        .n_size = 2,
        .size = {96, 96},
        .takes_spectral = true,
        .takes_clip = true},
    {.name = "wgan2d-generator",
        .kind = WIL_TIMED_GENERATOR,
        .what = "WGAN-GP generator update through the critic, Adam",
        .batch = 16,
        .filters = 96,
        .n_size = 2,
        .size = {96, 96},
        .takes_spectral = true},
    {.name = "wgan3d-critic",
        .kind = WIL_TIMED_CRITIC,
        .what = "the same on volumes",
        .batch = 1,
        .filters = 128,
        .n_size = 3,
        .size = {128, 128, 64},
        .takes_spectral = true,
        .takes_clip = true},
    {.name = "wgan3d-generator",
        .kind = WIL_TIMED_GENERATOR,
        .what = "the same on volumes",
        .batch = 1,
        .filters = 128,
        .n_size = 3,
        .size = {128, 128, 64},
        .takes_spectral = true},
    {.name = "unet2d-train",
        .kind = WIL_TIMED_UNET,
        .what = "U-Net training step: Dice loss, dropout, Adam",
        .batch = 16,
        .filters = 32,
        .n_size = 2,
        .size = {96, 96}},
    {.name = "unet2d-infer",
        .kind = WIL_TIMED_UNET_USE,
        .what = "vessel probabilities of a batch of tiles",
        .batch = 16,
        .filters = 32,
        .n_size = 2,
        .size = {96, 96}},
    {.name = "unet3d-train",
        .kind = WIL_TIMED_UNET,
        .what = "U-Net training step on volumes: Dice loss, batch norm, Adam",
        .batch = 1,
        .filters = 16,
        .n_size = 3,
        .size = {128, 128, 64}},
    {.name = "temp-pix2pix-train",
        .kind = WIL_TIMED_MAPS,
        .what = "generator and discriminator update on slices of a perfusion series, Adam",
        .batch = 1,
        .filters = 16,
        .n_size = 3,
        .size = {128, 128, 80}},
    {.name = "temp-pix2pix-infer",
        .kind = WIL_TIMED_MAPS_USE,
        .what = "a map of one patient: batch slices, one after the other",
        .batch = 21,
        .filters = 16,
        .n_size = 3,
        .size = {128, 128, 80}},
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
