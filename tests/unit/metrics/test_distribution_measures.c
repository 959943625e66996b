/* Kernel distance, precision and recall of distributions, balls of neighbours. */
#include "test.h"

#include <omp.h>

#include "distribution_fixture.h"

/* ---- kernel distance ---------------------------------------------------------------------------------- */

/* x = 0, 0 and y = 1, 1 in one dimension: k = 1, 8 and 1, so the distance is 1 + 8 - 2. */
TEST(the_kernel_distance_of_two_and_two_points_is_counted_by_hand)
{
    const float x[2] = {0, 0}, y[2] = {1, 1};
    const wil_points a = points_of(x, 2, 1), b = points_of(y, 2, 1);
    const wil_kid_config config = {.n_subsets = 3, .subset_size = 2, .seed = 1};
    wil_kid kid;
    OK(wil_kernel_distance(&kid, &a, &b, &config));
    assert_true(kid.kid == 7 && kid.sd == 0 && kid.low == 7 && kid.high == 7);
    assert_int_equal(kid.subset_size, 2);
}

TEST(a_subset_of_all_samples_gives_what_numpy_gives)
{
    float *x = hashed_samples(70, 6, 1, 0);
    float *y = hashed_samples(70, 6, 2, 0.125);
    const wil_points a = points_of(x, 70, 6), b = points_of(y, 70, 6);
    wil_kid_config config = {.n_subsets = 1, .subset_size = 1000, .seed = 5};
    wil_kid kid;
    OK(wil_kernel_distance(&kid, &a, &b, &config));
    assert_int_equal(kid.subset_size, 70);
    NEAR(kid.kid, distribution_vector("kid_all"), 1e-13); /* sums of 4900 kernels of about 5 */
    config.n_subsets = 400;
    OK(wil_kernel_distance(&kid, &a, &b, &config));
    assert_int_equal(kid.subset_size, 35); /* half, so that they differ */
    assert_true(kid.low < kid.kid && kid.kid < kid.high && kid.sd > 0);
    /* unbiased for draws from these 70: 4 standard errors of 400 subsets */
    NEAR(kid.kid, distribution_vector("kid_all"), 4 * kid.sd / 20);
    wil_free(x);
    wil_free(y);
}

/* Unbiased: of two sets of one distribution it is 0 on average, and below 0 as often as above. */
TEST(the_kernel_distance_of_one_distribution_is_0_on_average)
{
    float *x = normal_samples(20000, 3, 1, 1, 0);
    const wil_points a = points_of(x, 10000, 3), b = points_of(x + 30000, 10000, 3);
    const wil_kid_config config = {.n_subsets = 400, .subset_size = 50, .seed = 2};
    wil_kid kid;
    OK(wil_kernel_distance(&kid, &a, &b, &config));
    NEAR(kid.kid, 0, 4 * kid.sd / 20); /* 4 standard errors of 400 subsets, which share few of the samples */
    assert_true(kid.low < 0 && kid.high > 0 && kid.sd > 0);
    wil_free(x);
}

/* ---- precision and recall of distributions
 * ------------------------------------------------------------------ */

static wil_prd curve_of(const double *evaluated, const double *reference, int k)
{
    wil_prd prd = {.n_angles = 100001};
    OK(wil_alloc_f64(&prd.precision, 100001));
    OK(wil_alloc_f64(&prd.recall, 100001));
    wil_prd_curve(prd.precision, prd.recall, evaluated, reference, k, prd.n_angles);
    wil_prd_summarise(&prd);
    return prd;
}

/* All evaluated mass in one of two equal reference clusters. precision(l) = min(l / 2, 1), recall = precision
 * / l: a rectangle of recall 1/2 and then 1 / l. Best at l = 2: precision 1, recall 1/2. */
