#include "fuzz_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/dev/shm/willis_fuzz_XXXXXX"; /* memory, not disk: a case lasts microseconds */
static char path[64];

static void remove_all(void)
{
    unlink(path);
    rmdir(folder);
}

const char *fuzz_input_file(const uint8_t *bytes, size_t n_bytes, const char *extension)
{
    if (path[0] == '\0') {
        if (mkdtemp(folder) == NULL)
            abort();
        snprintf(path, sizeof path, "%s/case%s", folder, extension);
        atexit(remove_all);
    }
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, n_bytes, file) != n_bytes || fclose(file) != 0)
        abort();
    return path;
}
