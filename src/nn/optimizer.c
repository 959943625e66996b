/* Adam [Kingma2015], RMSprop and SGD with momentum, in PyTorch's formulas: one pass over weights, moments and
 * gradient, which memory bounds, so plain vector code is as fast as the machine allows. An element's result
 * depends on that element alone, so the number of threads cannot change it. */
#include <math.h>

#include "willis/nn.h"

enum { CHUNK = 1 << 15 };

/* One trained weight and its moments; a moment that the kind does not keep is NULL. */
typedef struct nn_slot {
    wil_param *param; /* borrowed */
    float *m, *v;
} nn_slot;

struct wil_optimizer {
    wil_optimizer_config config;
    const char *m_name, *v_name; /* of the moments in files; NULL: not kept */
    nn_slot *slots;
    int n_slots;
    int64_t n_steps;
};

/* What one pass over one weight needs. */
typedef struct pass {
    const wil_optimizer_config *config;
    float *w, *m, *v;
    const float *g;
    double correction1, correction2; /* Adam: 1 - beta^t */
} pass;

wil_optimizer_config wil_optimizer_config_default(wil_optimizer_kind kind)
{
    wil_optimizer_config config = {
        .kind = kind, .beta1 = 0.9, .beta2 = 0.999, .alpha = 0.99, .eps_num = 1e-8};
    config.learning_rate = kind == WIL_OPTIMIZER_RMSPROP ? 1e-2 : 1e-3;
    return config;
}

static void adam(int64_t begin, int64_t end, void *context)
{
    const pass *p = context;
    const float beta1 = (float)p->config->beta1, beta2 = (float)p->config->beta2;
    const float rest1 = (float)(1.0 - p->config->beta1), rest2 = (float)(1.0 - p->config->beta2);
    const float step = (float)(p->config->learning_rate / p->correction1);
    const float root2 = (float)sqrt(p->correction2), eps_num = (float)p->config->eps_num;
    float *restrict w = p->w, *restrict m = p->m, *restrict v = p->v;
    const float *restrict g = p->g;
    for (int64_t i = begin; i < end; i++) {
        m[i] = beta1 * m[i] + rest1 * g[i];
        v[i] = beta2 * v[i] + rest2 * (g[i] * g[i]);
        w[i] -= step * (m[i] / (sqrtf(v[i]) / root2 + eps_num));
    }
}

/* beta1 = 0, as adversarial training has it: the first moment is the gradient and needs no memory. The bits
 * are those of adam. */
static void adam_without_mean(int64_t begin, int64_t end, void *context)
{
    const pass *p = context;
    const float beta2 = (float)p->config->beta2, rest2 = (float)(1.0 - p->config->beta2);
    const float step = (float)(p->config->learning_rate / p->correction1);
    const float root2 = (float)sqrt(p->correction2), eps_num = (float)p->config->eps_num;
    float *restrict w = p->w, *restrict v = p->v;
    const float *restrict g = p->g;
    for (int64_t i = begin; i < end; i++) {
        v[i] = beta2 * v[i] + rest2 * (g[i] * g[i]);
        w[i] -= step * (g[i] / (sqrtf(v[i]) / root2 + eps_num));
    }
}

static void rmsprop(int64_t begin, int64_t end, void *context)
{
    const pass *p = context;
    const float alpha = (float)p->config->alpha, rest = (float)(1.0 - p->config->alpha);
    const float rate = (float)p->config->learning_rate, eps_num = (float)p->config->eps_num;
    float *restrict w = p->w, *restrict v = p->v;
    const float *restrict g = p->g;
    for (int64_t i = begin; i < end; i++) {
        v[i] = alpha * v[i] + rest * (g[i] * g[i]);
        w[i] -= rate * (g[i] / (sqrtf(v[i]) + eps_num));
    }
}

static void sgd(int64_t begin, int64_t end, void *context)
{
    const pass *p = context;
    const float momentum = (float)p->config->momentum, rate = (float)p->config->learning_rate;
    float *restrict w = p->w, *restrict m = p->m;
    const float *restrict g = p->g;
    for (int64_t i = begin; i < end; i++) {
        m[i] = momentum * m[i] + g[i];
        w[i] -= rate * m[i];
    }
}

static void sgd_without_momentum(int64_t begin, int64_t end, void *context)
{
    const pass *p = context;
    const float rate = (float)p->config->learning_rate;
    float *restrict w = p->w;
    const float *restrict g = p->g;
    for (int64_t i = begin; i < end; i++)
        w[i] -= rate * g[i];
}

/* By wil_optimizer_kind, and with a decay of 0 for the first moment. The moments' names are PyTorch's. */
typedef struct method {
    void (*update)(int64_t begin, int64_t end, void *context);
    const char *m, *v; /* NULL: not kept */
} method;

static method method_of(const wil_optimizer_config *config)
{
    static const method METHODS[][2] = {
        [WIL_OPTIMIZER_ADAM] = {{adam, "exp_avg", "exp_avg_sq"}, {adam_without_mean, NULL, "exp_avg_sq"}},
        [WIL_OPTIMIZER_RMSPROP] = {{rmsprop, NULL, "square_avg"}, {rmsprop, NULL, "square_avg"}},
        [WIL_OPTIMIZER_SGD] = {{sgd, "momentum_buffer", NULL}, {sgd_without_momentum, NULL, NULL}},
    };
    const double decay = config->kind == WIL_OPTIMIZER_ADAM ? config->beta1 : config->momentum;
    return METHODS[config->kind][decay == 0.0];
}

