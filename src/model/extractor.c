/* Features of images and volumes from networks whose weights the user supplies. */
#include "willis/model.h"

#include <math.h>
#include <string.h>

#include "willis/nets.h"

#define SIDE 299 /* what Inception v3 was trained on */
#define SLOTS 2  /* images a run: fixed, so that a sample's features do not depend on how many there are */

typedef struct known_network {
    const char *name;
    const char *what; /* with its preprocessing: part of the definition */
    int n_features;
    bool volumes;
    wil_inception_variant variant;
    double eps_num;
} known_network;

#define INCEPTION_INPUT                                                                                      \
    "grey in 3 channels, [-1,1], bilinear to 299x299 without antialiasing, half-pixel centres"
static const known_network NETWORKS[] = {
    {"inception-v3-fid", "Inception v3 of Frechet distances (pytorch-fid), pool3; " INCEPTION_INPUT,
        WIL_INCEPTION_FEATURES, false, WIL_INCEPTION_FID, WIL_INCEPTION_EPS},
    {"inception-v3-torchvision", "Inception v3 of torchvision, pool3; " INCEPTION_INPUT,
        WIL_INCEPTION_FEATURES, false, WIL_INCEPTION_TORCHVISION, WIL_INCEPTION_EPS},
    {"medicalnet-resnet10",
        "MedicalNet ResNet-10, mean of layer4; standardised by the voxels above 0, the others set to 0",
        WIL_MEDICALNET_FEATURES, true, WIL_INCEPTION_FID, WIL_MEDICALNET_EPS},
};

struct wil_extractor {
    const known_network *network;
    char *definition;
    wil_params *params;
    wil_plan *plan; /* NULL before the first sample */
    int size[3];    /* of a volume, as the plan was compiled for it */
    float *input;   /* of the plan */
};

/* ---- weights ------------------------------------------------------------------------------------------ */

/* FNV-1a over names and values, in the file's order. */
static uint64_t hash_of(const wil_tensor_file *file)
{
    uint64_t hash = WIL_HASH_START;
    for (int i = 0; i < file->n_tensors; i++) {
        const wil_tensor *tensor = &file->tensors[i];
        const size_t n = (size_t)wil_shape_count(tensor->shape) * sizeof(float); /* all are F32 by now */
        hash = wil_hash_bytes(hash, tensor->name, strlen(tensor->name));
        hash = wil_hash_bytes(hash, tensor->data, n);
    }
    return hash;
}

static wil_status identify(const known_network **out, const wil_tensor_file *file)
{
    const char *name = json_string_value(json_object_get(file->metadata, "network"));
    *out = NULL;
    for (size_t i = 0; i < sizeof NETWORKS / sizeof *NETWORKS && name != NULL; i++)
        if (strcmp(name, NETWORKS[i].name) == 0)
            *out = &NETWORKS[i];
    WIL_REQUIRE(*out != NULL, WIL_ERR_INPUT,
        "the metadata 'network' is %s%s%s, not %s, %s or %s; make the file with tools/convert_weights.py",
        name != NULL ? "'" : "", name != NULL ? name : "missing", name != NULL ? "'" : "", NETWORKS[0].name,
        NETWORKS[1].name, NETWORKS[2].name);
    return WIL_OK;
}

/* Appends the network to a graph; size: of a volume. */
static wil_node build(wil_graph *graph, wil_extractor *net, const int size[3])
{
    wil_nn nn = {.graph = graph, .params = net->params};
    if (net->network->volumes)
        return wil_nets_medicalnet(
            &nn, wil_graph_input_node(graph, "x", wil_shape_of(5, 1, size[0], size[1], size[2], 1)));
    return wil_nets_inception(
        &nn, wil_graph_input_node(graph, "x", wil_shape_of(4, SLOTS, SIDE, SIDE, 3)), net->network->variant);
}

