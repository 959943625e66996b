/* A picture in memory. */
#include "willis/image.h"

#include <string.h>

#define MAX_SIDE 32767

wil_status wil_picture_make(wil_picture *out, int width, int height)
{
    *out = (wil_picture){0};
    WIL_REQUIRE(width >= 1 && height >= 1 && width <= MAX_SIDE && height <= MAX_SIDE, WIL_ERR_ARG,
        "a picture of %d x %d pixels is impossible; each side must have 1 .. %d", width, height, MAX_SIDE);
    WIL_TRY(wil_alloc_u8(&out->rgb, 3 * (size_t)width * (size_t)height));
    out->width = width;
    out->height = height;
    return WIL_OK;
}

void wil_picture_clear(wil_picture *picture)
{
    if (picture == NULL)
        return;
    wil_free(picture->rgb);
    memset(picture, 0, sizeof *picture);
}
