/* willis graph: a network as a table of layers, a listing of operations, or a drawing. */
#include "commands.h"

#include <string.h>

#include "willis/engine.h"
#include "willis/nets.h"

typedef struct request {
    char *name, *size_text;
    bool list, text, dot, training;
    wil_net_size size;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"NETWORK", WIL_TEXT, AT(name), "", .help = "which one; `willis graph --list` names all"},
    {"list", WIL_BOOL, AT(list), "false", .help = "name all networks, with the sizes of their papers"},
    {"text", WIL_BOOL, AT(text), "false", .help = "every operation in a line, in place of the layers"},
    {"dot", WIL_BOOL, AT(dot), "false", .help = "the same as a drawing, in the language of Graphviz"},
    {"training", WIL_BOOL, AT(training), "false",
        .help = "as it is trained: dropout, statistics of the batch"},
    {"size", WIL_TEXT, AT(size_text), "", .value = "HxW",
        .help = "of a sample: HxW, HxWxD, or HxWxT with time points; one value stands for all"},
    {NULL, WIL_SECTION, AT(size), .fields = &wil_net_size_fields},
};

/* ---- the list ----------------------------------------------------------------------------------------- */

static wil_status print_list(const cli_common *common)
{
    int n = 0;
    const wil_net *nets = wil_nets_list(&n);
    WIL_OWN(char) *lines = NULL;
    json_t *all = json_array();
    WIL_TRY(wil_text_append(&lines, "network\tfilters\tsize\twhat it makes\n"));
    for (int i = 0; i < n; i++) {
        char filters[16] = "fixed";
        json_t *size = json_array();
        if (nets[i].filters > 0)
            snprintf(filters, sizeof filters, "%d", nets[i].filters);
        WIL_TRY(wil_text_append(&lines, "%s\t%s\t", nets[i].name, filters));
        for (int k = 0; k < nets[i].n_size; k++) {
            WIL_TRY(wil_text_append(&lines, "%s%d", k > 0 ? "x" : "", nets[i].size[k]));
            (void)json_array_append_new(size, json_integer(nets[i].size[k]));
        }
        WIL_TRY(wil_text_append(&lines, "\t%s\n", nets[i].what));
        (void)json_array_append_new(all, json_pack("{s:s, s:s, s:i, s:o}", "name", nets[i].name, "what",
                                             nets[i].what, "filters", nets[i].filters, "size", size));
    }
    if (common->json)
        return cli_print_json(json_pack("{s:o}", "networks", all));
    json_decref(all);
    return cli_print_table(lines);
}

/* ---- layers ------------------------------------------------------------------------------------------- */

/* An operation that is not taken value by value, and those behind it that are. */
typedef struct layer {
    char name[96]; /* of its weights; "" if it has none */
    char operations[160];
    wil_shape shape; /* of its result */
    int64_t parameters;
    double flops;
} layer;

typedef struct layers {
    layer *list;
    int n;
    bool *of_params; /* node: made of weights and constants alone; they are counted where they are used */
    bool *counted;   /* node: among them */
} layers;

static void free_layers(layers *l)
{
    wil_free(l->list);
    wil_free(l->of_params);
    wil_free(l->counted);
}
WIL_OWNED_VALUE(layers, free_layers)

static double flops_of(const wil_graph *g, wil_node node)
{
    const wil_node_info *info = wil_graph_node(g, node);
    wil_shape in[WIL_MAX_INPUTS] = {{0}};
    for (int i = 0; i < info->n_inputs; i++)
        in[i] = wil_graph_shape(g, info->inputs[i]);
    return wil_op_flops(info->kind, &info->attr, in, info->shape);
}

/* Adds what stands below a node of weights to a layer, each once; the first weight gives the name. */
static void count_weights(layers *l, layer *to, const wil_nn *nn, wil_node node)
{
    const wil_node_info *info = wil_graph_node(nn->graph, node);
    if (l->counted[node])
        return;
    l->counted[node] = true;
    to->flops += flops_of(nn->graph, node);
    for (int i = 0; i < info->n_inputs; i++)
        count_weights(l, to, nn, info->inputs[i]);
    if (info->kind != WIL_OP_PARAM)
        return;
    if (to->name[0] == '\0') {
        const char *dot = strrchr(info->name, '.');
        snprintf(to->name, sizeof to->name, "%.*s",
            dot != NULL ? (int)(dot - info->name) : (int)strlen(info->name), info->name);
    }
    if (wil_params_find(nn->params, info->name)->role == WIL_PARAM_WEIGHT)
        to->parameters += wil_shape_count(info->shape);
}

