#include <omp.h>

#include "willis/model.h"
#include "run_fixture.h"
#include "same_samples.h"

#define LATENT 8
#define SIDE 32
#define ONE (SIDE * SIDE)

static wil_wgan_config fixture_net(void)
{
    wil_wgan_config net = wil_wgan_config_default();
    net.height = SIDE;
    net.width = SIDE;
    net.filters = 2;
    net.latent = LATENT;
    return net;
}

static wil_params *random_generator(const wil_wgan_config *net)
{
    wil_params *params = NULL;
    OK(wil_generator_params_new(&params, net));
    OK(wil_params_initialize(params, 3));
    return params;
}

static void save_generator(const wil_params *params, const char *path)
{
    const wil_generator_facts facts = {.net = fixture_net(),
        .label_threshold = 0.05, /* labels of an untrained generator lie around 0 */
        .spacing_mm = {0.5, 0.6, 0.7},
        .steps = 12,
        .seed = UINT64_MAX};
    OK(wil_generator_save(params, &facts, NULL, path));
}

/* generator.safetensors with random weights, calibrated. */
static int make_generator_too(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    const wil_wgan_config net = fixture_net();
    wil_params *params = random_generator(&net);
    OK(wil_generator_calibrate(params, &net, NULL, 1, 64, NULL));
    save_generator(params, in_folder(*state, "generator.safetensors"));
    wil_params_free(params);
    return 0;
}

#define GENERATOR_CASE(name) cmocka_unit_test_setup_teardown(name, make_generator_too, drop_folder)

static wil_generate_config wanted(const char *folder, int64_t first, int64_t count)
{
    return (wil_generate_config){.model = in_folder(folder, "generator.safetensors"),
        .first = first,
        .count = count,
        .seed = 9,
        .label_threshold = NAN};
}

static void generate(wil_samples *out, const char *folder, int64_t first, int64_t count)
{
    const wil_generate_config config = wanted(folder, first, count);
    OK(wil_generate(out, &config, NULL));
}

static void a_sample_depends_on_the_seed_and_its_number_alone(void **state)
{
    static const int ranges[][2] = {{0, 1}, {37, 5}, {31, 2}, {64, 1}, {20, 80}};
    wil_samples all;
    generate(&all, *state, 0, 100);
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
        wil_samples some;
        const size_t first = (size_t)ranges[r][0];
        const size_t count = (size_t)ranges[r][1];
        generate(&some, *state, ranges[r][0], ranges[r][1]);
        assert_true(some.n == ranges[r][1] && some.shape.height == SIDE && some.shape.width == SIDE);
        assert_memory_equal(some.image, all.image + first * ONE, count * ONE * sizeof(float));
        assert_memory_equal(some.label, all.label + first * ONE, count * ONE);
        wil_samples_clear(&some);
    }
    const char *path = in_folder(*state, "set.h5");
    const wil_generate_config part = wanted(*state, 20, 80);
    wil_samples some;
    wil_samples written;
    generate(&some, *state, 20, 80);
    OK(wil_generate_to(path, &part, NULL));
    OK(wil_samples_read(&written, path));
    assert_samples_equal(&some, &written);
    wil_samples_clear(&written);
    wil_samples_clear(&some);
    for (size_t i = 1; i < 100; i++) /* no sample is another one again */
        assert_memory_not_equal(all.image, all.image + i * ONE, ONE * sizeof(float));
    wil_samples other;
    wil_generate_config config = wanted(*state, 0, 1);
    config.seed = 10;
    OK(wil_generate(&other, &config, NULL));
    assert_memory_not_equal(other.image, all.image, ONE * sizeof(float));
    wil_samples_clear(&other);
    wil_samples_clear(&all);
}

static void the_number_of_threads_changes_no_bit(void **state)
{
    wil_samples one;
    wil_samples two;
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    generate(&one, *state, 0, 40);
    omp_set_num_threads(2);
    generate(&two, *state, 0, 40);
    omp_set_num_threads(before);
    assert_memory_equal(one.image, two.image, 40 * ONE * sizeof(float));
    assert_memory_equal(one.label, two.label, 40 * ONE);
    wil_samples_clear(&one);
    wil_samples_clear(&two);
}

