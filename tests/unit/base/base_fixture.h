/* What most tests of base share: OK and REFUSED, a temporary folder of their own, and the text of a file. */
#ifndef WILLIS_TEST_BASE_FIXTURE_H
#define WILLIS_TEST_BASE_FIXTURE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "temp_folder.h"
#include "willis/base.h"

static inline void check_text(const char *path, const char *expected)
{
    char *text = NULL;
    size_t n = 0;
    OK(wil_file_read(path, &text, &n));
    assert_string_equal(text, expected);
    assert_int_equal(n, strlen(expected));
    wil_free(text);
}

#endif
