/* The table of what can be timed. */
#include <string.h>

#include "bench_internal.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

/* Sizes as in the study (chapters 4, 5 and 7), but batches that fit a workstation: the critic's gradient
 * penalty at batch 128 would only repeat the same work eight times. */
static const wil_bench_info LIST[] = {
    {.name = "conv-peak", .what = "best convolution rate of oneDNN on this machine"},
    {.name = "wgan2d-critic",
        .what = "WGAN-GP critic update: generator forward, three scores, gradient penalty, Adam",
        .batch = 16,
        .filters = 96,
        .n_size = 2,
        .size = {96, 96},
        .takes_spectral = true,
        .takes_clip = true},
    {.name = "wgan2d-generator",
        .what = "WGAN-GP generator update through the critic, Adam",
        .batch = 16,
        .filters = 96,
        .n_size = 2,
        .size = {96, 96},
        .takes_spectral = true},
    {.name = "wgan3d-critic",
        .what = "the same on volumes",
        .batch = 1,
        .filters = 128,
        .n_size = 3,
        .size = {128, 128, 64},
        .takes_spectral = true,
        .takes_clip = true},
    {.name = "wgan3d-generator",
        .what = "the same on volumes",
        .batch = 1,
        .filters = 128,
        .n_size = 3,
        .size = {128, 128, 64},
        .takes_spectral = true},
    {.name = "unet2d-train",
        .what = "U-Net training step: Dice loss, dropout, Adam",
        .batch = 16,
        .filters = 32,
        .n_size = 2,
        .size = {96, 96}},
    {.name = "unet2d-infer",
        .what = "vessel probabilities of a batch of tiles",
        .batch = 16,
        .filters = 32,
        .n_size = 2,
        .size = {96, 96}},
    {.name = "unet3d-train",
        .what = "U-Net training step on volumes: Dice loss, batch norm, Adam",
        .batch = 1,
        .filters = 16,
        .n_size = 3,
        .size = {128, 128, 64}},
    {.name = "temp-pix2pix-train",
        .what = "generator and discriminator update on slices of a perfusion series, Adam",
        .batch = 1,
        .filters = 16,
        .n_size = 3,
        .size = {128, 128, 80}},
    {.name = "temp-pix2pix-infer",
        .what = "a map of one patient: batch slices, one after the other",
        .batch = 21,
        .filters = 16,
        .n_size = 3,
        .size = {128, 128, 80}},
};

static const bench_builder BUILDERS[COUNT(LIST)] = {NULL, bench_wgan2d_critic, bench_wgan2d_generator,
    bench_wgan3d_critic, bench_wgan3d_generator, bench_unet2d_train, bench_unet2d_infer, bench_unet3d_train,
    bench_temp_pix2pix_train, bench_temp_pix2pix_infer};

const wil_bench_info *wil_bench_list(int *n_out)
{
    *n_out = COUNT(LIST);
    return LIST;
}

bench_builder bench_builder_of(const wil_bench_info *info)
{
    return BUILDERS[info - LIST];
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
