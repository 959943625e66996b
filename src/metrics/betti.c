/* Betti numbers: components and cavities by labelling, tunnels from the Euler characteristic. */
#include "metrics_internal.h"

#include <string.h>

/* ---- Euler characteristic ------------------------------------------------------------------------------ */

/* Bits of the eight voxels around a corner: x + 2 y + 4 z of the voxel. */
#define N_CORNERS 8

static int count_bits(unsigned bits)
{
    int n = 0;
    for (; bits != 0; bits &= bits - 1)
        n++;
    return n;
}

/* Edges that leave the corner of the window and belong to a voxel of the pattern: each is shared by the four
 * voxels on one side of an axis. */
static int count_edges(unsigned pattern)
{
    static const unsigned sides[6] = {0xAA, 0x55, 0xCC, 0x33, 0xF0, 0x0F};
    int n = 0;
    for (int i = 0; i < 6; i++)
        n += (pattern & sides[i]) != 0;
    return n;
}

/* Faces at the corner: each is shared by two voxels that are neighbours in the window. */
static int count_faces(unsigned pattern)
{
    int n = 0;
    for (unsigned voxel = 0; voxel < N_CORNERS; voxel++)
        for (unsigned step = 1; step < N_CORNERS; step <<= 1)
            if ((voxel & step) == 0)
                n += (pattern & (1U << voxel | 1U << (voxel | step))) != 0;
    return n;
}

/* Eight times what a corner of the voxel grid adds to corners - edges + faces - voxels of the union of closed
 * voxels: an edge has two ends, a face four corners, a voxel eight. */
static void make_table(int table[256])
{
    for (unsigned pattern = 0; pattern < 256; pattern++)
        table[pattern] =
            (pattern != 0) * 8 - 4 * count_edges(pattern) + 2 * count_faces(pattern) - count_bits(pattern);
}

typedef struct euler_pass {
    const wil_mask *mask;
    int table[256];
    int64_t *of_layer; /* [nz + 1] eight times the sum over the corners of a layer */
} euler_pass;

/* The row, or NULL outside the volume. */
static const uint8_t *row_at(const wil_mask *mask, int y, int z)
{
    const int *size = mask->grid.size;
    if (y < 0 || z < 0 || y >= size[1] || z >= size[2])
        return NULL;
    return mask->voxels + ((size_t)z * (size_t)size[1] + (size_t)y) * (size_t)size[0];
}

static int64_t sum_of_row(const euler_pass *pass, int y, int z)
{
    const int nx = pass->mask->grid.size[0];
    const uint8_t *rows[4];
    bool any = false;
    for (int k = 0; k < 4; k++) {
        rows[k] = row_at(pass->mask, y - 1 + (k & 1), z - 1 + (k >> 1));
        any = any || rows[k] != NULL;
    }
    int64_t sum = 0;
    unsigned pattern = 0;
    for (int x = 0; any && x <= nx; x++) {
        pattern = pattern >> 1 & 0x55; /* the voxels at x - 1 have been those at x */
        for (int k = 0; k < 4 && x < nx; k++)
            pattern |= rows[k] != NULL && rows[k][x] != 0 ? 2U << 2 * k : 0;
        sum += pass->table[pattern];
    }
    return sum;
}

static void sum_layers(int64_t begin, int64_t end, void *context)
{
    const euler_pass *pass = context;
    for (int64_t z = begin; z < end; z++)
        for (int y = 0; y <= pass->mask->grid.size[1]; y++)
            pass->of_layer[z] += sum_of_row(pass, y, (int)z);
}

static wil_status euler_characteristic(int64_t *out, const wil_mask *mask)
{
    euler_pass pass = {.mask = mask};
    const int n_layers = mask->grid.size[2] + 1;
    make_table(pass.table);
    WIL_OWN(int64_t) *of_layer = NULL;
    WIL_TRY(wil_alloc((void **)&of_layer, (size_t)n_layers, sizeof *of_layer));
    pass.of_layer = of_layer;
    wil_parallel_for(n_layers, 4, sum_layers, &pass);
    int64_t sum = 0;
    for (int z = 0; z < n_layers; z++)
        sum += of_layer[z];
    *out = sum / 8;
    return WIL_OK;
}

/* ---- components and cavities --------------------------------------------------------------------------- */

/* The background with one more layer of it around, so that all that is outside is one component. */
static wil_status padded_background(wil_mask *out, const wil_mask *mask)
{
    const int *size = mask->grid.size;
    wil_grid grid = mask->grid;
    for (int axis = 0; axis < 3; axis++)
        grid.size[axis] += 2;
    WIL_TRY(wil_mask_make(out, &grid));
    memset(out->voxels, 1, wil_grid_count(&grid));
    for (int z = 0; z < size[2]; z++) {
        for (int y = 0; y < size[1]; y++) {
            const uint8_t *row = row_at(mask, y, z);
            uint8_t *to = out->voxels +
                          ((size_t)(z + 1) * (size_t)grid.size[1] + (size_t)(y + 1)) * (size_t)grid.size[0];
            for (int x = 0; x < size[0]; x++)
                to[x + 1] = row[x] == 0;
        }
    }
    return WIL_OK;
}

wil_status wil_metrics_betti(wil_betti *out, const wil_mask *mask)
{
    WIL_OWN(wil_mask) background = {0};
    int n_components = 0, n_background = 0;
    int64_t euler = 0;
    memset(out, 0, sizeof *out);
    WIL_TRY(euler_characteristic(&euler, mask));
    WIL_TRY(wil_mask_components(NULL, &n_components, mask, WIL_CONNECT_26));
    WIL_TRY(padded_background(&background, mask));
    WIL_TRY(wil_mask_components(NULL, &n_background, &background, WIL_CONNECT_6));
    out->components = n_components;
    out->cavities = n_background - 1;
    out->tunnels = out->components + out->cavities - euler;
    return WIL_OK;
}
