/* What is used of HDF5, which is loaded when it is first needed: h5.Fopen is H5Fopen, and H5T_NATIVE_FLOAT
 * and its like work as ever. A name that is missing here is one the linker does not find. */
#ifndef WILLIS_DATA_HDF5_LIBRARY_H
#define WILLIS_DATA_HDF5_LIBRARY_H

#include <hdf5.h>

#include "willis/base.h"

/* clang-format off */
#define HDF5_NAMES(DO) \
    DO(open) DO(check_version) DO(Aclose) DO(Acreate2) DO(Aexists) DO(Aget_space) DO(Aget_type) \
    DO(Aiterate2) DO(Aopen) DO(Aread) DO(Awrite) DO(Dclose) DO(Dcreate2) DO(Dget_space) DO(Dget_type) \
    DO(Dopen2) DO(Dread) DO(Dset_extent) DO(Dwrite) DO(Eclear2) DO(Eget_auto2) DO(Eset_auto2) DO(Ewalk2) \
    DO(Fclose) DO(Fcreate) DO(Fis_hdf5) DO(Fopen) DO(Idec_ref) DO(Lexists) DO(Pclose) DO(Pcreate) \
    DO(Pset_chunk) DO(Pset_deflate) DO(Pset_fclose_degree) DO(Pset_shuffle) DO(Sclose) DO(Screate) \
    DO(Screate_simple) DO(Sget_simple_extent_dims) DO(Sget_simple_extent_ndims) \
    DO(Sget_simple_extent_npoints) DO(Sget_simple_extent_type) DO(Sselect_hyperslab) DO(Tclose) DO(Tcopy) \
    DO(Tget_class) DO(Tget_cset) DO(Tget_sign) DO(Tget_size) DO(Tis_variable_str) DO(Tset_cset) \
    DO(Tset_size) DO(Tset_strpad) DO(dont_atexit) DO(free_memory) \
    DO(P_CLS_DATASET_CREATE_ID_g) DO(P_CLS_FILE_ACCESS_ID_g) DO(T_C_S1_g) DO(T_IEEE_F32LE_g) \
    DO(T_IEEE_F64LE_g) DO(T_NATIVE_DOUBLE_g) DO(T_NATIVE_FLOAT_g) DO(T_NATIVE_INT32_g) \
    DO(T_NATIVE_INT64_g) DO(T_NATIVE_UINT8_g) DO(T_STD_I32LE_g) DO(T_STD_I64LE_g) DO(T_STD_U8LE_g)
/* clang-format on */
#define HDF5_POINTER(name) __typeof__(&H5##name) name;
extern struct hdf5_table {
    HDF5_NAMES(HDF5_POINTER)
} h5;

#define H5open h5.open
#define H5check_version h5.check_version
#define H5P_CLS_DATASET_CREATE_ID_g (*h5.P_CLS_DATASET_CREATE_ID_g)
#define H5P_CLS_FILE_ACCESS_ID_g (*h5.P_CLS_FILE_ACCESS_ID_g)
#define H5T_C_S1_g (*h5.T_C_S1_g)
#define H5T_IEEE_F32LE_g (*h5.T_IEEE_F32LE_g)
#define H5T_IEEE_F64LE_g (*h5.T_IEEE_F64LE_g)
#define H5T_NATIVE_DOUBLE_g (*h5.T_NATIVE_DOUBLE_g)
#define H5T_NATIVE_FLOAT_g (*h5.T_NATIVE_FLOAT_g)
#define H5T_NATIVE_INT32_g (*h5.T_NATIVE_INT32_g)
#define H5T_NATIVE_INT64_g (*h5.T_NATIVE_INT64_g)
#define H5T_NATIVE_UINT8_g (*h5.T_NATIVE_UINT8_g)
#define H5T_STD_I32LE_g (*h5.T_STD_I32LE_g)
#define H5T_STD_I64LE_g (*h5.T_STD_I64LE_g)
#define H5T_STD_U8LE_g (*h5.T_STD_U8LE_g)

/* Before anything else of it. Fails: WIL_ERR_IO (not there). */
WIL_NODISCARD wil_status hdf5_load(void);

#endif
