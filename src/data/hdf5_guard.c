#include "hdf5_guard.h"

#include <string.h>

#include "hdf5_chunk.h"
#include "hdf5_dataset.h"
#include "hdf5_header.h"
#include "hdf5_tree.h"

typedef struct group {
    const hdf5_file *file;
    const char *name; /* of what is looked for in it */
} group;

static wil_status take_group_message(void *user, const hdf5_message *message)
{
    const group *g = user;
    const unsigned char *bytes = message->bytes;
    if (message->type == HDF5_MESSAGE_NAMES) {
        WIL_REQUIRE(message->n >= 16, WIL_ERR_INPUT, "%s: an object header is damaged; write the file again",
            g->file->path);
        return hdf5_tree_check(g->file, hdf5_little_endian(bytes, 8), g->name, HDF5_TREE_OF_NAMES, 8, 0);
    }
    if (message->type != HDF5_MESSAGE_LINKS)
        return WIL_OK;
    const size_t at =
        message->n >= 2 && (bytes[1] & 1) != 0 ? 10 : 2; /* behind the highest order of creation */
    WIL_REQUIRE(message->n >= at + 8 && hdf5_little_endian(bytes + at, 8) == UINT64_MAX, WIL_ERR_INPUT,
        "%s: the group of /%s keeps its links outside its header, which is not read; write it again for "
        "earlier versions of HDF5 (h5py: libver='earliest')",
        g->file->path, g->name);
    return WIL_OK;
}

/* `step` lies in the group at address, which becomes that of step. */
static wil_status check_link(uint64_t *address, const hdf5_file *file, const char *step, const char *hint)
{
    H5L_info_t info;
    group parent = {.file = file, .name = step};
    WIL_TRY(hdf5_header_each(file, *address, take_group_message, &parent));
    const htri_t exists = h5.Lexists(file->id, step, H5P_DEFAULT);
    if (exists < 0 || (exists > 0 && h5.Lget_info(file->id, step, &info, H5P_DEFAULT) < 0))
        return hdf5_fail(WIL_ERR_INPUT,
            "%s: cannot look up /%s: what it should lie in is damaged or no group", file->path, step);
    WIL_REQUIRE(exists > 0, WIL_ERR_INPUT, "%s: has no dataset /%s; %s", file->path, step, hint);
    WIL_REQUIRE(info.type == H5L_TYPE_HARD, WIL_ERR_INPUT,
        "%s: /%s is %s, which is not followed, since it can lead to any file of this machine; store the "
        "values themselves in its place",
        file->path, step,
        info.type == H5L_TYPE_SOFT       ? "a soft link"
        : info.type == H5L_TYPE_EXTERNAL ? "an external link"
                                         : "a link of an unknown kind");
    *address = info.u.address;
    return WIL_OK;
}

wil_status hdf5_guard_links(const hdf5_file *file, const char *name, const char *hint)
{
    WIL_OWN(char) *step = NULL; /* "a", then "a/b", then "a/b/c" */
    uint64_t address = 0;
    WIL_TRY(hdf5_header_root(file, &address));
    WIL_TRY(wil_string_copy(&step, name));
    for (char *end = step + strspn(step, "/"); *end != '\0'; end += strspn(end, "/")) {
        end += strcspn(end, "/");
        const char kept = *end;
        *end = '\0';
        WIL_TRY(check_link(&address, file, step, hint));
        *end = kept;
    }
    return hdf5_dataset_check(file, address, name);
}

/* Other filters can pack without limit, or are code that HDF5 would have to load. */
static wil_status check_filters(const hdf5_file *file, hid_t plist, const char *name)
{
    static const H5Z_filter_t known[] = {H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32};
    int n_times[] = {0, 0, 0};
    const int n = h5.Pget_nfilters(plist);
    for (int i = 0; i < n; i++) {
        unsigned flags = 0;
        size_t n_values = 0;
        const H5Z_filter_t id =
            h5.Pget_filter2(plist, (unsigned)i, &flags, &n_values, NULL, 0, NULL, NULL); /* loads no plugin */
        int k = 0;
        while (k < 3 && known[k] != id)
            k++;
        WIL_REQUIRE(k < 3 && ++n_times[k] == 1, WIL_ERR_INPUT,
            "%s: /%s is packed by filter %d%s; only deflate (gzip), shuffle and fletcher32 are read, each "
            "once: write it again with gzip, or `h5repack -f GZIP=1` it",
            file->path, name, (int)id, k < 3 ? " twice" : "");
    }
    return WIL_OK;
}

