/* image: volumes with millimetres.
 *
 * A wil_grid says where voxels are: size, spacing and the affine that takes voxel indices to millimetres in
 * scanner space (NIfTI's RAS+). Whatever is read has x to the right, y to the front and z to the top, however
 * its file stores it, and is written as the file was: nobody else needs to think of storage. A wil_volume is
 * float voxels on a grid, over time if n_time > 1; a wil_mask is 0/1 bytes on a grid. x runs fastest: voxel
 * (x, y, z) at time t is voxels[((t * nz + z) * ny + y) * nx + x]. Around them: NIfTI files, masks as shapes
 * (components, morphology, region growing, distances), resampling, vesselness, and PNG pictures.
 *
 *     wil_volume scan = {0};
 *     WIL_TRY(wil_volume_read(&scan, "sub-001_angio.nii.gz"));
 *     ...
 *     wil_volume_clear(&scan);
 */
#ifndef WILLIS_IMAGE_H
#define WILLIS_IMAGE_H

#include "willis/base.h"
#include "willis/base_fields.h"

#pragma GCC visibility push(default)

/* A turn of a grid by whole axes: axis k runs along axis voxel_axis[k] of before, in its direction or against
 * it. Zeroed: none. */
typedef struct wil_orientation {
    int voxel_axis[3];
    bool positive[3];
} wil_orientation;

typedef struct wil_grid {
    int size[3];            /* nx, ny, nz; each >= 1 */
    double spacing_mm[3];   /* each > 0; the column lengths of the affine */
    double affine[3][4];    /* mm = affine * (x, y, z, 1) */
    wil_orientation stored; /* the turn to the axes of its file, with which it is written; zeroed: as here */
} wil_grid;

typedef struct wil_volume {
    wil_grid grid;
    int n_time;    /* 1 for a 3D volume */
    double tr_s;   /* seconds between time points; 0 where unknown or 3D */
    float *voxels; /* [n_time, nz, ny, nx], owned */
} wil_volume;

typedef struct wil_mask {
    wil_grid grid;
    uint8_t *voxels; /* [nz, ny, nx], 0 or 1, owned */
} wil_mask;

/* ---- grids, volumes, masks ---------------------------------------------------------------------------- */

/* An axis-aligned grid centred on the origin. */
wil_grid wil_grid_make(int nx, int ny, int nz, double sx_mm, double sy_mm, double sz_mm);
size_t wil_grid_count(const wil_grid *grid); /* nx * ny * nz */
/* Which voxel axis runs closest to each anatomical one; oblique grids get three different ones. Turning the
 * grid by it makes its axes run right, anterior, superior. */
wil_orientation wil_grid_orientation(const wil_grid *grid);
/* Largest distance in mm between corresponding corner voxels of two grids of one size; INFINITY if sizes
 * differ. */
double wil_grid_disagreement_mm(const wil_grid *a, const wil_grid *b);
/* The largest disagreement of two files that count as lying on each other: beyond the rounding of headers,
 * far below a voxel. */
#define WIL_GRID_TOLERANCE_MM 0.01
/* Fails with WIL_ERR_INPUT when grid is not other within WIL_GRID_TOLERANCE_MM. The names stand in the
 * message: "the brain mask lies 2 mm away from the scan (...)"; other_name is one that can own: "the scan".
 */
WIL_NODISCARD wil_status wil_grid_check_same(
    const wil_grid *grid, const char *name, const wil_grid *other, const char *other_name);
