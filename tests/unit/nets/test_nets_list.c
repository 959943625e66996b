/* Every listed network can be built, listed and drawn. */
#include "test.h"

#include <string.h>

#include "outcome.h"
#include "willis/nets.h"

TEST(every_network_is_built_listed_and_drawn)
{
    int n = 0;
    const wil_net *nets = wil_nets_list(&n);
    assert_true(n >= 11);
    for (int i = 0; i < n; i++) {
        WIL_OWN(wil_graph) *g = NULL;
        WIL_OWN(char) *text = NULL;
        WIL_OWN(char) *dot = NULL;
        WIL_OWN(wil_params) *params = NULL;
        OK(wil_graph_new(&g));
        OK(wil_params_new(&params));
        wil_nn nn = {.graph = g, .params = params, .prefix = ""};
        wil_node result = WIL_NODE_NONE;
        OK(wil_nets_build(&result, &nn, &nets[i], NULL));
        assert_true(result >= 0 && wil_params_count(params) > 0);
        OK(wil_graph_text(&text, g));
        OK(wil_graph_dot(&dot, g));
        assert_non_null(strstr(text, wil_params_at(params, 0)->name));
        assert_non_null(strstr(dot, wil_params_at(params, 0)->name));
    }
}

TEST(an_unknown_network_is_told_its_nearest_name)
{
    const wil_net *net = NULL;
    REFUSED(WIL_ERR_ARG, wil_nets_find(&net, "unet3"), "unet");
    OK(wil_nets_find(&net, "unet3d"));
    assert_string_equal(net->name, "unet3d");
}
