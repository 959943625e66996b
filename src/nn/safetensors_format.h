/* The safetensors layout, for its writer and its reader:
 *
 *     8 bytes   n, the length of the header, little endian
 *     n bytes   JSON: {"__metadata__": {text: text}, name: {"dtype": "F32", "shape": [2,3], "data_offsets":
 * [0,24]}, ...}, padded with spaces to a multiple of 8 rest      the arrays, dense, last axis fastest, little
 * endian, at their offsets from here
 */
#ifndef WILLIS_SAFETENSORS_FORMAT_H
#define WILLIS_SAFETENSORS_FORMAT_H

#include "willis/nn.h"

_Static_assert(
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "safetensors are read and written in little endian");

#define NN_METADATA_NAME "__metadata__"
#define NN_CHECKSUM_NAME "willis.crc32" /* safetensors_checksum.c; earlier files have the data's alone */

enum {
    NN_N_TENSOR_TYPES = 4,
    NN_HEADER_MAX = 100000000, /* the format's own limit */
    NN_CHECKSUM_TEXT = 18      /* two of eight hexadecimal digits, a blank, the end */
};

typedef struct nn_tensor_type_info {
    const char *dtype;
    size_t size; /* bytes per element */
} nn_tensor_type_info;

extern const nn_tensor_type_info NN_TENSOR_TYPES[NN_N_TENSOR_TYPES]; /* by wil_tensor_type */

size_t nn_tensor_bytes(const wil_tensor *tensor);

/* A tensor of a file that is read, and where its values lie among the data. */
typedef struct nn_tensor_entry {
    wil_tensor tensor; /* data NULL unless it is kept */
    uint64_t begin, end;
} nn_tensor_entry;

struct wil_tensor_reader {
    char *path;
    FILE *stream;
    uint64_t file_bytes, data_bytes;
    json_t *header, *metadata;
    bool checked; /* a checksum was kept */
    nn_tensor_entry *entries;
    size_t n_entries;
};

/* The tensor's bytes, as they lie in the file. */
WIL_NODISCARD wil_status nn_reader_load(wil_tensor_reader *r, const nn_tensor_entry *entry, void *to);

/* The metadata value of a header whose data are still to be written, all zeros; nn_checksum_complete puts
 * both halves in, from the data's. */
const char *nn_checksum_blank(void);
void nn_checksum_complete(char *header, size_t length, uint32_t data);
/* The value as it should stand in this header (of length bytes and a 0), whatever its second half says; false
 * if it has no checksum of two halves. */
bool nn_checksum_of_header(char out[NN_CHECKSUM_TEXT], const char *header, size_t length);

#endif
