/* Study files: a value that is accepted lies in its range; whatever is refused has a message. */
#include "fuzz_input.h"

#include <stdlib.h>

#include "willis/base.h"

typedef struct settings {
    int count, choice;
    uint64_t seed;
    double rate;
    bool flag;
    char *name;
} settings;

static const wil_config_key keys[] = {
    {"net.count", WIL_CONFIG_INT, offsetof(settings, count), "32", 32, 1024, "%32", "filters"},
    {"net.model", WIL_CONFIG_CHOICE, offsetof(settings, choice), "one", 0, 0, "one|two", "model"},
    {"seed", WIL_CONFIG_U64, offsetof(settings, seed), "7", 0, 0, NULL, "seed"},
    {"net.rate", WIL_CONFIG_REAL, offsetof(settings, rate), "0.5", 0, 1, NULL, "learning rate"},
    {"flag", WIL_CONFIG_BOOL, offsetof(settings, flag), "true", 0, 0, NULL, "flag"},
    {"name", WIL_CONFIG_STRING, offsetof(settings, name), "run", 0, 0, NULL, "name"},
};
enum { N_KEYS = sizeof keys / sizeof keys[0] };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    settings config;
    if (wil_config_defaults(&config, keys, N_KEYS) != WIL_OK)
        abort();
    wil_status status = wil_config_load(&config, keys, N_KEYS, fuzz_input_file(bytes, n_bytes, ".yaml"));
    if (status != WIL_OK && wil_status_message()[0] == '\0')
        abort();
    if (status == WIL_OK &&
        (config.count % 32 != 0 || config.count < 32 || config.count > 1024 || config.choice < 0 ||
            config.choice > 1 || !(config.rate >= 0 && config.rate <= 1)))
        abort();
    wil_config_clear(&config, keys, N_KEYS);
    return 0;
}
