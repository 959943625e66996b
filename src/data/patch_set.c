#include "willis/data.h"

#include <string.h>
#include <zlib.h>

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

uint32_t wil_patches_checksum(const wil_patches *patches)
{
    const size_t n = (size_t)(patches->n * patches->height * patches->width);
    uLong checksum = crc32_z(0, NULL, 0);
    checksum = crc32_z(checksum, (const Bytef *)patches->image, n * sizeof *patches->image);
    checksum = crc32_z(checksum, patches->label, n);
    checksum = crc32_z(checksum, (const Bytef *)patches->subject_range,
        (size_t)patches->n_subjects * 2 * sizeof *patches->subject_range);
    return (uint32_t)checksum;
}
