#include "plan_bind.h"

wil_status plan_compile_bound(wil_plan **out, const wil_graph *graph, const wil_node *outputs, int n_outputs,
    wil_params *const *sets, int n_sets, const wil_plan_config *config)
{
    WIL_TRY(wil_graph_status(graph));
    const wil_plan_config usual = wil_plan_config_default();
    WIL_TRY(wil_plan_compile(out, graph, outputs, n_outputs, config != NULL ? config : &usual));
    for (int i = 0; i < wil_plan_n_leaves(*out); i++) {
        const char *name = wil_plan_leaf_name(*out, i);
        const wil_param *param = NULL;
        for (int s = 0; s < n_sets && param == NULL; s++)
            param = wil_params_find(sets[s], name);
        if (param != NULL)
            WIL_TRY(wil_plan_bind(*out, name, param->value));
        else
            WIL_REQUIRE(
                !wil_plan_leaf_is_param(*out, i), WIL_ERR_INTERNAL, "no parameter set has '%s'", name);
    }
    return WIL_OK;
}
