#include "data_fixture.h"

#define N 37

static void every_sample_comes_once_an_epoch(void **state)
{
    (void)state;
    wil_sampler *order = NULL;
    size_t indices[N];
    OK(wil_sampler_new(&order, N, 11));
    for (uint64_t epoch = 0; epoch < 3; epoch++) {
        bool seen[N] = {false};
        wil_sampler_indices(order, epoch * N, N, indices);
        for (int i = 0; i < N; i++) {
            assert_true(indices[i] < N);
            assert_false(seen[indices[i]]);
            seen[indices[i]] = true;
        }
    }
    wil_sampler_free(order);
}

static void epochs_and_seeds_differ(void **state)
{
    (void)state;
    wil_sampler *order = NULL;
    wil_sampler *other = NULL;
    size_t first[N];
    size_t second[N];
    OK(wil_sampler_new(&order, N, 11));
    OK(wil_sampler_new(&other, N, 12));
    wil_sampler_indices(order, 0, N, first);
    wil_sampler_indices(order, N, N, second);
    assert_memory_not_equal(first, second, sizeof first);
    wil_sampler_indices(other, 0, N, second);
    assert_memory_not_equal(first, second, sizeof first);
    wil_sampler_free(order);
    wil_sampler_free(other);
}

static void samples_are_addressed_whatever_was_asked_before(void **state)
{
    (void)state;
    wil_sampler *order = NULL;
    wil_sampler *fresh = NULL;
    size_t whole[4 * N];
    size_t part[10];
    OK(wil_sampler_new(&order, N, 11));
    wil_sampler_indices(order, 0, 4 * N, whole);
    for (uint64_t first = 4 * N - 10; first > 0; first -= 7) { /* backwards, across the ends of epochs */
        wil_sampler_indices(order, first, 10, part);
        assert_memory_equal(part, whole + first, sizeof part);
        if (first < 7)
            break;
    }
    OK(wil_sampler_new(&fresh, N, 11));
    wil_sampler_indices(fresh, 2 * N - 5, 10, part);
    assert_memory_equal(part, whole + 2 * N - 5, sizeof part);
    wil_sampler_free(fresh);
    wil_sampler_free(order);
    wil_sampler_free(NULL);
}

static void an_order_of_nothing_is_refused(void **state)
{
    (void)state;
    wil_sampler *order = NULL;
    REFUSED(WIL_ERR_ARG, wil_sampler_new(&order, 0, 1), "no samples");
    assert_null(order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_comes_once_an_epoch),
        cmocka_unit_test(epochs_and_seeds_differ),
        cmocka_unit_test(samples_are_addressed_whatever_was_asked_before),
        cmocka_unit_test(an_order_of_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
