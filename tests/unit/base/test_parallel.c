#include <omp.h>

#include "base_fixture.h"

#define COUNT 1003

typedef struct visits {
    int64_t chunk;
    int64_t end_of[COUNT]; /* by the chunk's first element; 0: no chunk begins there */
    int n_visits[COUNT];
    float sum_of[COUNT]; /* by the chunk's number */
} visits;

static void visit(int64_t begin, int64_t end, void *context)
{
    visits *v = context;
    float sum = 0;
    v->end_of[begin] = end;
    for (int64_t i = begin; i < end; i++) {
        v->n_visits[i]++;
        sum += 1.0f / (float)(i + 1);
    }
    v->sum_of[begin / v->chunk] = sum;
}

static void run_with(int n_threads, int64_t chunk, visits *out)
{
    const int before = omp_get_max_threads();
    memset(out, 0, sizeof *out);
    out->chunk = chunk;
    omp_set_num_threads(n_threads);
    wil_parallel_for(COUNT, chunk, visit, out);
    omp_set_num_threads(before);
}

static void every_element_is_visited_once_in_chunks_of_the_size_asked_for(void **state)
{
    (void)state;
    static visits v;
    const int64_t chunks[] = {1, 7, 17, 1002, 1003, 5000};
    for (int c = 0; c < 6; c++) {
        run_with(3, chunks[c], &v);
        for (int64_t i = 0; i < COUNT; i++) {
            const int64_t end = i + chunks[c] < COUNT ? i + chunks[c] : COUNT;
            assert_int_equal(v.n_visits[i], 1);
            assert_int_equal(v.end_of[i], i % chunks[c] == 0 ? end : 0);
        }
    }
}

static void chunks_and_their_results_do_not_depend_on_the_number_of_threads(void **state)
{
    (void)state;
    static visits one, many;
    run_with(1, 10, &one);
    for (int n_threads = 2; n_threads <= 5; n_threads++) {
        run_with(n_threads, 10, &many);
        assert_memory_equal(&one, &many, sizeof one);
    }
}

static void count_call(int64_t begin, int64_t end, void *context)
{
    int64_t *calls = context;
    calls[0]++;
    calls[1] = begin;
    calls[2] = end;
}

static void nothing_to_do_calls_nothing(void **state)
{
    (void)state;
    int64_t calls[3] = {0};
    wil_parallel_for(0, 16, count_call, calls);
    wil_parallel_for(-5, 16, count_call, calls);
    assert_int_equal(calls[0], 0);
}

static void a_chunk_of_any_size_is_fine(void **state)
{
    (void)state;
    int64_t calls[3] = {0};
    wil_parallel_for(10, INT64_MAX, count_call, calls);
    assert_int_equal(calls[0], 1);
    assert_int_equal(calls[1], 0);
    assert_int_equal(calls[2], 10);
    wil_parallel_for(1, 0, count_call, calls); /* taken as 1 */
    assert_int_equal(calls[0], 2);
    assert_int_equal(calls[2], 1);
}

static void a_thread_count_is_what_was_asked_for_or_what_openmp_would_use(void **state)
{
    (void)state;
    const int before = omp_get_max_threads();
    omp_set_num_threads(3);
    assert_int_equal(wil_thread_count(0), 3);
    assert_int_equal(wil_thread_count(5), 5);
    omp_set_num_threads(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_element_is_visited_once_in_chunks_of_the_size_asked_for),
        cmocka_unit_test(chunks_and_their_results_do_not_depend_on_the_number_of_threads),
        cmocka_unit_test(nothing_to_do_calls_nothing),
        cmocka_unit_test(a_chunk_of_any_size_is_fine),
        cmocka_unit_test(a_thread_count_is_what_was_asked_for_or_what_openmp_would_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
