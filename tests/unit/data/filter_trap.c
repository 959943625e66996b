/* A filter plugin of HDF5 that leaves a mark as soon as it is loaded: code that a hostile file asks for by
 * number. */
#include <H5PLextern.h>
#include <stdio.h>
#include <stdlib.h>

#define TRAP 32123

__attribute__((constructor)) static void leave_mark(void)
{
    const char *path = getenv("WILLIS_TEST_TRAP");
    FILE *file = path == NULL ? NULL : fopen(path, "w");
    if (file != NULL)
        fclose(file);
}

static size_t pass(
    unsigned flags, size_t n_values, const unsigned *values, size_t n, size_t *size, void **bytes)
{
    (void)flags;
    (void)n_values;
    (void)values;
    (void)size;
    (void)bytes;
    return n;
}

static const H5Z_class2_t TRAP_FILTER = {.version = H5Z_CLASS_T_VERS,
    .id = TRAP,
    .encoder_present = 1,
    .decoder_present = 1,
    .name = "trap",
    .filter = pass};

H5PL_type_t H5PLget_plugin_type(void)
{
    return H5PL_TYPE_FILTER;
}

const void *H5PLget_plugin_info(void)
{
    return &TRAP_FILTER;
}
