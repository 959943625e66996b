/* A graph and a set of weights to build layers and networks in; each test has its own, as `f`. */
#ifndef NET_FIXTURE_H
#define NET_FIXTURE_H

#include "test.h"

#include "outcome.h"
#include "willis/nn.h"

typedef struct fixture {
    wil_graph *graph;
    wil_params *params;
    wil_nn nn;
} fixture;

static inline int make(void **state)
{
    static fixture f;
    f = (fixture){0};
    if (wil_graph_new(&f.graph) != WIL_OK || wil_params_new(&f.params) != WIL_OK)
        return -1;
    f.nn = (wil_nn){.graph = f.graph, .params = f.params, .prefix = "net", .training = true};
    *state = &f;
    return 0;
}

static inline int drop(void **state)
{
    fixture *f = *state;
    wil_graph_free(f->graph);
    wil_params_free(f->params);
    return 0;
}

/* A test with a fixture, from make or from a function that calls it. */
#define NET_TEST_WITH(name, setup)                                                                           \
    static void name##_in(fixture *f);                                                                       \
    TEST_WITH(name, setup, drop)                                                                             \
    {                                                                                                        \
        name##_in(*state);                                                                                   \
    }                                                                                                        \
    static void name##_in(fixture *f __attribute__((unused)))
#define NET_TEST(name) NET_TEST_WITH(name, make)

static inline void assert_shape(const fixture *f, wil_node node, const char *expected)
{
    char text[96];
    OK(wil_graph_status(f->graph));
    assert_string_equal(wil_shape_text(wil_graph_shape(f->graph, node), text, sizeof text), expected);
}

static inline void assert_param(const fixture *f, const char *name, const char *expected)
{
    char text[96];
    const wil_param *param = wil_params_find(f->params, name);
    if (param == NULL)
        fail_msg("there is no parameter %s", name);
    assert_string_equal(wil_shape_text(param->shape, text, sizeof text), expected);
}

static inline int count_kind(const fixture *f, wil_op_kind kind)
{
    int n = 0;
    for (int i = 0; i < wil_graph_size(f->graph); i++)
        n += wil_graph_node(f->graph, i)->kind == kind;
    return n;
}

/* The builder gave no node, and the graph says why. */
static inline void assert_failed(const fixture *f, wil_node node, const char *words)
{
    assert_int_equal(node, WIL_NODE_NONE);
    REFUSED(WIL_ERR_ARG, wil_graph_status(f->graph), words);
}

#endif