static wil_status load(wil_extractor *net, const wil_tensor_file *file)
{
    static const int any[3] = {8, 8, 8}; /* weights do not depend on it */
    wil_graph *graph = NULL;
    WIL_TRY(wil_params_new(&net->params));
    WIL_TRY(wil_graph_new(&graph));
    (void)build(graph, net, any);
    wil_status status = wil_graph_status(graph);
    wil_graph_free(graph);
    if (status == WIL_OK)
        status = wil_params_allocate(net->params);
    if (status == WIL_OK)
        status = wil_nets_load_folded(net->params, file, net->network->eps_num);
    if (status == WIL_OK)
        status = wil_string_format(
            &net->definition, "%s; weights %016llx", net->network->what, (unsigned long long)hash_of(file));
    return status;
}

wil_status wil_extractor_open(wil_extractor **out, const char *weights_path)
{
    wil_tensor_file file;
    wil_extractor *net = NULL;
    *out = NULL;
    WIL_TRY(wil_tensor_file_read(&file, weights_path));
    wil_status status = wil_alloc((void **)&net, 1, sizeof *net);
    if (status == WIL_OK)
        status = identify(&net->network, &file);
    if (status == WIL_OK)
        status = load(net, &file);
    wil_tensor_file_clear(&file);
    if (status != WIL_OK) {
        wil_extractor_close(net);
        return wil_fail_context(status, "%s", weights_path);
    }
    *out = net;
    return WIL_OK;
}

void wil_extractor_close(wil_extractor *net)
{
    if (net == NULL)
        return;
    wil_plan_free(net->plan);
    wil_params_free(net->params);
    wil_free(net->input);
    wil_free(net->definition);
    wil_free(net);
}

int wil_extractor_width(const wil_extractor *net)
{
    return net->network->n_features;
}

bool wil_extractor_takes_volumes(const wil_extractor *net)
{
    return net->network->volumes;
}

const char *wil_extractor_definition(const wil_extractor *net)
{
    return net->definition;
}

/* ---- running ------------------------------------------------------------------------------------------ */

/* The plan for volumes of a size; images have one of their own. */
static wil_status prepare(wil_extractor *net, const int size[3], size_t n_input)
{
    wil_graph *graph = NULL;
    if (net->plan != NULL && memcmp(net->size, size, sizeof net->size) == 0)
        return WIL_OK;
    wil_plan_free(net->plan);
    wil_free(net->input);
    net->plan = NULL;
    net->input = NULL;
    memcpy(net->size, size, sizeof net->size);
    WIL_TRY(wil_alloc_f32(&net->input, n_input));
    WIL_TRY(wil_graph_new(&graph));
    const wil_node features = build(graph, net, size);
    wil_plan_config config = wil_plan_config_default();
    config.fixed_params = true;
    wil_status status = wil_graph_status(graph);
    if (status == WIL_OK)
        status = wil_plan_compile_bound(&net->plan, graph, &features, 1, &net->params, 1, &config);
    wil_graph_free(graph);
    return status == WIL_OK ? wil_plan_bind(net->plan, "x", net->input) : status;
}

static wil_status refuse(const wil_extractor *net, bool volumes)
{
    return net->network->volumes == volumes
               ? WIL_OK
               : wil_fail(WIL_ERR_INPUT, "%s reads %s, not %s", net->network->name,
                     volumes ? "images" : "volumes", volumes ? "volumes" : "images");
}

/* ---- images ------------------------------------------------------------------------------------------- */

/* Where sample i of an axis of `to` falls in one of `from`, by centres of pixels; beyond the ends the last
 * pixel counts on (torch.nn.functional.interpolate, align_corners=False). */
typedef struct between {
    int low, high;
    float share; /* of high */
} between;

static between place(int i, int from, int to)
{
    const double at = fmax(0, (i + 0.5) * from / to - 0.5);
    const int low = (int)at < from - 1 ? (int)at : from - 1;
    return (between){low, low + 1 < from ? low + 1 : low, (float)(at - low)};
}

typedef struct resizing {
    const float *images; /* [n,H,W] */
    float *out;          /* [SLOTS,SIDE,SIDE,3] */
    int height, width;
} resizing;

