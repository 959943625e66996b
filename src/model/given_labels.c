#include "given_labels.h"

#include <math.h>
#include <string.h>

#define MOST_FROM_VOLUME 10000 /* patches; more samples than that take labels again */
#define SPACING_TOLERANCE 0.01 /* relative */

/* As `willis patches` cuts them, half of them around a vessel. */
static wil_status cut_volume(wil_samples *out, const wil_generate_config *config, const wil_wgan_config *net,
    const wil_monitor *monitor)
{
    wil_subject subject = {.id = (char *)"given", .split = WIL_SPLIT_TRAIN, .label = (char *)config->labels};
    const wil_cohort cohort = {.source = (char *)config->labels, .subjects = &subject, .n_subjects = 1};
    wil_patch_config cut = wil_patch_config_default();
    const int64_t wanted = config->first + config->count;
    cut.height = net->height;
    cut.width = net->width;
    cut.seed = config->seed;
    if (config->count > 0)
        cut.per_subject = wanted < MOST_FROM_VOLUME ? (int)wanted : MOST_FROM_VOLUME;
    return wil_fail_context(
        wil_samples_cut(out, &cohort, WIL_SPLIT_TRAIN, &cut, monitor), "%s", config->labels);
}

static wil_status read_patches(wil_samples *out, const char *path, const wil_wgan_config *net)
{
    WIL_TRY(wil_samples_open_labels(out, path, WIL_SAMPLES_IN_MEMORY));
    const wil_sample_shape *s = &out->shape;
    WIL_REQUIRE(s->time == 1 && s->depth == 1 && s->height == net->height && s->width == net->width,
        WIL_ERR_INPUT,
        "%s: holds patches of %dx%d voxels%s, but the generator draws %dx%d; cut such ones (willis patches "
        "--size %dx%d)",
        path, s->height, s->width, s->depth > 1 || s->time > 1 ? " in volumes or series" : "", net->height,
        net->width, net->height, net->width);
    return WIL_OK;
}

wil_status given_labels_read(wil_samples *out, const wil_generate_config *config,
    const wil_generator_facts *facts, const wil_monitor *monitor)
{
    const char *path = config->labels;
    WIL_REQUIRE(wil_file_exists(path), WIL_ERR_INPUT, "%s: no such file", path);
    WIL_TRY(wil_is_hdf5(path) ? read_patches(out, path, &facts->net)
                              : cut_volume(out, config, &facts->net, monitor));
    for (int k = 0; k < 2; k++)
        if (fabs(out->spacing_mm[k] - facts->spacing_mm[k]) > SPACING_TOLERANCE * facts->spacing_mm[k]) {
            wil_monitor_warn(monitor,
                "%s: voxels of %.4gx%.4g mm, but the generator was trained on %.4gx%.4g mm: vessels will "
                "look "
                "too wide or too narrow; take masks of that spacing",
                path, out->spacing_mm[0], out->spacing_mm[1], facts->spacing_mm[0], facts->spacing_mm[1]);
            break;
        }
    return WIL_OK;
}

bool given_labels_are_phantoms(const wil_samples *labels)
{
    const char *origin = json_string_value(json_object_get(labels->attributes, "label_origin"));
    return origin != NULL && strcmp(origin, WIL_PHANTOM_ORIGIN) == 0;
}
