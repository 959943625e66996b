#include "test.h"

#include "outcome.h"
#include "willis/phantom.h"

#include <math.h>
#include <string.h>

static wil_tof_tree grow(wil_tof_facts *facts, double disease_share, int subject)
{
    wil_tof_config config = wil_tof_config_default();
    config.disease_share = disease_share;
    wil_tof_tree tree = {0};
    OK(wil_phantom_tof_tree(&tree, facts, &config, subject));
    return tree;
}

TEST(murrays_law_holds_at_every_node)
{
    for (int subject = 0; subject < 3; subject++) {
        wil_tof_facts facts;
        WIL_OWN(wil_tof_tree) tree = grow(&facts, 0, subject);
        WIL_OWN(double) *in = NULL, *out = NULL;
        OK(wil_alloc_f64(&in, (size_t)tree.n_nodes));
        OK(wil_alloc_f64(&out, (size_t)tree.n_nodes));
        for (int i = 0; i < tree.n_edges; i++) {
            in[tree.edges[i].to] += pow(tree.edges[i].radius_mm, 3);
            out[tree.edges[i].from] += pow(tree.edges[i].radius_mm, 3);
        }
        int n_bifurcations = 0;
        for (int i = 0; i < tree.n_nodes; i++) {
            if (in[i] == 0 || tree.nodes[i].n_out == 0)
                continue;
            n_bifurcations += tree.nodes[i].n_out > 1;
            /* flow is conserved, up to what is used at the node; 1e-6 mm^3 is far above rounding, far below a
             * twig */
            assert_true(fabs(in[i] - out[i] - tree.nodes[i].demand) < 1e-6);
        }
        assert_true(n_bifurcations > 80);
        assert_int_equal(n_bifurcations, facts.n_bifurcations);
    }
}

TEST(branchings_are_bifurcations_in_the_grown_parts)
{
    wil_tof_facts facts;
    WIL_OWN(wil_tof_tree) tree = grow(&facts, 0, 4);
    for (int i = 0; i < tree.n_edges; i++)
        if (tree.edges[i].segment == WIL_TOF_M4 || tree.edges[i].segment == WIL_TOF_A3)
            assert_true(tree.nodes[tree.edges[i].to].n_out <= 2);
}

/* Marks everything that can be reached from node, against or with the flow. */
static void flood(const wil_tof_tree *tree, uint8_t *seen, int node)
{
    seen[node] = 1;
    for (bool grew = true; grew;) {
        grew = false;
        for (int i = 0; i < tree->n_edges; i++) {
            const wil_tof_edge *e = &tree->edges[i];
            if (seen[e->from] != seen[e->to]) {
                seen[e->from] = seen[e->to] = 1;
                grew = true;
            }
        }
    }
}

static int first_edge(const wil_tof_tree *tree, wil_tof_segment segment, int side)
{
    for (int i = 0; i < tree->n_edges; i++)
        if (tree->edges[i].segment == segment && tree->edges[i].side == side)
            return i;
    return -1;
}

static bool circle_joins(const wil_tof_tree *tree, int *a_out)
{
    uint8_t *seen = NULL;
    OK(wil_alloc_u8(&seen, (size_t)tree->n_nodes));
    flood(tree, seen, tree->edges[first_edge(tree, WIL_TOF_ICA, -1)].from);
    const bool right = seen[tree->edges[first_edge(tree, WIL_TOF_ICA, 1)].from];
    *a_out = seen[tree->edges[first_edge(tree, WIL_TOF_BA, 0)].from];
    for (int s = -1; s <= 1; s += 2) { /* each carotid reaches its own middle and anterior cerebral */
        WIL_OWN(uint8_t) *own = NULL;
        OK(wil_alloc_u8(&own, (size_t)tree->n_nodes));
        flood(tree, own, tree->edges[first_edge(tree, WIL_TOF_ICA, s)].from);
        assert_true(own[tree->edges[first_edge(tree, WIL_TOF_M1, s)].to]);
        assert_true(own[tree->edges[first_edge(tree, WIL_TOF_A2, s)].to]);
    }
    wil_free(seen);
    return right;
}

