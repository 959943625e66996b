#include "hdf5_driver.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hdf5_header.h"

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

typedef struct driver_file {
    H5FD_t common; /* HDF5's own; first */
    int descriptor;
    struct stat info;
    haddr_t end_of_addresses;
} driver_file;

/* The innermost reason of HDF5's, for hdf5_fail. */
static herr_t refuse(const char *reason)
{
    (void)h5.Epush2(
        H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_FILE, H5E_BADFILE, "%s", reason);
    return -1;
}

static bool read_all(const driver_file *file, uint64_t at, uint64_t n, unsigned char *out)
{
    while (n > 0) {
        const ssize_t got = pread(file->descriptor, out, n, (off_t)at);
        if (got == 0)
            memset(out, 0, n); /* HDF5 reads ahead of what was written */
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        at += (uint64_t)got;
        out += got;
        n -= (uint64_t)got;
    }
    return true;
}

static H5FD_t *driver_open(const char *path, unsigned flags, hid_t plist, haddr_t most)
{
    (void)plist;
    (void)most;
    driver_file *file = NULL;
    if ((flags & (H5F_ACC_RDWR | H5F_ACC_TRUNC | H5F_ACC_CREAT)) != 0 ||
        wil_alloc((void **)&file, 1, sizeof *file) != WIL_OK)
        return NULL;
    file->descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (file->descriptor < 0 || fstat(file->descriptor, &file->info) != 0) {
        (void)refuse(strerror(errno));
        if (file->descriptor >= 0)
            (void)close(file->descriptor);
        wil_free(file);
        return NULL;
    }
    return &file->common;
}

static herr_t driver_close(H5FD_t *common)
{
    driver_file *file = (driver_file *)common;
    const int result = close(file->descriptor);
    wil_free(file);
    return result;
}

/* HDF5 asks which open files are one. */
static int driver_compare(const H5FD_t *a, const H5FD_t *b)
{
    const struct stat *x = &((const driver_file *)a)->info;
    const struct stat *y = &((const driver_file *)b)->info;
    if (x->st_dev != y->st_dev)
        return x->st_dev < y->st_dev ? -1 : 1;
    return x->st_ino == y->st_ino ? 0 : x->st_ino < y->st_ino ? -1 : 1;
}

/* No accumulation of metadata: there HDF5 1.10 crashes on addresses near the end of all numbers. */
static herr_t driver_query(const H5FD_t *common, unsigned long *flags)
{
    (void)common;
    *flags = H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}

static haddr_t driver_get_eoa(const H5FD_t *common, H5FD_mem_t type)
{
    (void)type;
    return ((const driver_file *)common)->end_of_addresses;
}

static herr_t driver_set_eoa(H5FD_t *common, H5FD_mem_t type, haddr_t at)
{
    (void)type;
    ((driver_file *)common)->end_of_addresses = at;
    return 0;
}

static haddr_t driver_get_eof(const H5FD_t *common, H5FD_mem_t type)
{
    (void)type;
    return (haddr_t)((const driver_file *)common)->info.st_size;
}

/* The free blocks of a group's heap of names each tell the place of the next. HDF5 1.10 follows them in a
 * circle and takes memory at each. [HDF5 File Format Specification 3.0, III.D] */
static bool free_blocks_end(const driver_file *file, const unsigned char *header)
{
    enum { BLOCK = 16, END = 1 }; /* bytes that tell the next place and the size */
    const uint64_t size = hdf5_little_endian(header + 8, 8);
    const uint64_t begin = file->common.base_addr + hdf5_little_endian(header + 24, 8);
    uint64_t place = hdf5_little_endian(header + 16, 8);
    uint64_t marked =
        END; /* a place passed before; moved at steps 1, 2, 4, ..., so that a circle comes back to it */
    if (size > (uint64_t)file->info.st_size || begin > (uint64_t)file->info.st_size)
        return place == END;
    for (uint64_t step = 1; place != END; step++) {
        unsigned char block[BLOCK];
        if (place == marked || size < BLOCK || place > size - BLOCK ||
            !read_all(file, begin + place, BLOCK, block))
            return false;
        if ((step & (step - 1)) == 0)
            marked = place;
        place = hdf5_little_endian(block, 8);
    }
    return true;
}

static herr_t driver_read(H5FD_t *common, H5FD_mem_t type, hid_t plist, haddr_t at, size_t n, void *out)
{
    enum { HEAP_HEADER = 32 };
    (void)plist;
    const driver_file *file = (const driver_file *)common;
    if (at > INT64_MAX || n > INT64_MAX - at || !read_all(file, at, n, out))
        return refuse("the file cannot be read there");
    if (type == H5FD_MEM_LHEAP && n >= HEAP_HEADER && memcmp(out, "HEAP", 4) == 0 &&
        !free_blocks_end(file, out))
        return refuse("the names of a group are damaged");
    return 0;
}

static herr_t driver_write(
    H5FD_t *common, H5FD_mem_t type, hid_t plist, haddr_t at, size_t n, const void *bytes)
{
    (void)common;
    (void)type;
    (void)plist;
    (void)at;
    (void)n;
    (void)bytes;
    return refuse("the file is open for reading only");
}

/* Refuses a file that another program writes, as HDF5's own driver does. */
static herr_t driver_lock(H5FD_t *common, hbool_t writing)
{
    const int how = (writing ? LOCK_EX : LOCK_SH) | LOCK_NB;
    if (flock(((driver_file *)common)->descriptor, how) == 0 || errno == ENOSYS || errno == EOPNOTSUPP)
        return 0; /* some network file systems have no locks */
    return refuse("the file is locked: another program writes it");
}

static herr_t driver_unlock(H5FD_t *common)
{
    return flock(((driver_file *)common)->descriptor, LOCK_UN) == 0 || errno == ENOSYS ? 0 : -1;
}

static const H5FD_class_t DRIVER = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)H5_VFD_RESERVED + 87, /* any that HDF5 does not use */
#endif
    .name = "willis",
    .maxaddr = INT64_MAX,
    .fc_degree = H5F_CLOSE_WEAK,
    .open = driver_open,
    .close = driver_close,
    .cmp = driver_compare,
    .query = driver_query,
    .get_eoa = driver_get_eoa,
    .set_eoa = driver_set_eoa,
    .get_eof = driver_get_eof,
    .read = driver_read,
    .write = driver_write,
    .lock = driver_lock,
    .unlock = driver_unlock,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

wil_status hdf5_driver_open(hid_t *file_out, const char *path)
{
    const hid_t driver = h5.FDregister(&DRIVER); /* the open file keeps it */
    const hid_t plist = h5.Pcreate(H5P_FILE_ACCESS);
    const bool ready = driver >= 0 && plist >= 0 && h5.Pset_driver(plist, driver, NULL) >= 0;
    wil_status status = WIL_OK;
    *file_out = ready ? h5.Fopen(path, H5F_ACC_RDONLY, plist) : -1;
    if (*file_out < 0)
        status = hdf5_fail(WIL_ERR_INPUT, "%s: cannot be opened: damaged or cut off", path);
    if (plist >= 0)
        (void)h5.Pclose(plist);
    if (driver >= 0)
        (void)h5.FDunregister(driver);
    return status;
}
