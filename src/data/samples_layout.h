/* Where the axes of a sample lie in its HDF5 datasets: those that are not used are left out. */
#ifndef WILLIS_DATA_SAMPLES_LAYOUT_H
#define WILLIS_DATA_SAMPLES_LAYOUT_H

#include "hdf5_array.h"
#include "willis/data.h"

#define SAMPLES_FORMAT 2 /* version 1 had no attribute `format`, and images [n,y,x] only */

/* Ends the message on a dataset that is not there. */
#define SAMPLES_HINT                                                                                         \
    "a patch set holds image, label or target, subject, position, subjects and subject_range; "              \
    "labels without images are for `willis generate --labels`"

typedef struct sample_axes {
    int rank;
    hsize_t dims[HDF5_MAX_RANK];
} sample_axes;

sample_axes samples_image_axes(const wil_samples *set);  /* [n,(time),(z),y,x,(channel)] */
sample_axes samples_label_axes(const wil_samples *set);  /* [n,(time),(z),y,x] */
sample_axes samples_target_axes(const wil_samples *set); /* [n,map,(z),y,x] */
/* The other way: n and shape of set from the image's axes. Fails WIL_ERR_INPUT: not as many axes as has_time
 * and channels (1: no axis) leave possible. */
WIL_NODISCARD wil_status samples_shape_from(
    wil_samples *set, const hdf5_array *image, bool has_time, int64_t channels); /* or from the label's */
/* Fails WIL_ERR_INPUT when a dataset does not have these axes. */
WIL_NODISCARD wil_status samples_axes_match(
    const hdf5_array *array, const sample_axes *expected, const hdf5_array *image);

/* Subjects, ranges and positions of a set whose n is known. */
WIL_NODISCARD wil_status samples_read_subjects(wil_samples *out, const hdf5_file *file);

#endif
