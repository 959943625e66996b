/* Patch sets: one that is read keeps to what wil_samples promises, and gives the same samples when it stays
 * in its file; whatever is refused has a message, and is refused in both ways. */
#include "fuzz_hdf5.h"
#include "fuzz_input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "willis/data.h"

#define MOST_SAMPLES 64 /* of a set that are read one by one; HDF5 is slow at it */

static void check(const wil_samples *patches)
{
    const wil_sample_shape shape = patches->shape;
    const size_t one = wil_sample_shape_count(shape);
    const size_t voxels = one / (size_t)shape.channels;
    const size_t of_target = (size_t)patches->n_maps * voxels / (size_t)shape.time;
    if (patches->n < 1 || one < 1 || patches->n_subjects < 1 || (patches->label == NULL && of_target == 0))
        abort();
    for (size_t i = 0; i < (size_t)patches->n * one; i++)
        if (!isfinite(patches->image[i]))
            abort();
    for (size_t i = 0; patches->label != NULL && i < (size_t)patches->n * voxels; i++)
        if (patches->label[i] > 1)
            abort();
    for (size_t i = 0; i < (size_t)patches->n * of_target; i++)
        if (!isfinite(patches->target[i]))
            abort();
    for (int i = 0; i < patches->n_maps; i++)
        if (patches->target_names[i] == NULL || patches->target_units[i] == NULL)
            abort();
    for (int64_t i = 0; i < patches->n; i++)
        if (patches->subject[i] < 0 || patches->subject[i] >= patches->n_subjects)
            abort();
    for (int i = 0; i < patches->n_subjects; i++)
        if (patches->subjects[i] == NULL ||
            !(patches->subject_range[2 * i] < patches->subject_range[2 * i + 1]))
            abort();
}

static void check_refusal(wil_status status)
{
    if (wil_status_message()[0] == '\0' || status == WIL_ERR_MEMORY)
        abort();
}

/* whole: the same set in memory; without pixels where it was refused. */
static void check_streamed(const wil_samples *whole, const char *path)
{
    wil_samples set;
    wil_status status = wil_samples_open(&set, path, 0);
    const size_t bytes = wil_sample_shape_count(set.shape) * sizeof(float);
    const size_t n = set.n < MOST_SAMPLES ? (size_t)set.n : MOST_SAMPLES;
    for (size_t i = 0; status == WIL_OK && i < n; i++) {
        wil_sample sample;
        status = wil_samples_fetch(&set, &i, 1, &sample);
        if (status == WIL_OK && whole->image != NULL &&
            memcmp(sample.image, whole->image + i * (bytes / sizeof(float)), bytes) != 0)
            abort();
    }
    if (status != WIL_OK)
        check_refusal(status);
    if (status == WIL_OK ? whole->image == NULL && set.n == (int64_t)n : whole->image != NULL)
        abort();
    wil_samples_clear(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    wil_samples patches;
    const char *path = fuzz_input_file(bytes, n_bytes, ".h5");
    const wil_status status = wil_samples_read(&patches, path);
    if (status == WIL_OK)
        check(&patches);
    else
        check_refusal(status);
    if (status != WIL_OK && patches.image != NULL)
        abort();
    check_streamed(&patches, path);
    wil_samples_clear(&patches);
    if (!fuzz_hdf5_is_closed())
        abort();
    return 0;
}
