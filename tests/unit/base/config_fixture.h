/* A small configuration with a key of every type. */
#ifndef WILLIS_TEST_CONFIG_FIXTURE_H
#define WILLIS_TEST_CONFIG_FIXTURE_H

#include "base_fixture.h"

typedef struct study {
    uint64_t seed;
    char *out;
    int filters;
    int patch;
    double rate;
    bool spectral;
    int kind;
    char *note;
} study;

#define N_KEYS 8
static const wil_config_key keys[N_KEYS] = {
    {"seed", WIL_CONFIG_U64, offsetof(study, seed), "1", 0, 0, NULL, "of all random numbers"},
    {"out", WIL_CONFIG_STRING, offsetof(study, out), "runs/a", 0, 0, NULL, "folder of the run"},
    {"gan.filters", WIL_CONFIG_INT, offsetof(study, filters), "96", 1, 1024, NULL, "of the first layer"},
    {"gan.patch", WIL_CONFIG_INT, offsetof(study, patch), "96", 32, 256, "%32", "side in voxels"},
    {"gan.rate", WIL_CONFIG_REAL, offsetof(study, rate), "1e-4", 0, 1, NULL, "learning rate"},
    {"gan.spectral", WIL_CONFIG_BOOL, offsetof(study, spectral), "false", 0, 0, NULL, ""},
    {"gan.kind", WIL_CONFIG_CHOICE, offsetof(study, kind), "wgan-gp", 0, 0, "wgan-gp|wgan-gp-sn", "variant"},
    {"score.note", WIL_CONFIG_STRING, offsetof(study, note), "", 0, 0, NULL, "printed beside the score"},
};

static inline study default_study(void)
{
    study s;
    memset(&s, 0xAA, sizeof s); /* the defaults must not lean on what was there */
    OK(wil_config_defaults(&s, keys, N_KEYS));
    return s;
}

static inline void drop_study(study *s)
{
    wil_config_clear(s, keys, N_KEYS);
}

#endif