/* The last layer, if what is pointwise and has no other weights than that comes next; else a new one. */
static layer *layer_of(layers *l, wil_op_class class, const char *name)
{
    if (l->n > 0 && class == WIL_OP_CLASS_POINTWISE) {
        layer *last = &l->list[l->n - 1];
        if (name[0] == '\0' || last->name[0] == '\0' || strcmp(name, last->name) == 0)
            return last;
    }
    return &l->list[l->n++];
}

static void add_node(layers *l, const wil_nn *nn, wil_node node)
{
    const wil_node_info *info = wil_graph_node(nn->graph, node);
    const wil_op_class class = wil_op_row(info->kind)->class;
    layer more = {.flops = flops_of(nn->graph, node)};
    bool of_params = info->kind != WIL_OP_INPUT;
    for (int i = 0; i < info->n_inputs; i++)
        of_params = of_params && l->of_params[info->inputs[i]];
    l->of_params[node] = of_params;
    if (of_params || class == WIL_OP_CLASS_LEAF || class == WIL_OP_CLASS_VIEW)
        return;
    for (int i = 0; i < info->n_inputs; i++)
        if (l->of_params[info->inputs[i]])
            count_weights(l, &more, nn, info->inputs[i]);
    layer *last = layer_of(l, class, more.name);
    if (last->name[0] == '\0')
        memcpy(last->name, more.name, sizeof more.name);
    const size_t at = strlen(last->operations);
    snprintf(last->operations + at, sizeof last->operations - at, "%s%s", at > 0 ? " " : "",
        wil_op_name(info->kind));
    last->shape = info->shape;
    last->parameters += more.parameters;
    last->flops += more.flops;
}

static wil_status find_layers(layers *out, const wil_nn *nn)
{
    const int n = wil_graph_size(nn->graph);
    WIL_TRY(wil_alloc((void **)&out->list, (size_t)n, sizeof *out->list));
    WIL_TRY(wil_alloc((void **)&out->of_params, (size_t)n, sizeof *out->of_params));
    WIL_TRY(wil_alloc((void **)&out->counted, (size_t)n, sizeof *out->counted));
    for (wil_node node = 0; node < n; node++)
        add_node(out, nn, node);
    return WIL_OK;
}

static double bytes_of(const layer *l)
{
    return (double)wil_shape_count(l->shape) * (double)sizeof(float);
}

static wil_status print_layers(const layers *l, const layer *total, size_t plan_bytes)
{
    WIL_OWN(char) *lines = NULL;
    WIL_TRY(wil_text_append(&lines, "layer\toperations\tresult\tparameters\tMFLOP\tMB\n"));
    for (int i = 0; i < l->n; i++) {
        const layer *at = &l->list[i];
        WIL_TRY(wil_text_append(&lines, "%s\t%s\t%s\t%lld\t%.2f\t%.3f\n",
            at->name[0] != '\0' ? at->name : "-", at->operations, wil_shape_say(at->shape).text,
            (long long)at->parameters, at->flops * 1e-6, bytes_of(at) * 1e-6));
    }
    WIL_TRY(cli_print_table(lines));
    printf("\n%lld parameters (%.1f MB), %.4g GFLOP, %.1f MB of results; a plan that runs it needs %.1f MB, "
           "parameters not counted\n",
        (long long)total->parameters, (double)total->parameters * 4e-6, total->flops * 1e-9,
        bytes_of(total) * 1e-6, (double)plan_bytes * 1e-6);
    return WIL_OK;
}