/* With the last layer at 0 the generator says 0 everywhere: the middle of the range it was trained in, not
 * whatever a stretch of each patch to its own limits would make of it (correctness.md, G11). */
static void intensities_are_the_fixed_inverse_of_the_scaling(void **state)
{
    const wil_wgan_config net = fixture_net();
    wil_params *params = random_generator(&net);
    wil_param *last = wil_params_find(params, "generator.conv6.weight");
    wil_samples set;
    memset(last->value, 0, (size_t)wil_shape_count(last->shape) * sizeof(float));
    save_generator(params, in_folder(*state, "generator.safetensors"));
    generate(&set, *state, 0, 2);
    for (int k = 0; k < 2 * ONE; k++)
        assert_true(set.image[k] == 127.5f && set.label[k] == 0);
    wil_samples_clear(&set);
    wil_params_free(params);
}

static void images_fill_0_to_255_and_labels_are_0_or_1(void **state)
{
    const wil_wgan_config net = fixture_net();
    wil_params *params = random_generator(&net);
    wil_param *last = wil_params_find(params, "generator.conv6.weight");
    wil_samples set;
    for (int64_t k = 0; k < wil_shape_count(last->shape); k++)
        last->value[k] *= 1e4f; /* tanh saturates */
    OK(wil_generator_calibrate(params, &net, NULL, 1, 64, NULL));
    save_generator(params, in_folder(*state, "generator.safetensors"));
    generate(&set, *state, 0, 8);
    int n_low = 0;
    int n_high = 0;
    int n_vessel = 0;
    for (int k = 0; k < 8 * ONE; k++) {
        assert_true(set.image[k] >= 0 && set.image[k] <= 255 && set.label[k] <= 1);
        n_low += set.image[k] == 0;
        n_high += set.image[k] == 255;
        n_vessel += set.label[k];
    }
    assert_true(n_low > 0 && n_high > 0 && n_vessel > 0 && n_vessel < 8 * ONE);
    wil_samples_clear(&set);
    wil_params_free(params);
}

static size_t count_vessel(const char *folder, double threshold)
{
    wil_samples set;
    wil_generate_config config = wanted(folder, 0, 8);
    config.label_threshold = threshold;
    OK(wil_generate(&set, &config, NULL));
    assert_float_equal(json_number_value(json_object_get(set.attributes, "threshold")),
        isnan(threshold) ? 0.05 : threshold, 1e-15);
    size_t n = 0;
    for (int k = 0; k < 8 * ONE; k++)
        n += set.label[k];
    wil_samples_clear(&set);
    return n;
}

static void a_higher_threshold_gives_less_vessel(void **state)
{
    const size_t own = count_vessel(*state, NAN);
    assert_true(own > 0 && own < 8 * ONE);
    assert_true(count_vessel(*state, 0.05) == own);
    assert_true(count_vessel(*state, 0.01) > own);
    assert_true(count_vessel(*state, 0.99) == 0);
}

static void a_set_says_where_it_is_from_and_can_be_trained_on(void **state)
{
    wil_samples set;
    wil_samples back;
    wil_generate_config config = wanted(*state, 5, 3);
    config.seed = UINT64_MAX; /* more than an HDF5 attribute of ours can hold as a number */
    OK(wil_generate(&set, &config, NULL));
    OK(wil_samples_write(&set, in_folder(*state, "synthetic.h5")));
    OK(wil_samples_read(&back, in_folder(*state, "synthetic.h5")));
    assert_string_equal(json_string_value(json_object_get(back.attributes, "kind")), "synthetic");
    assert_string_equal(json_string_value(json_object_get(back.attributes, "model")), "GENERATOR");
    assert_string_equal(json_string_value(json_object_get(back.attributes, "seed")), "18446744073709551615");
    assert_int_equal(json_integer_value(json_object_get(back.attributes, "first_sample")), 5);
    SAYS(json_string_value(json_object_get(back.attributes, "privacy")), "without differential privacy");
    assert_true(back.spacing_mm[0] == 0.5 && back.spacing_mm[1] == 0.6 && back.spacing_mm[2] == 0.7);
    assert_true(back.subject_range[0] == 0 && back.subject_range[1] == 255);
    assert_memory_equal(back.image, set.image, 3 * ONE * sizeof(float));
    wil_samples_clear(&set);
    wil_samples_clear(&back);
}

