#include "base_fixture.h"

/* Under AddressSanitizer a failed allocation ends the program unless told otherwise. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    for (size_t n = 0; n < 300; n++) {
        unsigned char *memory = NULL;
        OK(wil_alloc((void **)&memory, n, 3));
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 64, 0);
        for (size_t i = 0; i < 3 * n; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xAB, 3 * n); /* so that the next round would see what is not zeroed */
        wil_free(memory);
    }
}

static void typed_memory_is_as_large_as_its_type_says(void **state)
{
    (void)state;
    float *f32 = NULL;
    double *f64 = NULL;
    uint8_t *u8 = NULL;
    int32_t *i32 = NULL;
    OK(wil_alloc_f32(&f32, 1000));
    OK(wil_alloc_f64(&f64, 1000));
    OK(wil_alloc_u8(&u8, 1000));
    OK(wil_alloc_i32(&i32, 1000));
    f32[999] = 1; /* a sanitizer sees what is too small */
    f64[999] = 1;
    u8[999] = 1;
    i32[999] = 1;
    wil_free(f32);
    wil_free(f64);
    wil_free(u8);
    wil_free(i32);
    wil_free(NULL);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    void *memory = &memory;
    REFUSED(WIL_ERR_MEMORY, wil_alloc(&memory, SIZE_MAX / 4, 8), "out of memory", "MiB");
    assert_null(memory);
    memory = &memory;
    REFUSED(
        WIL_ERR_MEMORY, wil_alloc(&memory, SIZE_MAX, 1), "out of memory"); /* rounding up would overflow */
    assert_null(memory);
    double *numbers = NULL;
    REFUSED(WIL_ERR_MEMORY, wil_alloc_f64(&numbers, SIZE_MAX / 8 + 2), "out of memory");
    assert_null(numbers);
}

static void more_memory_than_there_is_is_refused_with_its_size(void **state)
{
    (void)state;
    void *memory = &memory;
    /* 4 EiB, more than any address space of today */
    REFUSED(WIL_ERR_MEMORY, wil_alloc(&memory, (size_t)1 << 30, (size_t)1 << 32), "4398046511104.0 MiB",
        "1073741824 x 4294967296");
    assert_null(memory);
}

static void a_growing_array_keeps_what_it_holds(void **state)
{
    (void)state;
    int *items = NULL;
    size_t capacity = 0;
    int n_moves = 0;
    for (int i = 0; i < 10000; i++) {
        const size_t before = capacity;
        OK(wil_grow((void **)&items, &capacity, (size_t)i + 1, sizeof *items));
        assert_true(capacity > (size_t)i);
        n_moves += capacity != before;
        items[i] = i;
    }
    for (int i = 0; i < 10000; i++)
        assert_int_equal(items[i], i);
    assert_in_range(n_moves, 1, 40); /* a constant factor each time: log(10000) / log(1.5) = 23 */
    wil_free(items);
}

static void an_array_that_is_large_enough_is_left_alone(void **state)
{
    (void)state;
    int *items = NULL;
    size_t capacity = 0;
    OK(wil_grow((void **)&items, &capacity, 1000, sizeof *items));
    int *const before = items;
    const size_t capacity_before = capacity;
    OK(wil_grow((void **)&items, &capacity, 500, sizeof *items));
    assert_ptr_equal(items, before);
    assert_int_equal(capacity, capacity_before);
    wil_free(items);
}

static void an_array_that_cannot_grow_keeps_what_it_holds(void **state)
{
    (void)state;
    int *items = NULL;
    size_t capacity = 0;
    OK(wil_grow((void **)&items, &capacity, 8, sizeof *items));
    items[7] = 42;
    REFUSED(
        WIL_ERR_MEMORY, wil_grow((void **)&items, &capacity, SIZE_MAX / 4, sizeof *items), "out of memory");
    REFUSED(WIL_ERR_MEMORY, wil_grow((void **)&items, &capacity, SIZE_MAX / 4 + 3, sizeof *items),
        "out of memory"); /* 8 bytes, if the product overflowed */
    assert_int_equal(items[7], 42);
    assert_true(capacity >= 8 && capacity < 100);
    wil_free(items);
}

static void strings_are_copied_and_formatted(void **state)
{
    (void)state;
    char *copy = NULL;
    char *text = NULL;
    const char *original = "sub-001";
    OK(wil_string_copy(&copy, original));
    assert_string_equal(copy, "sub-001");
    assert_ptr_not_equal(copy, original);
    OK(wil_string_format(&text, "%s_%04d.nii", copy, 7));
    assert_string_equal(text, "sub-001_0007.nii");
    wil_free(copy);
    wil_free(text);
}

static void the_peak_of_memory_grows_with_use(void **state)
{
    (void)state;
    uint8_t *memory = NULL;
    const size_t before = wil_memory_peak_bytes();
    assert_true(before > 100 << 10); /* a C program with its libraries takes more than 100 KiB */
    OK(wil_alloc_u8(&memory, before + (64u << 20)));
    assert_true(wil_memory_peak_bytes() >= before + (32u << 20)); /* zeroing touched all of it */
    wil_free(memory);
}

static void available_memory_falls_by_what_is_taken(void **state)
{
    (void)state;
    uint8_t *memory = NULL;
    const size_t taken = (size_t)512 << 20;
    bool fell = false;
    if (wil_memory_available_bytes() == SIZE_MAX) {
        print_message("SKIPPED: this system does not say how much memory is available\n");
        skip();
    }
    for (int tries = 0; tries < 20 && !fell; tries++) { /* others may give back meanwhile */
        const size_t before = wil_memory_available_bytes();
        assert_true(before > 0);
        OK(wil_alloc_u8(&memory, taken)); /* zeroed, and so touched */
        fell = wil_memory_available_bytes() < before - taken / 4;
        wil_free(memory);
    }
    assert_true(fell);
}

static void more_than_the_address_space_has_left_is_refused_beforehand(void **state)
{
    (void)state;
    OK(wil_memory_require(1 << 20, "a page"));
    REFUSED(WIL_ERR_MEMORY, wil_memory_require((size_t)1 << 62, "a planet"), "out of memory: a planet needs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(typed_memory_is_as_large_as_its_type_says),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(more_memory_than_there_is_is_refused_with_its_size),
        cmocka_unit_test(a_growing_array_keeps_what_it_holds),
        cmocka_unit_test(an_array_that_is_large_enough_is_left_alone),
        cmocka_unit_test(an_array_that_cannot_grow_keeps_what_it_holds),
        cmocka_unit_test(strings_are_copied_and_formatted),
        cmocka_unit_test(the_peak_of_memory_grows_with_use),
        cmocka_unit_test(more_than_the_address_space_has_left_is_refused_beforehand),
        cmocka_unit_test(available_memory_falls_by_what_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