/* ---- turns */
bool wil_orientation_changes(const wil_orientation *turn); /* false: every axis stays as it is */
wil_orientation wil_orientation_inverse(const wil_orientation *turn);
#define WIL_N_TURNS 48
wil_orientation wil_orientation_number(int i); /* all there are, from 0, which changes nothing */
/* The same places in mm; `stored` still leads to the file's axes. */
wil_grid wil_grid_turn(const wil_grid *grid, const wil_orientation *turn);
wil_grid wil_grid_as_stored(const wil_grid *grid);
/* The voxels [nz,ny,nx] of grid as those of the turned one. */
void wil_grid_turn_floats(float *out, const float *voxels, const wil_grid *grid, const wil_orientation *turn);
WIL_NODISCARD wil_status wil_volume_turn(wil_volume *volume, const wil_orientation *turn);
WIL_NODISCARD wil_status wil_mask_turn(wil_mask *mask, const wil_orientation *turn);
/* The turn after which grid is onto within WIL_GRID_TOLERANCE_MM; false if there is none. */
bool wil_grid_find_turn(wil_orientation *out, const wil_grid *grid, const wil_grid *onto);
/* By that turn; left as it is where there is none. */
WIL_NODISCARD wil_status wil_mask_turn_onto(wil_mask *mask, const wil_grid *onto);
WIL_NODISCARD wil_status wil_volume_turn_onto(wil_volume *volume, const wil_grid *onto);
/* Where the file's axes run to: "RAS", "LPS", "PIR". Returns text. */
const char *wil_grid_axis_codes(char text[4], const wil_grid *grid);
bool wil_grid_stored_alike(const wil_grid *a, const wil_grid *b);
/* Indices of a voxel in the file, and back. */
void wil_grid_voxel_stored(int32_t out[3], const wil_grid *grid, const int32_t voxel[3]);
void wil_grid_voxel_here(int32_t out[3], const wil_grid *grid, const int32_t stored[3]);

double wil_grid_voxel_ml(const wil_grid *grid); /* from the affine, so sheared grids too */

/* Zeroed voxels on grid, which may be out's own. Clear frees and zeroes the struct; fine on a zeroed struct.
 * Fails: WIL_ERR_ARG (a size or n_time < 1, a spacing that is not above 0), WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_volume_make(wil_volume *out, const wil_grid *grid, int n_time);
void wil_volume_clear(wil_volume *volume);
WIL_OWNED_VALUE(wil_volume, wil_volume_clear)
WIL_NODISCARD wil_status wil_mask_make(wil_mask *out, const wil_grid *grid);
void wil_mask_clear(wil_mask *mask);
WIL_OWNED_VALUE(wil_mask, wil_mask_clear)
size_t wil_mask_count(const wil_mask *mask); /* voxels that are 1 */
/* Fails with WIL_ERR_INPUT, and how many, when voxels are NaN or infinite, at any time point. name stands in
 * the message: "the scan". */
WIL_NODISCARD wil_status wil_volume_require_finite(const wil_volume *volume, const char *name);

/* ---- files -------------------------------------------------------------------------------------------- */

/* Reads NIfTI-1/2 (.nii, .nii.gz, .hdr/.img, plain or gzipped, either byte order, all integer and float
 * types) and Analyze 7.5; scl_slope and scl_inter applied (a slope of 0 means none). Of a pair either name
 * will do. 5D X,Y,Z,1,T counts as 4D. MetaImage too (.mha, .mhd with its .raw or .zraw). The axes come out as
 * right, anterior, superior (RAS), or as close to them as an oblique scan's are; the file's order is kept in
 * grid.stored. The affine is the sform if its code is set, else the qform, else spacing alone: centred on the
 * origin, x towards the patient's left, as SPM and nibabel have it. Lengths become mm (a file that names no
 * unit means mm), times s (a file that names no unit of time leaves tr_s 0). Fails with WIL_ERR_INPUT, naming
 * the file: missing, not NIfTI, truncated or corrupt, RGB/complex voxels, zero, negative or non-finite
 * spacing or affine, non-finite scaling, sizes < 1, compressed against its name. Nothing is allocated before
 * the file proved large enough. NaN voxels are not judged here. On failure out is zeroed. */
