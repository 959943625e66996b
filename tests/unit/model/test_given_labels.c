/* Generators of given labels: their derivative, and the sets drawn around labels. */
#include "test.h"

#include <math.h>

#include "run_fixture.h"
#include "willis/engine.h"
#include "willis/model.h"

enum { SIDE = 32, ONE = SIDE * SIDE, LATENT = 3, N_LABELS = 5 };

static wil_wgan_config given_net(wil_wgan_growth growth, bool noise)
{
    wil_wgan_config net = wil_wgan_config_default();
    net.height = net.width = SIDE;
    net.filters = 2;
    net.latent = LATENT;
    net.labels = WIL_LABELS_GIVEN;
    net.growth = growth;
    net.noise = noise;
    return net;
}

/* ---- derivative ---------------------------------------------------------------------------------------- */

typedef struct rig {
    wil_graph *graph;
    wil_params *params;
    wil_plan *plan;
    double *values[64]; /* of the plan's leaves */
    int n;
} rig;

/* Output 0: the critic's mean score of two fakes; then its derivative in each leaf weight. */
static void rig_new(rig *r, const wil_wgan_config *net)
{
    wil_node out[64];
    *r = (rig){0};
    OK(wil_graph_new(&r->graph));
    OK(wil_params_new(&r->params));
    wil_nn nn = {.graph = r->graph, .params = r->params, .prefix = "generator", .training = true};
    const wil_node z = wil_graph_input_node(r->graph, "z", wil_shape_of(2, 2, LATENT));
    const wil_node fake = wil_nets_wgan_generator(&nn, z, net, NULL);
    wil_node weights[64];
    const int n = wil_params_trained_nodes(r->params, r->graph, weights);
    nn.prefix = "critic";
    out[0] = wil_op_mean_all(r->graph, wil_nets_wgan_critic(&nn, fake, net, NULL));
    wil_graph_gradient(r->graph, out[0], weights, n, out + 1);
    OK(wil_graph_status(r->graph));
    wil_plan_config config = wil_plan_config_default();
    config.backend = WIL_BACKEND_REF_F64;
    OK(wil_plan_compile(&r->plan, r->graph, out, 1 + n, &config));
    for (r->n = 0; r->n < wil_plan_n_leaves(r->plan); r->n++) {
        const size_t count = (size_t)wil_shape_count(wil_plan_leaf_shape(r->plan, r->n));
        const wil_rng rng = wil_rng_at(8, WIL_RNG_TEST, (uint32_t)r->n);
        OK(wil_alloc_f64(&r->values[r->n], count));
        for (size_t k = 0; k < count; k++) /* small, so that few kinks are near */
            r->values[r->n][k] = 0.6 * wil_rng_uniform(rng, k) - 0.3;
        OK(wil_plan_bind(r->plan, wil_plan_leaf_name(r->plan, r->n), r->values[r->n]));
    }
}

static void rig_clear(rig *r)
{
    for (int i = 0; i < r->n; i++)
        wil_free(r->values[i]);
    wil_plan_free(r->plan);
    wil_params_free(r->params);
    wil_graph_free(r->graph);
}

static double score(const rig *r)
{
    OK(wil_plan_run(r->plan));
    return *(const double *)wil_plan_output(r->plan, 0);
}

static double *leaf_of(const rig *r, const char *name)
{
    for (int i = 0; i < r->n; i++)
        if (strcmp(wil_plan_leaf_name(r->plan, i), name) == 0)
            return r->values[i];
    fail_msg("no %s", name);
    return NULL;
}

/* Central differences in double: an error of step^2 and of 1e-16 / step. */
static void assert_derivative(const wil_wgan_config *net)
{
    static const char *const names[] = {"generator.conv1.weight", "generator.conv4.weight",
        "generator.conv6.weight", "generator.conv7.weight", "generator.norm6.weight"};
    const double step = 1e-6;
    rig r;
    int n_felt = 0;
    double derivative[sizeof names / sizeof *names];
    int64_t at[sizeof names / sizeof *names];
    rig_new(&r, net);
    (void)score(&r);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int output = 1;
        for (int k = 0; strcmp(wil_params_at(r.params, k)->name, names[i]) != 0; k++)
            output += wil_params_at(r.params, k)->role == WIL_PARAM_WEIGHT;
        at[i] =
            wil_shape_count(wil_params_find(r.params, names[i])->shape) - 1; /* the last are the guide's */
        derivative[i] = ((const double *)wil_plan_output(r.plan, output))[at[i]];
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        double *value = leaf_of(&r, names[i]) + at[i];
        const double was = *value;
        *value = was + step;
        const double up = score(&r);
        *value = was - step;
        const double down = score(&r);
        *value = was;
        assert_float_equal(derivative[i], (up - down) / (2 * step), 1e-6 * (1 + fabs(derivative[i])));
        n_felt += fabs(derivative[i]) > 1e-5;
    }
    assert_true(n_felt >= 3);
    rig_clear(&r);
}

