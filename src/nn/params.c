/* Parameter sets: an ordered list of named weights. */
#include <fnmatch.h>
#include <string.h>

#include "nn_internal.h"

struct wil_params {
    wil_param **list; /* pointers, so that those handed out survive growth */
    size_t n, capacity;
    char **texts; /* names kept for others, see nn_params_keep_text */
    size_t n_texts, texts_capacity;
    char *trained; /* patterns of the weights that are trained; NULL: all */
};

wil_status wil_params_new(wil_params **out)
{
    *out = NULL;
    void *memory = NULL;
    WIL_TRY(wil_alloc(&memory, 1, sizeof **out));
    *out = memory;
    return WIL_OK;
}

void wil_params_free(wil_params *params)
{
    if (params == NULL)
        return;
    for (size_t i = 0; i < params->n; i++) {
        wil_free(params->list[i]->name);
        wil_free(params->list[i]->value);
        wil_free(params->list[i]);
    }
    for (size_t i = 0; i < params->n_texts; i++)
        wil_free(params->texts[i]);
    wil_free(params->list);
    wil_free(params->texts);
    wil_free(params->trained);
    wil_free(params);
}

int wil_params_count(const wil_params *params)
{
    return (int)params->n;
}

wil_param *wil_params_at(const wil_params *params, int i)
{
    return params->list[i];
}

wil_param *wil_params_find(const wil_params *params, const char *name)
{
    for (size_t i = 0; i < params->n; i++)
        if (strcmp(params->list[i]->name, name) == 0)
            return params->list[i];
    return NULL;
}

size_t wil_params_n_trained(const wil_params *params)
{
    size_t n = 0;
    for (size_t i = 0; i < params->n; i++)
        if (params->list[i]->role == WIL_PARAM_WEIGHT)
            n += (size_t)wil_shape_count(params->list[i]->shape);
    return n;
}

bool wil_name_matches(const char *name, const char *patterns)
{
    for (const char *at = patterns;; at++) {
        char pattern[NN_NAME_MAX];
        const int n = (int)strcspn(at, ",");
        snprintf(pattern, sizeof pattern, "%.*s", n, at);
        if (fnmatch(pattern, name, 0) == 0)
            return true;
        at += n;
        if (*at == '\0')
            return false;
    }
}

static wil_param_role role_of(const wil_params *params, const char *name, wil_param_role role)
{
    if (role == WIL_PARAM_STATE)
        return role;
    return params->trained == NULL || wil_name_matches(name, params->trained) ? WIL_PARAM_WEIGHT
                                                                              : WIL_PARAM_FROZEN;
}

wil_status wil_params_train_only(wil_params *params, const char *patterns)
{
    wil_free(params->trained);
    params->trained = NULL;
    if (patterns != NULL)
        WIL_TRY(wil_string_copy(&params->trained, patterns));
    for (size_t i = 0; i < params->n; i++)
        params->list[i]->role = role_of(params, params->list[i]->name, params->list[i]->role);
    return WIL_OK;
}

wil_status nn_params_register(
    wil_params *params, const char *name, const nn_spec *spec, const wil_param **out)
{
    wil_param *known = wil_params_find(params, name);
    if (known != NULL) {
        char is[96], wanted[96];
        WIL_REQUIRE(wil_shape_equal(known->shape, spec->shape), WIL_ERR_ARG,
            "parameter %s is %s in the set but %s is asked for: use one set per architecture", name,
            wil_shape_text(known->shape, is, sizeof is), wil_shape_text(spec->shape, wanted, sizeof wanted));
        *out = known;
        return WIL_OK;
    }
    WIL_TRY(wil_grow((void **)&params->list, &params->capacity, params->n + 1, sizeof *params->list));
    void *memory = NULL;
    WIL_TRY(wil_alloc(&memory, 1, sizeof(wil_param)));
    wil_param *param = memory;
    wil_status status = wil_string_copy(&param->name, name);
    if (status != WIL_OK) {
        wil_free(param);
        return status;
    }
    param->shape = spec->shape;
    param->role = role_of(params, name, spec->role);
    param->layout = spec->layout;
    param->init = spec->init;
    param->fan_in = spec->fan_in;
    param->fan_out = spec->fan_out;
    params->list[params->n++] = param;
    *out = param;
    return WIL_OK;
}

wil_status nn_params_keep_text(wil_params *params, const char *text, const char **out)
{
    for (size_t i = 0; i < params->n_texts; i++) {
        if (strcmp(params->texts[i], text) == 0) {
            *out = params->texts[i];
            return WIL_OK;
        }
    }
    WIL_TRY(wil_grow(
        (void **)&params->texts, &params->texts_capacity, params->n_texts + 1, sizeof *params->texts));
    char *copy = NULL;
    WIL_TRY(wil_string_copy(&copy, text));
    params->texts[params->n_texts++] = copy;
    *out = copy;
    return WIL_OK;
}

wil_status wil_params_allocate(wil_params *params)
{
    for (size_t i = 0; i < params->n; i++) {
        wil_param *param = params->list[i];
        if (param->value != NULL)
            continue;
        wil_status status = wil_alloc_f32(&param->value, (size_t)wil_shape_count(param->shape));
        if (status != WIL_OK)
            return wil_fail_context(status, "parameter %s", param->name);
    }
    return WIL_OK;
}

wil_status wil_params_copy(wil_params *to, const wil_params *from)
{
    WIL_REQUIRE(
        to->n == from->n, WIL_ERR_ARG, "sets of %zu and %zu parameters cannot be copied", to->n, from->n);
    for (size_t i = 0; i < to->n; i++) {
        const wil_param *a = to->list[i], *b = from->list[i];
        char is[96], wanted[96];
        WIL_REQUIRE(strcmp(a->name, b->name) == 0 && wil_shape_equal(a->shape, b->shape), WIL_ERR_ARG,
            "parameter %zu is %s %s in one set and %s %s in the other", i, a->name,
            wil_shape_text(a->shape, is, sizeof is), b->name,
            wil_shape_text(b->shape, wanted, sizeof wanted));
        WIL_REQUIRE(a->value != NULL && b->value != NULL, WIL_ERR_ARG,
            "parameter %s has no memory: call wil_params_allocate first", a->name);
    }
    for (size_t i = 0; i < to->n; i++)
        memcpy(to->list[i]->value, from->list[i]->value,
            (size_t)wil_shape_count(to->list[i]->shape) * sizeof(float));
    return WIL_OK;
}

int wil_params_trained_nodes(const wil_params *params, wil_graph *graph, wil_node *nodes_out)
{
    int n = 0;
    for (size_t i = 0; i < params->n; i++) {
        const wil_param *param = params->list[i];
        if (param->role != WIL_PARAM_WEIGHT)
            continue;
        if (nodes_out != NULL)
            nodes_out[n] = wil_graph_param_node(graph, param->name, param->shape);
        n++;
    }
    return n;
}
