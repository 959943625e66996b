/* Parameter sets in files: PyTorch's names and axis order, and refusal of other architectures. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outcome.h"
#include "willis/nn.h"

static char folder[] = "/tmp/willis-params-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/net.safetensors", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

/* A network of one convolution with batch norm and a transposed one, its memory filled from seed. */
static wil_params *network(int64_t channels, bool with_norm, uint64_t seed)
{
    WIL_OWN(wil_graph) *g = NULL;
    wil_params *params = NULL;
    OK(wil_graph_new(&g));
    OK(wil_params_new(&params));
    wil_nn nn = {.graph = g, .params = params, .prefix = "net", .training = true};
    wil_node x = wil_graph_input_node(g, "x", wil_shape_of(4, 1, 8, 8, 2));
    x = wil_nn_conv(
        &nn, "conv", x, &(wil_nn_conv_config){.out = channels, .kernel = 3, .pad = 1, .bias = true});
    if (with_norm)
        x = wil_nn_batch_norm(&nn, "norm", x, (wil_init){0}, NULL);
    wil_nn_conv_transpose(&nn, "up", x, &(wil_nn_conv_config){.out = 5, .kernel = 2, .stride = 2});
    OK(wil_graph_status(g));
    OK(wil_params_allocate(params));
    OK(wil_params_initialize(params, seed));
    return params;
}

static void assert_sets_equal(const wil_params *a, const wil_params *b)
{
    assert_int_equal(wil_params_count(a), wil_params_count(b));
    for (int i = 0; i < wil_params_count(a); i++) {
        const wil_param *p = wil_params_at(a, i), *q = wil_params_at(b, i);
        assert_memory_equal(p->value, q->value, (size_t)wil_shape_count(p->shape) * sizeof(float));
    }
}

TEST(saved_weights_are_loaded_bit_for_bit)
{
    WIL_OWN(wil_params) *saved = network(3, true, 1);
    WIL_OWN(wil_params) *loaded = network(3, true, 2);
    WIL_OWN(json_t) *metadata = json_pack("{s:s}", "architecture", "test");
    OK(wil_params_save(saved, path, metadata));
    OK(wil_params_load(loaded, path));
    assert_sets_equal(saved, loaded);
}