/* ---- frozen statistics -------------------------------------------------------------------------------- */

/* The first layer is z times a matrix, so its mean and variance over the same latents can be had directly. */
static void the_first_layers_statistics_are_those_of_all_samples_at_once(void **state)
{
    (void)state;
    enum { N = 320, CHANNELS = 16 * 2 };
    const wil_wgan_config net = fixture_net();
    wil_params *params = random_generator(&net);
    const wil_param *weight = wil_params_find(params, "generator.conv1.weight"); /* [latent,1,1,C] */
    float *z = NULL;
    OK(wil_alloc_f32(&z, N * LATENT));
    wil_rng_fill_normal_f32(wil_rng_at(21, WIL_RNG_CALIBRATE, 0), 0, N * LATENT, z);
    OK(wil_generator_calibrate(params, &net, NULL, 21, N, NULL));
    assert_int_equal(wil_shape_count(weight->shape), LATENT * CHANNELS);
    for (int c = 0; c < CHANNELS; c++) {
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < N; i++) {
            double y = 0;
            for (int k = 0; k < LATENT; k++)
                y += (double)z[i * LATENT + k] * weight->value[k * CHANNELS + c];
            sum += y;
            squares += y * y;
        }
        const double mean = sum / N;
        const double var = squares / N - mean * mean;
        /* values of about 0.15 in float: 1e-7 each, their squares 0.02 */
        assert_float_equal(wil_params_find(params, "generator.norm1.running_mean")->value[c], mean, 1e-6);
        assert_float_equal(wil_params_find(params, "generator.norm1.running_var")->value[c], var, 1e-6);
    }
    wil_free(z);
    wil_params_free(params);
}

static void moments(double out[2], const float *values, size_t n, size_t step)
{
    double sum = 0;
    double squares = 0;
    for (size_t k = 0; k < n; k++) {
        sum += values[k * step];
        squares += (double)values[k * step] * values[k * step];
    }
    out[0] = sum / (double)n;
    out[1] = sqrt(squares / (double)n - out[0] * out[0]);
}

/* What frozen statistics are for: samples one by one are distributed as they are in the batches of training.
 */
static void frozen_samples_are_distributed_as_those_with_batch_statistics(void **state)
{
    enum { N = 512 };
    const wil_wgan_config net = fixture_net();
    wil_params *params = random_generator(&net);
    float *pairs = NULL;
    wil_samples set;
    double batch[2];
    double frozen[2];
    OK(wil_alloc_f32(&pairs, (size_t)N * ONE * 2));
    wil_param *last = wil_params_find(params, "generator.conv6.weight");
    for (int64_t k = 0; k < wil_shape_count(last->shape); k++)
        last->value[k] *= 10; /* away from 0, so that there is a distribution to speak of */
    OK(wil_generator_preview(pairs, N, params, &net, NULL, 9, NULL));
    OK(wil_generator_calibrate(params, &net, NULL, 1, 2048, NULL));
    save_generator(params, in_folder(*state, "generator.safetensors"));
    generate(&set, *state, 0, N);
    moments(batch, pairs, (size_t)N * ONE, 2);
    moments(frozen, set.image, (size_t)N * ONE, 1);
    frozen[0] = frozen[0] / 127.5 - 1;
    frozen[1] /= 127.5;
    /* statistics of 32 samples spread by 1 / sqrt(64) around those of many: 12 % on a scale, averaged over 16
     * batches 3 %, in five layers */
    assert_float_equal(frozen[0], batch[0], 0.1 * batch[1]);
    assert_float_equal(frozen[1], batch[1], 0.1 * batch[1]);
    wil_samples_clear(&set);
    wil_free(pairs);
    wil_params_free(params);
}

