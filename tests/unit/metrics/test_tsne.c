#include "test.h"

#include <omp.h>

#include "distribution_fixture.h"
#include "tsne_internal.h"

TEST(affinities_are_symmetric_and_have_the_perplexity_asked_for)
{
    enum { N = 120, D = 5 };
    WIL_OWN(float) *x = normal_samples(N, D, 1, 1, 0);
    const wil_points points = points_of(x, N, D);
    tsne_affinities a;
    static double p[N][N];
    double sum = 0;
    memset(p, 0, sizeof p);
    OK(tsne_affinities_make(&a, &points, 10));
    for (size_t i = 0; i < N; i++)
        for (size_t e = a.start[i]; e < a.start[i + 1]; e++) {
            assert_true(e == a.start[i] || a.column[e] > a.column[e - 1]);
            p[i][a.column[e]] = a.p[e];
            sum += a.p[e];
        }
    NEAR(sum, 1, 1e-12);
    for (int i = 0; i < N; i++) {
        assert_true(p[i][i] == 0);
        for (int j = 0; j < N; j++)
            assert_true(p[i][j] == p[j][i]);
    }
    tsne_affinities_clear(&a);
}

/* Eleven points in a line of equal neighbours: a point with k equal distances has perplexity k at any width.
 */
TEST(equal_distances_share_equally)
{
    enum { N = 13 };
    float x[N * N] = {0};
    for (int i = 0; i < N; i++)
        x[i * N + i] = 1; /* corners of a simplex */
    const wil_points points = points_of(x, N, N);
    tsne_affinities a;
    OK(tsne_affinities_make(&a, &points, 4));
    for (size_t e = 0; e < a.start[N]; e++) /* each of 12 neighbours has 1/12 from both sides */
        NEAR(a.p[e], 1.0 / (12 * N), 1e-14);
    tsne_affinities_clear(&a);
}

static double direct(const double *places, size_t n, size_t i, double force[2])
{
    double sum = 0;
    force[0] = force[1] = 0;
    for (size_t j = 0; j < n; j++) {
        const double dx = places[2 * i] - places[2 * j], dy = places[2 * i + 1] - places[2 * j + 1];
        const double q = 1 / (1 + dx * dx + dy * dy);
        if (j == i)
            continue;
        sum += q;
        force[0] += q * q * dx;
        force[1] += q * q * dy;
    }
    return sum;
}

TEST(the_tree_sums_what_all_pairs_sum)
{
    enum { N = 500 };
    double places[2 * N];
    tsne_tree tree = {0};
    for (int i = 0; i < 2 * N; i++)
        places[i] = 10 * wil_rng_normal(wil_rng_at(2, WIL_RNG_TEST, 0), (uint64_t)i);
    memcpy(places + 2 * 77, places + 2 * 3, 2 * sizeof *places); /* two at one place */
    OK(tsne_tree_build(&tree, places, N));
    for (size_t i = 0; i < N; i++) {
        double exact[2], wide[2], expected[2];
        const double sum = direct(places, N, i, expected);
        NEAR(tsne_tree_repulsion(&tree, places + 2 * i, 0, exact), sum, 1e-11);
        NEAR(exact[0], expected[0], 1e-12);
        NEAR(exact[1], expected[1], 1e-12);
        /* a cell's width of half its distance: second order, (1/4)^2 of what is far */
        NEAR(tsne_tree_repulsion(&tree, places + 2 * i, 0.5, wide), sum, 0.03 * sum);
    }
    tsne_tree_clear(&tree);
}

static double divergence_of(const double *places, const tsne_affinities *a)
{
    double total = 0, sum = 0, force[2];
    for (size_t i = 0; i < a->n; i++)
        total += direct(places, a->n, i, force);
    for (size_t i = 0; i < a->n; i++)
        for (size_t e = a->start[i]; e < a->start[i + 1]; e++) {
            const double *u = places + 2 * i, *v = places + 2 * (size_t)a->column[e];
            const double q = 1 / (1 + (u[0] - v[0]) * (u[0] - v[0]) + (u[1] - v[1]) * (u[1] - v[1]));
            if (a->p[e] > 0)
                sum += a->p[e] * log(a->p[e] * total / q);
        }
    return sum;
}

