/* Features of patches and volumes from weights in a file. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "willis/model.h"
#include "network_weights.h"

#define SEED NETWORK_WEIGHTS_SEED
static char path[64] = "/tmp/willis_features_XXXXXX";

static void says(const char *words)
{
    if (strstr(wil_status_message(), words) == NULL)
        fail_msg("no \"%s\" in: %s", words, wil_status_message());
}

/* ---- features ----------------------------------------------------------------------------------------- */

static double largest_difference(const float *a, const double *b, int n, double *largest)
{
    double worst = 0;
    *largest = 0;
    for (int i = 0; i < n; i++) {
        worst = fmax(worst, fabs((double)a[i] - b[i]));
        *largest = fmax(*largest, fabs(b[i]));
    }
    return worst;
}

static void a_patchs_features_equal_pytorch_and_do_not_depend_on_its_neighbours(void **state)
{
    (void)state;
    enum { H = 40, W = 33, N = 3 };
    weights w = {0};
    wil_tensor_file vectors;
    wil_extractor *net = NULL;
    float *images = NULL, *features = NULL;
    double largest = 0;
    weights_make(&w, "inception-v3-fid");
    weights_save(&w, "inception-v3-fid", path);
    OK(wil_extractor_open(&net, path));
    assert_int_equal(wil_extractor_width(net), 2048);
    assert_false(wil_extractor_takes_volumes(net));
    OK(wil_alloc_f32(&images, N * H * W));
    OK(wil_alloc_f32(&features, N * 2048));
    closed_form_fill(images, N * H * W, "others", SEED, 1.0, 0.0);
    closed_form_fill(images + 2 * H * W, H * W, "patch", SEED, 1.0, 0.0); /* alone in the last run */
    memcpy(images, images + 2 * H * W, H * W * sizeof *images);           /* beside another in the first */
    OK(wil_extractor_images(features, net, images, N, H, W, NULL));
    OK(wil_tensor_file_read(&vectors, WILLIS_TEST_DATA "/feature_vectors.safetensors"));
    const wil_tensor *expected = wil_tensor_file_find(&vectors, "inception.patch");
    assert_non_null(expected);
    /* float through some fifty layers keeps 1e-5 of the largest */
    assert_true(largest_difference(features, expected->data, 2048, &largest) <= 1e-4 * largest);
    assert_memory_equal(features, features + 2 * 2048, 2048 * sizeof *features);
    assert_int_equal(wil_extractor_volumes(features, net, images, 1, (int[]){1, H, W}, NULL), WIL_ERR_INPUT);
    says("inception-v3-fid reads images, not volumes");
    wil_tensor_file_clear(&vectors);
    wil_extractor_close(net);
    wil_free(images);
    wil_free(features);
    wil_tensors_free(w.tensors, w.n);
}

static void definition_of(char *out, size_t n)
{
    wil_extractor *net = NULL;
    OK(wil_extractor_open(&net, path));
    snprintf(out, n, "%s", wil_extractor_definition(net));
    wil_extractor_close(net);
}

/* volumes of 16 x 8 x 8, with scaled and shifted intensities where there is something */
static void check_volumes(wil_extractor *net)
{
    enum { N_VOXELS = 16 * 8 * 8 };
    static float volumes[2 * N_VOXELS];
    float features[2 * 512];
    const int size[3] = {16, 8, 8};
    closed_form_fill(volumes, N_VOXELS, "volume", SEED, 1.0, 0.5);
    for (int i = 0; i < N_VOXELS; i++) {
        volumes[i] = volumes[i] > 0 ? volumes[i] : 0;
        volumes[N_VOXELS + i] = volumes[i] > 0 ? 100 * volumes[i] + 7 : 0;
    }
    assert_int_equal(wil_extractor_width(net), 512);
    assert_true(wil_extractor_takes_volumes(net));
    OK(wil_extractor_volumes(features, net, volumes, 2, size, NULL));
    for (int i = 0; i < 512; i++) /* standardised, both are one; the intensities' own rounding is 1e-7 */
        assert_true(fabsf(features[i] - features[512 + i]) <= 1e-4F * (1 + fabsf(features[i])));
    memset(volumes, 0, sizeof volumes);
    assert_int_equal(wil_extractor_volumes(features, net, volumes, 1, size, NULL), WIL_ERR_INPUT);
    says("volume 0 has no voxel above 0");
    volumes[3] = volumes[5] = 2;
    assert_int_equal(wil_extractor_volumes(features, net, volumes, 1, size, NULL), WIL_ERR_INPUT);
    says("that are above 0 are 2");
    assert_int_equal(wil_extractor_images(features, net, volumes, 1, 8, 8, NULL), WIL_ERR_INPUT);
    says("reads volumes, not images");
}

static void volumes_are_standardised_and_weights_are_part_of_the_name(void **state)
{
    (void)state;
    char first[512], second[512];
    weights w = {0};
    wil_extractor *net = NULL;
    weights_make(&w, "medicalnet-resnet10");
    weights_save(&w, "medicalnet-resnet10", path);
    definition_of(first, sizeof first);
    OK(wil_extractor_open(&net, path));
    assert_string_equal(wil_extractor_definition(net), first);
    assert_non_null(strstr(first, "MedicalNet ResNet-10, mean of layer4"));
    check_volumes(net);
    wil_extractor_close(net);
    ((float *)w.tensors[w.n - 1].data)[0] += 1; /* one value of all */
    weights_save(&w, "medicalnet-resnet10", path);
    definition_of(second, sizeof second);
    assert_string_not_equal(first, second);

    weights_save(&w, NULL, path);
    assert_int_equal(wil_extractor_open(&net, path), WIL_ERR_INPUT);
    says("the metadata 'network' is missing");
    says("tools/convert_weights.py");
    weights_save(&w, "vgg16", path);
    assert_int_equal(wil_extractor_open(&net, path), WIL_ERR_INPUT);
    says("is 'vgg16', not inception-v3-fid");
    weights_save(&w, "inception-v3-fid", path);
    assert_int_equal(wil_extractor_open(&net, path), WIL_ERR_INPUT);
    says("belongs to no layer");
    says(path);
    assert_null(net);
    wil_tensors_free(w.tensors, w.n);
}

static void a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    wil_extractor *net = NULL;
    assert_int_equal(wil_extractor_open(&net, "/nowhere/weights.safetensors"), WIL_ERR_INPUT);
    says("/nowhere/weights.safetensors");
}

static int take_path(void **state)
{
    (void)state;
    const int file = mkstemp(path);
    return file < 0 ? -1 : close(file);
}

static int give_path(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_patchs_features_equal_pytorch_and_do_not_depend_on_its_neighbours),
        cmocka_unit_test(volumes_are_standardised_and_weights_are_part_of_the_name),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, take_path, give_path);
}
