/* Features of patch sets and scans by a network whose weights lie in a file. */
#include "test.h"

#include "feature_source.h"
#include "willis/model.h"
#include "network_weights.h"
#include "run_fixture.h"

static const char *weights_file(const char *folder, const char *network)
{
    weights w = {0};
    const char *path = in_folder(folder, "%s.safetensors", network);
    weights_make(&w, network);
    weights_save(&w, network, path);
    wil_tensors_free(w.tensors, w.n);
    return path;
}

TEST_IN_FOLDER(patches_are_scaled_by_their_scans_and_read_by_the_network)
{
    const char *const folder = *state;
    feature_source source;
    feature_source description;
    wil_extractor *net = NULL;
    wil_samples patches;
    float expected[2048];
    wil_sample_source where = {.path = write_tube_patches(folder, "patches.h5", 3, 16, 16)};
    char weights_path[600];
    snprintf(weights_path, sizeof weights_path, "%s", weights_file(folder, "inception-v3-fid"));
    where.path = in_folder(folder, "patches.h5");
    OK(feature_source_open(&description, &where, feature_kind_of(&where), NULL));
    where.weights = weights_path;
    OK(feature_source_open(&source, &where, feature_kind_of(&where), NULL));
    assert_int_equal(source.n, 3);
    assert_int_equal(source.d, 2048);
    assert_int_equal(source.height, 16);
    SAYS(source.identity, "Inception v3", "weights ", "16x16 pixels by each scan's limits");
    OK(wil_extractor_open(&net, weights_path));
    OK(wil_samples_read(&patches, where.path));
    const float *limits = patches.subject_range + 2 * (size_t)patches.subject[2];
    wil_scale_range(patches.image + 2 * 256, 256, (double)limits[0], (double)limits[1]);
    OK(wil_extractor_images(expected, net, patches.image + 2 * 256, 1, 16, 16, NULL));
    assert_memory_equal(source.values + 2 * 2048, expected, sizeof expected);
    REFUSED(WIL_ERR_INPUT, feature_source_match(&source, &description), "2048 features", "74");
    wil_samples_clear(&patches);
    wil_extractor_close(net);
    feature_source_close(&source);
    feature_source_close(&description);
}

TEST_IN_FOLDER(scans_are_read_whole_one_row_each)
{
    const char *const folder = *state;
    feature_source source;
    wil_extractor *net = NULL;
    wil_volume volume = {0};
    float expected[512];
    char cohort[600], weights_path[600];
    snprintf(cohort, sizeof cohort, "%s", write_val_cohort(folder, 3));
    snprintf(weights_path, sizeof weights_path, "%s", weights_file(folder, "medicalnet-resnet10"));
    const wil_sample_source where = {.path = cohort, .weights = weights_path};
    OK(feature_source_open(&source, &where, feature_kind_of(&where), NULL));
    assert_int_equal(source.n, 3);
    assert_int_equal(source.d, 512);
    assert_int_equal(source.n_subjects, 3);
    assert_int_equal(source.subject[2], 2);
    SAYS(source.identity, "MedicalNet", "of whole scans");
    OK(wil_extractor_open(&net, weights_path));
    OK(wil_volume_read(&volume, in_folder(folder, "p1_image.nii")));
    OK(wil_extractor_volumes(expected, net, volume.voxels, 1, (int[3]){2, 36, 40}, NULL));
    assert_memory_equal(source.values + 512, expected, sizeof expected);
    wil_volume_clear(&volume);
    wil_extractor_close(net);
    feature_source_close(&source);
}

TEST_IN_FOLDER(networks_and_samples_that_do_not_go_together_are_refused)
{
    const char *const folder = *state;
    feature_source source;
    char images[600], volumes[600], patches[600];
    snprintf(images, sizeof images, "%s", weights_file(folder, "inception-v3-fid"));
    snprintf(volumes, sizeof volumes, "%s", weights_file(folder, "medicalnet-resnet10"));
    snprintf(patches, sizeof patches, "%s", write_tube_patches(folder, "patches.h5", 3, 16, 16));
    const struct {
        wil_sample_source source;
        wil_status status;
        const char *words[2];
    } bad[] = {
        {{.path = patches, .weights = volumes}, WIL_ERR_INPUT, {"medicalnet-resnet10", "set of patches"}},
        {{.path = folder, .weights = images}, WIL_ERR_INPUT, {"network for images", "willis patches"}},
        {{.path = "features.npy", .weights = images}, WIL_ERR_ARG, {"features.npy", "leave the network"}},
        {{.path = patches, .dataset = "x", .weights = images}, WIL_ERR_ARG,
            {"patches.h5", "matrix of features"}},
        {{.path = patches, .weights = patches}, WIL_ERR_INPUT, {"patches.h5", ""}}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        REFUSED(bad[i].status,
            feature_source_open(&source, &bad[i].source, feature_kind_of(&bad[i].source), NULL),
            bad[i].words[0], bad[i].words[1]);
}
