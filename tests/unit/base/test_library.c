#include "outcome.h"
#include "test.h"

#include <omp.h>

#include "willis/base_library.h"

/* zlib is everywhere, and nothing here is linked to it. */
#define ZLIB "libz.so.1"

static const char *version_name[] = {"zlibVersion", "crc32"};

TEST(a_library_is_loaded_once_by_whichever_thread_comes_first)
{
    static struct {
        const char *(*version)(void);
        unsigned long (*crc)(unsigned long, const void *, unsigned);
    } table;
    static wil_library library = WIL_LIBRARY("zlib", ZLIB, "zlib1g", 1, version_name, table);
    int n_right = 0;
#pragma omp parallel num_threads(8) reduction(+ : n_right)
    n_right += wil_library_load(&library) == WIL_OK && table.version()[0] == '1' &&
               table.crc(0, "123456789", 9) == 0xcbf43926ul; /* CRC-32's published check value */
    assert_int_equal(n_right, 8);
    OK(wil_library_load(&library));
}

TEST(a_library_that_is_not_there_is_named_with_its_package)
{
    static void *table[2];
    static wil_library library =
        WIL_LIBRARY("The transform", "libnosuchthing.so.7", "libnosuchthing7", 1, version_name, table);
    for (int i = 0; i < 2; i++) /* the second time as the first */
        REFUSED(WIL_ERR_IO, wil_library_load(&library), "The transform", "libnosuchthing.so.7",
            "Debian package libnosuchthing7", "could not be loaded");
    assert_null(table[0]);
}

TEST(a_library_of_another_version_is_told_by_the_name_it_lacks)
{
    static const char *names[] = {"zlibVersion", "zlib_of_the_future"};
    static void *table[2];
    static wil_library library = WIL_LIBRARY("zlib", ZLIB, "zlib1g", 1, names, table);
    REFUSED(WIL_ERR_IO, wil_library_load(&library), "another version", "zlib_of_the_future");
}

TEST(a_library_that_needs_more_memory_than_there_is_is_not_loaded)
{
    static void *table[2];
    static wil_library library = WIL_LIBRARY("zlib", ZLIB, "zlib1g", (size_t)1 << 40, version_name, table);
    REFUSED(WIL_ERR_MEMORY, wil_library_load(&library), "out of memory: zlib needs");
    assert_null(table[0]);
}
