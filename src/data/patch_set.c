#include "willis/data.h"

#include <string.h>

void wil_patches_clear(wil_patches *patches)
{
    for (int i = 0; i < patches->n_subjects && patches->subjects != NULL; i++)
        wil_free(patches->subjects[i]);
    wil_free(patches->subjects);
    wil_free(patches->subject_range);
    wil_free(patches->image);
    wil_free(patches->label);
    wil_free(patches->subject);
    wil_free(patches->position);
    json_decref(patches->attributes);
    memset(patches, 0, sizeof *patches);
}
