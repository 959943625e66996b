/* What users should know about where their scans lie. */
#include "cli.h"

#include "willis/image.h"

void cli_warn_of_header(const wil_monitor *monitor, const char *path)
{
    WIL_OWN(char) *note = NULL;
    if (wil_volume_header_note(&note, path) == WIL_OK && note != NULL)
        wil_monitor_warn(monitor, "%s", note);
}

void cli_tell_of_turn(const wil_monitor *monitor, const wil_grid *mask, const char *path,
    const wil_grid *image, const char *image_path)
{
    char codes[4], others[4];
    if (!wil_grid_stored_alike(mask, image))
        wil_monitor_warn(monitor, "%s is stored %s, %s %s; it was turned to lie on it", path,
            wil_grid_axis_codes(codes, mask), image_path, wil_grid_axis_codes(others, image));
}
