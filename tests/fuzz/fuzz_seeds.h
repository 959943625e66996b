/* Files from which the fuzz targets start, in FOLDER/<format>/. */
#ifndef WILLIS_FUZZ_SEEDS_H
#define WILLIS_FUZZ_SEEDS_H

#include "willis/base.h"

/* "<folder>/<format>/<name>", its folder made; the caller's. */
WIL_NODISCARD wil_status seed_place(char **path, const char *folder, const char *format, const char *name);
/* Patch sets and matrices in HDF5, sound ones and ones that lead out of the file. */
WIL_NODISCARD wil_status seeds_write_hdf5(const char *folder);
/* A checkpoint of the training of fuzz_train.h. */
WIL_NODISCARD wil_status seeds_write_checkpoint(const char *folder);

#endif