/* HDF5 takes memory for a whole chunk, even to read one value of it. */
static wil_status check_chunk(const hdf5_file *file, hid_t dataset, hid_t plist, const char *name)
{
    hsize_t chunk[H5S_MAX_RANK];
    char what[256];
    WIL_OWN(hid_t) type = h5.Dget_type(dataset);
    const int rank = h5.Pget_chunk(plist, H5S_MAX_RANK, chunk);
    uint64_t bytes = type < 0 ? 0 : h5.Tget_size(type);
    for (int i = 0; i < rank; i++)
        bytes = hdf5_bytes_times(bytes, chunk[i]);
    WIL_REQUIRE(rank > 0 && bytes > 0, WIL_ERR_INPUT,
        "%s: cannot read how /%s is stored: the file is damaged", file->path, name);
    snprintf(what, sizeof what, "a chunk of /%s", name);
    return hdf5_file_check_holds(file, bytes, what);
}

static wil_status check_layout(const hdf5_file *file, hid_t dataset, hid_t plist, const char *name)
{
    const H5D_layout_t layout = h5.Pget_layout(plist);
    WIL_REQUIRE(layout != H5D_VIRTUAL, WIL_ERR_INPUT,
        "%s: /%s is virtual: its values are put together from other files, which are not read; store the "
        "values themselves in its place",
        file->path, name);
    WIL_REQUIRE(h5.Pget_external_count(plist) == 0, WIL_ERR_INPUT,
        "%s: the values of /%s lie outside, in files it names, which are not read; store the values "
        "themselves in its place",
        file->path, name);
    WIL_REQUIRE(layout == H5D_COMPACT || layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED, WIL_ERR_INPUT,
        "%s: /%s is stored in an unknown way; expected contiguous, chunked or compact", file->path, name);
    return layout == H5D_CHUNKED ? check_chunk(file, dataset, plist, name) : WIL_OK;
}

wil_status hdf5_guard_storage(const hdf5_file *file, hid_t dataset, const char *name)
{
    WIL_OWN(hid_t) plist = h5.Dget_create_plist(dataset);
    if (plist < 0)
        return hdf5_fail(
            WIL_ERR_INPUT, "%s: cannot read how /%s is stored: the file is damaged", file->path, name);
    WIL_TRY(check_layout(file, dataset, plist, name));
    return check_filters(file, plist, name);
}

/* HDF5 reads past values that are fewer than the shape says. None stored at all are what the fill value says.
 */
static wil_status check_amount(
    const hdf5_file *file, hid_t dataset, hid_t plist, const char *name, uint64_t n_bytes)
{
    const hsize_t stored = h5.Dget_storage_size(dataset); /* of all chunks */
    WIL_REQUIRE(stored <= file->n_bytes, WIL_ERR_INPUT,
        "%s: /%s is said to be stored in %llu bytes of a file of %llu: damaged, or made to exhaust the "
        "memory",
        file->path, name, (unsigned long long)stored, (unsigned long long)file->n_bytes);
    const H5D_layout_t layout = h5.Pget_layout(plist);
    const bool open_end = layout == H5D_CHUNKED || (stored == 0 && layout == H5D_CONTIGUOUS);
    WIL_REQUIRE(stored >= n_bytes || open_end, WIL_ERR_INPUT,
        "%s: cannot read /%s: the file is damaged: %llu bytes are stored of %llu", file->path, name,
        (unsigned long long)stored, (unsigned long long)n_bytes);
    return WIL_OK;
}

wil_status hdf5_guard_amount(const hdf5_file *file, hid_t dataset, const char *name, uint64_t n_bytes)
{
    WIL_OWN(hid_t) plist = h5.Dget_create_plist(dataset);
    if (plist < 0)
        return hdf5_fail(
            WIL_ERR_INPUT, "%s: cannot read how /%s is stored: the file is damaged", file->path, name);
    return check_amount(file, dataset, plist, name, n_bytes);
}

/* HDF5 takes as much memory for a chunk as its index says is stored of it. */
wil_status hdf5_guard_rows(
    const hdf5_file *file, hid_t dataset, const char *name, size_t item_bytes, hsize_t first, hsize_t n)
{
    WIL_OWN(hid_t) plist = h5.Dget_create_plist(dataset);
    if (plist < 0)
        return hdf5_fail(
            WIL_ERR_INPUT, "%s: cannot read how /%s is stored: the file is damaged", file->path, name);
    return h5.Pget_layout(plist) == H5D_CHUNKED
               ? hdf5_chunks_check(file, dataset, plist, name, item_bytes, first, n)
               : WIL_OK;
}
