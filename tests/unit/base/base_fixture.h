/* What most tests of base share: OK and REFUSED, and a temporary folder of their own. */
#ifndef WILLIS_TEST_BASE_FIXTURE_H
#define WILLIS_TEST_BASE_FIXTURE_H

#include <dirent.h>
#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "willis/base.h"

#define OK(call)                                                                                             \
    do {                                                                                                     \
        const wil_status ok_status_ = (call);                                                                \
        if (ok_status_ != WIL_OK)                                                                            \
            fail_msg("%s: %s", #call, wil_status_message());                                                 \
    } while (0)

/* The call fails with the status, and its message holds every one of the words that follow. */
#define REFUSED(expected, call, ...)                                                                         \
    do {                                                                                                     \
        assert_int_equal((call), (expected));                                                                \
        const char *const words_[] = {__VA_ARGS__};                                                          \
        for (size_t w_ = 0; w_ < sizeof words_ / sizeof *words_; w_++)                                       \
            if (strstr(wil_status_message(), words_[w_]) == NULL)                                            \
                fail_msg("no \"%s\" in: %s", words_[w_], wil_status_message());                              \
    } while (0)

static inline int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline int make_folder(void **state)
{
    char *folder = strdup("/tmp/willis_base_XXXXXX");
    *state = mkdtemp(folder);
    return *state == NULL;
}

static inline int drop_folder(void **state)
{
    (void)nftw(*state, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return 0;
}

/* "<folder>/<name>" in one of a few buffers that are reused in turn. */
static inline const char *in_folder(const char *folder, const char *name)
{
    static char buffers[8][512];
    static int next;
    char *path = buffers[next++ % 8];
    snprintf(path, sizeof buffers[0], "%s/%s", folder, name);
    return path;
}

static inline int count_entries(const char *folder)
{
    int n = 0;
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream))
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(stream);
    return n;
}

static inline const char *write_text(const char *path, const char *text)
{
    OK(wil_file_write(path, text, strlen(text)));
    return path;
}

static inline void check_text(const char *path, const char *expected)
{
    char *text = NULL;
    size_t n = 0;
    OK(wil_file_read(path, &text, &n));
    assert_string_equal(text, expected);
    assert_int_equal(n, strlen(expected));
    wil_free(text);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

#endif