WIL_NODISCARD wil_status wil_volume_read(wil_volume *out, const char *path);
/* The same with the axes of the file: for what lies in no patient. */
WIL_NODISCARD wil_status wil_volume_read_stored(wil_volume *out, const char *path);
/* wil_volume_read, and refuses 4D with a sentence that says how many time points there are. */
WIL_NODISCARD wil_status wil_volume_read_3d(wil_volume *out, const char *path);
/* A 0/1 mask (to 1e-4, as scaled integers may round); other values are refused with the first one and how
 * many voxels there are like it. */
WIL_NODISCARD wil_status wil_mask_read(wil_mask *out, const char *path);
/* Labels as users have them: of 0 and 255, or of several structures. */
typedef struct wil_mask_rule {
    bool binarise;    /* every value but 0 is foreground */
    char *foreground; /* "1,3-5": these are, all others are background; NULL: 0 and 1 only */
} wil_mask_rule;
extern const wil_fields wil_mask_rule_fields;
/* rule: NULL as wil_mask_read. Fails too: WIL_ERR_ARG for a rule that cannot be read. */
WIL_NODISCARD wil_status wil_mask_read_by(wil_mask *out, const char *path, const wil_mask_rule *rule);
/* Of a 3D volume; name stands in the message. */
WIL_NODISCARD wil_status wil_mask_of_volume(
    wil_mask *out, const wil_volume *volume, const wil_mask_rule *rule, const char *name);
#define WIL_MASK_RANGES 32
typedef struct wil_mask_values { /* a rule, read */
    bool binarise;
    int n, ranges[WIL_MASK_RANGES][2]; /* first and last */
} wil_mask_values;
WIL_NODISCARD wil_status wil_mask_rule_parse(wil_mask_values *out, const wil_mask_rule *rule);
int wil_mask_value(const wil_mask_values *values, float value); /* 0, 1; -1: no mask's */
/* Only the header: grid, n_time, tr_s; voxels stay NULL. Whether they could be read is not looked at. */
WIL_NODISCARD wil_status wil_volume_read_header(wil_volume *out, const char *path);

/* *out: a sentence about a header that programs read differently (its qform mirrors its sform), else NULL;
 * freed with wil_free. Fails as wil_volume_read_header. */
WIL_NODISCARD wil_status wil_volume_header_note(char **out, const char *path);

typedef enum wil_nifti_type { WIL_NIFTI_U8, WIL_NIFTI_I16, WIL_NIFTI_F32 } wil_nifti_type;

/* Writes atomically, with the axes that grid.stored says; the extension (.nii or .nii.gz) decides. NIfTI-1,
 * or NIfTI-2 where a size exceeds 32767. sform = qform = affine (a qform only if it holds the affine to 0.01
 * mm, so not if sheared), slope 1, intercept 0, cal_min/cal_max from the values as stored, mm and s in
 * xyzt_units; description (NULL is fine) goes into descrip, cut at 79 bytes. For U8 and I16 values are
 * rounded (halves to even) and clamped. Equal volumes give equal bytes. Fails: WIL_ERR_IO, with an earlier
 * file left as it was; WIL_ERR_ARG (NaN or infinite voxels, affine or tr_s, another extension). */
WIL_NODISCARD wil_status wil_volume_write(
    const wil_volume *volume, const char *path, wil_nifti_type type, const char *description);
/* The same with axes X,Y,Z,1,T, as some scanners' software writes a series. */
WIL_NODISCARD wil_status wil_volume_write_5d(
    const wil_volume *volume, const char *path, wil_nifti_type type, const char *description);
/* As U8. */
WIL_NODISCARD wil_status wil_mask_write(const wil_mask *mask, const char *path, const char *description);

/* ---- masks as shapes ---------------------------------------------------------------------------------- */

typedef enum wil_connectivity {
    WIL_CONNECT_6 = 6,
    WIL_CONNECT_18 = 18,
    WIL_CONNECT_26 = 26
} wil_connectivity;