/* In the formulas of batch norm, running_mean + d moves what is normalised by -d / sd: it must be felt. */
static void samples_are_drawn_with_the_statistics_of_the_file(void **state)
{
    const wil_wgan_config net = fixture_net();
    wil_params *params = random_generator(&net);
    wil_samples before;
    wil_samples after;
    OK(wil_generator_calibrate(params, &net, NULL, 1, 64, NULL));
    generate(&before, *state, 0, 1);
    wil_params_find(params, "generator.norm5.running_mean")->value[0] += 1;
    save_generator(params, in_folder(*state, "generator.safetensors"));
    generate(&after, *state, 0, 1);
    assert_memory_not_equal(before.image, after.image, ONE * sizeof(float));
    wil_samples_clear(&before);
    wil_samples_clear(&after);
    wil_params_free(params);
}

static void more_calibration_samples_change_little(void **state)
{
    (void)state;
    const wil_wgan_config net = fixture_net();
    wil_params *few = random_generator(&net);
    wil_params *many = random_generator(&net);
    OK(wil_generator_calibrate(few, &net, NULL, 1, 2048, NULL));
    OK(wil_generator_calibrate(many, &net, NULL, 2, 4096, NULL)); /* other latents, too */
    for (int i = 0; i < wil_params_count(few); i++) {
        const wil_param *a = wil_params_at(few, i);
        const wil_param *b = wil_params_at(many, i);
        if (strstr(a->name, "running_var") == NULL)
            continue;
        /* a variance of 2048 samples is within sqrt(2 / 2048) = 3 % of the true one at one sigma, of 4096
         * within 2 %; five sigma of both, with kurtosis to spare */
        for (int64_t c = 0; c < wil_shape_count(a->shape); c++)
            assert_float_equal(a->value[c], b->value[c], 0.25 * b->value[c]);
    }
    wil_params_free(few);
    wil_params_free(many);
}

/* ---- failures ----------------------------------------------------------------------------------------- */

static wil_status try_generate(const char *path, int64_t first, int64_t count, double threshold)
{
    wil_samples set;
    const wil_generate_config config = {
        .model = path, .first = first, .count = count, .seed = 1, .label_threshold = threshold};
    const wil_status status = wil_generate(&set, &config, NULL);
    assert_true(status == WIL_OK || set.image == NULL);
    wil_samples_clear(&set);
    return status;
}

static void impossible_wishes_are_refused(void **state)
{
    const char *path = in_folder(*state, "generator.safetensors");
    REFUSED(WIL_ERR_ARG, try_generate(path, 0, 0, NAN), "count must be a whole number from 1 to", "got '0'");
    REFUSED(WIL_ERR_ARG, try_generate(path, -1, 1, NAN), "first must be a whole number from 0", "got '-1'");
    REFUSED(WIL_ERR_ARG, try_generate(path, INT64_MAX, 1, NAN), "first must be");
    REFUSED(WIL_ERR_ARG, try_generate(path, 0, 1, 1.5), "threshold", "1.5");
    REFUSED(WIL_ERR_ARG, try_generate(NULL, 0, 1, NAN), "no generator");
}

static wil_status generate_changed(const char *folder, const char *key, const char *value)
{
    wil_tensor_file file;
    char path[600];
    snprintf(path, sizeof path, "%s/changed.safetensors", folder);
    OK(wil_tensor_file_read(&file, in_folder(folder, "generator.safetensors")));
    if (value == NULL)
        json_object_del(file.metadata, key);
    else
        json_object_set_new(file.metadata, key, json_string(value));
    OK(wil_tensor_file_write(path, file.tensors, file.n_tensors, file.metadata));
    wil_tensor_file_clear(&file);
    return try_generate(path, 0, 1, NAN);
}

