/* MetaImage (.mha, .mhd), ITK's own format: a text of "Key = value" lines before raw or zlib-compressed
 * voxels. */
#ifndef WILLIS_META_INTERNAL_H
#define WILLIS_META_INTERNAL_H

#include "nifti_internal.h"

#define WIL_META_MOST_TEXT 65536

typedef struct wil_meta_header {
    int datatype; /* NIfTI's code */
    int n_dims;   /* 2 to 4 */
    int64_t dim[4];
    double spacing[4], offset[4];
    double direction[4][4]; /* row k: where axis k runs to, in ITK's space: left, posterior, superior */
    bool compressed, swapped, spacing_known;
    int64_t skip;          /* bytes before the voxels in their file; -1: they end it */
    const char *data_file; /* in the text; "LOCAL": behind it */
    size_t text_bytes;     /* with the line end behind the last key */
} wil_meta_header;

/* text [n]: the beginning of the file, with a zero behind; it is cut into pieces. Fails: WIL_ERR_INPUT. */
WIL_NODISCARD wil_status wil_meta_header_parse(wil_meta_header *out, char *text, size_t n, const char *path);

bool wil_meta_is_named(const char *path); /* .mha, .mhd */
/* Grid and time points, and unless header_only the voxels. Fails: WIL_ERR_INPUT. */
WIL_NODISCARD wil_status wil_meta_read(wil_volume *out, const char *path, bool header_only, bool one_time);

#endif
