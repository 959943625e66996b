#include "fuzz_seeds.h"

#include <hdf5.h>

#include "willis/data.h"

/* ---- patch sets --------------------------------------------------------------------------------------- */

/* Two patches of 4x4 of one subject. */
static wil_status write_set(const char *path)
{
    float image[32];
    uint8_t label[32];
    int32_t subject[2] = {0, 0};
    int32_t position[6] = {1, 2, 3, 4, 5, 6};
    char name[] = "sub-1";
    char *subjects[1] = {name};
    float range[2] = {0, 31};
    for (int i = 0; i < 32; i++) {
        image[i] = (float)i;
        label[i] = i % 3 == 0;
    }
    wil_samples set = {.n = 2,
        .shape = {1, 1, 4, 4, 1},
        .image = image,
        .label = label,
        .subject = subject,
        .position = position,
        .subjects = subjects,
        .n_subjects = 1,
        .subject_range = range,
        .spacing_mm = {0.5, 0.5, 0.7},
        .attributes = json_pack("{s:s, s:i, s:f}", "kind", "real", "seed", 9, "x", 0.5)};
    const wil_status status = wil_samples_write(&set, path);
    json_decref(set.attributes);
    return status;
}

/* Replaces /image by one whose values lie in other files. */
static bool lead_out(const char *path, bool external)
{
    const hsize_t dims[3] = {2, 4, 4};
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(3, dims, NULL);
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    bool good = H5Ldelete(file, "image", H5P_DEFAULT) >= 0 &&
                (external ? H5Pset_external(plist, "/etc/passwd", 0, 128)
                          : H5Pset_virtual(plist, space, ".", "label", space)) >= 0;
    const hid_t set = H5Dcreate2(file, "image", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    good = good && set >= 0 && H5Dclose(set) >= 0;
    good = H5Pclose(plist) >= 0 && good;
    good = H5Sclose(space) >= 0 && good;
    return H5Fclose(file) >= 0 && good;
}

/* Replaces /subject by strings of variable length, as h5py writes them. */
static bool make_variable(const char *path)
{
    const hsize_t n = 2;
    const char *names[2] = {"sub-1", "sub-1"};
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(1, &n, NULL);
    const hid_t type = H5Tcopy(H5T_C_S1);
    bool good = H5Tset_size(type, H5T_VARIABLE) >= 0 && H5Ldelete(file, "subject", H5P_DEFAULT) >= 0;
    const hid_t set = H5Dcreate2(file, "subject", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    good = good && set >= 0 && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, names) >= 0 &&
           H5Dclose(set) >= 0;
    good = H5Tclose(type) >= 0 && good;
    good = H5Sclose(space) >= 0 && good;
    return H5Fclose(file) >= 0 && good;
}

static wil_status write_sets(const char *folder)
{
    static const char *const names[] = {"fixed.h5", "variable.h5", "virtual.h5", "external.h5"};
    for (int i = 0; i < 4; i++) {
        char *path = NULL;
        WIL_TRY(seed_place(&path, folder, "patches", names[i]));
        wil_status status = write_set(path);
        if (status == WIL_OK && i > 0 && !(i == 1 ? make_variable(path) : lead_out(path, i == 3)))
            status = wil_fail(WIL_ERR_IO, "%s: cannot be changed", path);
        wil_free(path);
        WIL_TRY(status);
    }
    return WIL_OK;
}

/* ---- matrices ----------------------------------------------------------------------------------------- */

/* /group/features [3,2]. latest: with the file format of newer libraries. */
static bool write_matrix(const char *path, bool packed, bool latest)
{
    const hsize_t dims[2] = {3, 2};
    const hsize_t chunk[2] = {2, 2};
    const double values[6] = {1, 2, 3, 4, 5, 6};
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    bool good = !latest || H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST) >= 0;
    good = good && (!packed || (H5Pset_chunk(plist, 2, chunk) >= 0 && H5Pset_shuffle(plist) >= 0 &&
                                   H5Pset_deflate(plist, 6) >= 0 && H5Pset_fletcher32(plist) >= 0));
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    const hid_t group = H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(2, dims, NULL);
    const hid_t set = H5Dcreate2(group, "features", H5T_IEEE_F64LE, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    good = good && set >= 0 && H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    good = H5Dclose(set) >= 0 && good;
    good = H5Sclose(space) >= 0 && good;
    good = H5Gclose(group) >= 0 && good;
    good = H5Pclose(plist) >= 0 && H5Pclose(access) >= 0 && good;
    return H5Fclose(file) >= 0 && good;
}

static wil_status write_matrices(const char *folder)
{
    static const char *const names[] = {"plain.h5", "packed.h5", "plain_latest.h5", "packed_latest.h5"};
    for (int i = 0; i < 4; i++) {
        char *path = NULL;
        WIL_TRY(seed_place(&path, folder, "features", names[i]));
        const bool good = write_matrix(path, i % 2 == 1, i >= 2);
        const wil_status status = good ? WIL_OK : wil_fail(WIL_ERR_IO, "%s: cannot be written", path);
        wil_free(path);
        WIL_TRY(status);
    }
    return WIL_OK;
}

wil_status seeds_write_hdf5(const char *folder)
{
    WIL_TRY(write_sets(folder));
    return write_matrices(folder);
}
