/* Writes NIfTI-1 files that the library itself refuses to write, from raw bytes [NIfTI-1 header, 348 bytes].
 *
 *     make_nifti out.nii.gz nx=64 ny=80 nz=32 box=1 nan=3
 *
 * nx ny nz nt   size (nt > 1 makes it 4D)       sx sy sz  spacing in mm, also 0 or negative
 * ox            millimetres by which the origin is moved along x
 * value         of all voxels; without it a pattern of 0 .. 96
 * box           value of a box in the middle    odd       value of the very first voxel
 * nan, inf      how many voxels at the start become so
 * turn          degrees by which the axes are turned about z
 * affine=0      no sform, so that the spacing alone counts
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { NX, NY, NZ, NT, SX, SY, SZ, OX, VALUE, BOX, ODD, NAN_COUNT, INF_COUNT, AFFINE, TURN, N_KEYS };
static const char *const KEYS[N_KEYS] = {
    "nx", "ny", "nz", "nt", "sx", "sy", "sz", "ox", "value", "box", "odd", "nan", "inf", "affine", "turn"};

static void put_i16(uint8_t *header, int at, int value)
{
    const int16_t v = (int16_t)value;
    memcpy(header + at, &v, sizeof v);
}

static void put_f32(uint8_t *header, int at, double value)
{
    const float v = (float)value;
    memcpy(header + at, &v, sizeof v);
}

static void fill_header(uint8_t header[352], const double *v)
{
    const int32_t size = 348;
    memset(header, 0, 352);
    memcpy(header, &size, sizeof size);
    put_i16(header, 40, v[NT] > 1 ? 4 : 3); /* dim */
    for (int i = 0; i < 4; i++) {
        put_i16(header, 42 + 2 * i, (int)v[NX + i]);
        put_f32(header, 80 + 4 * i, i < 3 ? v[SX + i] : 1); /* pixdim */
    }
    for (int i = 4; i < 7; i++)
        put_i16(header, 42 + 2 * i, 1);
    put_i16(header, 70, 16); /* datatype: float32 */
    put_i16(header, 72, 32); /* bitpix */
    put_f32(header, 76, 1);  /* qfac */
    put_f32(header, 108, 352);
    put_f32(header, 112, 1); /* slope */
    header[123] = 2 | 8;     /* mm, s */
    if (v[AFFINE] != 0) {
        put_i16(header, 254, 1); /* sform_code: scanner */
        for (int i = 0; i < 3; i++)
            put_f32(header, 280 + 20 * i, v[SX + i]);
        put_f32(header, 292, v[OX]);
        const double radians = v[TURN] * 3.14159265358979323846 / 180;
        if (radians != 0) {
            put_f32(header, 280, v[SX] * cos(radians));
            put_f32(header, 284, -v[SY] * sin(radians));
            put_f32(header, 296, v[SX] * sin(radians));
            put_f32(header, 300, v[SY] * cos(radians));
        }
    }
    memcpy(header + 344, "n+1", 4);
}

static float voxel(const double *v, const long at[4], long index)
{
    const double n[3] = {v[NX], v[NY], v[NZ]};
    int inside = 1;
    for (int i = 0; i < 3; i++)
        inside &= (double)at[i] >= 0.4 * n[i] && (double)at[i] < 0.6 * n[i];
    if ((double)index < v[NAN_COUNT])
        return NAN;
    if ((double)index < v[NAN_COUNT] + v[INF_COUNT])
        return INFINITY;
    if (index == 0 && !isnan(v[ODD]))
        return (float)v[ODD];
    if (inside && !isnan(v[BOX]))
        return (float)v[BOX];
    return isnan(v[VALUE]) ? (float)((at[0] * 7 + at[1] * 13 + at[2] * 29) % 97) : (float)v[VALUE];
}

static int write_file(const char *path, const double *v)
{
    uint8_t header[352];
    long at[4];
    long index = 0;
    const size_t n = strlen(path);
    gzFile file = gzopen(path, n > 3 && strcmp(path + n - 3, ".gz") == 0 ? "wb" : "wbT");
    if (file == NULL)
        return 1;
    fill_header(header, v);
    int sound = gzwrite(file, header, sizeof header) == (int)sizeof header;
    for (at[3] = 0; at[3] < (long)v[NT]; at[3]++)
        for (at[2] = 0; at[2] < (long)v[NZ]; at[2]++)
            for (at[1] = 0; at[1] < (long)v[NY]; at[1]++)
                for (at[0] = 0; at[0] < (long)v[NX]; at[0]++) {
                    const float value = voxel(v, at, index++);
                    sound &= gzwrite(file, &value, sizeof value) == (int)sizeof value;
                }
    return gzclose(file) == Z_OK && sound ? 0 : 1;
}

int main(int argc, char **argv)
{
    double v[N_KEYS] = {[NX] = 40, 48, 8, 1, 1, 1, 1, 0, NAN, NAN, NAN, 0, 0, 1, 0};
    if (argc < 2)
        return 2;
    for (int i = 2; i < argc; i++) {
        const size_t n = strcspn(argv[i], "=");
        int key = 0;
        while (key < N_KEYS && (strlen(KEYS[key]) != n || memcmp(KEYS[key], argv[i], n) != 0))
            key++;
        if (key == N_KEYS || argv[i][n] != '=') {
            fprintf(stderr, "make_nifti: unknown '%s'\n", argv[i]);
            return 2;
        }
        v[key] = atof(argv[i] + n + 1);
    }
    return write_file(argv[1], v);
}