TEST(the_derivative_is_that_of_finite_differences)
{
    const wil_wgan_config nets[] = {
        given_net(WIL_GROWTH_TRANSPOSED, false), given_net(WIL_GROWTH_UPSAMPLE, true)};
    for (int i = 0; i < 2; i++)
        assert_derivative(&nets[i]);
}

/* ---- sets ---------------------------------------------------------------------------------------------- */

/* Labels without images: blobs of several sizes, one patch empty, one full. origin: NULL or what the set
 * says. */
static const char *write_labels(const char *folder, int side, const char *origin)
{
    WIL_OWN(wil_samples) set = {0};
    const char *path = in_folder(folder, "labels.h5");
    OK(wil_samples_make(&set, wil_sample_shape_2d(side, side), N_LABELS, 1, 0));
    set.labels_only = true;
    OK(wil_samples_make_pixels(&set, N_LABELS, true));
    OK(wil_string_copy(&set.subjects[0], "sub-01"));
    memcpy(set.spacing_mm, (double[3]){0.5, 0.6, 0.7}, sizeof set.spacing_mm);
    set.subject_range[1] = 255;
    for (int i = 0; i < N_LABELS * side * side; i++) {
        const int patch = i / (side * side), x = i % side, y = i / side % side;
        set.label[i] = (x - 4 * patch) * (x - 4 * patch) + (y - 16) * (y - 16) < patch * patch * 3;
    }
    memset(set.label + (N_LABELS - 1) * side * side, 1, (size_t)(side * side));
    set.attributes = origin == NULL ? json_object() : json_pack("{s:s}", "label_origin", origin);
    OK(wil_samples_write(&set, path));
    return path;
}

static const char *write_generator(const char *folder, const wil_wgan_config *net)
{
    wil_params *params = NULL;
    const char *path = in_folder(folder, "generator.safetensors");
    const wil_generator_facts facts = {
        .net = *net, .label_threshold = 0.5, .spacing_mm = {0.5, 0.6, 0.7}, .steps = 1};
    OK(wil_generator_params_new(&params, net));
    OK(wil_params_initialize(params, 3));
    for (int i = 0; i < wil_params_count(params); i++) { /* statistics of a network that was calibrated */
        wil_param *param = wil_params_at(params, i);
        for (int64_t k = 0; strstr(param->name, "running_var") && k < wil_shape_count(param->shape); k++)
            param->value[k] = 0.1f;
    }
    OK(wil_generator_save(params, &facts, NULL, path));
    wil_params_free(params);
    return path;
}

static wil_generate_config config_of(const char *model, const char *labels, int64_t first, int count)
{
    return (wil_generate_config){
        .model = model, .labels = labels, .first = first, .count = count, .seed = 4, .label_threshold = NAN};
}

static char *keep(char out[700], const char *path)
{
    snprintf(out, 700, "%s", path);
    return out;
}

TEST_IN_FOLDER(labels_come_out_bit_for_bit_in_turn)
{
    char model[700], labels[700];
    WIL_OWN(wil_samples) given = {0}, all = {0}, some = {0};
    const wil_wgan_config net = given_net(WIL_GROWTH_TRANSPOSED, false);
    const wil_generate_config one_each = config_of(keep(model, write_generator(*state, &net)),
        keep(labels, write_labels(*state, SIDE, "phantom")), 0, -1);
    OK(wil_samples_open_labels(&given, labels, SIZE_MAX));
    assert_true(given.labels_only && given.image == NULL && given.n == N_LABELS);
    OK(wil_generate(&all, &one_each, NULL));
    assert_int_equal(all.n, N_LABELS);
    assert_memory_equal(all.label, given.label, N_LABELS * ONE);
    const wil_generate_config later = config_of(model, labels, 3, 40);
    OK(wil_generate(&some, &later, NULL));
    for (int i = 0; i < 40; i++)
        assert_memory_equal(some.label + i * ONE, given.label + (3 + i) % N_LABELS * ONE, ONE);
    assert_memory_equal(some.image, all.image + 3 * ONE, 2 * ONE * sizeof(float)); /* by number alone */
    assert_memory_not_equal(some.image, some.image + N_LABELS * ONE, ONE * sizeof(float)); /* another z */
}

TEST_IN_FOLDER(another_label_gives_another_image)
{
    char model[700], labels[700];
    WIL_OWN(wil_samples) before = {0}, after = {0}, changed = {0};
    const wil_wgan_config net = given_net(WIL_GROWTH_UPSAMPLE, true);
    const wil_generate_config config = config_of(
        keep(model, write_generator(*state, &net)), keep(labels, write_labels(*state, SIDE, NULL)), 0, 2);
    OK(wil_generate(&before, &config, NULL));
    OK(wil_samples_open_labels(&changed, labels, SIZE_MAX));
    changed.label[ONE + 5 * SIDE + 20] ^= 1; /* a voxel of patch 1 */
    OK(wil_samples_write(&changed, labels));
    OK(wil_generate(&after, &config, NULL));
    assert_memory_equal(before.image, after.image, ONE * sizeof(float));
    assert_true(before.image[ONE + 5 * SIDE + 20] != after.image[ONE + 5 * SIDE + 20]);
}

