/* The picture of one subject: its maximum projection and some slices, with the label outlined, its name, the
 * patient's sides and a scale. */
#include "check_internal.h"

#include <string.h>

#define N_SLICES 3
#define SLICES_APART 10 /* the slices are at least a tenth of the stack apart, not three neighbours */
#define GAP 4           /* pixels between the panels */
#define SIDE 360        /* pixels: panels are enlarged to this width at least */
#define TITLE 28        /* pixels above the panels */
#define LETTERS 2       /* enlargement of the font */
#define MARGIN 6

static const uint8_t RED[3] = {255, 0, 0};
static const uint8_t WHITE[3] = {255, 255, 255};

static size_t label_in_slice(const wil_mask *label, int z)
{
    const size_t one = (size_t)label->grid.size[0] * (size_t)label->grid.size[1];
    const uint8_t *voxels = label->voxels + (size_t)z * one;
    size_t n = 0;
    for (size_t i = 0; i < one; i++)
        n += voxels[i];
    return n;
}

static bool is_apart(int z, const int *chosen, int n, int apart)
{
    for (int k = 0; k < n; k++)
        if (z - chosen[k] < apart && chosen[k] - z < apart)
            return false;
    return true;
}

/* The slices with most label, from the most on; without label, the quarters of the stack. Returns how many.
 */
static int choose_slices(int chosen[N_SLICES], const wil_volume *image, const wil_mask *label)
{
    const int nz = image->grid.size[2];
    const int apart = nz / SLICES_APART > 0 ? nz / SLICES_APART : 1;
    int n = 0;
    for (; n < N_SLICES && label != NULL; n++) {
        int best = -1;
        size_t most = 0;
        for (int z = 0; z < nz; z++) {
            const size_t count = is_apart(z, chosen, n, apart) ? label_in_slice(label, z) : 0;
            if (count > most) {
                most = count;
                best = z;
            }
        }
        if (best < 0)
            break;
        chosen[n] = best;
    }
    for (int k = 1; n == 0 && k <= N_SLICES; k++)
        chosen[k - 1] = nz * k / (N_SLICES + 1);
    return n == 0 ? N_SLICES : n;
}

/* Projects the label like the image, and paints the rim of its picture red. */
static wil_status outline_projection(wil_picture *projection, const wil_mask *label)
{
    WIL_OWN(wil_volume) volume = {0};
    WIL_OWN(wil_picture) shape = {0};
    WIL_TRY(wil_volume_make(&volume, &label->grid, 1));
    for (size_t i = 0; i < wil_grid_count(&label->grid); i++)
        volume.voxels[i] = label->voxels[i];
    WIL_TRY(wil_picture_maximum_projection(&shape, &volume, 2, 0, 1));
    const int w = shape.width;
    const int h = shape.height;
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
            const uint8_t *at = shape.rgb + 3 * ((size_t)y * (size_t)w + (size_t)x);
            const bool whole = x > 0 && x + 1 < w && y > 0 && y + 1 < h && at[-3] > 127 && at[3] > 127 &&
                               at[-3 * w] > 127 && at[3 * w] > 127;
            if (at[0] > 127 && !whole)
                memcpy(projection->rgb + (at - shape.rgb), RED, 3);
        }
    }
    return WIL_OK;
}

static wil_status enlarge(wil_picture *picture, int zoom)
{
    WIL_OWN(wil_picture) large = {0};
    WIL_TRY(wil_picture_make(&large, picture->width * zoom, picture->height * zoom));
    for (int y = 0; y < large.height; y++)
        for (int x = 0; x < large.width; x++)
            memcpy(large.rgb + 3 * ((size_t)y * (size_t)large.width + (size_t)x),
                picture->rgb + 3 * ((size_t)(y / zoom) * (size_t)picture->width + (size_t)(x / zoom)), 3);
    wil_picture_clear(picture);
    return wil_give_value(picture, &large);
}

