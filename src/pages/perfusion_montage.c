/* Pictures of a perfusion run: maps in fixed, perceptually even colours, what is ill over the brain, and the
 * artery's place. */
#include "perfusion_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 5
#define MANY_SLICES 40 /* more of them stand in COLUMNS_OF_MANY */
#define COLUMNS_OF_MANY 8
#define PAGE_PX 830 /* for slices; the colour bar stands beside them */
#define MOST_ZOOM 8.0
#define TOO_BRIGHT 1.25 /* of a scale's end, at the 0.98 quantile: the scale is widened */
#define DELAYED_S 6.0F
#define LOW_FLOW 0.3F
#define MIN_PIECE_ML 0.5

/* Viridis and inferno [Smith2015, matplotlib] at nine even steps, linear between: brightness rises evenly. */
#define N_COLOURS 9
static const uint8_t viridis[N_COLOURS][3] = {{68, 1, 84}, {71, 44, 122}, {59, 81, 139}, {44, 113, 142},
    {33, 144, 141}, {39, 173, 129}, {92, 200, 99}, {170, 220, 50}, {253, 231, 37}};
static const uint8_t inferno[N_COLOURS][3] = {{0, 0, 4}, {31, 12, 72}, {85, 15, 109}, {136, 34, 106},
    {186, 54, 85}, {227, 89, 51}, {249, 140, 10}, {249, 201, 50}, {252, 255, 164}};

typedef struct map_look {
    wil_perfusion_map_kind kind;
    const char *title, *unit; /* unit NULL: the map's */
    double most;              /* of the scale, from 0 */
    bool widens;              /* where the map is beyond it; times have scales that are known by heart */
    const uint8_t (*colours)[3];
} map_look;

static const map_look looks[] = {
    {WIL_MAP_CBF, "CBF: blood flow", NULL, 80, true, viridis},
    {WIL_MAP_CBV, "CBV: blood volume", NULL, 8, true, viridis},
    {WIL_MAP_MTT, "MTT: mean transit time", NULL, 15, false, inferno},
    {WIL_MAP_TMAX, "Tmax: delay of the residue function's peak", NULL, 12, false, inferno},
    {WIL_MAP_TTP, "TTP: time to peak from bolus arrival", "s", 20, false, inferno},
    {WIL_MAP_RCBF, "rCBF: flow over that of reference tissue", "of reference", 2, false, viridis},
    {WIL_MAP_RCBV, "rCBV: volume over that of reference tissue", "of reference", 2, false, viridis},
};
#define N_LOOKS ((int)(sizeof looks / sizeof *looks))

/* ---- all slices, cut to the brain -----------------------------------------------------------------------
 */

typedef struct sheet {
    int x, y, z, width, height, n_slices; /* of the brain in the grid */
    int columns, rows;
    bool flip_x, flip_y;       /* so that the patient's right is on the left, front up */
    wil_picture_label *labels; /* [n_slices + 2], owned */
    int n_labels;
} sheet;

static void sheet_clear(sheet *s)
{
    wil_free(s->labels);
}
WIL_OWNED_VALUE(sheet, sheet_clear)

static void widen(int range[2], int at)
{
    range[0] = at < range[0] ? at : range[0];
    range[1] = at > range[1] ? at : range[1];
}

static wil_status make_sheet(sheet *s, const wil_perfusion_result *r)
{
    const wil_grid *g = &r->grid;
    int range[3][2] = {{g->size[0], -1}, {g->size[1], -1}, {g->size[2], -1}};
    for (int z = 0; z < g->size[2]; z++)
        for (int y = 0; y < g->size[1]; y++)
            for (int x = 0; x < g->size[0]; x++)
                if (r->mask.voxels[((size_t)z * (size_t)g->size[1] + (size_t)y) * (size_t)g->size[0] +
                                   (size_t)x] != 0) {
                    widen(range[0], x);
                    widen(range[1], y);
                    widen(range[2], z);
                }
    s->x = range[0][0];
    s->y = range[1][0];
    s->z = range[2][0];
    s->width = range[0][1] - s->x + 1;
    s->height = range[1][1] - s->y + 1;
    s->n_slices = range[2][1] - s->z + 1;
    const int most = s->n_slices > MANY_SLICES ? COLUMNS_OF_MANY : COLUMNS;
    s->columns = s->n_slices < most ? s->n_slices : most;
    s->rows = (s->n_slices + s->columns - 1) / s->columns;
    s->flip_x = g->affine[0][0] > 0;
    s->flip_y = g->affine[1][1] > 0;
    return wil_alloc((void **)&s->labels, (size_t)s->n_slices + 2, sizeof *s->labels);
}

static double zoom_of(const sheet *s, const wil_grid *grid)
{
    const double aspect = grid->spacing_mm[1] / grid->spacing_mm[0];
    return fmin(MOST_ZOOM / fmax(1, aspect), (double)PAGE_PX / (s->columns * (s->width + 1)));
}

