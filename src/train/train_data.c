/* The samples that a training reads. */
#include <string.h>

#include "trainer.h"

wil_status train_read_samples(train *t, int batch, const char *key)
{
    const char *path = t->config->patches;
    WIL_TRY(wil_samples_open(&t->samples, path, WIL_SAMPLES_IN_MEMORY));
    WIL_TRY(wil_samples_check_slices(&t->samples, path));
    WIL_REQUIRE(t->samples.n >= batch, WIL_ERR_INPUT,
        "%s holds %lld patches, fewer than %s = %d; cut more (willis patches --per-subject) or lower %s",
        path, (long long)t->samples.n, key, batch, key);
    t->facts.precision = t->engine.precision;
    WIL_TRY(wil_samples_checksum(&t->facts.patches, &t->samples));
    WIL_TRY(wil_alloc((void **)&t->indices, (size_t)batch, sizeof *t->indices));
    return wil_sampler_new(&t->sampler, (size_t)t->samples.n, t->config->seed);
}

const size_t *train_next_samples(train *t, uint64_t first, int batch)
{
    wil_sampler_indices(t->sampler, first, batch, t->indices);
    return t->indices;
}

const char *train_set_words(char text[64], const wil_samples *samples)
{
    const char *kind = json_string_value(json_object_get(samples->attributes, "kind"));
    const long long n = samples->n;
    const char *plural = n == 1 ? "" : "es";
    if (kind != NULL && strcmp(kind, "synthetic") == 0)
        snprintf(text, 64, "%lld synthetic patch%s", n, plural);
    else
        snprintf(text, 64, "%lld patch%s of %d patient%s", n, plural, samples->n_subjects,
            samples->n_subjects == 1 ? "" : "s");
    return text;
}
