/* Inside the NIfTI reader and writer: streams, plain or gzipped; a header of any version in one shape; raw
 * voxels. */
#ifndef WILLIS_NIFTI_INTERNAL_H
#define WILLIS_NIFTI_INTERNAL_H

#include <nifti2_io.h>
#include <zlib.h>

#include "willis/image.h"

/* ---- what names say (nifti_stream.c) ------------------------------------------------------------------ */

bool wil_nifti_name_ends(const char *path, const char *extension);

/* ---- streams for reading (nifti_stream.c) ------------------------------------------------------------- */

typedef struct wil_nifti_stream {
    const char *path; /* borrowed */
    FILE *file;
    int64_t file_bytes; /* as on disk */
    int64_t position;   /* in the decompressed bytes */
    bool gzipped;
    bool inflating;   /* z is in use */
    bool member_done; /* the last member of the gzip file was read to its end, checksum included */
    z_stream z;
    uint8_t *in; /* compressed bytes */
} wil_nifti_stream;

/* The name's .gz and the content must agree. Fails: WIL_ERR_INPUT. Close in any case. */
WIL_NODISCARD wil_status wil_nifti_stream_open(wil_nifti_stream *stream, const char *path);
/* Up to n bytes into out; *got_out < n only at the end of the file, or where a gzip stream was cut off. */
WIL_NODISCARD wil_status wil_nifti_stream_read(
    wil_nifti_stream *stream, void *out, size_t n, size_t *got_out);
WIL_NODISCARD wil_status wil_nifti_stream_seek(wil_nifti_stream *stream, int64_t offset);
/* Refuses a file too small to hold n bytes of voxels from offset on; for gzip, too small at any compression.
 * Call before memory is allocated for them: a damaged header may promise anything. */
WIL_NODISCARD wil_status wil_nifti_stream_expect(const wil_nifti_stream *stream, int64_t offset, int64_t n);
/* Reads a gzip stream to its end, where its checksum stands. Nothing happens for plain files. */
WIL_NODISCARD wil_status wil_nifti_stream_finish(wil_nifti_stream *stream);
void wil_nifti_stream_close(wil_nifti_stream *stream);
WIL_OWNED_VALUE(wil_nifti_stream, wil_nifti_stream_close)

/* ---- headers (nifti_header.c) ------------------------------------------------------------------------- */

/* The fields that matter, as they stand in the file, of all versions and byte orders. */
typedef struct wil_nifti_header {
    int version;  /* 0 Analyze 7.5, 1, 2 */
    bool swapped; /* the voxels need their bytes swapped */
    bool pair;    /* the voxels lie in a file of their own (.img) */
    int datatype; /* NIfTI's code */
    int64_t dim[8];
    double pixdim[8];
    double vox_offset;
    double slope, inter;
    int units; /* xyzt_units */
    int qform_code, sform_code;
    double quatern[3], qoffset[3];
    double srow[3][4];
} wil_nifti_header;

/* bytes: the first n_bytes of the file. Fails: WIL_ERR_INPUT, if this is no header. */
WIL_NODISCARD wil_status wil_nifti_header_parse(
    wil_nifti_header *out, const void *bytes, size_t n_bytes, const char *path);

/* ---- from header to volume (nifti_geometry.c) --------------------------------------------------------- */

/* Grid, n_time and tr_s; voxels stay NULL. */
WIL_NODISCARD wil_status wil_nifti_geometry(
    wil_volume *out, const wil_nifti_header *header, const char *path);

/* Fails: WIL_ERR_INPUT for an affine that is not finite, has no spacing, or lies in one plane. kind: what of
 * the header it is. */
WIL_NODISCARD wil_status wil_nifti_check_affine(const wil_grid *grid, const char *kind, const char *path);
/* *out: a sentence if qform and sform turn or mirror the voxels against each other, else NULL; freed with
 * wil_free. */
WIL_NODISCARD wil_status wil_nifti_forms_note(char **out, const wil_nifti_header *header, const char *path);

/* ---- raw voxels to floats (nifti_convert.c) ----------------------------------------------------------- */

typedef struct wil_nifti_scaling {
    double slope, inter; /* 1 and 0: none */
} wil_nifti_scaling;

typedef void wil_nifti_convert(float *out, const void *raw, size_t n, wil_nifti_scaling scaling);
/* How to convert a datatype, and its bytes per voxel. Fails: WIL_ERR_INPUT for those that are not one real
 * number. */
WIL_NODISCARD wil_status wil_nifti_convert_find(
    wil_nifti_convert **out, int *bytes_out, int datatype, const char *path);

/* ---- writing (nifti_compose.c) ------------------------------------------------------------------------ */

typedef struct wil_nifti_form {
    int datatype; /* DT_UINT8, DT_INT16, DT_FLOAT32 */
    double cal_min, cal_max;
    const char *description; /* NULL is fine */
    bool five_axes;          /* X,Y,Z,1,T */
} wil_nifti_form;

/* Everything in front of the voxels: a NIfTI-1 header, or NIfTI-2 where a size exceeds 32767. bytes_out: room
 * for WIL_NIFTI_FRONT_MAX. */
#define WIL_NIFTI_FRONT_MAX 544
size_t wil_nifti_compose(
    uint8_t *bytes_out, const wil_grid *grid, int n_time, double tr_s, wil_nifti_form form);

#endif
