/* Region growing: the voxels at or above a threshold that are connected with a seed. */
#include "willis/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct grower {
    const wil_volume *volume;
    const uint8_t *within; /* NULL: everywhere */
    double low;
    int most; /* coordinates in which a neighbour may differ */
    uint8_t *grown;
    size_t *pending; /* grown voxels whose neighbours are still to be looked at */
    size_t n_pending, capacity;
} grower;

static void grower_clear(grower *g)
{
    wil_free(g->pending);
}
WIL_OWNED_VALUE(grower, grower_clear)

static wil_status check_same_size(const wil_volume *volume, const wil_mask *mask, const char *name)
{
    const int *a = volume->grid.size, *b = mask->grid.size;
    WIL_REQUIRE(memcmp(a, b, sizeof volume->grid.size) == 0, WIL_ERR_INPUT,
        "region growing: the volume has %dx%dx%d voxels, the mask of %s %dx%dx%d; resample one to the other",
        a[0], a[1], a[2], name, b[0], b[1], b[2]);
    return WIL_OK;
}

/* Takes voxel i in, if it belongs in and is not there yet. */
static wil_status visit(grower *g, size_t i)
{
    if (g->grown[i] || !(g->volume->voxels[i] >= g->low) || (g->within != NULL && g->within[i] == 0))
        return WIL_OK;
    WIL_TRY(wil_grow((void **)&g->pending, &g->capacity, g->n_pending + 1, sizeof *g->pending));
    g->grown[i] = 1;
    g->pending[g->n_pending++] = i;
    return WIL_OK;
}

static wil_status visit_neighbours(grower *g, size_t i)
{
    const int *size = g->volume->grid.size;
    const size_t nx = (size_t)size[0], ny = (size_t)size[1];
    const int x = (int)(i % nx), y = (int)(i / nx % ny), z = (int)(i / nx / ny);
    for (int dz = z > 0 ? -1 : 0; dz <= (z + 1 < size[2] ? 1 : 0); dz++)
        for (int dy = y > 0 ? -1 : 0; dy <= (y + 1 < size[1] ? 1 : 0); dy++)
            for (int dx = x > 0 ? -1 : 0; dx <= (x + 1 < size[0] ? 1 : 0); dx++)
                if (abs(dx) + abs(dy) + abs(dz) <= g->most)
                    WIL_TRY(visit(g, ((size_t)(z + dz) * ny + (size_t)(y + dy)) * nx + (size_t)(x + dx)));
    return WIL_OK;
}

static wil_status grow_all(grower *g, const uint8_t *seeds)
{
    const size_t n = wil_grid_count(&g->volume->grid);
    for (size_t i = 0; i < n; i++)
        if (seeds[i] != 0)
            WIL_TRY(visit(g, i));
    while (g->n_pending > 0)
        WIL_TRY(visit_neighbours(g, g->pending[--g->n_pending]));
    return WIL_OK;
}

wil_status wil_region_grow(wil_mask *out, const wil_volume *volume, const wil_mask *seeds, double low,
    wil_connectivity connectivity, const wil_mask *within)
{
    memset(out, 0, sizeof *out);
    WIL_REQUIRE(volume->n_time == 1, WIL_ERR_INPUT,
        "region growing: the volume has %d time points; take one of them", volume->n_time);
    WIL_REQUIRE(!isnan(low), WIL_ERR_ARG, "region growing: the threshold is NaN");
    WIL_TRY(check_same_size(volume, seeds, "seeds"));
    if (within != NULL)
        WIL_TRY(check_same_size(volume, within, "the region"));
    WIL_OWN(wil_mask) made = {0};
    WIL_TRY(wil_mask_make(&made, &volume->grid));
    WIL_OWN(grower) g = {.volume = volume, .low = low, .grown = made.voxels};
    g.within = within == NULL ? NULL : within->voxels;
    g.most = connectivity == WIL_CONNECT_6 ? 1 : connectivity == WIL_CONNECT_18 ? 2 : 3;
    WIL_TRY(grow_all(&g, seeds->voxels));
    return wil_give_value(out, &made);
}