/* Views are radiological: the patient's right is on the left. */
static void annotate(wil_picture *panel, const char *words, double mm_per_pixel)
{
    const int middle = panel->height / 2 - wil_picture_text_height(LETTERS) / 2;
    const int right = panel->width - MARGIN - wil_picture_text_width("L", LETTERS);
    wil_picture_draw_text(panel, MARGIN, middle, "R", LETTERS, WHITE);
    wil_picture_draw_text(panel, right, middle, "L", LETTERS, WHITE);
    wil_picture_draw_text(panel, MARGIN, MARGIN, words, LETTERS, WHITE);
    wil_picture_draw_scale(
        panel, MARGIN, panel->height - MARGIN, panel->width / 3, mm_per_pixel, LETTERS, WHITE);
}

/* Side by side, tops level, below a title. */
static wil_status join_panels(wil_picture *out, const char *title, const wil_picture *panels, int n)
{
    int width = (n - 1) * GAP;
    int height = 0;
    for (int i = 0; i < n; i++) {
        width += panels[i].width;
        height = panels[i].height > height ? panels[i].height : height;
    }
    WIL_TRY(wil_picture_make(out, width, TITLE + height));
    wil_picture_draw_text(out, MARGIN, MARGIN, title, LETTERS, WHITE);
    int left = 0;
    for (int i = 0; i < n; i++) {
        const size_t row = 3 * (size_t)panels[i].width;
        for (int y = 0; y < panels[i].height; y++)
            memcpy(out->rgb + 3 * ((size_t)(TITLE + y) * (size_t)width + (size_t)left),
                panels[i].rgb + (size_t)y * row, row);
        left += panels[i].width + GAP;
    }
    return WIL_OK;
}

typedef struct panel_list {
    wil_picture panels[1 + N_SLICES];
} panel_list;

static void panel_list_clear(panel_list *list)
{
    for (int i = 0; i <= N_SLICES; i++)
        wil_picture_clear(&list->panels[i]);
}
WIL_OWNED_VALUE(panel_list, panel_list_clear)

static double least_spacing(const wil_grid *grid)
{
    const double *mm = grid->spacing_mm;
    return mm[0] < mm[1] ? (mm[0] < mm[2] ? mm[0] : mm[2]) : mm[1] < mm[2] ? mm[1] : mm[2];
}

static int zoom_for(int width)
{
    return width >= SIDE ? 1 : (SIDE + width - 1) / width;
}

/* Panel 0: the projection, whose pixels are as wide as the least spacing. */
static wil_status make_projection(
    wil_picture *panel, const wil_volume *image, const wil_mask *label, const float range[2])
{
    WIL_TRY(wil_picture_maximum_projection(panel, image, 2, range[0], range[1]));
    if (label != NULL)
        WIL_TRY(outline_projection(panel, label));
    const int zoom = zoom_for(panel->width);
    WIL_TRY(enlarge(panel, zoom));
    annotate(panel, "maximum", least_spacing(&image->grid) / zoom);
    return WIL_OK;
}

static wil_status make_slice(
    wil_picture *panel, const wil_volume *image, const wil_mask *label, int z, const float range[2])
{
    char words[32];
    const int zoom = zoom_for(image->grid.size[0]);
    snprintf(words, sizeof words, "slice %d", z);
    WIL_TRY(wil_picture_overlay_slice(panel, image, label, NULL, z, range[0], range[1], zoom));
    annotate(panel, words, image->grid.spacing_mm[0] / zoom);
    return WIL_OK;
}

wil_status check_overlay_write(
    const char *path, const char *subject, const wil_volume *image, const wil_mask *label)
{
    WIL_OWN(panel_list) list = {0};
    WIL_OWN(wil_picture) joined = {0};
    float range[2];
    int slices[N_SLICES];
    const int n = choose_slices(slices, image, label);
    WIL_TRY(wil_scan_range(range, image, NULL));
    WIL_TRY(make_projection(&list.panels[0], image, label, range));
    for (int i = 0; i < n; i++)
        WIL_TRY(make_slice(&list.panels[1 + i], image, label, slices[i], range));
    WIL_TRY(join_panels(&joined, subject, list.panels, 1 + n));
    return wil_picture_write_png(&joined, path);
}