/* Labels 1..n_out by decreasing size (ties: first voxel first) into labels_out [nz,ny,nx], owned by the
 * caller; NULL only counts. */
WIL_NODISCARD wil_status wil_mask_components(
    int32_t *labels_out, int *n_out, const wil_mask *mask, wil_connectivity connectivity);
/* Drops components smaller than min_voxels; keep_largest > 0 keeps at most so many. In place. */
WIL_NODISCARD wil_status wil_mask_keep_components(
    wil_mask *mask, wil_connectivity connectivity, size_t min_voxels, int keep_largest);
/* Binary dilation / erosion by a ball of radius_mm (exact, spacing-aware). In place. A voxel centre at
 * exactly radius_mm belongs to the ball, with a millionth of leeway as spacings in files are floats. Outside
 * the volume nothing is known: it neither dilates in nor erodes, so a mask that fills the volume stays as it
 * is. Fails: WIL_ERR_ARG when the radius is negative or not finite. */
WIL_NODISCARD wil_status wil_mask_dilate(wil_mask *mask, double radius_mm);
WIL_NODISCARD wil_status wil_mask_erode(wil_mask *mask, double radius_mm);
/* Fills cavities that do not reach the border (6-connected background). In place. All of a single slice is
 * border. */
WIL_NODISCARD wil_status wil_mask_fill_holes(wil_mask *mask);
/* Exact Euclidean distance in mm from each voxel centre to the nearest 1-voxel's centre [Felzenszwalb2012];
 * INFINITY everywhere for an empty mask. distance_mm_out: [nz,ny,nx], caller's. */
WIL_NODISCARD wil_status wil_mask_distance_mm(float *distance_mm_out, const wil_mask *mask);
/* The same as squares in double (mm^2), which are exact but for the rounding of three products and two sums,
 * and the number of that nearest 1-voxel (of several equally near ones one, always the same); -1 everywhere
 * for an empty mask. Both [nz,ny,nx], caller's; nearest_out may be NULL. Fails: WIL_ERR_MEMORY; WIL_ERR_INPUT
 * when nearest_out is wanted of more than 2^31 - 1 voxels. */
WIL_NODISCARD wil_status wil_mask_nearest(
    double *squared_mm2_out, int32_t *nearest_out, const wil_mask *mask);
/* Grows from seeds through voxels whose value is >= low, connected by connectivity, within `within` (NULL:
 * everywhere). Seeds below low or outside `within` do not count. *out is made here; none found leaves it
 * empty. Fails: WIL_ERR_INPUT when sizes differ or the volume has several time points, WIL_ERR_ARG for a NaN
 * threshold. */
WIL_NODISCARD wil_status wil_region_grow(wil_mask *out, const wil_volume *volume, const wil_mask *seeds,
    double low, wil_connectivity connectivity, const wil_mask *within);

/* ---- filters ------------------------------------------------------------------------------------------ */

/* Separable Gaussian of sigma_mm, cut off at 4 sigma, borders replicated. In place, 3D; 0 changes nothing,
 * NaN voxels spread. Fails: WIL_ERR_ARG for a negative or absurd sigma (above 10000 voxels), WIL_ERR_INPUT
 * for 4D.
 */
WIL_NODISCARD wil_status wil_volume_smooth(wil_volume *volume, double sigma_mm);
/* Bright-tube vesselness [Frangi1998], maximum over n_scales sigmas (mm), in [0, 1]; 3D.
 * alpha 0.5, beta 0.5, c half the maximal Hessian norm of the scale. Voxel axes are taken as orthogonal. *out
 * is made here. Fails: WIL_ERR_ARG for no scale or one not above 0, WIL_ERR_INPUT for 4D, NaN or infinite
 * voxels. */
WIL_NODISCARD wil_status wil_volume_vesselness(
    wil_volume *out, const wil_volume *volume, const double *sigmas_mm, int n_scales);
