#include "hdf5_header.h"

#include <string.h>

#define CONTINUATION 0x10
#define SHARED 0x02      /* flag of a message */
#define MOST_BLOCKS 4096 /* so that blocks that lead to each other come to an end */

static wil_status damaged(const hdf5_file *file)
{
    return wil_fail(WIL_ERR_INPUT, "%s: an object header is damaged; write the file again", file->path);
}

/* Where messages lie. */
typedef struct block {
    uint64_t address, n;
} block;

typedef struct walk {
    const hdf5_file *file;
    hdf5_message_taker take;
    void *user;
    bool second;     /* version 2 of the format */
    size_t n_before; /* bytes before each message */
    block *blocks;   /* found so far */
    size_t capacity;
    int n_blocks;
    uint64_t n_bytes; /* of them; more than the file has means that some repeat */
} walk;

static void walk_clear(walk *w)
{
    wil_free(w->blocks);
}
WIL_OWNED_VALUE(walk, walk_clear)

static wil_status add_block(walk *w, uint64_t address, uint64_t n)
{
    w->n_bytes = hdf5_bytes_plus(w->n_bytes, n);
    if (w->n_bytes > w->file->n_bytes || w->n_blocks == MOST_BLOCKS)
        return damaged(w->file);
    WIL_TRY(wil_grow((void **)&w->blocks, &w->capacity, (size_t)w->n_blocks + 1, sizeof *w->blocks));
    w->blocks[w->n_blocks++] = (block){.address = address, .n = n};
    return WIL_OK;
}

/* Version 2 has a signature and a checksum round the messages of a continuation. */
static wil_status follow(walk *w, const hdf5_message *message)
{
    if (message->n < 16)
        return damaged(w->file);
    const uint64_t address = hdf5_little_endian(message->bytes, 8);
    const uint64_t n = hdf5_little_endian(message->bytes + 8, 8);
    if (!w->second)
        return add_block(w, address, n);
    return n < 8 ? damaged(w->file) : add_block(w, hdf5_bytes_plus(address, 4), n - 8);
}

static wil_status take_block(walk *w, const unsigned char *bytes, size_t n)
{
    size_t at = 0;
    while (n - at >= w->n_before) {
        const unsigned char *before = bytes + at;
        const hdf5_message message = {.type = (unsigned)hdf5_little_endian(before, w->second ? 1 : 2),
            .shared = (before[w->second ? 3 : 4] & SHARED) != 0,
            .bytes = before + w->n_before,
            .n = (size_t)hdf5_little_endian(before + (w->second ? 1 : 2), 2)};
        if (message.n > n - at - w->n_before)
            return damaged(w->file);
        WIL_TRY(message.type == CONTINUATION ? follow(w, &message) : w->take(w->user, &message));
        at += w->n_before + message.n;
    }
    return WIL_OK;
}

/* The first block, by the header's first bytes. */
static wil_status begin(walk *w, uint64_t address)
{
    unsigned char first[48] = {0};
    const uint64_t at_byte = hdf5_bytes_plus(w->file->base, address);
    const uint64_t left = w->file->n_bytes > at_byte ? w->file->n_bytes - at_byte : 0;
    const size_t n = left < sizeof first ? (size_t)left : sizeof first;
    WIL_TRY(hdf5_file_read(w->file, address, n, first));
    w->second = memcmp(first, "OHDR\2", 5) == 0;
    if (!w->second) {
        w->n_before = 8;
        return first[0] != 1 ? damaged(w->file)
                             : add_block(w, hdf5_bytes_plus(address, 16), hdf5_little_endian(first + 8, 4));
    }
    const unsigned flags = first[5];
    const int size_bytes = 1 << (flags & 3);
    const int at = 6 + ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0); /* times; limits */
    w->n_before = (flags & 0x04) != 0 ? 6 : 4;                                         /* order of creation */
    return add_block(w, hdf5_bytes_plus(address, (uint64_t)at + (uint64_t)size_bytes),
        hdf5_little_endian(first + at, size_bytes));
}

static wil_status take_blocks(walk *w)
{
    for (int i = 0; i < w->n_blocks; i++) { /* more are found on the way */
        const block b = w->blocks[i];
        WIL_OWN(uint8_t) *bytes = NULL;
        WIL_TRY(wil_alloc_u8(&bytes, (size_t)b.n));
        WIL_TRY(hdf5_file_read(w->file, b.address, b.n, bytes));
        WIL_TRY(take_block(w, bytes, (size_t)b.n));
    }
    return WIL_OK;
}

wil_status hdf5_header_each(const hdf5_file *file, uint64_t address, hdf5_message_taker take, void *user)
{
    WIL_OWN(walk) w = {.file = file, .take = take, .user = user};
    WIL_TRY(begin(&w, address));
    return take_blocks(&w);
}

wil_status hdf5_header_root(const hdf5_file *file, uint64_t *address_out)
{
    H5O_info_t info;
    if (h5.Oget_info2(file->id, &info, H5O_INFO_BASIC) < 0)
        return hdf5_fail(WIL_ERR_INPUT, "%s: cannot find the root group", file->path);
    *address_out = info.addr;
    return WIL_OK;
}