/* Slices are numbered as viewers number those of the file; the first one has the sides. */
static void write_labels(sheet *s, const wil_grid *grid, double zoom)
{
    const double foot = 14 / (zoom * grid->spacing_mm[1] / grid->spacing_mm[0]);
    for (int i = 0; i < s->n_slices; i++) {
        wil_picture_label *label = &s->labels[s->n_labels++];
        int32_t stored[3];
        wil_grid_voxel_stored(stored, grid, (int32_t[3]){s->x, s->y, s->z + i});
        label->x = i % s->columns * (s->width + 1) + 3 / zoom;
        label->y = i / s->columns * (s->height + 1) + foot;
        snprintf(label->text, sizeof label->text, "%d", (int)stored[2]);
    }
    for (int k = 0; k < 2; k++) {
        wil_picture_label *label = &s->labels[s->n_labels++];
        label->x = k == 0 ? 3 / zoom : s->width - 12 / zoom;
        label->y = s->height - 0.3 * foot;
        snprintf(label->text, sizeof label->text, "%s", k == 0 ? "R" : "L");
    }
}

typedef void colour_at(uint8_t rgb[3], const void *context, size_t voxel);

static wil_status draw_sheet(
    wil_picture *out, const sheet *s, const wil_grid *g, colour_at *colour, const void *context)
{
    WIL_TRY(wil_picture_make(out, s->columns * (s->width + 1) - 1, s->rows * (s->height + 1) - 1));
    for (int i = 0; i < s->n_slices; i++)
        for (int y = 0; y < s->height; y++)
            for (int x = 0; x < s->width; x++) {
                const int from_x = s->x + (s->flip_x ? s->width - 1 - x : x);
                const int from_y = s->y + (s->flip_y ? s->height - 1 - y : y);
                const int left = i % s->columns * (s->width + 1) + x,
                          top = i / s->columns * (s->height + 1) + y;
                colour(out->rgb + 3 * ((size_t)top * (size_t)out->width + (size_t)left), context,
                    ((size_t)(s->z + i) * (size_t)g->size[1] + (size_t)from_y) * (size_t)g->size[0] +
                        (size_t)from_x);
            }
    return WIL_OK;
}

static wil_scaled_picture look_of(const sheet *s, const wil_grid *grid, const char *title)
{
    const double zoom = zoom_of(s, grid);
    return (wil_scaled_picture){.title = title,
        .zoom_x = zoom,
        .zoom_y = zoom * grid->spacing_mm[1] / grid->spacing_mm[0],
        .labels = s->labels,
        .n_labels = s->n_labels};
}

/* ---- maps -----------------------------------------------------------------------------------------------
 */

typedef struct map_colours {
    const wil_perfusion_result *r;
    const map_look *look;
    double most;
} map_colours;

/* Outside of the mask black. */
static void colour_of_map(uint8_t rgb[3], const void *context, size_t voxel)
{
    const map_colours *m = context;
    memset(rgb, 0, 3);
    if (m->r->mask.voxels[voxel] == 0)
        return;
    const double value = (double)m->r->maps[m->look->kind].voxels[voxel] / m->most;
    const double x = fmax(0, fmin(1, value)) * (N_COLOURS - 1);
    const int i = x >= N_COLOURS - 1 ? N_COLOURS - 2 : (int)x;
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)lround(
            m->look->colours[i][c] + (x - i) * (m->look->colours[i + 1][c] - m->look->colours[i][c]));
}

/* The scale's end: the usual one, or 1, 2 or 5 times a power of ten of it that holds the map. */
static wil_status choose_scale(double *out, const wil_perfusion_result *r, const map_look *look)
{
    const size_t n = wil_grid_count(&r->grid);
    WIL_OWN(float) *values = NULL;
    double high = 0;
    size_t n_inside = 0;
    *out = look->most;
    if (!look->widens)
        return WIL_OK;
    WIL_TRY(wil_alloc_f32(&values, n));
    for (size_t i = 0; i < n; i++)
        if (r->mask.voxels[i] != 0)
            values[n_inside++] = r->maps[look->kind].voxels[i];
    WIL_TRY(wil_quantile(&high, values, n_inside, 0.98));
    for (int step = 0; high > TOO_BRIGHT * *out && step < 60; step++)
        *out *= step % 3 == 1 ? 2.5 : 2; /* x 2, 5, 10, 20, ... */
    return WIL_OK;
}

static wil_status add_map(
    wil_report *report, const wil_perfusion_result *r, const sheet *s, const map_look *look)
{
    WIL_OWN(wil_picture) picture = {0};
    map_colours colours = {r, look, look->most};
    wil_scaled_picture shown = look_of(s, &r->grid, look->title);
    char caption[320];
    WIL_TRY(choose_scale(&colours.most, r, look));
    WIL_TRY(draw_sheet(&picture, s, &r->grid, colour_of_map, &colours));
    shown.unit = look->unit != NULL ? look->unit : wil_perfusion_map_unit(look->kind);
    shown.high = colours.most;
    shown.colours = look->colours;
    shown.n_colours = N_COLOURS;
    snprintf(caption, sizeof caption,
        "%s, 0 to %g %s%s. All slices with brain, numbered as in the file; the patient's "
        "right is on the left.",
        look->title, colours.most, shown.unit,
        colours.most > look->most ? ", a wider scale than usual, as the values lie beyond it" : "");
    return wil_report_scaled_picture(report, caption, &picture, &shown);
}

