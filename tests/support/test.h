/* What every test program needs. A test is a sentence and a body:
 *
 *     TEST(doubling_the_input_doubles_the_output)
 *     {
 *         assert_true(...);
 *     }
 *
 * Tests register themselves and run in the order in which they stand in the file; this header has the main
 * function. A word on the command line runs the tests whose names match it as a shell pattern. */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define TEST_MOST 256

static struct test_entry {
    struct CMUnitTest test;
    int line;
} test_entries[TEST_MOST];
static int test_n_entries;
static CMFixtureFunction test_group_setup, test_group_teardown;

static inline void test_register(
    const char *name, CMUnitTestFunction body, CMFixtureFunction setup, CMFixtureFunction teardown, int line)
{
    if (test_n_entries == TEST_MOST)
        abort();
    test_entries[test_n_entries++] = (struct test_entry){{name, body, setup, teardown, NULL}, line};
}

/* With what is made before the test and dropped after it; NULL: nothing. */
#define TEST_WITH(name, setup, teardown)                                                                     \
    static void name(void **state);                                                                          \
    __attribute__((constructor)) static void test_register_##name(void)                                      \
    {                                                                                                        \
        test_register(#name, name, setup, teardown, __LINE__);                                               \
    }                                                                                                        \
    static void name(void **state __attribute__((unused)))
#define TEST(name) TEST_WITH(name, NULL, NULL)
/* What is made before the first test and dropped after the last. */
#define TEST_GROUP(setup, teardown)                                                                          \
    __attribute__((constructor)) static void test_register_group(void)                                       \
    {                                                                                                        \
        test_group_setup = setup;                                                                            \
        test_group_teardown = teardown;                                                                      \
    }

static inline int test_by_line(const void *a, const void *b)
{
    return ((const struct test_entry *)a)->line - ((const struct test_entry *)b)->line;
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[TEST_MOST];
    qsort(test_entries, (size_t)test_n_entries, sizeof test_entries[0], test_by_line);
    for (int i = 0; i < test_n_entries; i++)
        tests[i] = test_entries[i].test;
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return _cmocka_run_group_tests(
        argv[0], tests, (size_t)test_n_entries, test_group_setup, test_group_teardown);
}

#endif