TEST(the_curve_of_two_clusters_is_drawn_by_hand)
{
    const double one[2] = {1, 0}, both[2] = {0.5, 0.5};
    const double step = 1.6e-5; /* of angles; slopes and scores are off by it, times 5 */
    wil_prd prd = curve_of(one, both, 2);
    NEAR(prd.auc, 0.5, 5 * step);
    NEAR(prd.f8, 65 * 0.5 / (64 + 0.5), 5 * step);
    NEAR(prd.f1_8, (1 + 1.0 / 64) * 0.5 / (1.0 / 64 + 0.5), 5 * step);
    for (int i = 0; i < prd.n_angles; i += 1000)
        NEAR(prd.precision[i], fmin(tan(1.5707963267948966 * i / 100000) / 2, 1), 1e-9);
    wil_prd_clear(&prd);
    prd = curve_of(both, one, 2); /* the other way round: half of what is made is wrong, all is found */
    NEAR(prd.auc, 0.5, 5 * step);
    NEAR(prd.f1_8, 65 * 0.5 / (64 + 0.5), 5 * step);
    NEAR(prd.f8, (1 + 1.0 / 64) * 0.5 / (1.0 / 64 + 0.5), 5 * step);
    wil_prd_clear(&prd);
}

TEST(equal_shares_are_perfect_and_disjoint_ones_worthless)
{
    const double a[3] = {0.2, 0.3, 0.5}, left[2] = {1, 0}, right[2] = {0, 1};
    wil_prd prd = curve_of(a, a, 3);
    NEAR(prd.auc, 1, 1e-4);
    NEAR(prd.f8, 1, 1e-4);
    NEAR(prd.f1_8, 1, 1e-4);
    wil_prd_clear(&prd);
    prd = curve_of(left, right, 2);
    assert_true(prd.auc == 0 && prd.f8 == 0 && prd.f1_8 == 0);
    wil_prd_clear(&prd);
}

/* A generator that knows one of two modes: precise, but half is missing. Were the arguments swapped, F8 and
 * F1/8 would be too. */
TEST(a_generator_without_one_mode_has_precision_but_no_recall)
{
    enum { N = 400 };
    float *real = normal_samples(N, 2, 3, 0.1, 0);
    float *fake = normal_samples(N, 2, 4, 0.1, 0);
    wil_prd prd, swapped;
    wil_prd_config config = wil_prd_config_default();
    config.n_clusters = 2;
    for (int i = 0; i < N / 2; i++)
        real[2 * i] += 100;
    const wil_points r = points_of(real, N, 2), f = points_of(fake, N, 2);
    OK(wil_prd_evaluate(&prd, &f, &r, &config));
    OK(wil_prd_evaluate(&swapped, &r, &f, &config));
    NEAR(prd.f1_8, (1 + 1.0 / 64) * 0.5 / (1.0 / 64 + 0.5), 0.01); /* 1001 angles */
    NEAR(prd.f8, 65 * 0.5 / (64 + 0.5), 0.01);
    assert_true(prd.f1_8 > 0.97 && prd.f8 < 0.51);
    NEAR(swapped.f8, prd.f1_8, 0.01);
    NEAR(swapped.auc, prd.auc, 0.01); /* the area does not tell */
    wil_prd_clear(&prd);
    wil_prd_clear(&swapped);
    wil_free(real);
    wil_free(fake);
}

TEST(samples_of_one_distribution_score_high_and_the_larger_set_is_cut)
{
    float *x = normal_samples(3000, 4, 5, 1, 0);
    const wil_points a = points_of(x, 2000, 4), b = points_of(x + 8000, 1000, 4);
    const wil_prd_config config = wil_prd_config_default();
    wil_prd prd, again;
    OK(wil_prd_evaluate(&prd, &a, &b, &config));
    assert_int_equal(prd.n_samples, 1000);
    /* shares of 20 clusters of 100 are off by 10 % each: half of the sum of differences of sd 0.14 */
    assert_true(prd.auc > 0.9 && prd.f8 > 0.9 && prd.f1_8 > 0.9 && prd.auc < 1);
    const int before = omp_get_max_threads();
    omp_set_num_threads(3);
    OK(wil_prd_evaluate(&again, &a, &b, &config));
    omp_set_num_threads(before);
    assert_true(prd.auc == again.auc && prd.f8 == again.f8);
    assert_memory_equal(prd.recall, again.recall, (size_t)prd.n_angles * sizeof *prd.recall);
    wil_prd_clear(&prd);
    wil_prd_clear(&again);
    wil_free(x);
}

