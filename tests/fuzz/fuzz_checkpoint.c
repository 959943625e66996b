/* Checkpoints: a training resumes or starts from one with possible numbers, or there are words. The checksum
 * of each case is put right, as else nothing behind it would be tried. */
#include "fuzz_input.h"
#include "fuzz_train.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "safetensors_format.h"

static void put_right(uint8_t *bytes, size_t n_bytes)
{
    uint64_t length = 0;
    if (n_bytes < sizeof length)
        return;
    memcpy(&length, bytes, sizeof length);
    if (length > n_bytes - sizeof length)
        return;
    char *header = calloc((size_t)length + 1, 1);
    const size_t data = sizeof length + (size_t)length;
    memcpy(header, bytes + sizeof length, (size_t)length);
    nn_checksum_complete(header, (size_t)length, (uint32_t)crc32_z(0, bytes + data, n_bytes - data));
    memcpy(bytes + sizeof length, header, (size_t)length);
    free(header);
}

static void try_restore(train *t, const double *values)
{
    if (train_restore(t) != WIL_OK) {
        if (wil_status_message()[0] == 0)
            abort();
    } else if (t->step != 20 || wil_optimizer_n_steps(t->parts[2].optimizer) < 0 ||
               !(values[0] >= 0 && values[0] <= INT_MAX)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    uint8_t *sound = malloc(n_bytes + 1);
    memcpy(sound, bytes, n_bytes);
    put_right(sound, n_bytes);
    train t;
    double values[2] = {0};
    wil_run_config config = {
        .output = (char *)fuzz_input_named(sound, n_bytes, "checkpoint-00000020.safetensors")};
    if (fuzz_train_open(&t, &config, values) != WIL_OK)
        abort();
    try_restore(&t, values);
    config.start_from = (char *)fuzz_input_file(sound, n_bytes, ".safetensors");
    if (train_start_from(&t) != WIL_OK && wil_status_message()[0] == 0)
        abort();
    train_clear(&t);
    free(sound);
    return 0;
}
