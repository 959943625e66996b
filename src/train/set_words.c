#include "set_words.h"

#include <string.h>

const char *set_words(char text[64], const wil_samples *patches)
{
    const char *kind = json_string_value(json_object_get(patches->attributes, "kind"));
    const long long n = patches->n;
    const char *plural = n == 1 ? "" : "es";
    if (kind != NULL && strcmp(kind, "synthetic") == 0)
        snprintf(text, 64, "%lld synthetic patch%s", n, plural);
    else
        snprintf(text, 64, "%lld patch%s of %d patient%s", n, plural, patches->n_subjects,
            patches->n_subjects == 1 ? "" : "s");
    return text;
}
