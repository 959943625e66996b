/* Pictures of a perfusion run: maps in fixed, perceptually even colours and scales, and the artery's place.
 */
#include "perfusion_page.h"

#include <math.h>
#include <string.h>

#define MOST_SLICES 6
#define GAP 4
#define BAR_WIDTH 14
#define LEAST_SIDE 96 /* pixels of a slice; smaller ones are enlarged */

/* Viridis and inferno [Smith2015, matplotlib] at nine even steps, linear between: brightness rises evenly. */
static const uint8_t viridis[9][3] = {{68, 1, 84}, {71, 44, 122}, {59, 81, 139}, {44, 113, 142},
    {33, 144, 141}, {39, 173, 129}, {92, 200, 99}, {170, 220, 50}, {253, 231, 37}};
static const uint8_t inferno[9][3] = {{0, 0, 4}, {31, 12, 72}, {85, 15, 109}, {136, 34, 106}, {186, 54, 85},
    {227, 89, 51}, {249, 140, 10}, {249, 201, 50}, {252, 255, 164}};

typedef struct map_look {
    wil_perfusion_map_kind kind;
    double most; /* of the scale, from 0 */
    const uint8_t (*colours)[3];
} map_look;

static const map_look looks[] = {
    {WIL_MAP_CBF, 80, viridis},
    {WIL_MAP_CBV, 8, viridis},
    {WIL_MAP_MTT, 15, inferno},
    {WIL_MAP_TMAX, 12, inferno},
    {WIL_MAP_TTP, 20, inferno},
};
#define N_LOOKS ((int)(sizeof looks / sizeof *looks))

static void colour_of(uint8_t rgb[3], const map_look *look, double value)
{
    const double x = fmax(0, fmin(1, value / look->most)) * 8;
    const int i = x >= 8 ? 7 : (int)x;
    for (int c = 0; c < 3; c++)
        rgb[c] =
            (uint8_t)lround(look->colours[i][c] + (x - i) * (look->colours[i + 1][c] - look->colours[i][c]));
}

static void put_block(wil_picture *picture, int left, int top, int side, const uint8_t rgb[3])
{
    for (int y = top; y < top + side && y < picture->height; y++)
        for (int x = left; x < left + side && x < picture->width; x++)
            memcpy(picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x), rgb, 3);
}

/* Radiological: the patient's right on the left, front up; for axial series. Outside of the mask black. */
static void draw_slice(wil_picture *picture, const wil_perfusion_result *r, const map_look *look, int z,
    int left, int top, int zoom)
{
    const int nx = r->grid.size[0], ny = r->grid.size[1];
    const bool flip_x = r->grid.affine[0][0] > 0, flip_y = r->grid.affine[1][1] > 0;
    for (int y = 0; y < ny; y++)
        for (int x = 0; x < nx; x++) {
            const size_t i = ((size_t)z * (size_t)ny + (size_t)y) * (size_t)nx + (size_t)x;
            uint8_t rgb[3] = {0, 0, 0};
            if (r->mask.voxels[i] != 0)
                colour_of(rgb, look, (double)r->maps[look->kind].voxels[i]);
            put_block(picture, left + zoom * (flip_x ? nx - 1 - x : x),
                top + zoom * (flip_y ? ny - 1 - y : y), zoom, rgb);
        }
}

static void draw_bar(wil_picture *picture, const map_look *look, int left, int top, int height)
{
    for (int y = 0; y < height; y++) {
        uint8_t rgb[3];
        colour_of(rgb, look, look->most * (height - 1 - y) / (height > 1 ? height - 1 : 1));
        for (int x = 0; x < BAR_WIDTH; x++)
            put_block(picture, left + x, top + y, 1, rgb);
    }
}

/* Slices that hold brain, evenly spread. Returns how many. */
static int choose_slices(int z_out[MOST_SLICES], const wil_perfusion_result *r)
{
    const size_t n = (size_t)r->grid.size[0] * (size_t)r->grid.size[1];
    int first = -1, last = -1;
    for (int z = 0; z < r->grid.size[2]; z++)
        if (memchr(r->mask.voxels + (size_t)z * n, 1, n) != NULL) {
            first = first < 0 ? z : first;
            last = z;
        }
    const int count = last - first + 1;
    const int shown = count < MOST_SLICES ? count : MOST_SLICES;
    for (int i = 0; i < shown; i++)
        z_out[i] = first + (int)((2 * i + 1) * (int64_t)count / (2 * shown));
    return shown;
}

wil_status perfusion_montage(wil_picture *out, const wil_perfusion_result *r)
{
    int slices[MOST_SLICES];
    const int n_slices = choose_slices(slices, r);
    const int side = r->grid.size[0] < r->grid.size[1] ? r->grid.size[0] : r->grid.size[1];
    const int zoom = side >= LEAST_SIDE ? 1 : (LEAST_SIDE + side - 1) / side;
    const int width = zoom * r->grid.size[0] + GAP, height = zoom * r->grid.size[1] + GAP;
    WIL_TRY(wil_picture_make(out, n_slices * width + BAR_WIDTH, N_LOOKS * height - GAP));
    for (int m = 0; m < N_LOOKS; m++) {
        for (int i = 0; i < n_slices; i++)
            draw_slice(out, r, &looks[m], slices[i], i * width, m * height, zoom);
        draw_bar(out, &looks[m], n_slices * width, m * height, height - GAP);
    }
    return WIL_OK;
}

static int busiest_slice(const wil_perfusion_aif *aif, int n_slices)
{
    int best = 0, most = 0;
    for (int z = 0; z < n_slices; z++) {
        int count = 0;
        for (int i = 0; i < aif->n_voxels; i++)
            count += aif->voxels[i][2] == z;
        if (count > most) {
            most = count;
            best = z;
        }
    }
    return best;
}

static wil_status baseline_volume(wil_volume *out, const wil_perfusion_result *r, const wil_volume *series)
{
    const size_t n = wil_grid_count(&r->grid);
    WIL_TRY(wil_volume_make(out, &r->grid, 1));
    for (int t = r->phases.baseline_first; t <= r->phases.baseline_last; t++)
        for (size_t i = 0; i < n; i++)
            out->voxels[i] += series->voxels[(size_t)t * n + i];
    return WIL_OK;
}

wil_status perfusion_aif_place(
    wil_picture *out, bool *found_out, const wil_perfusion_result *r, const wil_volume *series)
{
    const wil_perfusion_aif *aif = &r->aif;
    WIL_OWN(wil_volume) baseline = {0};
    WIL_OWN(wil_mask) place = {0};
    double most = 0;
    *found_out = aif->n_voxels > 0;
    if (!*found_out)
        return WIL_OK;
    WIL_TRY(baseline_volume(&baseline, r, series));
    WIL_TRY(wil_mask_make(&place, &r->grid));
    for (int i = 0; i < aif->n_voxels; i++) {
        const int32_t *v = aif->voxels[i];
        place.voxels[((size_t)v[2] * (size_t)r->grid.size[1] + (size_t)v[1]) * (size_t)r->grid.size[0] +
                     (size_t)v[0]] = 1;
    }
    WIL_TRY(wil_quantile(&most, baseline.voxels, wil_grid_count(&r->grid), 0.995));
    const int side = r->grid.size[0] > r->grid.size[1] ? r->grid.size[0] : r->grid.size[1];
    const int zoom = side >= 384 ? 1 : side >= 192 ? 2 : side >= 96 ? 3 : 8;
    return wil_picture_overlay_slice(
        out, &baseline, NULL, &place, busiest_slice(aif, r->grid.size[2]), 0, most > 0 ? most : 1, zoom);
}
