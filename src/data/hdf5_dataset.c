#include "hdf5_dataset.h"

#include "hdf5_header.h"
#include "hdf5_tree.h"

typedef struct dataset {
    const hdf5_file *file;
    const char *name;
    uint32_t seen;  /* bits of the types of messages */
    int rank;       /* -1: not told */
    int chunk_rank; /* -1: not in chunks */
    uint64_t item;  /* bytes of a value */
    bool variable;  /* its values are texts of variable length */
    bool filled;    /* by a value of its own */
    bool filtered;
    uint64_t chunk_item, chunk_bytes;
    uint64_t index; /* address of a tree; UINT64_MAX: there is none, or of another kind */
} dataset;

static wil_status damaged(const dataset *set)
{
    return wil_fail(
        WIL_ERR_INPUT, "%s: cannot read how /%s is stored: the file is damaged", set->file->path, set->name);
}

/* Versions before 3 are of the last century. */
static wil_status take_layout(dataset *set, const hdf5_message *message)
{
    enum { CHUNKED = 2, VIRTUAL = 3, TREE_2 = 5 };
    const unsigned char *bytes = message->bytes;
    WIL_REQUIRE(message->n >= 4 && (bytes[0] == 3 || bytes[0] == 4), WIL_ERR_INPUT,
        "%s: /%s is stored in a way that is not known; write it again with HDF5 1.10", set->file->path,
        set->name);
    WIL_REQUIRE(bytes[1] != VIRTUAL, WIL_ERR_INPUT,
        "%s: /%s is virtual: its values are put together from other files, which are not read; store the "
        "values themselves in its place",
        set->file->path, set->name);
    if (bytes[1] != CHUNKED)
        return WIL_OK;
    const bool third = bytes[0] == 3; /* the sizes of a chunk, the last that of a value */
    const size_t n_sizes = bytes[third ? 2 : 3];
    const size_t width = third ? 4 : message->n > 4 ? bytes[4] : 0;
    const size_t at = third ? 11 : 5;
    if (n_sizes == 0 || width == 0 || width > 8 || at + n_sizes * width > message->n)
        return damaged(set);
    set->chunk_rank = (int)n_sizes - 1;
    set->chunk_bytes = 1;
    for (size_t i = 0; i < n_sizes; i++) {
        set->chunk_item = hdf5_little_endian(bytes + at + i * width, (int)width);
        set->chunk_bytes = hdf5_bytes_times(set->chunk_bytes, set->chunk_item);
    }
    if (third)
        set->index = hdf5_little_endian(bytes + 3, 8);
    const size_t end = at + n_sizes * width; /* the kind of index follows */
    WIL_REQUIRE(third || (end < message->n && bytes[end] < TREE_2), WIL_ERR_INPUT,
        "%s: the chunks of /%s are indexed by a tree of version 2, which is not read; write it again with "
        "one axis without limit at most",
        set->file->path, set->name);
    return WIL_OK;
}

static wil_status take_type(dataset *set, const hdf5_message *message)
{
    enum { INTEGER = 0, FLOAT = 1, STRING = 3, VARIABLE = 9, OF_TEXT = 1 };
    const unsigned char *bytes = message->bytes;
    const bool known = !message->shared && message->n >= 8;
    const int class = known ? bytes[0] & 15 : -1;
    const bool of_text = class == VARIABLE && message->n >= 16 && (bytes[1] & 15) == OF_TEXT &&
                         ((bytes[8] & 15) == STRING || (bytes[8] & 15) == INTEGER); /* of characters */
    set->variable = class == VARIABLE;
    set->item = known ? hdf5_little_endian(bytes + 4, 4) : 0;
    WIL_REQUIRE(class == INTEGER || class == FLOAT || class == STRING || of_text, WIL_ERR_INPUT,
        "%s: /%s holds values of another kind than integers, floats and texts, or of a type that is stored "
        "elsewhere; write it with one of these",
        set->file->path, set->name);
    return WIL_OK;
}

static wil_status take_space(dataset *set, const hdf5_message *message)
{
    if (message->shared || message->n < 2)
        return damaged(set);
    set->rank = message->bytes[1];
    return WIL_OK;
}

static wil_status take_filters(dataset *set, const hdf5_message *message)
{
    if (message->shared || message->n < 2)
        return damaged(set);
    set->filtered = message->bytes[1] > 0;
    return WIL_OK;
}

static wil_status take_fill(dataset *set, const hdf5_message *message)
{
    const unsigned char *bytes = message->bytes;
    if (message->n >= 8 && message->type == HDF5_MESSAGE_FILL && bytes[0] < 3)
        set->filled = hdf5_little_endian(bytes + 4, 4) > 0;
    else if (message->n >= 6 && message->type == HDF5_MESSAGE_FILL && bytes[0] >= 3)
        set->filled = (bytes[1] & 0x20) != 0 && hdf5_little_endian(bytes + 2, 4) > 0;
    else if (message->n >= 4 && message->type == HDF5_MESSAGE_OLD_FILL)
        set->filled = set->filled || hdf5_little_endian(bytes, 4) > 0;
    return WIL_OK;
}

static wil_status take_external(dataset *set, const hdf5_message *message)
{
    (void)message;
    return wil_fail(WIL_ERR_INPUT,
        "%s: the values of /%s lie outside, in files it names, which are not read; store the values "
        "themselves in its place",
        set->file->path, set->name);
}

/* HDF5 heeds the first of two messages of a type. */
static wil_status take_message(void *user, const hdf5_message *message)
{
    static wil_status (*const takers[])(dataset *, const hdf5_message *) = {
        [HDF5_MESSAGE_SPACE] = take_space,
        [HDF5_MESSAGE_TYPE] = take_type,
        [HDF5_MESSAGE_OLD_FILL] = take_fill,
        [HDF5_MESSAGE_FILL] = take_fill,
        [HDF5_MESSAGE_EXTERNAL] = take_external,
        [HDF5_MESSAGE_LAYOUT] = take_layout,
        [HDF5_MESSAGE_FILTERS] = take_filters,
    };
    dataset *set = user;
    if (message->type >= sizeof takers / sizeof *takers || takers[message->type] == NULL)
        return WIL_OK;
    const uint32_t bit = (uint32_t)1 << message->type;
    const bool again = (set->seen & bit) != 0;
    set->seen |= bit;
    return again ? damaged(set) : takers[message->type](set, message);
}

wil_status hdf5_dataset_check(const hdf5_file *file, uint64_t address, const char *name)
{
    dataset set = {.file = file, .name = name, .rank = -1, .chunk_rank = -1, .index = UINT64_MAX};
    WIL_TRY(hdf5_header_each(file, address, take_message, &set));
    const bool in_chunks = set.chunk_rank >= 0;
    if (in_chunks && (set.chunk_rank != set.rank || set.chunk_item != set.item))
        return damaged(&set);
    WIL_REQUIRE(!set.variable || !set.filled, WIL_ERR_INPUT,
        "%s: /%s has a fill value, which is not read for texts; write it again without", file->path, name);
    if (!in_chunks)
        return WIL_OK;
    const size_t n_key = 8 + 8 * ((size_t)set.rank + 1); /* size, filters left out, place */
    return hdf5_tree_check(
        file, set.index, name, HDF5_TREE_OF_CHUNKS, n_key, set.filtered ? 0 : set.chunk_bytes);
}