static void resize_rows(int64_t begin, int64_t end, void *context)
{
    const resizing *r = context;
    for (int64_t row = begin; row < end; row++) {
        const between y = place((int)(row % SIDE), r->height, SIDE);
        const float *image = r->images + row / SIDE * r->height * r->width;
        const float *low = image + (size_t)y.low * (size_t)r->width;
        const float *high = image + (size_t)y.high * (size_t)r->width;
        for (int i = 0; i < SIDE; i++) {
            const between x = place(i, r->width, SIDE);
            const float a = low[x.low] + (low[x.high] - low[x.low]) * x.share;
            const float b = high[x.low] + (high[x.high] - high[x.low]) * x.share;
            for (int c = 0; c < 3; c++)
                r->out[(row * SIDE + i) * 3 + c] = a + (b - a) * y.share;
        }
    }
}

static wil_status stopped(const wil_monitor *monitor, int64_t done, int64_t n, double start_s)
{
    wil_monitor_progress(monitor, "features", done, n, wil_time_s() - start_s, "");
    return wil_monitor_stop_requested(monitor)
               ? wil_fail(WIL_ERR_INTERRUPTED, "stopped after the features of %lld of %lld samples",
                     (long long)done, (long long)n)
               : WIL_OK;
}

wil_status wil_extractor_images(float *out, wil_extractor *net, const float *images, int64_t n, int height,
    int width, const wil_monitor *monitor)
{
    static const int fixed[3] = {SIDE, SIDE, SIDE};
    const double start_s = wil_time_s();
    const size_t d = WIL_INCEPTION_FEATURES;
    WIL_TRY(refuse(net, false));
    WIL_TRY(prepare(net, fixed, (size_t)SLOTS * SIDE * SIDE * 3));
    for (int64_t first = 0; first < n; first += SLOTS) {
        const int64_t count = n - first < SLOTS ? n - first : SLOTS;
        resizing r = {images + first * height * width, net->input, height, width};
        wil_parallel_for(count * SIDE, 32, resize_rows, &r); /* slots behind count keep what was there */
        WIL_TRY(wil_plan_run(net->plan));
        memcpy(out + (size_t)first * d, wil_plan_output(net->plan, 0), (size_t)count * d * sizeof *out);
        WIL_TRY(stopped(monitor, first + count, n, start_s));
    }
    return WIL_OK;
}

/* ---- volumes ------------------------------------------------------------------------------------------ */

/* As MedicalNet was trained, but for its random numbers where there is nothing, which change from run to run.
 */
static wil_status standardise(float *out, const float *volume, size_t n, int64_t number)
{
    double sum = 0;
    double sum2 = 0;
    size_t n_inside = 0;
    for (size_t i = 0; i < n; i++) {
        if (volume[i] > 0) {
            sum += (double)volume[i];
            n_inside++;
        }
    }
    WIL_REQUIRE(n_inside > 0, WIL_ERR_INPUT, "volume %lld has no voxel above 0", (long long)number);
    const double mean = sum / (double)n_inside;
    for (size_t i = 0; i < n; i++)
        sum2 += volume[i] > 0 ? ((double)volume[i] - mean) * ((double)volume[i] - mean) : 0;
    const double sd = sqrt(sum2 / (double)n_inside);
    WIL_REQUIRE(
        sd > 0, WIL_ERR_INPUT, "all voxels of volume %lld that are above 0 are %g", (long long)number, mean);
    for (size_t i = 0; i < n; i++)
        out[i] = volume[i] > 0 ? (float)(((double)volume[i] - mean) / sd) : 0;
    return WIL_OK;
}

wil_status wil_extractor_volumes(float *out, wil_extractor *net, const float *volumes, int64_t n,
    const int size[3], const wil_monitor *monitor)
{
    const double start_s = wil_time_s();
    const size_t n_voxels = (size_t)size[0] * (size_t)size[1] * (size_t)size[2];
    const size_t d = WIL_MEDICALNET_FEATURES;
    WIL_TRY(refuse(net, true));
    WIL_TRY(prepare(net, size, n_voxels));
    for (int64_t i = 0; i < n; i++) {
        WIL_TRY(standardise(net->input, volumes + (size_t)i * n_voxels, n_voxels, i));
        WIL_TRY(wil_plan_run(net->plan));
        memcpy(out + (size_t)i * d, wil_plan_output(net->plan, 0), d * sizeof *out);
        WIL_TRY(stopped(monitor, i + 1, n, start_s));
    }
    return WIL_OK;
}