/* Trilinear resampling of a 3D volume onto another grid through both affines; outside is 0. The volume
 * reaches half a voxel beyond the centres of its border voxels, with their values. Onto coarser grids smooth
 * first. *out is made here. Fails: WIL_ERR_INPUT for 4D and for an affine without inverse. */
WIL_NODISCARD wil_status wil_volume_resample(wil_volume *out, const wil_volume *volume, const wil_grid *onto);
/* The same with the value of the nearest voxel, for labels. */
WIL_NODISCARD wil_status wil_volume_resample_nearest(
    wil_volume *out, const wil_volume *volume, const wil_grid *onto);

/* What a grid is to be like; NULL, 0 and false leave it as it is. */
typedef struct wil_conform_config {
    double spacing_mm[3]; /* along right, anterior, superior */
    int n_spacing;        /* of them: 0, 1 (for all axes) or 3 */
    bool upright;         /* axes of scanner space, around all of an oblique scan */
    char *reorient;       /* "LPS": where the file's axes run to */
} wil_conform_config;
extern const wil_fields wil_conform_fields;
/* Such a grid over the same field; grid as it was read. Fails: WIL_ERR_ARG (two spacings, no orientation of
 * three axes), WIL_ERR_INPUT (more voxels than can be addressed). */
WIL_NODISCARD wil_status wil_grid_conform(
    wil_grid *out, const wil_grid *grid, const wil_conform_config *config);
/* All time points of a volume onto that grid in place, linearly or (labels) by the nearest voxel; voxels that
 * lie on those of the grid keep their bits. Fails: WIL_ERR_INPUT when the two do not overlap. */
WIL_NODISCARD wil_status wil_volume_conform(wil_volume *volume, const wil_grid *onto, bool label);
/* The smallest type that holds all values. */
wil_nifti_type wil_volume_smallest_type(const wil_volume *volume);

/* frac (0..1) quantile of n values by linear interpolation between order statistics (NumPy's default), in
 * time proportional to n. Fails: WIL_ERR_ARG for n = 0 or another frac, WIL_ERR_INPUT for NaN among the
 * values. */
WIL_NODISCARD wil_status wil_quantile(double *out, const float *values, size_t n, double frac);

/* Arterial mask of an unlabelled TOF-MRA by the study's semi-manual pipeline made automatic: vesselness
 * prior, bright seeds, thresholded region growing (26-connected, through voxels with some vesselness), small
 * components dropped. Quantiles are of the voxels > 0; in a scan with suppressed background, where less than
 * a quarter of the field is > 0, of these and as many zeros as make it a quarter (with a brain mask: of all
 * of it, zeros included). */
typedef struct wil_label_config {
    double seed_quantile;   /* intensity quantile that seeds must exceed; 0.995 */
    double grow_quantile;   /* ... that grown voxels must exceed; 0.97 */
    double min_vesselness;  /* of the largest there is, for seeds; 0.2 */
    double grow_vesselness; /* ... for grown voxels, which keeps growth out of fat, bone and tissue; 0.03 */
    double seed_threshold;  /* intensity; NaN: from the quantile */
    double grow_threshold;  /* intensity; NaN: from the quantile */
    double min_volume_mm3;  /* smaller components are dropped; 30 */
    double sigmas_mm[8];    /* vesselness scales; 0.5 1 1.5 2 */
    int n_sigmas;
} wil_label_config;
extern const wil_fields wil_label_fields;
wil_label_config wil_label_config_default(void);
/* How a mask came about. */
typedef struct wil_label_facts {
    double seed_threshold; /* intensities that seeds and grown voxels exceed: given, or from the quantiles */
    double grow_threshold;
    size_t n_looked_at; /* voxels: of the brain mask, or all */
    int n_pieces;       /* 26-connected components of the mask */
} wil_label_facts;
/* Looks only within brain, which may be NULL. *out is made here; *facts_out is filled on success, NULL if not
 * wanted. Fails: WIL_ERR_INPUT when nothing is found, with the thresholds that were used, for a brain mask on
 * another grid, and as wil_volume_vesselness; WIL_ERR_ARG, naming the setting, for an impossible one. */
