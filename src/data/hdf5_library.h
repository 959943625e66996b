/* What is used of HDF5, which is loaded when it is first needed: h5.Fopen is H5Fopen, and H5T_NATIVE_FLOAT
 * and its like work as ever. A name that is missing here is one the linker does not find. */
#ifndef WILLIS_DATA_HDF5_LIBRARY_H
#define WILLIS_DATA_HDF5_LIBRARY_H

#define H5_USE_110_API /* newer libraries tell the addresses of objects under these names only */
#include <hdf5.h>

#include "willis/base.h"

/* clang-format off */
#define HDF5_NAMES(DO) \
    DO(open) DO(check_version) DO(Aclose) DO(Acreate2) DO(Awrite) DO(Dclose) DO(Dcreate2) \
    DO(Dget_chunk_storage_size) DO(Dget_create_plist) DO(Dget_offset) DO(Dget_space) \
    DO(Dget_storage_size) DO(Dget_type) DO(Dopen2) DO(Dread) DO(Dread_chunk) DO(Dset_extent) DO(Dwrite) \
    DO(Eclear2) DO(Eget_auto2) DO(Epush2) DO(Eset_auto2) DO(Ewalk2) DO(FDregister) DO(FDunregister) \
    DO(Fclose) DO(Fcreate) DO(Fget_create_plist) DO(Fopen) DO(Idec_ref) DO(Lexists) \
    DO(Lget_info) DO(Oget_info2) DO(PLget_loading_state) DO(PLset_loading_state) DO(Pclose) DO(Pcreate) \
    DO(Pget_chunk) DO(Pget_external_count) DO(Pget_filter2) DO(Pget_layout) DO(Pget_nfilters) \
    DO(Pget_userblock) DO(Pset_chunk) DO(Pset_deflate) DO(Pset_driver) \
    DO(Pset_fclose_degree) DO(Pset_shuffle) DO(Sclose) DO(Screate) DO(Screate_simple) \
    DO(Sget_simple_extent_dims) DO(Sget_simple_extent_ndims) DO(Sselect_hyperslab) DO(Tclose) \
    DO(Tconvert) DO(Tcopy) DO(Tget_class) DO(Tget_cset) DO(Tget_sign) DO(Tget_size) DO(Tis_variable_str) \
    DO(Tset_cset) DO(Tset_size) DO(Tset_strpad) DO(dont_atexit) DO(E_BADFILE_g) DO(E_ERR_CLS_g) \
    DO(E_FILE_g) DO(E_NOSPACE_g) DO(E_RESOURCE_g) DO(P_CLS_DATASET_CREATE_ID_g) DO(P_CLS_FILE_ACCESS_ID_g) DO(T_C_S1_g) \
    DO(T_IEEE_F32BE_g) DO(T_IEEE_F32LE_g) DO(T_IEEE_F64BE_g) DO(T_IEEE_F64LE_g) DO(T_NATIVE_DOUBLE_g) \
    DO(T_NATIVE_FLOAT_g) DO(T_NATIVE_INT32_g) DO(T_NATIVE_INT64_g) DO(T_NATIVE_UINT8_g) \
    DO(T_STD_I16BE_g) DO(T_STD_I16LE_g) DO(T_STD_I32BE_g) DO(T_STD_I32LE_g) DO(T_STD_I64BE_g) \
    DO(T_STD_I64LE_g) DO(T_STD_I8BE_g) DO(T_STD_I8LE_g) DO(T_STD_U16BE_g) DO(T_STD_U16LE_g) \
    DO(T_STD_U32BE_g) DO(T_STD_U32LE_g) DO(T_STD_U64BE_g) DO(T_STD_U64LE_g) DO(T_STD_U8BE_g) \
    DO(T_STD_U8LE_g)
/* clang-format on */
#define HDF5_POINTER(name) __typeof__(&H5##name) name;
extern struct hdf5_table {
    HDF5_NAMES(HDF5_POINTER)
} h5;

#define H5open h5.open
#define H5check_version h5.check_version
#define H5E_BADFILE_g (*h5.E_BADFILE_g)
#define H5E_NOSPACE_g (*h5.E_NOSPACE_g)
#define H5E_RESOURCE_g (*h5.E_RESOURCE_g)
#define H5E_ERR_CLS_g (*h5.E_ERR_CLS_g)
#define H5E_FILE_g (*h5.E_FILE_g)
#define H5P_CLS_DATASET_CREATE_ID_g (*h5.P_CLS_DATASET_CREATE_ID_g)
#define H5P_CLS_FILE_ACCESS_ID_g (*h5.P_CLS_FILE_ACCESS_ID_g)
#define H5T_C_S1_g (*h5.T_C_S1_g)
#define H5T_IEEE_F32BE_g (*h5.T_IEEE_F32BE_g)
#define H5T_IEEE_F32LE_g (*h5.T_IEEE_F32LE_g)
#define H5T_IEEE_F64BE_g (*h5.T_IEEE_F64BE_g)
#define H5T_IEEE_F64LE_g (*h5.T_IEEE_F64LE_g)
#define H5T_NATIVE_DOUBLE_g (*h5.T_NATIVE_DOUBLE_g)
#define H5T_NATIVE_FLOAT_g (*h5.T_NATIVE_FLOAT_g)
#define H5T_NATIVE_INT32_g (*h5.T_NATIVE_INT32_g)
#define H5T_NATIVE_INT64_g (*h5.T_NATIVE_INT64_g)
#define H5T_NATIVE_UINT8_g (*h5.T_NATIVE_UINT8_g)
#define H5T_STD_I16BE_g (*h5.T_STD_I16BE_g)
#define H5T_STD_I16LE_g (*h5.T_STD_I16LE_g)
#define H5T_STD_I32BE_g (*h5.T_STD_I32BE_g)
#define H5T_STD_I32LE_g (*h5.T_STD_I32LE_g)
#define H5T_STD_I64BE_g (*h5.T_STD_I64BE_g)
#define H5T_STD_I64LE_g (*h5.T_STD_I64LE_g)
#define H5T_STD_I8BE_g (*h5.T_STD_I8BE_g)
#define H5T_STD_I8LE_g (*h5.T_STD_I8LE_g)
#define H5T_STD_U16BE_g (*h5.T_STD_U16BE_g)
#define H5T_STD_U16LE_g (*h5.T_STD_U16LE_g)
#define H5T_STD_U32BE_g (*h5.T_STD_U32BE_g)
#define H5T_STD_U32LE_g (*h5.T_STD_U32LE_g)
#define H5T_STD_U64BE_g (*h5.T_STD_U64BE_g)
#define H5T_STD_U64LE_g (*h5.T_STD_U64LE_g)
#define H5T_STD_U8BE_g (*h5.T_STD_U8BE_g)
#define H5T_STD_U8LE_g (*h5.T_STD_U8LE_g)

/* Before anything else of it. Fails: WIL_ERR_IO (not there). */
WIL_NODISCARD wil_status hdf5_load(void);

#endif
