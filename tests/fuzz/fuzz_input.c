#define _XOPEN_SOURCE 700
#include "fuzz_input.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/dev/shm/willis_fuzz_XXXXXX"; /* memory, not disk: a case lasts microseconds */
static char paths[2][96];
static int has_folder;

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    return (void)facts, (void)kind, (void)place, remove(path);
}

static void remove_all(void)
{
    (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *write_file(
    int which, const uint8_t *bytes, size_t n_bytes, const char *stem, const char *extension)
{
    if (!has_folder) {
        if (mkdtemp(folder) == NULL)
            abort();
        has_folder = 1;
        atexit(remove_all);
    }
    snprintf(paths[which], sizeof paths[which], "%s/%s%s", folder, stem, extension);
    FILE *file = fopen(paths[which], "wb");
    if (file == NULL || fwrite(bytes, 1, n_bytes, file) != n_bytes || fclose(file) != 0)
        abort();
    return paths[which];
}

const char *fuzz_input_file(const uint8_t *bytes, size_t n_bytes, const char *extension)
{
    return write_file(0, bytes, n_bytes, "case", extension);
}

const char *fuzz_input_second(const uint8_t *bytes, size_t n_bytes, const char *extension)
{
    return write_file(1, bytes, n_bytes, "case", extension);
}

const char *fuzz_input_named(const uint8_t *bytes, size_t n_bytes, const char *name)
{
    (void)write_file(1, bytes, n_bytes, name, "");
    return folder;
}