/* What the attributes and the monitor say of a set drawn around labels of this origin. */
static void assert_release(const char *folder, const char *origin, const char *told, const char *words)
{
    char model[700], labels[700];
    listener heard;
    const wil_monitor monitor = listen_with(&heard, 0);
    WIL_OWN(wil_samples) set = {0};
    const wil_wgan_config net = given_net(WIL_GROWTH_TRANSPOSED, false);
    const wil_generate_config config = config_of(
        keep(model, write_generator(folder, &net)), keep(labels, write_labels(folder, SIDE, origin)), 0, 1);
    OK(wil_generate(&set, &config, &monitor));
    assert_string_equal(json_string_value(json_object_get(set.attributes, "label_origin")), told);
    SAYS(json_string_value(json_object_get(set.attributes, "release")), words);
    assert_null(json_object_get(set.attributes, "threshold"));
    assert_int_equal(heard.n_warnings, strcmp(told, "phantom") != 0);
    if (heard.n_warnings > 0)
        SAYS(heard.warning, "patients' vessel trees");
}

TEST_IN_FOLDER(what_is_not_known_to_be_a_phantom_is_not_to_be_released)
{
    assert_release(*state, "phantom", "phantom", "no patient's");
    assert_release(*state, NULL, "unknown", "no: carries patients' vessel trees");
    assert_release(*state, "phantoms", "unknown", "no: carries patients' vessel trees");
}

TEST_IN_FOLDER(a_mask_volume_is_cut_into_patches)
{
    char model[700], path[700];
    WIL_OWN(wil_mask) mask = {0};
    WIL_OWN(wil_samples) set = {0};
    const wil_grid grid = wil_grid_make(48, 40, 6, 0.5, 0.6, 0.7);
    const wil_wgan_config net = given_net(WIL_GROWTH_TRANSPOSED, false);
    OK(wil_mask_make(&mask, &grid));
    for (int z = 0; z < 6; z++)
        for (int y = 18; y < 22; y++)
            memset(mask.voxels + ((size_t)z * 40 + (size_t)y) * 48 + 20, 1, 5);
    OK(wil_mask_write(&mask, keep(path, in_folder(*state, "mask.nii.gz")), "phantom"));
    const wil_generate_config config = config_of(keep(model, write_generator(*state, &net)), path, 0, 8);
    OK(wil_generate(&set, &config, NULL));
    int n_vessel = 0;
    for (int i = 0; i < 8 * ONE; i++)
        n_vessel += set.label[i];
    assert_true(set.n == 8 && n_vessel >= 4 * 20); /* half of them around a vessel */
    assert_string_equal(json_string_value(json_object_get(set.attributes, "label_origin")), "unknown");
}

TEST_IN_FOLDER(wishes_that_do_not_fit_are_refused)
{
    char model[700], labels[700];
    WIL_OWN(wil_samples) set = {0};
    wil_wgan_config net = given_net(WIL_GROWTH_TRANSPOSED, false);
    keep(model, write_generator(*state, &net));
    wil_generate_config config = config_of(model, NULL, 0, 1);
    REFUSED(WIL_ERR_ARG, wil_generate(&set, &config, NULL), "generator.safetensors", "around given labels",
        "--labels");
    config.labels = keep(labels, write_labels(*state, 64, "phantom"));
    REFUSED(WIL_ERR_INPUT, wil_generate(&set, &config, NULL), "labels.h5", "64x64", "32x32");
    keep(labels, write_labels(*state, SIDE, "phantom"));
    config.label_threshold = 0.5;
    REFUSED(WIL_ERR_ARG, wil_generate(&set, &config, NULL), "leave --threshold out");
    config.label_threshold = NAN;
    config.labels = in_folder(*state, "gone.h5");
    REFUSED(WIL_ERR_INPUT, wil_generate(&set, &config, NULL), "gone.h5", "no such file");
    REFUSED(WIL_ERR_INPUT, wil_samples_read(&set, labels), "labels.h5", "/image", "generate --labels");
    net.labels = WIL_LABELS_JOINT;
    keep(model, write_generator(*state, &net));
    config.labels = labels;
    REFUSED(WIL_ERR_ARG, wil_generate(&set, &config, NULL), "takes no labels", "gan.labels: given");
    config.labels = NULL;
    config.count = -1;
    REFUSED(WIL_ERR_ARG, wil_generate(&set, &config, NULL), "--count");
}
