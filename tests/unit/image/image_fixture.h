/* A temporary folder, and NIfTI files made by hand in it: every byte is put at the offset that the standard
 * gives, in the byte order that is asked for, so that nothing of what is tested takes part. */
#ifndef WILLIS_TEST_IMAGE_FIXTURE_H
#define WILLIS_TEST_IMAGE_FIXTURE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "temp_folder.h"
#include "willis/image.h"

/* ---- bytes -------------------------------------------------------------------------------------------- */

static inline void put_integer(uint8_t *at, int n_bytes, uint64_t value, bool big)
{
    for (int i = 0; i < n_bytes; i++)
        at[big ? n_bytes - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

static inline void put_float(uint8_t *at, float value, bool big)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    put_integer(at, 4, bits, big);
}

static inline void put_double(uint8_t *at, double value, bool big)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    put_integer(at, 8, bits, big);
}

/* ---- files -------------------------------------------------------------------------------------------- */

/* Field offsets in NIfTI-1 and NIfTI-2 headers (nifti.nimh.nih.gov: nifti1.h, nifti2.h). */
typedef enum field {
    DIM,
    DATATYPE,
    PIXDIM,
    VOX_OFFSET,
    SLOPE,
    INTER,
    UNITS,
    QFORM_CODE,
    SFORM_CODE,
    QUATERN,
    QOFFSET,
    SROW
} field;

static const struct {
    int offset[2];
    int bytes[2]; /* of one number; a real if negative */
} layout[] = {
    [DIM] = {{40, 16}, {2, 8}},
    [DATATYPE] = {{70, 12}, {2, 2}},
    [PIXDIM] = {{76, 104}, {-4, -8}},
    [VOX_OFFSET] = {{108, 168}, {-4, 8}},
    [SLOPE] = {{112, 176}, {-4, -8}},
    [INTER] = {{116, 184}, {-4, -8}},
    [UNITS] = {{123, 500}, {1, 4}},
    [QFORM_CODE] = {{252, 344}, {2, 4}},
    [SFORM_CODE] = {{254, 348}, {2, 4}},
    [QUATERN] = {{256, 352}, {-4, -8}},
    [QOFFSET] = {{268, 376}, {-4, -8}},
    [SROW] = {{280, 400}, {-4, -8}},
};

typedef struct image_file {
    uint8_t *bytes; /* header, 4 bytes that say "no extensions", voxels */
    size_t n_bytes, n_front;
    int version; /* 1, 2 */
    bool big;    /* byte order */
} image_file;

static inline uint8_t *voxels_of(const image_file *file)
{
    return file->bytes + file->n_front;
}

/* Element i of a field. */
static inline void set(const image_file *file, field which, int i, double value)
{
    const int bytes = layout[which].bytes[file->version - 1];
    uint8_t *at = file->bytes + layout[which].offset[file->version - 1] + i * abs(bytes);
    if (bytes == -4)
        put_float(at, (float)value, file->big);
    else if (bytes == -8)
        put_double(at, value, file->big);
    else
        put_integer(at, bytes, (uint64_t)(int64_t)value, file->big);
}

static inline void set_magic(const image_file *file, const char *three)
{
    memcpy(file->bytes + (file->version == 1 ? 344 : 4), three, 3);
}

/* A sound .nii of nx x ny x nz x nt voxels of 1.5 x 2 x 2.5 mm, all 0, no orientation, no scaling, no units.
 */
static inline image_file file_make(
    int version, bool big, int datatype, int voxel_bytes, int nx, int ny, int nz, int nt)
{
    image_file file = {.version = version, .big = big, .n_front = version == 1 ? 352 : 544};
    const int dim[8] = {nt > 1 ? 4 : 3, nx, ny, nz, nt, 1, 1, 1};
    const double pixdim[8] = {1, 1.5, 2, 2.5, 1, 1, 1, 1};
    file.n_bytes = file.n_front + (size_t)nx * (size_t)ny * (size_t)nz * (size_t)nt * (size_t)voxel_bytes;
    file.bytes = calloc(file.n_bytes, 1);
    assert_non_null(file.bytes);
    put_integer(file.bytes, 4, version == 1 ? 348 : 540, big);
    memcpy(file.bytes + (version == 1 ? 344 : 4), version == 1 ? "n+1\0" : "n+2\0\r\n\032\n",
        version == 1 ? 4 : 8);
    for (int i = 0; i < 8; i++) {
        set(&file, DIM, i, dim[i]);
        set(&file, PIXDIM, i, pixdim[i]);
    }
    set(&file, DATATYPE, 0, datatype);
    set(&file, VOX_OFFSET, 0, (double)file.n_front);
    return file;
}

static inline void write_bytes(const char *path, const void *bytes, size_t n)
{
    const size_t length = strlen(path);
    if (length < 3 || strcmp(path + length - 3, ".gz") != 0) {
        OK(wil_file_write(path, bytes, n));
        return;
    }
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, (unsigned)n), n);
    assert_int_equal(gzclose(file), Z_OK);
}

/* Writes it, gzipped if the name says so, and frees it. */
static inline const char *file_write(image_file *file, const char *folder, const char *name)
{
    const char *path = in_folder(folder, name);
    write_bytes(path, file->bytes, file->n_bytes);
    free(file->bytes);
    file->bytes = NULL;
    return path;
}

static inline void assert_affine(const wil_grid *grid, const double expected[3][4], double tolerance)
{
    for (int i = 0; i < 12; i++)
        if (!(fabs(grid->affine[i / 4][i % 4] - expected[i / 4][i % 4]) <= tolerance))
            fail_msg("affine[%d][%d] = %.9g, expected %.9g", i / 4, i % 4, grid->affine[i / 4][i % 4],
                expected[i / 4][i % 4]);
}

#endif
