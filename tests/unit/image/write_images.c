/* Writes images for check_nibabel.sh, which knows these numbers too. Usage: write_images FOLDER */
#include <stdio.h>

#include "willis/image.h"

/* Value i is i - 5; x runs towards the front, y to the left and z up, each a bit oblique in the second grid.
 */
static wil_status write_one(
    const char *folder, const char *name, const wil_grid *grid, int n_time, wil_nifti_type type)
{
    char *path = NULL;
    wil_volume volume = {0};
    wil_status status = wil_path_join(&path, folder, name);
    if (status == WIL_OK)
        status = wil_volume_make(&volume, grid, n_time);
    for (size_t i = 0; status == WIL_OK && i < wil_grid_count(grid) * (size_t)n_time; i++)
        volume.voxels[i] = (float)i - 5;
    volume.tr_s = n_time > 1 ? 1.25 : 0;
    if (status == WIL_OK)
        status = wil_volume_write(&volume, path, type, "by willis");
    wil_volume_clear(&volume);
    wil_free(path);
    return status;
}

int main(int argc, char **argv)
{
    /* x runs towards the front, y to the left, z up */
    const wil_grid turned = {.size = {4, 3, 2},
        .spacing_mm = {0.5, 0.75, 2},
        .affine = {{0, -0.75, 0, 11}, {0.5, 0, 0, -12}, {0, 0, 2, 13}}};
    wil_grid sheared = turned;
    sheared.affine[0][2] = 0.5;
    const wil_grid row = wil_grid_make(40000, 1, 1, 1, 1, 1);
    if (argc != 2 || write_one(argv[1], "u8.nii.gz", &turned, 1, WIL_NIFTI_U8) != WIL_OK ||
        write_one(argv[1], "i16.nii", &turned, 3, WIL_NIFTI_I16) != WIL_OK ||
        write_one(argv[1], "f32.nii.gz", &sheared, 1, WIL_NIFTI_F32) != WIL_OK ||
        write_one(argv[1], "row.nii", &row, 1, WIL_NIFTI_F32) != WIL_OK) {
        fprintf(stderr, "write_images: %s\n", argc == 2 ? wil_status_message() : "give one folder");
        return 1;
    }
    return 0;
}
