/* How tests of every module ask for a call's outcome. Includes cmocka with what it needs before it. */
#ifndef WILLIS_TEST_OUTCOME_H
#define WILLIS_TEST_OUTCOME_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "willis/base.h"

/* The call succeeds. */
#define OK(call)                                                                                             \
    do {                                                                                                     \
        const wil_status ok_status_ = (call);                                                                \
        if (ok_status_ != WIL_OK)                                                                            \
            fail_msg("%s: %s", #call, wil_status_message());                                                 \
    } while (0)

/* The text holds every one of the words that follow. */
#define SAYS(text, ...)                                                                                      \
    do {                                                                                                     \
        const char *const words_[] = {__VA_ARGS__};                                                          \
        for (size_t w_ = 0; w_ < sizeof words_ / sizeof *words_; w_++)                                       \
            if (strstr((text), words_[w_]) == NULL)                                                          \
                fail_msg("no \"%s\" in: %s", words_[w_], (text));                                            \
    } while (0)

/* The call fails with the status, and its message holds every one of the words that follow. */
#define REFUSED(expected, call, ...)                                                                         \
    do {                                                                                                     \
        assert_int_equal((call), (expected));                                                                \
        SAYS(wil_status_message(), __VA_ARGS__);                                                             \
    } while (0)

#endif
