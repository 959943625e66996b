#include "hdf5_tree.h"

#include <string.h>

#include "hdf5_header.h"

#define HEADER 24 /* signature, kind, level, number of children, neighbours */

typedef struct tree {
    const hdf5_file *file;
    const char *name;
    hdf5_tree_kind kind;
    size_t n_key;     /* bytes; before a chunk: its size, filters left out, place */
    uint64_t n_bytes; /* of each chunk; 0: any */
    uint64_t n_read;  /* bytes of nodes so far; more than the file has means that some repeat */
} tree;

static wil_status damaged(const tree *t)
{
    return wil_fail(
        WIL_ERR_INPUT, "%s: cannot read /%s: the file is damaged: an index is wrong", t->file->path, t->name);
}

static wil_status check_node(tree *t, uint64_t address, int level);

/* level: of the node, 0 where the children are chunks. */
static wil_status check_children(tree *t, const unsigned char *children, size_t n, int level)
{
    for (size_t i = 0; i < n; i++) {
        const unsigned char *key = children + i * (t->n_key + 8);
        if (level > 0)
            WIL_TRY(check_node(t, hdf5_little_endian(key + t->n_key, 8), level - 1));
        else if (t->n_bytes > 0 && hdf5_little_endian(key, 4) != t->n_bytes)
            return damaged(t);
    }
    return WIL_OK;
}

/* level < 0: any. Each step is one level down, so that it ends. */
static wil_status check_node(tree *t, uint64_t address, int level)
{
    unsigned char header[HEADER];
    WIL_OWN(uint8_t) *children = NULL;
    WIL_TRY(hdf5_file_read(t->file, address, HEADER, header));
    const size_t n = (size_t)hdf5_little_endian(header + 6, 2);
    const size_t n_bytes = n * (t->n_key + 8);
    t->n_read += HEADER + n_bytes;
    if (memcmp(header, "TREE", 4) != 0 || header[4] != t->kind || (level >= 0 && header[5] != level) ||
        t->n_read > t->file->n_bytes)
        return damaged(t);
    WIL_TRY(wil_alloc_u8(&children, n_bytes));
    WIL_TRY(hdf5_file_read(t->file, hdf5_bytes_plus(address, HEADER), n_bytes, children));
    return check_children(t, children, n, header[5]);
}

wil_status hdf5_tree_check(const hdf5_file *file, uint64_t address, const char *name, hdf5_tree_kind kind,
    size_t n_key, uint64_t n_bytes)
{
    tree t = {.file = file, .name = name, .kind = kind, .n_key = n_key, .n_bytes = n_bytes};
    return address == UINT64_MAX ? WIL_OK : check_node(&t, address, -1); /* none written yet */
}
