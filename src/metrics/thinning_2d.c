/* Centrelines slice by slice, "A fast parallel algorithm for thinning digital patterns" [Zhang1984], with the
 * departures of scikit-image, whose skeletons the common centreline Dice of pictures is made of. */
#include "metrics_internal.h"

#include <string.h>

/* The eight neighbours as bits, round from the one before in its row and column: rows are y, columns x. */
enum { NW = 1, N = 2, NE = 4, E = 8, SE = 16, S = 32, SW = 64, W = 128 };

enum { FIRST = 1, SECOND = 2, BOTH = 3 }; /* the pass in which a pixel may go */

/* Where scikit-image (0.19) decides otherwise than the paper: it takes corners of lines away, so that these
 * become diagonal, and lets two pixels side by side stand. */
static const struct {
    uint8_t neighbours, passes;
} departures[] = {{NW + N, FIRST}, {N + NE, FIRST}, {NE + E, FIRST}, {E + SE, SECOND}, {SE + S, 0},
    {S + SW, SECOND}, {SW + W, SECOND}, {NW + W, 0}, {N + NE + E, FIRST}, {E + SE + S, SECOND},
    {NW + N + W, FIRST}, {S + SW + W, SECOND}, {N + E, BOTH}, {E + S, BOTH}, {N + W, BOTH}, {S + W, BOTH},
    {NW + N + E, FIRST}, {N + E + SE, SECOND}, {E + S + SW, SECOND}, {N + NE + W, FIRST}, {NW + S + W, FIRST},
    {SE + S + W, SECOND}, {N + SW + W, FIRST}, {NE + E + S + SW, SECOND}, {N + NE + SW + W, FIRST}};

/* The paper's conditions: 2 to 6 neighbours, in one run, and for each pass two triples of sides that are not
 * all there. */
static uint8_t passes_of(int neighbours)
{
    static const int around[8] = {N, NE, E, SE, S, SW, W, NW};
    int count = 0, runs = 0;
    for (size_t i = 0; i < sizeof departures / sizeof *departures; i++)
        if (departures[i].neighbours == neighbours)
            return departures[i].passes;
    for (int k = 0; k < 8; k++) {
        count += (neighbours & around[k]) != 0;
        runs += (neighbours & around[k]) == 0 && (neighbours & around[(k + 1) % 8]) != 0;
    }
    if (count < 2 || count > 6 || runs != 1)
        return 0;
    const int sides = ~neighbours;
    const bool first = (sides & (N + E + S)) != 0 && (sides & (E + S + W)) != 0;
    const bool second = (sides & (N + E + W)) != 0 && (sides & (N + S + W)) != 0;
    return (uint8_t)((first ? FIRST : 0) + (second ? SECOND : 0));
}

typedef struct slice {
    uint8_t *now, *next; /* [ny+2, nx+2]: a frame of background spares all checks of borders */
    int nx, ny;
} slice;

static int neighbours_of(const uint8_t *at, int width)
{
    const int step[8] = {-width - 1, -width, -width + 1, 1, width + 1, width, width - 1, -1};
    int neighbours = 0;
    for (int k = 0; k < 8; k++)
        neighbours |= at[step[k]] << k;
    return neighbours;
}

/* One pass over all pixels, which all see the slice as it was before. */
static bool pass(slice *s, const uint8_t passes[256], uint8_t which)
{
    const int width = s->nx + 2;
    const size_t n = (size_t)width * (size_t)(s->ny + 2);
    bool removed = false;
    memcpy(s->next, s->now, n);
    for (int y = 1; y <= s->ny; y++)
        for (int x = 1; x <= s->nx; x++) {
            const size_t i = (size_t)y * (size_t)width + (size_t)x;
            if (s->now[i] == 0 || (passes[neighbours_of(s->now + i, width)] & which) == 0)
                continue;
            s->next[i] = 0;
            removed = true;
        }
    memcpy(s->now, s->next, n);
    return removed;
}

wil_status wil_metrics_skeleton_2d(wil_mask *out, const wil_mask *mask)
{
    const int nx = mask->grid.size[0], ny = mask->grid.size[1];
    const size_t n = (size_t)(nx + 2) * (size_t)(ny + 2);
    WIL_OWN(uint8_t) *now = NULL, *next = NULL;
    WIL_OWN(wil_mask) made = {0};
    uint8_t passes[256];
    memset(out, 0, sizeof *out);
    for (int i = 0; i < 256; i++)
        passes[i] = passes_of(i);
    WIL_TRY(wil_mask_make(&made, &mask->grid));
    WIL_TRY(wil_alloc_u8(&now, n));
    WIL_TRY(wil_alloc_u8(&next, n));
    slice s = {now, next, nx, ny};
    for (int z = 0; z < mask->grid.size[2]; z++) {
        const size_t first = (size_t)z * (size_t)nx * (size_t)ny;
        for (int i = 0; i < nx * ny; i++)
            now[(i / nx + 1) * (nx + 2) + i % nx + 1] = mask->voxels[first + (size_t)i] != 0;
        for (bool removed = true; removed;) {
            removed = pass(&s, passes, FIRST);
            removed = pass(&s, passes, SECOND) || removed;
        }
        for (int i = 0; i < nx * ny; i++)
            made.voxels[first + (size_t)i] = now[(i / nx + 1) * (nx + 2) + i % nx + 1];
    }
    return wil_give_value(out, &made);
}
