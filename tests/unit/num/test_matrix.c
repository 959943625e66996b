#include "test.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "outcome.h"
#include "willis/num.h"

static double *random_matrix(size_t n, uint32_t step)
{
    double *x = NULL;
    OK(wil_alloc_f64(&x, n));
    for (size_t i = 0; i < n; i++)
        x[i] = wil_rng_normal(wil_rng_at(3, WIL_RNG_TEST, step), i);
    return x;
}

static void near(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance))
        fail_msg("%.17g is not %.17g", a, b);
}

/* Sizes around the tiles. */
TEST(products_are_those_of_three_loops)
{
    static const int widths[] = {1, 7, 256, 300};
    OK(wil_num_load_blas());
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        const int d = widths[w];
        const size_t n = 40;
        WIL_OWN(double) *x = random_matrix(n * (size_t)d, 1);
        WIL_OWN(double) *scatter = NULL, *product = NULL;
        OK(wil_alloc_f64(&scatter, (size_t)d * (size_t)d));
        OK(wil_alloc_f64(&product, n * n));
        wil_num_scatter_add(scatter, x, 15, d);
        wil_num_scatter_add(scatter, x + 15 * (size_t)d, n - 15, d);
        wil_num_mirror(scatter, d);
        wil_num_multiply_transposed(product, x, n, x, n, d);
        for (int i = 0; i < d; i += 3)
            for (int j = 0; j < d; j += 5) {
                double sum = 0;
                for (size_t k = 0; k < n; k++)
                    sum += x[k * (size_t)d + (size_t)i] * x[k * (size_t)d + (size_t)j];
                near(scatter[i * d + j], sum, 1e-12); /* 40 terms of about 1 */
            }
        for (size_t i = 0; i < n; i += 7) {
            double sum = 0;
            for (int k = 0; k < d; k++)
                sum += x[i * (size_t)d + (size_t)k] * x[(n - 1) * (size_t)d + (size_t)k];
            near(product[i * n + n - 1], sum, 1e-11); /* 300 terms */
        }
    }
}

TEST(eigenvectors_rebuild_the_matrix)
{
    enum { D = 30 };
    WIL_OWN(double) *x = random_matrix(D * D, 2), *matrix = NULL, *vectors = NULL;
    double values[D];
    OK(wil_alloc_f64(&matrix, D * D));
    OK(wil_alloc_f64(&vectors, D * D));
    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++)
            vectors[i * D + j] = matrix[i * D + j] = x[i * D + j] + x[j * D + i];
    OK(wil_num_eigen_symmetric(values, vectors, D));
    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++) {
            double sum = 0, inner = 0;
            for (int k = 0; k < D; k++) {
                sum += values[k] * vectors[k * D + i] * vectors[k * D + j];
                inner += vectors[i * D + k] * vectors[j * D + k];
            }
            near(sum, matrix[i * D + j], 1e-12); /* 30 times 1e-16 of eigenvalues up to 15, and to spare */
            near(inner, i == j, 1e-13);
        }
    for (int i = 1; i < D; i++)
        assert_true(values[i] >= values[i - 1]);
    matrix[3] = NAN;
    REFUSED(WIL_ERR_NUMERIC, wil_num_eigen_symmetric(values, matrix, D), "30x30", "NaN", "eigenvalues");
}

/* Of a rotation times a diagonal they are the diagonal; their product is the determinant. */
TEST(singular_values_are_those_of_the_construction)
{
    const double c = cos(0.3), s = sin(0.3);
    double a[9] = {c * 5, -s * 2, 0, s * 5, c * 2, 0, 0, 0, -0.5};
    double values[3];
    OK(wil_num_singular_values(values, a, 3));
    near(values[0], 5, 1e-14);
    near(values[1], 2, 1e-14);
    near(values[2], 0.5, 1e-14);
    a[4] = NAN;
    REFUSED(WIL_ERR_NUMERIC, wil_num_singular_values(values, a, 3), "singular values", "NaN");
}

/* ---- k-means ------------------------------------------------------------------------------------------ */

static float *groups(size_t n, int d, int n_groups)
{
    float *x = NULL;
    OK(wil_alloc_f32(&x, n * (size_t)d));
    for (size_t i = 0; i < n; i++)
        for (int j = 0; j < d; j++)
            x[i * (size_t)d + (size_t)j] =
                (float)(1000 + 50 * ((int)(i % (size_t)n_groups) == j) +
                        wil_rng_normal(wil_rng_at(8, WIL_RNG_TEST, 4), i * (size_t)d + (size_t)j));
    return x;
}

