/* A U-Net made by hand that looks at one voxel: its probability is sigmoid(v - 100.5) for an intensity of v
 * on the scale 0..255, so what it must say of a volume can be written down. */
#ifndef WILLIS_TEST_UNET_FIXTURE_H
#define WILLIS_TEST_UNET_FIXTURE_H

#include "run_fixture.h"
#include "willis/train.h"

#define EDGE 100.5 /* bright above this */

static inline wil_unet_facts fixture_facts(void)
{
    wil_unet_facts facts = {
        .net = wil_unet_config_default(), .mean = 0, .sd = 1, .threshold = 0.5, .tile = 32};
    facts.net.filters = 2;
    facts.net.levels = 2;
    facts.net.dropout = 0;
    return facts;
}

/* Channel 0 of a 3x3 convolution's output becomes channel 0 of its input. */
static inline void pass_through(wil_params *params, const char *name)
{
    wil_param *weight = wil_params_find(params, name);
    assert_non_null(weight);
    const int64_t in = weight->shape.dim[3]; /* [O,3,3,I] */
    weight->value[(1 * 3 + 1) * in] = 1;
}

static inline void save_voxel_network(const char *path)
{
    const wil_unet_facts facts = fixture_facts();
    wil_params *params = NULL;
    OK(wil_unet_params_new(&params, &facts.net)); /* all weights 0 */
    pass_through(params, "unet.down1.conv1.weight");
    pass_through(params, "unet.down1.conv2.weight");
    pass_through(params, "unet.up1.conv1.weight"); /* of the concatenation, the skip stands first */
    pass_through(params, "unet.up1.conv2.weight");
    wil_params_find(params, "unet.out.weight")->value[0] = 1;
    wil_params_find(params, "unet.out.bias")->value[0] = (float)-EDGE;
    OK(wil_unet_save(params, &facts, NULL, path));
    wil_params_free(params);
}

static inline wil_segmenter *voxel_segmenter(const char *folder)
{
    wil_segmenter *segmenter = NULL;
    const char *path = in_folder(folder, "voxel.safetensors");
    save_voxel_network(path);
    OK(wil_segmenter_open(&segmenter, path));
    return segmenter;
}

#endif
