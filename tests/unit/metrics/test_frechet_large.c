/* As many dimensions as Inception-v3's features have. */
#include "test.h"

#include "distribution_fixture.h"

enum { D = 2048 };

TEST(the_mean_shift_of_2048_dimensions_is_2048)
{
    WIL_OWN(double) *zero = NULL, *one = NULL, *identity = NULL;
    wil_frechet f;
    OK(wil_alloc_f64(&zero, D));
    OK(wil_alloc_f64(&one, D));
    OK(wil_alloc_f64(&identity, (size_t)D * D));
    for (size_t i = 0; i < D; i++) {
        one[i] = 1;
        identity[i * D + i] = 1;
    }
    OK(wil_frechet_gaussians(&f, zero, identity, one, identity, D));
    NEAR(f.distance, 2048, 1e-6); /* asked for; 2048 roundings are 1e-12 */
}

/* The same samples moved by a hundredth in every feature: 2048 / 10000, whatever their covariance. */
TEST(moved_samples_of_2048_features_are_as_far_as_they_were_moved)
{
    const size_t n = 2100;
    WIL_OWN(float) *x = normal_samples(n, D, 1, 1, 0);
    WIL_OWN(double) *rows = NULL;
    WIL_OWN(wil_moments) a = {0}, b = {0};
    wil_frechet f;
    OK(wil_alloc_f64(&rows, n * D));
    OK(wil_moments_make(&a, D));
    OK(wil_moments_make(&b, D));
    for (size_t i = 0; i < n * D; i++)
        rows[i] = (double)x[i];
    OK(wil_moments_add(&a, rows, n));
    for (size_t i = 0; i < n * D; i++)
        rows[i] += 0.01;
    OK(wil_moments_add(&b, rows, n));
    OK(wil_frechet_distance(&f, &a, &b));
    NEAR(f.distance, 0.2048, 1e-6);
}
