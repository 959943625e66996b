/* Pictures as PNG. */
#include "willis/image.h"

#include <png.h>
#include <string.h>

wil_status wil_picture_encode_png(uint8_t **bytes_out, size_t *n_bytes_out, const wil_picture *picture)
{
    *bytes_out = NULL;
    *n_bytes_out = 0;
    WIL_REQUIRE(picture != NULL && picture->rgb != NULL && picture->width >= 1 && picture->height >= 1,
        WIL_ERR_ARG, "an empty picture cannot become a PNG file");
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.format = PNG_FORMAT_RGB;
    image.width = (png_uint_32)picture->width;
    image.height = (png_uint_32)picture->height;
    png_alloc_size_t n = PNG_IMAGE_PNG_SIZE_MAX(image); /* room for the worst case, so it is encoded once */
    WIL_OWN(uint8_t) *bytes = NULL;
    WIL_TRY(wil_alloc_u8(&bytes, n));
    WIL_REQUIRE(png_image_write_to_memory(&image, bytes, &n, 0, picture->rgb, 3 * picture->width, NULL),
        WIL_ERR_MEMORY, "a picture of %d x %d pixels could not be encoded as PNG: %s", picture->width,
        picture->height, image.message);
    *n_bytes_out = n;
    return wil_give(bytes_out, &bytes);
}

wil_status wil_picture_write_png(const wil_picture *picture, const char *path)
{
    WIL_OWN(uint8_t) *bytes = NULL;
    size_t n_bytes = 0;
    WIL_TRY(wil_fail_context(wil_picture_encode_png(&bytes, &n_bytes, picture), "%s", path));
    return wil_file_write(path, bytes, n_bytes);
}