WIL_NODISCARD wil_status wil_label_vessels(wil_mask *out, wil_label_facts *facts_out, const wil_volume *tof,
    const wil_mask *brain, const wil_label_config *config);

/* ---- pictures ----------------------------------------------------------------------------------------- */

/* 8-bit RGB, row by row from the top. */
typedef struct wil_picture {
    int width, height;
    uint8_t *rgb; /* [height, width, 3], owned */
} wil_picture;

/* Black; sides of 1 .. 32767. Clear is fine on a zeroed struct. */
WIL_NODISCARD wil_status wil_picture_make(wil_picture *out, int width, int height);
void wil_picture_clear(wil_picture *picture);
WIL_OWNED_VALUE(wil_picture, wil_picture_clear)
WIL_NODISCARD wil_status wil_picture_write_png(const wil_picture *picture, const char *path); /* atomic */
/* PNG bytes in memory, for embedding, the same for the same picture; freed with wil_free. */
WIL_NODISCARD wil_status wil_picture_encode_png(
    uint8_t **bytes_out, size_t *n_bytes_out, const wil_picture *picture);
/* Grey patch of height x width floats at (left, top), black at low and below, white at high and above, NaN
 * black; each value as a square of zoom pixels; the part outside the picture is clipped. */
void wil_picture_draw_grey(wil_picture *picture, int left, int top, const float *values, int width,
    int height, double low, double high, int zoom);
/* Blends colour (0..1 opacity) where mask is not 0. */
void wil_picture_draw_mask(wil_picture *picture, int left, int top, const uint8_t *mask, int width,
    int height, int zoom, const uint8_t rgb[3], double opacity);
/* Text of one line, letters of 5 x 7 squares of zoom pixels; characters that are not ASCII, or rare, are
 * boxes; the part outside the picture is clipped. */
void wil_picture_draw_text(
    wil_picture *picture, int left, int top, const char *text, int zoom, const uint8_t rgb[3]);
int wil_picture_text_width(const char *text, int zoom); /* pixels */
int wil_picture_text_height(int zoom);
/* A bar of a round number of millimetres, at most width pixels long, its foot at (left, bottom), and what it
 * measures above it. */
void wil_picture_draw_scale(wil_picture *picture, int left, int bottom, int width, double mm_per_pixel,
    int zoom, const uint8_t rgb[3]);
/* Maximum along an anatomical axis (0 right-left, 1 front-back, 2 top-bottom) of a 3D volume, along the voxel
 * axis that the affine brings closest to it, as an upright radiological view: anterior or superior up, for
 * axis 1 and 2 the patient's right on the left, for axis 0 anterior on the left. Pixels are square in mm, of
 * the smallest of the three spacings (so the three views have one scale), bilinear. NaN voxels are passed
 * over. Fails: WIL_ERR_ARG for another axis, WIL_ERR_INPUT for 4D. */
WIL_NODISCARD wil_status wil_picture_maximum_projection(
    wil_picture *out, const wil_volume *volume, int axis, double low, double high);
/* Slice z of image (along the third voxel axis; axial in common scans), turned upright as above, each voxel
 * zoom x zoom pixels (1 .. 64), with the masks' outlines, one pixel wide and inside the mask: truth only
 * green, predicted only red, where both outlines run yellow; either mask may be NULL. Fails: WIL_ERR_ARG (no
 * such slice or zoom), WIL_ERR_INPUT (4D, masks of another size). */
WIL_NODISCARD wil_status wil_picture_overlay_slice(wil_picture *out, const wil_volume *image,
    const wil_mask *truth, const wil_mask *prediction, int z, double low, double high, int zoom);

#pragma GCC visibility pop
#endif
