/* What the graph tests share. */
#ifndef GRAPH_CHECK_H
#define GRAPH_CHECK_H

#include "test.h"

#include <string.h>

#include "outcome.h"
#include "willis/graph.h"

static inline wil_graph *new_graph(void)
{
    wil_graph *g = NULL;
    OK(wil_graph_new(&g));
    return g;
}

static inline void assert_shape(const wil_graph *g, wil_node node, const char *expected)
{
    char text[128];
    assert_string_equal(wil_shape_text(wil_graph_shape(g, node), text, sizeof text), expected);
}

/* The graph has failed, says so with WIL_ERR_ARG, and its message has all of the given parts. */
static inline void assert_failed(const wil_graph *g, const char *first, const char *second, const char *third)
{
    const char *const parts[3] = {first, second, third};
    assert_int_equal(wil_graph_status(g), WIL_ERR_ARG);
    for (int i = 0; i < 3; i++)
        if (strstr(wil_status_message(), parts[i]) == NULL)
            fail_msg("'%s' is not in the message: %s", parts[i], wil_status_message());
}

#endif
