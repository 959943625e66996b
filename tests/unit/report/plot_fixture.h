/* A gnuplot that can be replaced, and words in what was drawn. */
#ifndef WILLIS_TEST_PLOT_FIXTURE_H
#define WILLIS_TEST_PLOT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "willis/report.h"

static char folder[] = "/tmp/willis_report_plot_XXXXXX";
static char fake_path[128];
static char *real_path; /* $PATH as it was */

static inline int make_folder(void **state)
{
    (void)state;
    snprintf(fake_path, sizeof fake_path, "%s/gnuplot", mkdtemp(folder));
    return wil_string_copy(&real_path, getenv("PATH")) == WIL_OK ? 0 : -1;
}

static inline int remove_folder(void **state)
{
    (void)state;
    wil_free(real_path);
    unlink(fake_path);
    return rmdir(folder);
}

static inline int restore_path(void **state)
{
    (void)state;
    unlink(fake_path);
    return setenv("PATH", real_path, 1);
}

/* From here on "gnuplot" is this shell script; NULL: there is none. */
static inline void replace_gnuplot(const char *script)
{
    if (script != NULL) {
        assert_int_equal(wil_file_write(fake_path, script, strlen(script)), WIL_OK);
        assert_int_equal(chmod(fake_path, 0755), 0);
    }
    assert_int_equal(setenv("PATH", folder, 1), 0);
}

static inline void assert_holds(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, text);
}

static inline int count_of(const char *text, const char *part)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        n++;
    return n;
}

#endif
