/* A small struct with a field of every kind. */
#ifndef WILLIS_TEST_FIELDS_FIXTURE_H
#define WILLIS_TEST_FIELDS_FIXTURE_H

#include "base_fixture.h"
#include "willis/base_fields.h"

typedef enum critic { CRITIC_GP, CRITIC_SN } critic;

typedef struct gan {
    int filters;
    double rate;
    bool spectral;
    critic kind;
} gan;

typedef struct study {
    uint64_t seed;
    char *out;
    gan gan;
    int64_t count;
    double share, low;
    int size[3], skip, batch;
    double scales[4];
    int n_scales;
    char *note;
    wil_text_list files;
} study;

static const wil_field GAN[] = {
    {"filters", WIL_INT, offsetof(gan, filters), "96", 1, 1024, .help = "of the first layer",
        .on_resume = WIL_RESUME_REFUSED, .in_model = 1},
    {"rate", WIL_REAL, offsetof(gan, rate), "1e-4", 0, 1, .help = "learning rate", .also = "learning_rate"},
    {"spectral", WIL_BOOL, offsetof(gan, spectral), "false", .help = ""},
    {"kind", WIL_CHOICE, offsetof(gan, kind), "wgan-gp", .choices = WIL_CHOICES("wgan-gp", "wgan-gp-sn"),
        .old_word = "sn=wgan-gp-sn", .help = "variant", .in_model = 1},
};
static const wil_fields gan_fields = WIL_FIELDS(gan, GAN);

static const wil_field STUDY[] = {
    {"seed", WIL_U64, offsetof(study, seed), "1", .help = "of all random numbers", .in_model = 1},
    {"out", WIL_OUTPUT_FOLDER, offsetof(study, out), "runs/a", .help = "folder of the run"},
    {"gan", WIL_SECTION, offsetof(study, gan), .fields = &gan_fields, .also = "net"},
    {"count", WIL_I64, offsetof(study, count), "5", 0, 1e18, .help = "how many"},
    {"share", WIL_REAL, offsetof(study, share), "0.5", 0, 1, .open = WIL_OPEN_BOTH, .help = "of it"},
    {"low", WIL_REAL, offsetof(study, low), "auto", 0, INFINITY, .open = WIL_OPEN_MIN, .unit = "mm",
        .help = "least"},
    {"size", WIL_INTS, offsetof(study, size), "32x32x16", 1, 512, .n = 3, .help = "voxels"},
    {"skip", WIL_INT, offsetof(study, skip), "auto", 0, 99, .help = "frames"},
    {"batch", WIL_INT, offsetof(study, batch), "", 1, 512, .help = "0: as listed"},
    {"scales", WIL_REALS, offsetof(study, scales), "0.5,1", 0, 9, .n = 4,
        .count_offset = offsetof(study, n_scales), .help = "of vessels"},
    {"note", WIL_TEXT, offsetof(study, note), "", .help = "printed beside the score"},
    {"files", WIL_LIST, offsetof(study, files), "", .help = "what is read"},
};
static const wil_fields study_fields = WIL_FIELDS(study, STUDY);

static inline study default_study(void)
{
    study s;
    memset(&s, 0xAA, sizeof s); /* the defaults must not lean on what was there */
    OK(wil_fields_defaults(&study_fields, &s));
    return s;
}

static inline void drop_study(study *s)
{
    wil_fields_clear(&study_fields, s);
}

#endif