/* ---- balls
 * ---------------------------------------------------------------------------------------------------- */

TEST(balls_give_what_numpy_gives)
{
    float *x = hashed_samples(90, 6, 1, 0);
    float *y = hashed_samples(70, 6, 2, 0.125);
    const wil_points real = points_of(x, 90, 6), synthetic = points_of(y, 70, 6);
    const wil_manifold_config config = wil_manifold_config_default();
    wil_manifold m;
    OK(wil_manifold_evaluate(&m, &real, &synthetic, &config));
    /* counts over counts: one rounding */
    NEAR(m.precision, distribution_vector("precision_k3"), 1e-15);
    NEAR(m.recall, distribution_vector("recall_k3"), 1e-15);
    NEAR(m.density, distribution_vector("density_k5"), 1e-14);
    NEAR(m.coverage, distribution_vector("coverage_k5"), 1e-15);
    wil_free(x);
    wil_free(y);
}

/* Each ball holds its centre and its k nearest, the k-th exactly on its edge. */
TEST(a_set_against_itself_fills_its_balls)
{
    float *x = normal_samples(300, 20, 6, 1, 5000); /* so far out that |x|^2 - 2 x y + |y|^2 has few digits */
    const wil_points set = points_of(x, 300, 20);
    const wil_manifold_config config = wil_manifold_config_default();
    wil_manifold m;
    OK(wil_manifold_evaluate(&m, &set, &set, &config));
    assert_true(m.precision == 1 && m.recall == 1 && m.coverage == 1);
    NEAR(m.density, 6.0 / 5, 1e-14);
    wil_free(x);
}

/* 1024 equal samples: a density of 1024 / 5. One in a hundred may be repeated. */
TEST(equal_features_have_no_density)
{
    enum { N = 1024, D = 3 };
    float *x = normal_samples(N, D, 6, 1, 0);
    const wil_points set = points_of(x, N, D);
    const wil_manifold_config config = wil_manifold_config_default();
    wil_manifold m;
    for (int i = 1; i < 10; i++)
        memcpy(x + i * D, x, D * sizeof *x);
    OK(wil_manifold_evaluate(&m, &set, &set, &config));
    for (int i = 10; i < 12; i++)
        memcpy(x + i * D, x, D * sizeof *x);
    REFUSED(WIL_ERR_INPUT, wil_manifold_evaluate(&m, &set, &set, &config),
        "12 of 1024 real samples equal 3 others", "at most 1 %");
    for (int i = 12; i < N; i++)
        memcpy(x + i * D, x, D * sizeof *x);
    REFUSED(WIL_ERR_INPUT, wil_manifold_evaluate(&m, &set, &set, &config), "1024 of 1024");
    float *y = normal_samples(N, D, 7, 1, 0);
    const wil_points other = points_of(y, N, D);
    OK(wil_manifold_evaluate(&m, &other, &set, &config)); /* a generator that repeats itself is a result */
    assert_true(m.recall == 0);
    wil_free(x);
    wil_free(y);
}

TEST(sets_far_apart_share_nothing)
{
    float *x = normal_samples(50, 3, 7, 1, 0);
    float *y = normal_samples(60, 3, 8, 1, 1000);
    const wil_points a = points_of(x, 50, 3), b = points_of(y, 60, 3);
    const wil_manifold_config config = wil_manifold_config_default();
    wil_manifold m;
    OK(wil_manifold_evaluate(&m, &a, &b, &config));
    assert_true(m.precision == 0 && m.recall == 0 && m.density == 0 && m.coverage == 0);
    wil_free(x);
    wil_free(y);
}

