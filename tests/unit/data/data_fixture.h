/* A temporary folder, and small scans in it: a bright tube along z (the vessel) in noise, in an elliptic
 * brain. */
#ifndef WILLIS_TEST_DATA_FIXTURE_H
#define WILLIS_TEST_DATA_FIXTURE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage.h"
#include "temp_folder.h"
#include "willis/data.h"

#define NX 24
#define NY 20
#define NZ 5

static inline wil_grid test_grid(void)
{
    return wil_grid_make(NX, NY, NZ, 0.5, 0.5, 0.7);
}

static inline bool is_vessel(int x, int y)
{
    return abs(x - 10) <= 1 && abs(y - 11) <= 1;
}

static inline bool is_brain(int x, int y)
{
    const double u = (x - 11.5) / 10.0;
    const double v = (y - 9.5) / 8.0;
    return u * u + v * v <= 1;
}

static inline size_t voxel(int x, int y, int z)
{
    return ((size_t)z * NY + (size_t)y) * NX + (size_t)x;
}

/* Noise by number, so that scans of different numbers differ. */
static inline void make_scan(wil_scan *scan, unsigned number)
{
    const wil_grid grid = test_grid();
    const wil_rng rng = wil_rng_at(number, WIL_RNG_TEST, 0);
    memset(scan, 0, sizeof *scan);
    OK(wil_volume_make(&scan->image, &grid, 1));
    OK(wil_mask_make(&scan->label, &grid));
    OK(wil_mask_make(&scan->brain, &grid));
    for (int z = 0; z < NZ; z++) {
        for (int y = 0; y < NY; y++) {
            for (int x = 0; x < NX; x++) {
                const size_t i = voxel(x, y, z);
                scan->label.voxels[i] = is_vessel(x, y);
                scan->brain.voxels[i] = is_brain(x, y);
                scan->image.voxels[i] = (float)floor((is_vessel(x, y)     ? 200
                                                         : is_brain(x, y) ? 80
                                                                          : 0) +
                                                     40 * wil_rng_uniform(rng, i));
            }
        }
    }
}

/* <id>_image.nii, <id>_label.nii and <id>_mask.nii in folder. */
static inline void write_scan(const char *folder, const char *id, const wil_scan *scan)
{
    OK(wil_volume_write(&scan->image, in_folder(folder, "%s_image.nii", id), WIL_NIFTI_F32, ""));
    OK(wil_mask_write(&scan->label, in_folder(folder, "%s_label.nii", id), ""));
    OK(wil_mask_write(&scan->brain, in_folder(folder, "%s_mask.nii", id), ""));
}

/* As write_scan, with files whose axes run as codes say. */
static inline wil_status storage_write_scan(
    const char *folder, const char *id, const wil_scan *scan, const char *codes)
{
    WIL_TRY(storage_write_volume(in_folder(folder, "%s_image.nii", id), &scan->image, WIL_NIFTI_F32, codes));
    WIL_TRY(storage_write_mask(in_folder(folder, "%s_label.nii", id), &scan->label, codes));
    return storage_write_mask(in_folder(folder, "%s_mask.nii", id), &scan->brain, codes);
}

/* A cohort of one subject to train on. */
static inline const char *storage_cohort(const char *folder, const char *id)
{
    char text[200];
    snprintf(text, sizeof text,
        "subject\tsplit\timage\tlabel\tmask\n%s\ttrain\t%s_image.nii\t%s_label.nii\t%s_mask.nii\n", id, id,
        id, id);
    return write_text(in_folder(folder, "cohort.tsv"), text);
}

static inline void write_numbered(const char *folder, const char *id, unsigned number)
{
    wil_scan scan;
    make_scan(&scan, number);
    write_scan(folder, id, &scan);
    wil_scan_clear(&scan);
}

/* A subject of a scan written by write_scan; label and mask as wanted. Clear with drop_subject. */
static inline wil_subject subject_of(const char *folder, const char *id, bool label, bool mask)
{
    wil_subject subject = {.id = strdup(id), .split = WIL_SPLIT_TRAIN};
    subject.image = strdup(in_folder(folder, "%s_image.nii", id));
    subject.label = label ? strdup(in_folder(folder, "%s_label.nii", id)) : NULL;
    subject.mask = mask ? strdup(in_folder(folder, "%s_mask.nii", id)) : NULL;
    return subject;
}

static inline void drop_subject(wil_subject *subject)
{
    free(subject->id);
    free(subject->image);
    free(subject->label);
    free(subject->mask);
}

/* cohort.tsv of subjects a, b, c, ... in the splits whose names follow, with labels and masks; scans written.
 */
static inline const char *write_cohort(const char *folder, int n, const char *const *splits)
{
    char *text = NULL;
    OK(wil_text_append(&text, "subject\tsplit\timage\tlabel\tmask\n"));
    for (int i = 0; i < n; i++) {
        const char id[] = {(char)('a' + i), '\0'};
        write_numbered(folder, id, (unsigned)i);
        OK(wil_text_append(
            &text, "%s\t%s\t%s_image.nii\t%s_label.nii\t%s_mask.nii\n", id, splits[i], id, id, id));
    }
    const char *path = in_folder(folder, "cohort.tsv");
    write_text(path, text);
    wil_free(text);
    return path;
}

#endif
