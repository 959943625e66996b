/* What networks refuse of their inputs, in words. */
#include <stdio.h>

#include "nets_internal.h"

bool nets_refused(wil_nn *nn, wil_status status)
{
    if (wil_graph_status(nn->graph) != WIL_OK)
        return true;
    if (status == WIL_OK)
        return false;
    wil_graph_fail_as(nn->graph, status);
    return true;
}

/* "[N,128,128,80]": a dimension of 0 is the batch. */
static void expected_text(char *text, size_t n, wil_shape shape)
{
    size_t at = (size_t)snprintf(text, n, "[");
    for (int i = 0; i < shape.rank && at < n; i++)
        at += shape.dim[i] == 0
                  ? (size_t)snprintf(text + at, n - at, i == 0 ? "N" : ",any")
                  : (size_t)snprintf(text + at, n - at, i == 0 ? "%lld" : ",%lld", (long long)shape.dim[i]);
    if (at < n)
        snprintf(text + at, n - at, "]");
}

bool nets_shape_differs(wil_nn *nn, const char *what, wil_node node, wil_shape expected)
{
    if (wil_graph_status(nn->graph) != WIL_OK)
        return true;
    char is[96], wanted[96];
    expected_text(wanted, sizeof wanted, expected);
    if (node < 0 || node >= wil_graph_size(nn->graph)) {
        wil_graph_fail(nn->graph, "%s is missing; it must be a node of shape %s", what, wanted);
        return true;
    }
    const wil_shape shape = wil_graph_shape(nn->graph, node);
    bool fits = shape.rank == expected.rank;
    for (int i = 0; fits && i < shape.rank; i++)
        fits = expected.dim[i] == 0 || shape.dim[i] == expected.dim[i];
    if (!fits)
        wil_graph_fail(nn->graph, "%s has shape %s but its configuration asks for %s", what,
            wil_shape_text(shape, is, sizeof is), wanted);
    return !fits;
}

wil_status nets_check_count(const char *what, int value, int most, int study)
{
    WIL_REQUIRE(value >= 1 && value <= most, WIL_ERR_ARG,
        "%s is %d but must be between 1 and %d (the study: %d)", what, value, most, study);
    return WIL_OK;
}
