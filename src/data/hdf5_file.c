#include "hdf5_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hdf5_driver.h"
#include "hdf5_header.h"

#define MOST_PER_BYTE 1032 /* deflate makes at most 258 bytes of 2 bits [zlib, Technical Details] */
#define FREE_BYTES                                                                                           \
    1048576 /* HDF5 stores nothing for values that were never written; little of it is fine                  \
             */
#define MIB 1048576.0

uint64_t hdf5_bytes_times(uint64_t a, uint64_t b)
{
    uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

uint64_t hdf5_bytes_plus(uint64_t a, uint64_t b)
{
    uint64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static const unsigned char SIGNATURE[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

/* A user's block of 512 bytes, 1024, 2048, ... may come first. */
bool hdf5_file_is(const char *path)
{
    struct stat info;
    unsigned char first[sizeof SIGNATURE];
    bool is = false;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor >= 0 && fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode))
        for (off_t at = 0; !is && at < info.st_size; at = at == 0 ? 512 : 2 * at)
            is = pread(descriptor, first, sizeof first, at) == sizeof first &&
                 memcmp(first, SIGNATURE, sizeof first) == 0;
    if (descriptor >= 0)
        (void)close(descriptor);
    return is;
}

/* What stands first in the file. An extension can name a driver, keep messages in common, or hold another
 * version of all that HDF5 knows of the file (the image of its cache), which we would not see: no ordinary
 * file has one. HDF5 can count in other sizes than 8 bytes, and no one does; our own reading relies on it.
 * [HDF5 File Format Specification 3.0, II.A] */
static wil_status check_superblock(const hdf5_file *file)
{
    unsigned char first[28];
    for (uint64_t at = 0; at < file->n_bytes && file->n_bytes - at >= sizeof first;
         at = at == 0 ? 512 : 2 * at) {
        WIL_TRY(hdf5_file_read(file, at, sizeof first, first));
        if (memcmp(first, SIGNATURE, sizeof SIGNATURE) != 0)
            continue;
        const bool second = first[8] >= 2;
        const unsigned char *sizes = first + (second ? 9 : 13);
        WIL_REQUIRE(sizes[0] == 8 && sizes[1] == 8, WIL_ERR_INPUT,
            "%s: has addresses of %d bytes and lengths of %d; expected 8 and 8: write it again with HDF5's "
            "defaults",
            file->path, sizes[0], sizes[1]);
        WIL_REQUIRE(!second || hdf5_little_endian(first + 20, 8) == UINT64_MAX, WIL_ERR_INPUT,
            "%s: has a superblock with an extension (pages, messages in common, the image of a cache), which "
            "is not read: write it again with HDF5's defaults",
            file->path);
        return WIL_OK;
    }
    return WIL_OK; /* HDF5 says what is wrong */
}

/* Where addresses count from. */
static wil_status find_base(hdf5_file *file)
{
    hsize_t base = 0;
    const hid_t plist = h5.Fget_create_plist(file->id);
    const bool known = plist >= 0 && h5.Pget_userblock(plist, &base) >= 0;
    if (plist >= 0)
        (void)h5.Pclose(plist);
    file->base = base;
    WIL_REQUIRE(known, WIL_ERR_INPUT, "%s: cannot be opened: damaged or cut off", file->path);
    return WIL_OK;
}

wil_status hdf5_file_open(hdf5_file *out, const char *path)
{
    struct stat info;
    *out = (hdf5_file){.id = -1, .path = path, .descriptor = open(path, O_RDONLY | O_CLOEXEC)};
    WIL_TRY(hdf5_load());
    WIL_REQUIRE_ERRNO(out->descriptor >= 0 && fstat(out->descriptor, &info) == 0, WIL_ERR_INPUT,
        "%s: cannot be read", path);
    out->n_bytes = (uint64_t)info.st_size;
    WIL_TRY(check_superblock(out));
    WIL_TRY(hdf5_driver_open(&out->id, path));
    return find_base(out);
}

void hdf5_file_close(hdf5_file *file)
{
    if (file->id > 0)
        (void)h5.Fclose(file->id);
    if (file->descriptor > 0)
        (void)close(file->descriptor);
    file->id = -1;
    file->descriptor = -1;
}

wil_status hdf5_file_read(const hdf5_file *file, uint64_t address, uint64_t n, void *out)
{
    uint64_t at = hdf5_bytes_plus(file->base, address);
    unsigned char *bytes = out;
    WIL_REQUIRE(at <= file->n_bytes && n <= file->n_bytes - at, WIL_ERR_INPUT,
        "%s: is damaged: it leads to byte %llu, and is %llu long", file->path,
        (unsigned long long)hdf5_bytes_plus(at, n), (unsigned long long)file->n_bytes);
    while (n > 0) {
        const ssize_t got = pread(file->descriptor, bytes, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        WIL_REQUIRE(
            got > 0, WIL_ERR_INPUT, "%s: cannot be read: it became shorter, or the disk failed", file->path);
        bytes += got;
        at += (uint64_t)got;
        n -= (uint64_t)got;
    }
    return WIL_OK;
}

wil_status hdf5_file_check_holds(const hdf5_file *file, uint64_t n_bytes, const char *what)
{
    const uint64_t most = hdf5_bytes_plus(hdf5_bytes_times(file->n_bytes, MOST_PER_BYTE), FREE_BYTES);
    WIL_REQUIRE(n_bytes <= most, WIL_ERR_INPUT,
        "%s: %s would take %.1f MiB, but a file of %.2f MiB holds at most %.1f MiB, however compressed: it "
        "is damaged, made to exhaust the memory, or was never filled; write all of its values again",
        file->path, what, (double)n_bytes / MIB, (double)file->n_bytes / MIB, (double)most / MIB);
    return WIL_OK;
}