TEST(nearest_points_are_those_of_trying_all)
{
    enum { N = 700, Q = 150, D = 7, K = 4 };
    float *x = normal_samples(N, D, 9, 1, 300);
    float *q = normal_samples(Q, D, 10, 1, 300);
    double squared[Q * K];
    int32_t index[Q * K];
    const wil_points targets = points_of(x, N, D), queries = points_of(q, Q, D);
    memcpy(x + 650 * D, q + 3 * D, D * sizeof *x); /* one is at distance 0 */
    OK(wil_nearest_points(squared, index, &queries, &targets, K, false));
    for (int i = 0; i < Q; i++) {
        double last = -1;
        for (int k = 0; k < K; k++) { /* the smallest above the one before */
            double best = INFINITY;
            for (int j = 0; j < N; j++) {
                double sum = 0;
                for (int c = 0; c < D; c++)
                    sum += ((double)q[i * D + c] - (double)x[j * D + c]) *
                           ((double)q[i * D + c] - (double)x[j * D + c]);
                if (sum > last && sum < best)
                    best = sum;
            }
            assert_true(squared[i * K + k] == best);
            last = best;
        }
    }
    assert_true(squared[3 * K] == 0 && index[3 * K] == 650);
    wil_free(x);
    wil_free(q);
}

/* ---- refusals
 * --------------------------------------------------------------------------------------------------- */

TEST(wrong_samples_are_refused)
{
    float *x = normal_samples(40, 4, 11, 1, 0);
    float *bad = normal_samples(40, 4, 12, 1, 0);
    bad[4 * 7 + 2] = NAN;
    const wil_points good = points_of(x, 40, 4), nan = points_of(bad, 40, 4), narrow = points_of(x, 40, 3),
                     few = points_of(x, 5, 4), one = points_of(x, 1, 4);
    const wil_kid_config kid_config = wil_kid_config_default();
    const wil_prd_config prd_config = wil_prd_config_default();
    const wil_manifold_config config = wil_manifold_config_default();
    wil_kid kid;
    wil_prd prd;
    wil_manifold m;
    double squared[200];
    REFUSED(
        WIL_ERR_INPUT, wil_kernel_distance(&kid, &good, &nan, &kid_config), "sample 7", "feature 2", "NaN");
    REFUSED(WIL_ERR_INPUT, wil_kernel_distance(&kid, &good, &narrow, &kid_config), "4 features, the other 3");
    REFUSED(WIL_ERR_INPUT, wil_kernel_distance(&kid, &good, &one, &kid_config), "1 samples are too few");
    REFUSED(WIL_ERR_INPUT, wil_prd_evaluate(&prd, &few, &good, &prd_config), "evaluated", "5 samples", "20");
    REFUSED(WIL_ERR_INPUT, wil_prd_evaluate(&prd, &good, &nan, &prd_config), "reference", "sample 7");
    REFUSED(WIL_ERR_INPUT, wil_prd_evaluate(&prd, &good, &narrow, &prd_config), "the other 3");
    REFUSED(
        WIL_ERR_INPUT, wil_manifold_evaluate(&m, &few, &good, &config), "real samples: 5", "6 are needed");
    REFUSED(WIL_ERR_INPUT, wil_manifold_evaluate(&m, &good, &nan, &config), "synthetic samples: sample 7");
    REFUSED(WIL_ERR_INPUT, wil_nearest_points(squared, NULL, &good, &few, 5, true), "too few, 6");
    REFUSED(WIL_ERR_ARG, wil_nearest_points(squared, NULL, &good, &few, 0, true), "at least 1");
    wil_prd_config none = prd_config;
    none.n_runs = 0;
    REFUSED(
        WIL_ERR_ARG, wil_prd_evaluate(&prd, &good, &good, &none), "runs must be a whole number from 1 to");
    wil_free(x);
    wil_free(bad);
}
