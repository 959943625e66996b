/* An arterial input from a file: a curve, a region, or a list of voxels. */
#include "willis/perfusion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool ends_with(const char *path, const char *end)
{
    const size_t n = strlen(path), m = strlen(end);
    return n >= m && strcmp(path + n - m, end) == 0;
}

/* ---- NIfTI --------------------------------------------------------------------------------------------- */

static wil_status take_curve(wil_perfusion_aif_file *out, const wil_volume *volume, size_t n)
{
    WIL_TRY(wil_alloc_f64(&out->curve, n));
    for (size_t i = 0; i < n; i++)
        out->curve[i] = (double)volume->voxels[i];
    out->n = (int)n;
    return WIL_OK;
}

/* One curve is a volume with more than one element along a single dimension, time or space: 1x161 is common.
 */
static bool is_one_curve(const wil_volume *v)
{
    const int *s = v->grid.size;
    return (s[0] > 1) + (s[1] > 1) + (s[2] > 1) + (v->n_time > 1) == 1;
}

static wil_status read_nifti(wil_perfusion_aif_file *out, const char *path, const wil_grid *grid)
{
    WIL_OWN(wil_volume) volume = {0};
    WIL_TRY(wil_volume_read_stored(&volume, path)); /* a curve has no orientation that could turn it */
    const int *size = volume.grid.size;
    const wil_grid stored = wil_grid_as_stored(grid);
    if (is_one_curve(&volume) && memcmp(size, stored.size, sizeof stored.size) != 0)
        return take_curve(out, &volume, wil_grid_count(&volume.grid) * (size_t)volume.n_time);
    const wil_orientation turn = wil_grid_orientation(&volume.grid);
    volume.grid = wil_grid_turn(&volume.grid, &turn);
    const bool same_size = memcmp(size, grid->size, sizeof grid->size) == 0;
    WIL_REQUIRE(volume.n_time == 1 && same_size, WIL_ERR_INPUT,
        "%s: holds %dx%dx%d voxels at %d time(s); a single curve, or a region of the series' %dx%dx%d "
        "voxels, was expected",
        path, size[0], size[1], size[2], volume.n_time, grid->size[0], grid->size[1], grid->size[2]);
    WIL_TRY(wil_mask_read(&out->region, path));
    WIL_TRY(wil_mask_turn_onto(&out->region, grid));
    WIL_REQUIRE(wil_mask_count(&out->region) > 0, WIL_ERR_INPUT,
        "%s: the region is empty; mark the artery's voxels with 1", path);
    return WIL_OK;
}

/* ---- CSV ----------------------------------------------------------------------------------------------- */

static wil_status cell_number(double *out, const wil_table *table, int row, int column, const char *path)
{
    const char *text = wil_table_cell(table, row, column);
    char *end = NULL;
    *out = strtod(text, &end);
    WIL_REQUIRE(end != text && *end == '\0' && isfinite(*out), WIL_ERR_INPUT,
        "%s:%d: '%s' in column %s is no number", path, table->lines[row], text, table->columns[column]);
    return WIL_OK;
}

static wil_status read_curve(
    wil_perfusion_aif_file *out, const wil_table *table, int column, const char *path)
{
    WIL_TRY(wil_alloc_f64(&out->curve, (size_t)table->n_rows));
    out->n = table->n_rows;
    for (int i = 0; i < table->n_rows; i++)
        WIL_TRY(cell_number(&out->curve[i], table, i, column, path));
    return WIL_OK;
}

/* Voxels are counted as the series' file stores them, as viewers count. */
static wil_status read_voxels(wil_perfusion_aif_file *out, const wil_table *table, const int columns[3],
    const char *path, const wil_grid *grid)
{
    const wil_grid stored = wil_grid_as_stored(grid);
    WIL_TRY(wil_alloc((void **)&out->voxels, (size_t)table->n_rows, sizeof *out->voxels));
    out->n_voxels = table->n_rows;
    for (int i = 0; i < table->n_rows; i++) {
        for (int axis = 0; axis < 3; axis++) {
            double value = 0;
            WIL_TRY(cell_number(&value, table, i, columns[axis], path));
            WIL_REQUIRE(value >= 0 && value < stored.size[axis] && value == floor(value), WIL_ERR_INPUT,
                "%s:%d: voxel %c = %g; a whole number from 0 to %d was expected", path, table->lines[i],
                "xyz"[axis], value, stored.size[axis] - 1);
            out->voxels[i][axis] = (int32_t)value;
        }
        wil_grid_voxel_here(out->voxels[i], grid, out->voxels[i]);
    }
    return WIL_OK;
}

static wil_status read_table(wil_perfusion_aif_file *out, const char *path, const wil_grid *grid)
{
    WIL_OWN(wil_table) table = {0};
    WIL_TRY(wil_table_read(&table, path, ends_with(path, ".tsv") ? '\t' : ','));
    const int xyz[3] = {
        wil_table_column(&table, "x"), wil_table_column(&table, "y"), wil_table_column(&table, "z")};
    const int signal = wil_table_column(&table, "signal");
    const int concentration = wil_table_column(&table, "concentration");
    out->is_concentration = concentration >= 0;
    WIL_REQUIRE(table.n_rows > 0, WIL_ERR_INPUT, "%s: has no rows below its first line", path);
    if (xyz[0] >= 0 && xyz[1] >= 0 && xyz[2] >= 0)
        return read_voxels(out, &table, xyz, path, grid);
    WIL_REQUIRE(concentration >= 0 || signal >= 0, WIL_ERR_INPUT,
        "%s: its first line names neither a column 'signal' or 'concentration' (a curve, one row a frame) "
        "nor the columns 'x', 'y' and 'z' (voxels, from 0)",
        path);
    return read_curve(out, &table, concentration >= 0 ? concentration : signal, path);
}

wil_status wil_perfusion_aif_read(wil_perfusion_aif_file *out, const char *path, const wil_grid *grid)
{
    *out = (wil_perfusion_aif_file){0};
    const bool table = ends_with(path, ".csv") || ends_with(path, ".tsv") || ends_with(path, ".txt");
    WIL_OWN(wil_perfusion_aif_file) made = {0};
    WIL_TRY(table ? read_table(&made, path, grid) : read_nifti(&made, path, grid));
    return wil_give_value(out, &made);
}

void wil_perfusion_aif_file_clear(wil_perfusion_aif_file *file)
{
    wil_free(file->curve);
    wil_free(file->voxels);
    wil_mask_clear(&file->region);
    *file = (wil_perfusion_aif_file){0};
}
