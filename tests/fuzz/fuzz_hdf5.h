/* What the fuzz targets of HDF5 files share. */
#ifndef WILLIS_FUZZ_HDF5_H
#define WILLIS_FUZZ_HDF5_H

/* Whether the library left no file, data set, type or attribute of HDF5 open. */
int fuzz_hdf5_is_closed(void);

#endif
