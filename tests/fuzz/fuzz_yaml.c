/* Study files: a value that is accepted lies in its range; whatever is refused has a message. */
#include "fuzz_input.h"

#include <stdlib.h>

#include "willis/base_fields.h"

typedef struct settings {
    int count, choice, size[3];
    uint64_t seed;
    double rate;
    bool flag;
    char *name;
    wil_text_list files;
} settings;

static const wil_field list[] = {
    {"count", WIL_INT, offsetof(settings, count), "32", 32, 1024, .help = "filters"},
    {"model", WIL_CHOICE, offsetof(settings, choice), "one", .choices = WIL_CHOICES("one", "two"),
        .help = "model"},
    {"rate", WIL_REAL, offsetof(settings, rate), "0.5", 0, 1, .help = "learning rate"},
    {"size", WIL_INTS, offsetof(settings, size), "1x2x3", 1, 9, .n = 3, .help = "voxels"},
};
static const wil_fields net = WIL_FIELDS(settings, list);
static const wil_field outer[] = {
    {"net", WIL_SECTION, 0, .fields = &net},
    {"seed", WIL_U64, offsetof(settings, seed), "7", .help = "seed"},
    {"flag", WIL_BOOL, offsetof(settings, flag), "true", .help = "flag"},
    {"name", WIL_TEXT, offsetof(settings, name), "run", .help = "name"},
    {"files", WIL_LIST, offsetof(settings, files), "", .help = "files"},
};
static const wil_fields fields = WIL_FIELDS(settings, outer);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    settings config;
    if (wil_fields_defaults(&fields, &config) != WIL_OK)
        abort();
    const wil_status status = wil_fields_load(&fields, &config, fuzz_input_file(bytes, n_bytes, ".yaml"));
    if (status != WIL_OK && wil_status_message()[0] == '\0')
        abort();
    if (status == WIL_OK && wil_fields_check(&fields, &config) != WIL_OK)
        abort();
    wil_fields_clear(&fields, &config);
    return 0;
}
