/* Feature extractors against PyTorch in double precision (tests/data/make_feature_vectors.py), and how their
 * weights are loaded. */

#include "test.h"

#include "outcome.h"
#include "willis/nets.h"

#include "../../vectors/vector_check.h"

static wil_tensor_file vectors;
static uint32_t seed;

/* ---- weights as their files hold them ----------------------------------------------------------------- */

static void append(wil_tensor_file *file, size_t *capacity, const char *name, wil_shape shape)
{
    const size_t n = (size_t)wil_shape_count(shape);
    float *values = malloc(n * sizeof *values);
    const char *end = strrchr(name, '.');
    const bool centred = shape.rank == 1 && (strcmp(end, ".weight") == 0 || strcmp(end, ".running_var") == 0);
    const double scale =
        shape.rank == 1 ? 0.1 : sqrt(6.0 * (double)shape.dim[0] / (double)wil_shape_count(shape));
    assert_non_null(values);
    closed_form_fill(values, n, name, seed, scale, centred ? 1.0 : 0.0);
    OK(wil_tensors_append(&file->tensors, &file->n_tensors, capacity, name, WIL_TENSOR_F32, shape, values));
    free(values);
}

/* The name of the norm behind a convolution, spelled out by network. */
static void norm_of(char *out, size_t n, const char *conv)
{
    const size_t length = strlen(conv);
    if (strcmp(conv + length - 5, ".conv") == 0)
        snprintf(out, n, "%.*s.bn", (int)length - 5, conv);
    else if (strcmp(conv + length - 2, ".0") == 0)
        snprintf(out, n, "%.*s.1", (int)length - 2, conv);
    else
        snprintf(out, n, "%.*sbn%c", (int)length - 5, conv, conv[length - 1]);
}

static void make_weights(wil_tensor_file *file, wil_params *params)
{
    static const char *const parts[] = {"weight", "bias", "running_mean", "running_var"};
    wil_tensor_file shapes = {0};
    size_t capacity = 0, shapes_capacity = 0;
    *file = (wil_tensor_file){0};
    OK(wil_params_allocate(params));
    OK(wil_params_to_tensors(params, "", &shapes.tensors, &shapes.n_tensors, &shapes_capacity));
    for (int i = 0; i < shapes.n_tensors; i++) {
        const wil_tensor *tensor = &shapes.tensors[i];
        char conv[128], norm[128], name[192];
        if (tensor->shape.rank == 1)
            continue; /* the bias that folding makes */
        snprintf(conv, sizeof conv, "%.*s", (int)strlen(tensor->name) - 7, tensor->name);
        norm_of(norm, sizeof norm, conv);
        append(file, &capacity, tensor->name, tensor->shape);
        for (int k = 0; k < 4; k++) {
            snprintf(name, sizeof name, "%s.%s", norm, parts[k]);
            append(file, &capacity, name, wil_shape_of(1, (int)tensor->shape.dim[0]));
        }
    }
    wil_tensors_free(shapes.tensors, shapes.n_tensors);
}

/* ---- networks ----------------------------------------------------------------------------------------- */

static wil_node build(wil_nn *nn, wil_node x, const char *network)
{
    if (strcmp(network, "medicalnet") == 0)
        return wil_nets_medicalnet(nn, x);
    return wil_nets_inception(
        nn, x, strcmp(network, "inception.fid") == 0 ? WIL_INCEPTION_FID : WIL_INCEPTION_TORCHVISION);
}

/* float through some fifty layers keeps 1e-5 of the largest features; the weights' fold rounds once more */
static void check(const char *network, const char *input, wil_shape shape, double eps_num)
{
    WIL_OWN(wil_graph) *g = NULL;
    WIL_OWN(wil_params) *params = NULL;
    wil_tensor_file file;
    WIL_OWN(float) *x = NULL;
    int64_t n = 0;
    OK(wil_graph_new(&g));
    OK(wil_params_new(&params));
    wil_nn nn = {.graph = g, .params = params};
    const wil_node features = build(&nn, wil_graph_input_node(g, "x", shape), network);
    OK(wil_graph_status(g));
    make_weights(&file, params);
    OK(wil_nets_load_folded(params, &file, eps_num));
    OK(wil_alloc_f32(&x, (size_t)wil_shape_count(shape)));
    closed_form_fill(x, (size_t)wil_shape_count(shape), input, seed, 1.0, 0.0);
    vector_run run;
    const vector_input inputs[] = {{"x", x}};
    vector_compile(&run, g, WIL_BACKEND_FAST, &features, 1, &params, 1, inputs, 1);
    vector_run_once(&run);
    const wil_tensor *expected = wil_tensor_file_find(&vectors, network);
    assert_non_null(expected);
    n = wil_shape_count(expected->shape);
    assert_int_equal(n, wil_shape_count(wil_graph_shape(g, features)));
    double largest = 0, worst = 0;
    for (int64_t i = 0; i < n; i++) {
        const double value = ((const double *)expected->data)[i];
        largest = fmax(largest, fabs(value));
        worst = fmax(worst, fabs(vector_output(&run, 0, i) - value));
    }
    if (!(worst <= 1e-4 * largest))
        fail_msg("%s: off by %g of the largest feature", network, worst / largest);
    vector_free(&run);
    wil_tensors_free(file.tensors, file.n_tensors);
}