TEST(the_circle_of_willis_is_joined_by_its_communicating_arteries)
{
    int n_complete = 0, n_incomplete = 0;
    for (int subject = 0; subject < 12; subject++) {
        wil_tof_facts facts;
        WIL_OWN(wil_tof_tree) tree = grow(&facts, 0, subject);
        int basilar;
        const bool right = circle_joins(&tree, &basilar);
        assert_int_equal(first_edge(&tree, WIL_TOF_ACOM, -1) >= 0 ||
                             first_edge(&tree, WIL_TOF_ACOM, 0) >= 0 ||
                             first_edge(&tree, WIL_TOF_ACOM, 1) >= 0,
            facts.has_acom);
        for (int s = 0; s < 2; s++)
            assert_int_equal(first_edge(&tree, WIL_TOF_PCOM, s ? 1 : -1) >= 0, facts.has_pcom[s]);
        if (facts.has_acom || (facts.has_pcom[0] && facts.has_pcom[1]))
            assert_true(right);
        if (facts.has_pcom[0])
            assert_true(basilar);
        const bool complete = facts.has_acom && facts.has_pcom[0] && facts.has_pcom[1];
        n_complete += complete;
        n_incomplete += !complete;
    }
    assert_true(n_complete > 0 && n_incomplete > 0);
}

TEST(named_arteries_have_the_calibres_of_anatomy)
{
    static const struct {
        wil_tof_segment segment;
        double low, high; /* radius in mm; wide, as variants are meant to differ */
    } expected[] = {{WIL_TOF_ICA, 1.7, 3}, {WIL_TOF_M1, 1.3, 2.5}, {WIL_TOF_A2, 0.9, 2.2},
        {WIL_TOF_P2, 0.9, 2}, {WIL_TOF_BA, 1, 2.5}};
    for (int subject = 0; subject < 6; subject++) {
        wil_tof_facts facts;
        WIL_OWN(wil_tof_tree) tree = grow(&facts, 0, subject);
        for (size_t k = 0; k < sizeof expected / sizeof expected[0]; k++)
            for (int side = -1; side <= 1; side++) {
                const int edge = first_edge(&tree, expected[k].segment, side);
                if (edge < 0)
                    continue;
                assert_true(tree.edges[edge].radius_mm > expected[k].low);
                assert_true(tree.edges[edge].radius_mm < expected[k].high);
            }
    }
}

TEST(blood_meets_more_pulses_on_its_way_through_a_slab)
{
    wil_tof_facts facts;
    WIL_OWN(wil_tof_tree) tree = grow(&facts, 0, 1);
    double far = 0, carotid = 0;
    for (int i = 0; i < tree.n_edges; i++) {
        assert_true(tree.nodes[tree.edges[i].to].pulses >= 0);
        if (tree.edges[i].segment == WIL_TOF_ICA)
            carotid = fmax(carotid, tree.nodes[tree.edges[i].to].pulses);
        else if (tree.edges[i].segment == WIL_TOF_M4)
            far = fmax(far, tree.nodes[tree.edges[i].to].pulses);
    }
    assert_true(far > carotid);
    assert_true(carotid < 40);
}

TEST(disease_takes_flow_or_lumen_and_says_so)
{
    int n_stenosis = 0, n_occlusion = 0;
    for (int subject = 0; subject < 12; subject++) {
        wil_tof_facts facts;
        WIL_OWN(wil_tof_tree) tree = grow(&facts, 1, subject);
        int n_silent = 0, n_narrow = 0;
        for (int i = 0; i < tree.n_nodes; i++)
            n_silent += tree.nodes[i].speed == 0;
        for (int i = 0; i < tree.n_edges; i++)
            n_narrow += tree.edges[i].lumen_mm[1] < 0.8 * tree.edges[i].radius_mm;
        if (facts.disease == WIL_TOF_OCCLUSION) {
            n_occlusion++;
            assert_true(n_silent > 0);
        } else {
            assert_int_equal(facts.disease, WIL_TOF_STENOSIS);
            n_stenosis++;
            assert_true(n_narrow > 0);
            assert_int_equal(n_silent, 0);
            assert_true(facts.narrowing_frac >= 0.5 && facts.narrowing_frac <= 0.9);
        }
    }
    assert_true(n_stenosis > 0 && n_occlusion > 0);
}

TEST(more_density_means_more_branches)
{
    wil_tof_config config = wil_tof_config_default();
    wil_tof_tree tree = {0};
    wil_tof_facts few, many;
    config.vessel_density = 0.5;
    OK(wil_phantom_tof_tree(&tree, &few, &config, 1));
    wil_tof_tree_clear(&tree);
    config.vessel_density = 2;
    OK(wil_phantom_tof_tree(&tree, &many, &config, 1));
    wil_tof_tree_clear(&tree);
    assert_true(many.n_segments > 2 * few.n_segments);
}