wil_status perfusion_add_maps(wil_report *report, const wil_perfusion_result *r)
{
    WIL_OWN(sheet) s = {0};
    WIL_TRY(make_sheet(&s, r));
    write_labels(&s, &r->grid, zoom_of(&s, &r->grid));
    for (int i = 0; i < N_LOOKS; i++)
        if (r->maps[looks[i].kind].voxels != NULL)
            WIL_TRY(add_map(report, r, &s, &looks[i]));
    return r->maps[WIL_MAP_RCBF].voxels != NULL
               ? WIL_OK
               : wil_report_paragraph(report, "There are no relative maps; the warnings say why.");
}

/* ---- core and penumbra ----------------------------------------------------------------------------------
 */

typedef struct overlay_colours {
    const float *baseline;
    double most;
    const uint8_t *delayed, *core;
} overlay_colours;

static void colour_of_overlay(uint8_t rgb[3], const void *context, size_t voxel)
{
    static const uint8_t yellow[3] = {255, 213, 0}, red[3] = {230, 20, 30};
    const overlay_colours *o = context;
    const double grey = 255 * fmax(0, fmin(1, (double)o->baseline[voxel] / o->most));
    const bool core = o->core[voxel] != 0, any = core || o->delayed[voxel] != 0;
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)lround(any ? 0.45 * grey + 0.55 * (core ? red : yellow)[c] : grey);
}

/* As the read-outs count: pieces under MIN_PIECE_ML do not. */
static wil_status mark(wil_mask *out, const wil_perfusion_result *r, bool low_flow)
{
    const size_t n = wil_grid_count(&r->grid);
    const float *tmax = r->maps[WIL_MAP_TMAX].voxels, *rcbf = r->maps[WIL_MAP_RCBF].voxels;
    WIL_TRY(wil_mask_make(out, &r->grid));
    for (size_t i = 0; i < n; i++)
        out->voxels[i] = r->mask.voxels[i] != 0 && tmax[i] > DELAYED_S &&
                         (!low_flow || (rcbf != NULL && rcbf[i] < LOW_FLOW));
    return wil_mask_keep_components(
        out, WIL_CONNECT_26, (size_t)ceil(MIN_PIECE_ML / wil_grid_voxel_ml(&r->grid)), 0);
}

static wil_status baseline_volume(wil_volume *out, const wil_perfusion_result *r, const wil_volume *series);

wil_status perfusion_add_overlay(
    wil_report *report, const wil_perfusion_result *r, const wil_volume *series, const wil_mask *core)
{
    WIL_OWN(sheet) s = {0};
    WIL_OWN(wil_picture) picture = {0};
    WIL_OWN(wil_volume) baseline = {0};
    WIL_OWN(wil_mask) delayed = {0}, low_flow = {0};
    const wil_perfusion_readouts *v = &r->readouts;
    overlay_colours colours = {.most = 1};
    char caption[400];
    WIL_TRY(make_sheet(&s, r));
    write_labels(&s, &r->grid, zoom_of(&s, &r->grid));
    WIL_TRY(baseline_volume(&baseline, r, series));
    WIL_TRY(mark(&delayed, r, false));
    WIL_TRY(mark(&low_flow, r, true));
    WIL_TRY(wil_quantile(&colours.most, baseline.voxels, wil_grid_count(&r->grid), 0.995));
    colours.most = colours.most > 0 ? colours.most : 1;
    colours.baseline = baseline.voxels;
    colours.delayed = delayed.voxels;
    colours.core = core != NULL ? core->voxels : low_flow.voxels;
    WIL_TRY(draw_sheet(&picture, &s, &r->grid, colour_of_overlay, &colours));
    const wil_scaled_picture shown = look_of(&s, &r->grid, "Core (red) and delayed tissue (yellow)");
    snprintf(caption, sizeof caption,
        "Over the signal before the bolus: in red the core (%s), %.1f ml; in yellow tissue with Tmax > 6 s "
        "outside of "
        "it, %.1f ml. Pieces under 0.5 ml are left out.",
        core != NULL                           ? "as given"
        : r->maps[WIL_MAP_RCBF].voxels != NULL ? "rCBF < 30 % where Tmax > 6 s"
                                               : "not known without relative maps",
        isfinite(v->core_ml) ? v->core_ml : 0, v->mismatch_ml);
    return wil_report_scaled_picture(report, caption, &picture, &shown);
}

/* ---- the artery -----------------------------------------------------------------------------------------
 */

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