static wil_status check_config(const wil_optimizer_config *config)
{
    WIL_REQUIRE(config->kind == WIL_OPTIMIZER_ADAM || config->kind == WIL_OPTIMIZER_RMSPROP ||
                    config->kind == WIL_OPTIMIZER_SGD,
        WIL_ERR_ARG, "optimiser %d is not known", (int)config->kind);
    WIL_REQUIRE(isfinite(config->learning_rate) && config->learning_rate > 0.0, WIL_ERR_ARG,
        "the learning rate is %g but must be above 0", config->learning_rate);
    const struct {
        const char *name;
        double value;
    } decays[] = {{"beta1", config->beta1}, {"beta2", config->beta2}, {"alpha", config->alpha},
        {"momentum", config->momentum}};
    for (size_t i = 0; i < sizeof decays / sizeof decays[0]; i++)
        WIL_REQUIRE(decays[i].value >= 0.0 && decays[i].value < 1.0, WIL_ERR_ARG,
            "%s is %g but must be at least 0 and below 1", decays[i].name, decays[i].value);
    WIL_REQUIRE(isfinite(config->eps_num) && config->eps_num >= 0.0, WIL_ERR_ARG,
        "eps_num is %g but must be at least 0", config->eps_num);
    return WIL_OK;
}

static wil_status allocate_slots(wil_optimizer *optimizer, wil_params *params)
{
    int n = wil_params_count(params);
    WIL_TRY(wil_alloc((void **)&optimizer->slots, (size_t)n + 1, sizeof *optimizer->slots));
    for (int i = 0; i < n; i++) {
        wil_param *param = wil_params_at(params, i);
        if (param->role != WIL_PARAM_WEIGHT)
            continue;
        WIL_REQUIRE(param->value != NULL, WIL_ERR_ARG,
            "parameter %s has no memory: call wil_params_allocate first", param->name);
        nn_slot *slot = &optimizer->slots[optimizer->n_slots++];
        slot->param = param;
        size_t count = (size_t)wil_shape_count(param->shape);
        if (optimizer->m_name != NULL)
            WIL_TRY(wil_alloc_f32(&slot->m, count));
        if (optimizer->v_name != NULL)
            WIL_TRY(wil_alloc_f32(&slot->v, count));
    }
    return WIL_OK;
}

wil_status wil_optimizer_new(wil_optimizer **out, wil_params *params, const wil_optimizer_config *config)
{
    *out = NULL;
    WIL_TRY(check_config(config));
    WIL_OWN(wil_optimizer) *optimizer = NULL;
    WIL_TRY(wil_alloc((void **)&optimizer, 1, sizeof *optimizer));
    optimizer->config = *config;
    optimizer->m_name = method_of(config).m;
    optimizer->v_name = method_of(config).v;
    WIL_TRY(allocate_slots(optimizer, params));
    return wil_give(out, &optimizer);
}

void wil_optimizer_free(wil_optimizer *optimizer)
{
    if (optimizer == NULL)
        return;
    for (int i = 0; i < optimizer->n_slots; i++) {
        wil_free(optimizer->slots[i].m);
        wil_free(optimizer->slots[i].v);
    }
    wil_free(optimizer->slots);
    wil_free(optimizer);
}

void wil_optimizer_begin(wil_optimizer *optimizer)
{
    optimizer->n_steps++;
}

void wil_optimizer_update(wil_optimizer *optimizer, int i, const float *gradient)
{
    const wil_optimizer_config *config = &optimizer->config;
    const double t = (double)optimizer->n_steps;
    const nn_slot *slot = &optimizer->slots[i];
    pass p = {.config = config,
        .w = slot->param->value,
        .m = slot->m,
        .v = slot->v,
        .g = gradient,
        .correction1 = 1.0 - pow(config->beta1, t),
        .correction2 = 1.0 - pow(config->beta2, t)};
    wil_parallel_for(wil_shape_count(slot->param->shape), CHUNK, method_of(config).update, &p);
}

void wil_optimizer_step(wil_optimizer *optimizer, const float *const *gradients)
{
    wil_optimizer_begin(optimizer);
    for (int i = 0; i < optimizer->n_slots; i++)
        wil_optimizer_update(optimizer, i, gradients[i]);
}

size_t wil_optimizer_bytes(const wil_params *params, const wil_optimizer_config *config)
{
    const method how = method_of(config);
    const size_t n_moments = (size_t)(how.m != NULL) + (size_t)(how.v != NULL);
    return n_moments * wil_params_n_trained(params) * sizeof(float);
}

int64_t wil_optimizer_n_steps(const wil_optimizer *optimizer)
{
    return optimizer->n_steps;
}

void wil_optimizer_set_learning_rate(wil_optimizer *optimizer, double learning_rate)
{
    optimizer->config.learning_rate = learning_rate;
}

wil_status wil_optimizer_list(wil_optimizer *optimizer, const char *prefix, wil_tensor_list *list)
{
    WIL_TRY(wil_tensor_list_add(
        list, WIL_TENSOR_I64, (wil_shape){.rank = 0}, &optimizer->n_steps, "%sstep", prefix));
    for (int i = 0; i < optimizer->n_slots; i++) {
        const nn_slot *slot = &optimizer->slots[i];
        float *moments[2] = {slot->m, slot->v};
        const char *names[2] = {optimizer->m_name, optimizer->v_name};
        for (int k = 0; k < 2; k++) {
            if (moments[k] == NULL)
                continue;
            WIL_TRY(wil_tensor_list_add(list, WIL_TENSOR_F32, slot->param->shape, moments[k], "%s%s.%s",
                prefix, slot->param->name, names[k]));
            list->views[list->n - 1].layout = slot->param->layout;
        }
    }
    return WIL_OK;
}