static wil_shape image_shape(void)
{
    const int side = vector_metadata(&vectors, "side");
    return wil_shape_of(4, 1, side, side, 3);
}

TEST(inception_of_frechet_distances_equals_pytorch)
{
    check("inception.fid", "image", image_shape(), WIL_INCEPTION_EPS);
}

TEST(inception_of_torchvision_equals_pytorch)
{
    check("inception.torchvision", "image", image_shape(), WIL_INCEPTION_EPS);
}

TEST(medicalnet_equals_pytorch)
{
    check("medicalnet", "volume",
        wil_shape_of(5, 1, vector_metadata(&vectors, "depth"), vector_metadata(&vectors, "height"),
            vector_metadata(&vectors, "width"), 1),
        WIL_MEDICALNET_EPS);
}

/* The vectors tell the variants apart: where they differ is more than the tolerance of the tests above. */
TEST(the_two_inceptions_differ)
{
    const double *a = wil_tensor_file_find(&vectors, "inception.fid")->data;
    const double *b = wil_tensor_file_find(&vectors, "inception.torchvision")->data;
    double largest = 0, worst = 0;
    for (int i = 0; i < WIL_INCEPTION_FEATURES; i++) {
        largest = fmax(largest, fabs(a[i]));
        worst = fmax(worst, fabs(a[i] - b[i]));
    }
    assert_true(worst > 0.01 * largest);
}

/* ---- refusals ----------------------------------------------------------------------------------------- */

TEST(weights_of_another_network_are_refused)
{
    WIL_OWN(wil_graph) *g = NULL;
    WIL_OWN(wil_params) *params = NULL;
    wil_tensor_file file;
    OK(wil_graph_new(&g));
    OK(wil_params_new(&params));
    wil_nn nn = {.graph = g, .params = params};
    (void)wil_nets_medicalnet(&nn, wil_graph_input_node(g, "x", wil_shape_of(5, 1, 16, 16, 16, 1)));
    make_weights(&file, params);
    const int last = file.n_tensors - 1;
    file.n_tensors = last; /* layer4.0.downsample.1.running_var */
    REFUSED(WIL_ERR_INPUT, wil_nets_load_folded(params, &file, 1e-5),
        "layer4.0.downsample.1.running_var is missing");
    file.n_tensors = last + 1;
    ((float *)file.tensors[last].data)[3] = -1;
    REFUSED(WIL_ERR_INPUT, wil_nets_load_folded(params, &file, 1e-5),
        "layer4.0.downsample.1.running_var has a value of -1");
    ((float *)file.tensors[last].data)[3] = 1;
    file.tensors[last].shape.dim[0] = 256;
    REFUSED(WIL_ERR_INPUT, wil_nets_load_folded(params, &file, 1e-5), "has shape [256] but [512] is needed");
    file.tensors[last].shape.dim[0] = 512;
    file.tensors[0].type = WIL_TENSOR_F64;
    REFUSED(WIL_ERR_INPUT, wil_nets_load_folded(params, &file, 1e-5), "conv1.weight is not of dtype F32");
    file.tensors[0].type = WIL_TENSOR_F32;
    file.tensors[0].name[0] = 'k';
    REFUSED(WIL_ERR_INPUT, wil_nets_load_folded(params, &file, 1e-5), "konv1.weight belongs to no layer");
    wil_tensors_free(file.tensors, file.n_tensors);
}

TEST(images_that_do_not_fit_are_refused)
{
    wil_graph *g = NULL;
    WIL_OWN(wil_params) *params = NULL;
    OK(wil_params_new(&params));
    OK(wil_graph_new(&g));
    wil_nn nn = {.graph = g, .params = params};
    wil_node x = wil_graph_input_node(g, "x", wil_shape_of(4, 1, 74, 80, 3));
    assert_int_equal(wil_nets_inception(&nn, x, WIL_INCEPTION_FID), WIL_NODE_NONE);
    REFUSED(WIL_ERR_ARG, wil_graph_status(g), "at least 75x75, got 74x80");
    wil_graph_free(g);
    OK(wil_graph_new(&g));
    nn.graph = g;
    x = wil_graph_input_node(g, "x", wil_shape_of(4, 1, 80, 80, 1));
    assert_int_equal(wil_nets_inception(&nn, x, WIL_INCEPTION_FID), WIL_NODE_NONE);
    REFUSED(WIL_ERR_ARG, wil_graph_status(g), "Inception's image");
    wil_graph_free(g);
}

static int open_vectors(void **state)
{
    (void)state;
    if (wil_tensor_file_read(&vectors, WILLIS_TEST_DATA "/feature_vectors.safetensors") != WIL_OK)
        return -1;
    seed = (uint32_t)vector_metadata(&vectors, "seed");
    return 0;
}

static int close_vectors(void **state)
{
    (void)state;
    wil_tensor_file_clear(&vectors);
    return 0;
}

TEST_GROUP(open_vectors, close_vectors)
