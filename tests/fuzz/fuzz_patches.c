/* Patch sets: one that is read keeps to what wil_patches promises; whatever is refused has a message. */
#include "fuzz_hdf5.h"
#include "fuzz_input.h"

#include <math.h>
#include <stdlib.h>

#include "willis/data.h"

static void check(const wil_patches *patches)
{
    const size_t one = (size_t)patches->height * (size_t)patches->width;
    if (patches->n < 1 || patches->height < 1 || patches->width < 1 || patches->n_subjects < 1)
        abort();
    for (size_t i = 0; i < (size_t)patches->n * one; i++)
        if (!isfinite(patches->image[i]) || patches->label[i] > 1)
            abort();
    for (int64_t i = 0; i < patches->n; i++)
        if (patches->subject[i] < 0 || patches->subject[i] >= patches->n_subjects)
            abort();
    for (int i = 0; i < patches->n_subjects; i++)
        if (patches->subjects[i] == NULL ||
            !(patches->subject_range[2 * i] < patches->subject_range[2 * i + 1]))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    wil_patches patches;
    const wil_status status = wil_patches_read(&patches, fuzz_input_file(bytes, n_bytes, ".h5"));
    if (status == WIL_OK)
        check(&patches);
    else if (wil_status_message()[0] == '\0' || status == WIL_ERR_MEMORY || patches.image != NULL)
        abort();
    wil_patches_clear(&patches);
    if (!fuzz_hdf5_is_closed())
        abort();
    return 0;
}
