/* What a set of samples is: its shape, its memory, its checksum. */
#include "willis/data.h"

#include <string.h>
#include <zlib.h>

wil_sample_shape wil_sample_shape_2d(int height, int width)
{
    return (wil_sample_shape){.time = 1, .depth = 1, .height = height, .width = width, .channels = 1};
}

size_t wil_sample_shape_count(wil_sample_shape s)
{
    return (size_t)s.time * (size_t)s.depth * (size_t)s.height * (size_t)s.width * (size_t)s.channels;
}

void wil_samples_clear(wil_samples *patches)
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

uint32_t wil_samples_checksum(const wil_samples *patches)
{
    const size_t n = (size_t)patches->n * wil_sample_shape_count(patches->shape);
    uLong checksum = crc32_z(0, NULL, 0);
    checksum = crc32_z(checksum, (const Bytef *)patches->image, n * sizeof *patches->image);
    checksum = crc32_z(checksum, patches->label, n);
    checksum = crc32_z(checksum, (const Bytef *)patches->subject_range,
        (size_t)patches->n_subjects * 2 * sizeof *patches->subject_range);
    return (uint32_t)checksum;
}