TEST(groups_far_apart_are_found)
{
    enum { N = 1300, D = 6, K = 5 };
    WIL_OWN(float) *x = groups(N, D, K);
    int32_t cluster[N], of_group[K];
    double sum = 0, expected = 0;
    const wil_kmeans_config config = {.n_clusters = K, .n_restarts = 5, .max_iterations = 100, .seed = 1};
    OK(wil_num_kmeans(cluster, &sum, x, N, D, &config));
    for (int g = 0; g < K; g++)
        of_group[g] = cluster[g];
    for (int i = 0; i < N; i++)
        assert_int_equal(cluster[i], of_group[i % K]);
    for (int g = 0; g < K; g++)
        for (int j = 0; j < D; j++) {
            double mean = 0;
            for (int i = g; i < N; i += K)
                mean += x[i * D + j] / (double)(N / K);
            for (int i = g; i < N; i += K)
                expected += (x[i * D + j] - mean) * (x[i * D + j] - mean);
        }
    near(sum, expected, 1e-6); /* of 7800: differences of floats near 1000 lose three digits of 16 */
}

/* Lloyd's steps end where each point is with its nearest mean. */
TEST(every_point_is_with_the_nearest_mean)
{
    enum { N = 700, D = 3, K = 8 };
    WIL_OWN(double) *y = random_matrix(N * D, 5);
    float x[N * D];
    int32_t cluster[N], again[N];
    double means[K][D] = {{0}};
    int size[K] = {0};
    wil_kmeans_config config = {.n_clusters = K, .n_restarts = 1, .max_iterations = 1000, .seed = 4};
    for (int i = 0; i < N * D; i++)
        x[i] = (float)y[i];
    OK(wil_num_kmeans(cluster, NULL, x, N, D, &config));
    for (int i = 0; i < N; i++) {
        size[cluster[i]]++;
        for (int j = 0; j < D; j++)
            means[cluster[i]][j] += (double)x[i * D + j];
    }
    for (int i = 0; i < N; i++) {
        double distance[K] = {0};
        for (int c = 0; c < K; c++)
            for (int j = 0; j < D; j++) {
                const double step = (double)x[i * D + j] - means[c][j] / size[c];
                distance[c] += step * step;
            }
        for (int c = 0; c < K; c++)
            assert_true(size[c] > 0 && distance[cluster[i]] <= distance[c] + 1e-12);
    }
    const int before = omp_get_max_threads();
    omp_set_num_threads(3);
    OK(wil_num_kmeans(again, NULL, x, N, D, &config));
    omp_set_num_threads(before);
    assert_memory_equal(cluster, again, sizeof cluster);
    config.run = 1;
    OK(wil_num_kmeans(again, NULL, x, N, D, &config));
    assert_memory_not_equal(cluster, again, sizeof cluster);
}

TEST(restarts_never_make_the_sum_larger)
{
    enum { N = 300, D = 2 };
    WIL_OWN(float) *x = groups(N, D, 7);
    int32_t cluster[N];
    double last = INFINITY;
    for (int r = 1; r <= 8; r *= 2) {
        const wil_kmeans_config config = {.n_clusters = 6, .n_restarts = r, .max_iterations = 50, .seed = 2};
        double sum = 0;
        OK(wil_num_kmeans(cluster, &sum, x, N, D, &config));
        assert_true(sum <= last && sum > 0);
        last = sum;
    }
}

TEST(equal_points_and_too_few_points_end)
{
    float x[10] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
    int32_t cluster[10];
    double sum = 1;
    const wil_kmeans_config config = {.n_clusters = 4, .n_restarts = 2, .max_iterations = 20, .seed = 2};
    OK(wil_num_kmeans(cluster, &sum, x, 10, 1, &config));
    assert_true(sum == 0);
    for (int i = 0; i < 10; i++)
        assert_in_range(cluster[i], 0, 3);
    REFUSED(WIL_ERR_ARG, wil_num_kmeans(cluster, NULL, x, 3, 1, &config), "3 points", "4 clusters");
    const wil_kmeans_config none = {.n_clusters = 0, .n_restarts = 1, .max_iterations = 1};
    REFUSED(WIL_ERR_ARG, wil_num_kmeans(cluster, NULL, x, 3, 1, &none), "one cluster");
}
