#include "fuzz_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/dev/shm/willis_fuzz_XXXXXX"; /* memory, not disk: a case lasts microseconds */
static char paths[2][64];
static int has_folder;

static void remove_all(void)
{
    (void)unlink(paths[0]);
    (void)unlink(paths[1]);
    (void)rmdir(folder);
}

static const char *write_file(int which, const uint8_t *bytes, size_t n_bytes, const char *extension)
{
    if (!has_folder) {
        if (mkdtemp(folder) == NULL)
            abort();
        has_folder = 1;
        atexit(remove_all);
    }
    snprintf(paths[which], sizeof paths[which], "%s/case%s", folder, extension);
    FILE *file = fopen(paths[which], "wb");
    if (file == NULL || fwrite(bytes, 1, n_bytes, file) != n_bytes || fclose(file) != 0)
        abort();
    return paths[which];
}

const char *fuzz_input_file(const uint8_t *bytes, size_t n_bytes, const char *extension)
{
    return write_file(0, bytes, n_bytes, extension);
}

const char *fuzz_input_second(const uint8_t *bytes, size_t n_bytes, const char *extension)
{
    return write_file(1, bytes, n_bytes, extension);
}