static json_t *layers_json(const char *name, const layers *l, const layer *total, size_t plan_bytes)
{
    json_t *all = json_array();
    for (int i = 0; i < l->n; i++) {
        const layer *at = &l->list[i];
        json_t *shape = json_array();
        for (int k = 0; k < at->shape.rank; k++)
            (void)json_array_append_new(shape, json_integer(at->shape.dim[k]));
        (void)json_array_append_new(
            all, json_pack("{s:s, s:s, s:o, s:I, s:f, s:f}", "layer", at->name, "operations", at->operations,
                     "result", shape, "parameters", (json_int_t)at->parameters, "flops", at->flops, "bytes",
                     bytes_of(at)));
    }
    return json_pack("{s:s, s:o, s:I, s:f, s:f, s:I}", "network", name, "layers", all, "parameters",
        (json_int_t)total->parameters, "flops", total->flops, "bytes", bytes_of(total), "plan_bytes",
        (json_int_t)plan_bytes);
}

static wil_status show_layers(const char *name, const wil_nn *nn, wil_node result, const cli_common *common)
{
    WIL_OWN(layers) l = {0};
    WIL_OWN(wil_plan) *plan = NULL;
    layer total = {.shape = {1, {0}}};
    const wil_plan_config config = wil_plan_config_default();
    WIL_TRY(find_layers(&l, nn));
    for (int i = 0; i < l.n; i++) {
        total.parameters += l.list[i].parameters;
        total.flops += l.list[i].flops;
        total.shape.dim[0] += wil_shape_count(l.list[i].shape);
    }
    WIL_TRY(wil_plan_compile(&plan, nn->graph, &result, 1, &config));
    return common->json ? cli_print_json(layers_json(name, &l, &total, wil_plan_bytes(plan)))
                        : print_layers(&l, &total, wil_plan_bytes(plan));
}

/* ---- the command -------------------------------------------------------------------------------------- */

/* How many values a size has depends on the network, which fields do not know of each other. */
static wil_status set_size(wil_net_size *size, const wil_net *net, const char *text)
{
    const wil_field field = {"size", WIL_INTS, offsetof(wil_net_size, size), NULL, 1, 4096, .n = net->n_size};
    return text == NULL ? WIL_OK : wil_field_set(&field, size, text, "--size");
}

static wil_status show_text(const request *r, const wil_graph *g, const cli_common *common)
{
    WIL_OWN(char) *text = NULL;
    WIL_TRY(r->dot ? wil_graph_dot(&text, g) : wil_graph_text(&text, g));
    if (common->json)
        return cli_print_json(
            json_pack("{s:s, s:o}", "network", r->name, r->dot ? "dot" : "text", wil_json_text(text)));
    fputs(text, stdout);
    return WIL_OK;
}

static wil_status run(void *settings, const cli_common *common)
{
    request *r = settings;
    const wil_net *net = NULL;
    WIL_OWN(wil_graph) *g = NULL;
    WIL_OWN(wil_params) *params = NULL;
    wil_node result = WIL_NODE_NONE;
    WIL_REQUIRE(r->list + r->text + r->dot <= 1, WIL_ERR_ARG, "--list, --text and --dot: give one of them");
    WIL_REQUIRE(!r->list || r->name == NULL, WIL_ERR_ARG,
        "--list names all networks; leave '%s' out, or --list", r->name);
    if (r->list)
        return print_list(common);
    WIL_REQUIRE(r->name != NULL, WIL_ERR_ARG, "NETWORK is missing; `willis graph --list` names all");
    WIL_TRY(wil_nets_find(&net, r->name));
    WIL_TRY(set_size(&r->size, net, r->size_text));
    WIL_TRY(wil_graph_new(&g));
    WIL_TRY(wil_params_new(&params));
    wil_nn nn = {.graph = g, .params = params, .prefix = "", .training = r->training};
    WIL_TRY(wil_nets_build(&result, &nn, net, &r->size));
    return r->text || r->dot ? show_text(r, g, common) : show_layers(net->name, &nn, result, common);
}

const cli_command cmd_graph = {
    .name = "graph",
    .purpose = "shows a network: its layers with parameters, work and memory, or a drawing",
    .example = "willis graph --list\n"
               "willis graph unet --filters 8 --size 64\n"
               "willis graph wgan-critic --dot | dot -Tsvg > critic.svg",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .notes =
        "A layer is an operation with the pointwise ones behind it. MFLOP are multiply-adds of convolutions "
        "and products, times two; MB what its result would take in float, though results share memory "
        "when they are computed.",
};