TEST(files_have_pytorch_names_and_axes)
{
    WIL_OWN(wil_params) *params = network(3, true, 1);
    OK(wil_params_save(params, path, NULL));
    wil_tensor_file file;
    OK(wil_tensor_file_read(&file, path));
    const wil_tensor *conv = wil_tensor_file_find(&file, "net.conv.weight"); /* [O,I,K,K] */
    assert_true(wil_shape_equal(conv->shape, wil_shape_of(4, 3, 2, 3, 3)));
    const wil_tensor *up = wil_tensor_file_find(&file, "net.up.weight"); /* [in,out,K,K] */
    assert_true(wil_shape_equal(up->shape, wil_shape_of(4, 3, 5, 2, 2)));
    const float *memory = wil_params_find(params, "net.conv.weight")->value; /* [O,K,K,I] */
    for (int o = 0; o < 3; o++)
        for (int i = 0; i < 2; i++)
            for (int k = 0; k < 9; k++)
                assert_true(((float *)conv->data)[(o * 2 + i) * 9 + k] == memory[(o * 9 + k) * 2 + i]);
    const char *others[] = {
        "net.conv.bias", "net.norm.weight", "net.norm.bias", "net.norm.running_mean", "net.norm.running_var"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_non_null(wil_tensor_file_find(&file, others[i]));
    assert_int_equal(file.n_tensors, 7);
    wil_tensor_file_clear(&file);
}

static void assert_load_refused(wil_params *into, const char *words)
{
    WIL_OWN(wil_params) *before = network(3, true, 2);
    OK(wil_params_copy(before, into));
    assert_int_equal(wil_params_load(into, path), WIL_ERR_INPUT);
    const char *message = wil_status_message();
    assert_non_null(strstr(message, path));
    if (strstr(message, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", message, words);
    assert_sets_equal(into, before);
}

TEST(weights_of_another_architecture_are_refused_whole)
{
    WIL_OWN(wil_params) *params = network(3, true, 2);
    WIL_OWN(wil_params) *wide = network(4, true, 1);
    WIL_OWN(wil_params) *bare = network(3, false, 1);
    OK(wil_params_save(wide, path, NULL));
    assert_load_refused(params, "tensor net.conv.weight has shape [4,2,3,3] but [3,2,3,3] is needed");
    OK(wil_params_save(bare, path, NULL));
    assert_load_refused(params, "tensor net.norm.running_mean is missing");
    OK(wil_params_save(params, path, NULL));
    REFUSED(
        WIL_ERR_INPUT, wil_params_load(bare, path), "tensor net.norm.running_mean belongs to no parameter");
}

TEST(weights_of_another_dtype_are_refused)
{
    WIL_OWN(wil_params) *params = network(3, true, 2);
    wil_tensor *tensors = NULL;
    int n = 0;
    size_t capacity = 0;
    OK(wil_params_to_tensors(params, "", &tensors, &n, &capacity));
    double bias[3] = {0};
    wil_free(tensors[1].data);
    tensors[1].type = WIL_TENSOR_F64; /* net.conv.bias */
    tensors[1].data = bias;
    OK(wil_tensor_file_write(path, tensors, n, NULL));
    tensors[1].data = NULL;
    wil_tensors_free(tensors, n);
    assert_load_refused(params, "tensor net.conv.bias is not of dtype F32: convert it");
}

TEST(several_sets_share_a_checkpoint_under_prefixes)
{
    WIL_OWN(wil_params) *a = network(3, true, 1);
    WIL_OWN(wil_params) *b = network(4, false, 2);
    wil_tensor *tensors = NULL;
    int n = 0;
    size_t capacity = 0;
    OK(wil_params_to_tensors(a, "a/", &tensors, &n, &capacity));
    OK(wil_params_to_tensors(b, "b/", &tensors, &n, &capacity));
    assert_int_equal(n, 7 + 3);
    OK(wil_tensor_file_write(path, tensors, n, NULL));
    wil_tensors_free(tensors, n);

    WIL_OWN(wil_params) *a2 = network(3, true, 3);
    WIL_OWN(wil_params) *b2 = network(4, false, 4);
    wil_tensor_file file;
    OK(wil_tensor_file_read(&file, path));
    OK(wil_params_from_tensors(a2, "a/", &file));
    OK(wil_params_from_tensors(b2, "b/", &file));
    assert_sets_equal(a, a2);
    assert_sets_equal(b, b2);
    assert_int_equal(wil_params_from_tensors(b2, "a/", &file), WIL_ERR_INPUT);
    wil_tensor_file_clear(&file);
}

TEST(values_are_written_and_read_where_they_lie)
{
    WIL_OWN(wil_params) *a = network(3, true, 1);
    WIL_OWN(wil_params) *b = network(3, true, 2);
    double losses[3] = {1, 2, 3};
    int64_t absent = 7;
    WIL_OWN(wil_tensor_list) list = {0};
    OK(wil_params_list(a, "a.", &list));
    OK(wil_tensor_list_add(&list, WIL_TENSOR_F64, wil_shape_of(1, 3), losses, "los%s", "ses"));
    assert_int_equal(list.n, 8);
    losses[1] = 0.5; /* nothing was copied */
    assert_null(wil_tensor_list_not_finite(&list));
    OK(wil_tensor_list_write(&list, path, NULL));

    /* the same bytes as from copies */
    wil_tensor *tensors = NULL;
    int n = 0;
    size_t capacity = 0;
    char *bytes[2] = {NULL, NULL};
    size_t n_bytes[2] = {0, 0};
    OK(wil_params_to_tensors(a, "a.", &tensors, &n, &capacity));
    OK(wil_tensors_append(&tensors, &n, &capacity, "losses", WIL_TENSOR_F64, wil_shape_of(1, 3), losses));
    OK(wil_file_read(path, &bytes[0], &n_bytes[0]));
    OK(wil_tensor_file_write(path, tensors, n, NULL));
    OK(wil_file_read(path, &bytes[1], &n_bytes[1]));
    assert_int_equal(n_bytes[0], n_bytes[1]);
    assert_memory_equal(bytes[0], bytes[1], n_bytes[0]);
    wil_tensors_free(tensors, n);
    wil_free(bytes[0]);
    wil_free(bytes[1]);

    WIL_OWN(wil_tensor_list) back = {0};
    WIL_OWN(wil_tensor_reader) *reader = NULL;
    losses[1] = 9;
    OK(wil_params_list(b, "a.", &back));
    OK(wil_tensor_list_add(&back, WIL_TENSOR_F64, wil_shape_of(1, 3), losses, "losses"));
    OK(wil_tensor_list_add(&back, WIL_TENSOR_I64, wil_shape_of(0), &absent, "absent"));
    OK(wil_tensor_reader_open(&reader, path));
    assert_true(wil_tensor_reader_is_checked(reader));
    REFUSED(WIL_ERR_INPUT, wil_tensor_list_read(&back, reader, true),
        "tensor absent, I64 of shape [], is missing");
    assert_true(losses[1] == 9); /* nothing is changed unless everything fits */
    back.views[8].optional = true;
    OK(wil_tensor_list_read(&back, reader, true));
    assert_true(losses[1] == 0.5 && absent == 7 && back.views[7].found && !back.views[8].found);
    assert_sets_equal(a, b);
    ((float *)list.views[2].values)[1] = NAN;
    assert_string_equal(wil_tensor_list_not_finite(&list), list.views[2].name);
}

TEST_GROUP(make_folder, remove_folder)
