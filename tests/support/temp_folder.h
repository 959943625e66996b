/* A temporary folder per test: CASE(name) gives the test its path as *state and removes it afterwards. */
#ifndef WILLIS_TEST_TEMP_FOLDER_H
#define WILLIS_TEST_TEMP_FOLDER_H

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outcome.h"

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)
#define TEST_IN_FOLDER(name) TEST_WITH(name, make_folder, drop_folder) /* with test.h */

/* In memory if possible: what is written atomically is flushed to disk file by file. */
static inline int make_folder(void **state)
{
    const bool memory = access("/dev/shm", W_OK) == 0;
    char *folder = strdup(memory ? "/dev/shm/willis_test_XXXXXX" : "/tmp/willis_test_XXXXXX");
    *state = mkdtemp(folder);
    return *state == NULL;
}

static inline int temp_remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline int drop_folder(void **state)
{
    (void)nftw(*state, temp_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return 0;
}

/* "<folder>/<formatted>" in one of a few buffers that are reused in turn. */
__attribute__((format(printf, 2, 3))) static inline const char *in_folder(
    const char *folder, const char *format, ...)
{
    static char buffers[16][512];
    static int next;
    char *path = buffers[next++ % 16];
    const int n = snprintf(path, sizeof buffers[0], "%s/", folder);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(path + n, sizeof buffers[0] - (size_t)n, format, arguments);
    va_end(arguments);
    return path;
}

/* Files and folders in folder, hidden ones too: temporary ones that were left. */
static inline int count_entries(const char *folder)
{
    int n = 0;
    DIR *listing = opendir(folder);
    assert_non_null(listing);
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing))
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(listing);
    return n;
}

static inline const char *write_text(const char *path, const char *text)
{
    OK(wil_file_write(path, text, strlen(text)));
    return path;
}

#endif
