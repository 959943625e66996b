/* Object headers of HDF5 files, read by ourselves: HDF5 1.10 crashes on damaged ones where it decodes
 * attributes or virtual data sets, so that we look first. [HDF5 File Format Specification 3.0, IV.A] */
#ifndef WILLIS_DATA_HDF5_HEADER_H
#define WILLIS_DATA_HDF5_HEADER_H

#include "hdf5_file.h"

enum {
    HDF5_MESSAGE_SPACE = 0x01,
    HDF5_MESSAGE_LINKS = 0x02, /* of a group: whether they lie elsewhere */
    HDF5_MESSAGE_TYPE = 0x03,
    HDF5_MESSAGE_OLD_FILL = 0x04,
    HDF5_MESSAGE_FILL = 0x05,
    HDF5_MESSAGE_EXTERNAL = 0x07,
    HDF5_MESSAGE_LAYOUT = 0x08,
    HDF5_MESSAGE_FILTERS = 0x0b,
    HDF5_MESSAGE_ATTRIBUTE = 0x0c,
    HDF5_MESSAGE_NAMES = 0x11,     /* of a group, in a tree */
    HDF5_MESSAGE_ATTRIBUTES = 0x15 /* whether they lie elsewhere */
};

/* A message's bytes as they are in the file. shared: they only say where it is. */
typedef struct hdf5_message {
    unsigned type;
    bool shared;
    const unsigned char *bytes;
    size_t n;
} hdf5_message;

/* The message is borrowed until it returns; another status ends the reading and is its result. */
typedef wil_status (*hdf5_message_taker)(void *user, const hdf5_message *message);
/* Hands over the messages of the header at address (relative to the file's base). Fails: WIL_ERR_INPUT
 * (damaged), WIL_ERR_MEMORY, and as `take` does. */
WIL_NODISCARD wil_status hdf5_header_each(
    const hdf5_file *file, uint64_t address, hdf5_message_taker take, void *user);

/* The header of the root group. Fails: WIL_ERR_INPUT. */
WIL_NODISCARD wil_status hdf5_header_root(const hdf5_file *file, uint64_t *address_out);

/* n bytes, 1 to 8, the least first. */
static inline uint64_t hdf5_little_endian(const unsigned char *bytes, int n)
{
    uint64_t value = 0;
    for (int i = n - 1; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

#endif