/* Three groups in 10 dimensions, far apart: every point's nearest in the plane is of its group. */
TEST(groups_stay_together_and_the_divergence_is_that_of_its_definition)
{
    enum { N = 150, D = 10 };
    WIL_OWN(float) *x = normal_samples(N, D, 3, 1, 0);
    double places[2 * N], divergence = 0, before = 0;
    for (int i = 0; i < N; i++)
        x[i * D + i % 3] += 30;
    const wil_points points = points_of(x, N, D);
    wil_tsne_config config = wil_tsne_config_default();
    config.perplexity = 10;
    config.theta = 0;
    config.n_iterations = 1;
    OK(wil_tsne_embed(places, &before, &points, &config, NULL));
    config.n_iterations = 400;
    OK(wil_tsne_embed(places, &divergence, &points, &config, NULL));
    tsne_affinities a;
    OK(tsne_affinities_make(&a, &points, 10));
    NEAR(divergence, divergence_of(places, &a), 1e-9); /* theta 0 sums all pairs */
    assert_true(divergence < before / 2);
    double mean[2] = {0, 0};
    for (int i = 0; i < N; i++) {
        int nearest = i == 0;
        for (int j = 0; j < N; j++)
            if (j != i &&
                hypot(places[2 * i] - places[2 * j], places[2 * i + 1] - places[2 * j + 1]) <
                    hypot(places[2 * i] - places[2 * nearest], places[2 * i + 1] - places[2 * nearest + 1]))
                nearest = j;
        assert_int_equal(nearest % 3, i % 3);
        mean[0] += places[2 * i];
        mean[1] += places[2 * i + 1];
    }
    NEAR(mean[0], 0, 1e-9);
    NEAR(mean[1], 0, 1e-9);
    tsne_affinities_clear(&a);
}

TEST(the_seed_decides_and_the_threads_do_not)
{
    enum { N = 100, D = 4 };
    WIL_OWN(float) *x = normal_samples(N, D, 4, 1, 0);
    double one[2 * N], many[2 * N], other[2 * N];
    const wil_points points = points_of(x, N, D);
    wil_tsne_config config = wil_tsne_config_default();
    config.n_iterations = 60;
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    OK(wil_tsne_embed(one, NULL, &points, &config, NULL));
    omp_set_num_threads(3);
    OK(wil_tsne_embed(many, NULL, &points, &config, NULL));
    omp_set_num_threads(before);
    assert_memory_equal(one, many, sizeof one);
    config.seed = 2;
    OK(wil_tsne_embed(other, NULL, &points, &config, NULL));
    assert_memory_not_equal(one, other, sizeof one);
}

static bool stop(void *user)
{
    (void)user;
    return true;
}

TEST(too_few_samples_are_refused_and_the_user_can_stop)
{
    WIL_OWN(float) *x = normal_samples(100, 2, 5, 1, 0);
    double places[200];
    const wil_monitor monitor = {.stop_requested = stop};
    const wil_points few = points_of(x, 90, 2), enough = points_of(x, 100, 2);
    wil_tsne_config config = wil_tsne_config_default();
    REFUSED(
        WIL_ERR_INPUT, wil_tsne_embed(places, NULL, &few, &config, NULL), "90 samples", "perplexity of 30");
    REFUSED(WIL_ERR_INTERRUPTED, wil_tsne_embed(places, NULL, &enough, &config, &monitor), "0 of 1000");
    x[7] = INFINITY;
    REFUSED(WIL_ERR_INPUT, wil_tsne_embed(places, NULL, &enough, &config, NULL), "sample 3", "feature 1");
    config.perplexity = 1;
    REFUSED(WIL_ERR_ARG, wil_tsne_embed(places, NULL, &enough, &config, NULL), "perplexity of 2");
}