static void files_that_are_no_generator_are_refused(void **state)
{
    const char *folder = *state;
    wil_unet_config unet = wil_unet_config_default();
    const wil_unet_facts facts = {.net = {.filters = 2, .levels = 2, .n_spatial = 2}, .sd = 1, .tile = 32};
    wil_params *params = NULL;
    unet.filters = 2;
    unet.levels = 2;
    OK(wil_unet_params_new(&params, &unet));
    OK(wil_unet_save(params, &facts, NULL, in_folder(folder, "unet.safetensors")));
    wil_params_free(params);
    REFUSED(WIL_ERR_INPUT, try_generate(in_folder(folder, "unet.safetensors"), 0, 1, NAN), "unet.safetensors",
        "not a generator", "willis unet", "generator.safetensors");
    REFUSED(WIL_ERR_INPUT, try_generate(in_folder(folder, "absent.safetensors"), 0, 1, NAN),
        "absent.safetensors");
    write_text(in_folder(folder, "text.safetensors"), "no tensors at all");
    REFUSED(
        WIL_ERR_INPUT, try_generate(in_folder(folder, "text.safetensors"), 0, 1, NAN), "text.safetensors");
    OK(generate_changed(folder, "label_threshold", "0.25"));
    OK(generate_changed(folder, "precision", NULL)); /* files from before there was one */
    REFUSED(WIL_ERR_INPUT, generate_changed(folder, "precision", "f16"), "changed.safetensors", "'precision'",
        "f32|bf16", "f16");
    REFUSED(WIL_ERR_INPUT, generate_changed(folder, "architecture", NULL), "not a generator", "unknown");
    REFUSED(WIL_ERR_INPUT, generate_changed(folder, "height", NULL), "changed.safetensors", "'height'",
        "missing");
    REFUSED(WIL_ERR_INPUT, generate_changed(folder, "height", "1e300"), "'height'", "1e300");
    REFUSED(WIL_ERR_INPUT, generate_changed(folder, "height", "40"), "changed.safetensors", "40",
        "multiples of 32");
    REFUSED(WIL_ERR_INPUT, generate_changed(folder, "channels", "1"), "'channels'");
    REFUSED(WIL_ERR_INPUT, generate_changed(folder, "filters", "4"), "generator.conv1.weight", "shape");
    REFUSED(WIL_ERR_INPUT, generate_changed(folder, "spacing_x_mm", "0"), "'spacing_x_mm'");
}

static void a_generator_of_nan_is_said_to_be_one(void **state)
{
    const wil_wgan_config net = fixture_net();
    wil_params *params = random_generator(&net);
    wil_params_find(params, "generator.conv6.weight")->value[0] = NAN;
    save_generator(params, in_folder(*state, "nan.safetensors"));
    REFUSED(WIL_ERR_NUMERIC, try_generate(in_folder(*state, "nan.safetensors"), 3, 1, NAN), "nan.safetensors",
        "sample 3", "not finite");
    wil_params_free(params);
}

static void an_interruption_leaves_nothing(void **state)
{
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 2);
    const wil_generate_config config = wanted(*state, 0, 100);
    wil_samples set;
    REFUSED(WIL_ERR_INTERRUPTED, wil_generate(&set, &config, &monitor), "interrupted");
    assert_true(set.image == NULL && heard.done == 64 && heard.total == 100);
}

static void the_facts_of_a_generator_survive_its_file(void **state)
{
    wil_params *params = NULL;
    wil_generator_facts facts;
    OK(wil_generator_load(&params, &facts, in_folder(*state, "generator.safetensors")));
    assert_true(facts.seed == UINT64_MAX && facts.steps == 12 && facts.label_threshold == 0.05);
    assert_true(facts.net.height == SIDE && facts.net.latent == LATENT && facts.net.filters == 2);
    wil_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GENERATOR_CASE(a_sample_depends_on_the_seed_and_its_number_alone),
        GENERATOR_CASE(the_number_of_threads_changes_no_bit),
        GENERATOR_CASE(intensities_are_the_fixed_inverse_of_the_scaling),
        GENERATOR_CASE(images_fill_0_to_255_and_labels_are_0_or_1),
        GENERATOR_CASE(a_higher_threshold_gives_less_vessel),
        GENERATOR_CASE(a_set_says_where_it_is_from_and_can_be_trained_on),
        GENERATOR_CASE(the_first_layers_statistics_are_those_of_all_samples_at_once),
        GENERATOR_CASE(frozen_samples_are_distributed_as_those_with_batch_statistics),
        GENERATOR_CASE(samples_are_drawn_with_the_statistics_of_the_file),
        GENERATOR_CASE(more_calibration_samples_change_little),
        GENERATOR_CASE(impossible_wishes_are_refused),
        GENERATOR_CASE(files_that_are_no_generator_are_refused),
        GENERATOR_CASE(a_generator_of_nan_is_said_to_be_one),
        GENERATOR_CASE(an_interruption_leaves_nothing),
        GENERATOR_CASE(the_facts_of_a_generator_survive_its_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
