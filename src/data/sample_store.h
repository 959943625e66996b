/* The samples of an open file: read one by one as they are asked for, the first ones kept. */
#ifndef WILLIS_DATA_SAMPLE_STORE_H
#define WILLIS_DATA_SAMPLE_STORE_H

#include "hdf5_array.h"
#include "samples_internal.h"

/* Samples stay once they are read, until the room is full; later ones are read anew each time. Training draws
 * every sample once an epoch, and what was used last comes up as late as any other: keeping the newest in
 * place of the first would be found less often. */
typedef struct sample_store {
    char *path;
    hdf5_file file;
    hdf5_array image, label, target; /* dataset < 0 where there is none */
    bool byte_range;                 /* intensities are scaled as they are read */
    wil_samples kept;                /* n: how many are in it */
    int64_t n_room;                  /* for how many it has room */
    wil_samples passing;             /* what a call asked for beyond that; n: room */
    int32_t *place;                  /* [n of the set] place in kept + 1; 0: not there */
} sample_store;

/* NULL is fine. */
void sample_store_free(sample_store *store);
WIL_OWNED_POINTER(sample_store, sample_store_free)
/* Room for so many bytes of samples of set, at least one. */
WIL_NODISCARD wil_status sample_store_make_room(sample_store *store, const wil_samples *set, size_t bytes);
WIL_NODISCARD wil_status sample_store_fetch(
    sample_store *store, const wil_samples *set, const size_t *indices, int count, wil_sample *out);
/* Reads samples first .. first + n - 1 to memory for them, and checks them. */
WIL_NODISCARD wil_status sample_store_read(const sample_store *store, const wil_samples *set, int64_t first,
    int64_t n, float *image_out, uint8_t *label_out, float *target_out);
/* From now on intensities are scaled to 0..255. */
void sample_store_scale(sample_store *store, const wil_samples *set);

#endif
