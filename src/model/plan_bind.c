/* Compiling graphs as the engine settings say, and against parameter sets. */
#include "willis/model.h"

wil_plan_config wil_engine_plan_config(const wil_engine_settings *engine, const wil_monitor *monitor)
{
    wil_plan_config config = wil_plan_config_default();
    config.precision = (wil_precision)engine->precision;
    config.recompute = engine->recompute;
    if (config.precision == WIL_PRECISION_BF16 && !wil_backend_has(WIL_BACKEND_FAST, WIL_PRECISION_BF16)) {
        wil_monitor_warn(monitor,
            "this processor has no bfloat16 instructions (or WILLIS_ISA forbids them): computing in f32");
        config.precision = WIL_PRECISION_F32;
    }
    return config;
}

const char *wil_precision_name(wil_precision precision)
{
    return precision == WIL_PRECISION_BF16 ? "bf16" : "f32";
}

wil_status wil_plan_bind_sets(wil_plan *plan, wil_params *const *sets, int n_sets)
{
    for (int i = 0; i < wil_plan_n_leaves(plan); i++) {
        const char *name = wil_plan_leaf_name(plan, i);
        const wil_param *param = NULL;
        for (int s = 0; s < n_sets && param == NULL; s++)
            param = wil_params_find(sets[s], name);
        if (param != NULL)
            WIL_TRY(wil_plan_bind(plan, name, param->value));
        else
            WIL_REQUIRE(
                !wil_plan_leaf_is_param(plan, i), WIL_ERR_INTERNAL, "no parameter set has '%s'", name);
    }
    return WIL_OK;
}

wil_status wil_plan_compile_bound(wil_plan **out, const wil_graph *graph, const wil_node *outputs,
    int n_outputs, wil_params *const *sets, int n_sets, const wil_plan_config *config)
{
    WIL_TRY(wil_graph_status(graph));
    WIL_TRY(wil_plan_compile(out, graph, outputs, n_outputs, config));
    return wil_plan_bind_sets(*out, sets, n_sets);
}
