/* Kernel distance [Binkowski2018, "Demystifying MMD GANs", section 4]: the unbiased estimate of the squared
 * maximum mean discrepancy [Gretton2012, equation 3] under the cubic kernel, over random subsets. */
#include "metrics_internal.h"

#include <stdlib.h>

#include "willis/num.h"

#define AT(member) offsetof(wil_kid_config, member)
static const wil_field FIELDS[] = {
    {"subsets", WIL_INT, AT(n_subsets), "100", 1, 100000, .help = "subsets of kid"},
    {"subset_size", WIL_INT, AT(subset_size), "1000", 2, 20000, .help = "samples in each"},
};
const wil_fields wil_kid_fields = WIL_FIELDS(wil_kid_config, FIELDS);

wil_kid_config wil_kid_config_default(void)
{
    wil_kid_config config;
    wil_fields_defaults_of_numbers(&wil_kid_fields, &config);
    config.seed = 1;
    return config;
}

typedef struct subsets {
    const wil_points *a, *b;
    const wil_kid_config *config;
    size_t size;
} subsets;

/* Rows of the subset as double; order: [points->n] scratch. */
static void take(double *out, size_t *order, const wil_points *points, size_t size, wil_rng rng)
{
    const size_t d = (size_t)points->d;
    wil_rng_permutation(rng, points->n, order);
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < d; j++)
            out[i * d + j] = (double)points->values[order[i] * d + j];
}

/* Sum of the kernel over all pairs, or over those with different places. products: [size,size]. */
static double kernel_sum(
    double *products, const double *x, const double *y, size_t size, int d, bool different_only)
{
    double sum = 0;
    wil_num_multiply_transposed(products, x, size, y, size, d);
    for (size_t i = 0; i < size; i++) {
        double row = 0;
        for (size_t j = 0; j < size; j++) {
            const double base = products[i * size + j] / d + 1;
            row += different_only && i == j ? 0 : base * base * base;
        }
        sum += row;
    }
    return sum;
}

typedef struct scratch {
    double *x, *y, *products;
    size_t *order;
} scratch;

static bool scratch_make(scratch *s, const subsets *all)
{
    const size_t n_most = all->a->n > all->b->n ? all->a->n : all->b->n;
    const size_t d = (size_t)all->a->d;
    return wil_alloc_f64(&s->x, all->size * d) == WIL_OK && wil_alloc_f64(&s->y, all->size * d) == WIL_OK &&
           wil_alloc_f64(&s->products, all->size * all->size) == WIL_OK &&
           wil_alloc((void **)&s->order, n_most, sizeof *s->order) == WIL_OK;
}

static void scratch_clear(scratch *s)
{
    wil_free(s->x);
    wil_free(s->y);
    wil_free(s->products);
    wil_free(s->order);
}
WIL_OWNED_VALUE(scratch, scratch_clear)

static double subset_value(const subsets *all, scratch *s, int subset)
{
    const int d = all->a->d;
    const double m = (double)all->size;
    const uint32_t step = 2 * (uint32_t)subset;
    take(s->x, s->order, all->a, all->size, wil_rng_at(all->config->seed, WIL_RNG_SUBSET, step));
    take(s->y, s->order, all->b, all->size, wil_rng_at(all->config->seed, WIL_RNG_SUBSET, step + 1));
    const double xx = kernel_sum(s->products, s->x, s->x, all->size, d, true);
    const double yy = kernel_sum(s->products, s->y, s->y, all->size, d, true);
    const double xy = kernel_sum(s->products, s->x, s->y, all->size, d, false);
    return (xx + yy) / (m * (m - 1)) - 2 * xy / (m * m);
}

/* Several subsets take half of the smaller set at most: subsets of all samples would be the same one, and say
 * nothing of the spread. */
static size_t subset_size(size_t n_a, size_t n_b, const wil_kid_config *config)
{
    const size_t least = n_a < n_b ? n_a : n_b;
    const size_t most = config->n_subsets == 1 || least < 4 ? least : least / 2;
    return (size_t)config->subset_size < most ? (size_t)config->subset_size : most;
}

wil_status wil_kernel_distance(
    wil_kid *out, const wil_points *a, const wil_points *b, const wil_kid_config *config)
{
    WIL_TRY(wil_fail_context(wil_fields_check(&wil_kid_fields, config), "the kernel distance"));
    WIL_TRY(points_check_same_width(a->d, b->d));
    WIL_TRY(points_check(a, 2, "one set"));
    WIL_TRY(points_check(b, 2, "the other set"));
    subsets all = {.a = a, .b = b, .config = config, .size = subset_size(a->n, b->n, config)};
    const size_t n = (size_t)config->n_subsets;
    int n_failed = 0;
    WIL_TRY(wil_num_load_blas());
    WIL_OWN(double) *values = NULL;
    WIL_TRY(wil_alloc_f64(&values, n));
#pragma omp parallel reduction(+ : n_failed)
    {
        WIL_OWN(scratch) s = {0}; /* of each thread */
        const bool made = scratch_make(&s, &all);
        n_failed += !made;
#pragma omp for schedule(dynamic, 1)
        for (int i = 0; i < config->n_subsets; i++)
            if (made)
                values[i] = subset_value(&all, &s, i);
    }
    WIL_REQUIRE(
        n_failed == 0, WIL_ERR_MEMORY, "out of memory for the kernel distance of %zu samples", all.size);
    out->subset_size = (int)all.size;
    out->kid = wil_num_mean(values, n);
    out->sd = wil_num_sd(values, n);
    qsort(values, n, sizeof *values, wil_compare_doubles);
    out->low = sorted_quantile(values, n, 0.025);
    out->high = sorted_quantile(values, n, 0.975);
    return WIL_OK;
}
