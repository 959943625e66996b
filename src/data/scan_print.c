/* Prints of scans: what is alike in a scan and its turned, mirrored, rescaled or resampled copy. */
#include "check_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FEW (PRINT_FEW * PRINT_FEW * PRINT_FEW)
#define CELLS (PRINT_CELLS * PRINT_CELLS * PRINT_CELLS)
#define MAYBE_FEW 0.85        /* heads of several patients reach more: worth a closer look */
#define MAYBE_CELLS 0.97      /* those of several patients do not */
#define MOST_COMPARED 60000.0 /* voxels */

/* ---- ranks --------------------------------------------------------------------------------------------- */

typedef struct ranked {
    float value;
    int at;
} ranked;
WIL_OWNED_POINTER(ranked, wil_free)

static int by_value(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return x->value != y->value ? (x->value > y->value) - (x->value < y->value)
                                : (x->at > y->at) - (x->at < y->at);
}

/* Values become their ranks (equal ones their mean), centred and of length 1, so that a sum of products is
 * Spearman's correlation. All equal: all 0. */
static wil_status rank_values(float *values, int n)
{
    WIL_OWN(ranked) *order = NULL;
    double square = 0;
    WIL_TRY(wil_alloc((void **)&order, (size_t)n, sizeof *order));
    for (int i = 0; i < n; i++)
        order[i] = (ranked){values[i], i};
    qsort(order, (size_t)n, sizeof *order, by_value);
    for (int first = 0, next = 0; first < n; first = next) {
        while (next < n && order[next].value == order[first].value)
            next++;
        const double rank = 0.5 * (first + next - 1) - 0.5 * (n - 1);
        square += rank * rank * (next - first);
        for (int i = first; i < next; i++)
            values[order[i].at] = (float)rank;
    }
    for (int i = 0; i < n && square > 0; i++)
        values[i] = (float)(values[i] / sqrt(square));
    return WIL_OK;
}

/* ---- prints -------------------------------------------------------------------------------------------- */

/* Means over `cells` equal parts of an axis of n values that lie `stride` apart; a value that lies in two
 * parts counts in both by its share, so that a mirrored axis gives mirrored means. */
static void shrink_axis(float *out, const float *in, int n, int cells, size_t stride)
{
    for (int c = 0; c < cells; c++) {
        const double from = (double)c * n / cells, to = (double)(c + 1) * n / cells;
        double sum = 0;
        for (int i = (int)from; i < n && i < to; i++)
            sum += (fmin(to, i + 1) - fmax(from, i)) * in[(size_t)i * stride];
        out[(size_t)c * stride] = (float)(sum / (to - from));
    }
}

/* Axis by axis from the last on: [nz,ny,nx] to [cells,ny,nx] to [cells,cells,nx] to [cells,cells,cells]. */
static wil_status shrink(float *out, const float *voxels, const int size[3], int cells)
{
    const size_t nx = (size_t)size[0], ny = (size_t)size[1], n = (size_t)cells;
    WIL_OWN(float) *flat = NULL, *thin = NULL;
    WIL_TRY(wil_alloc_f32(&flat, n * ny * nx));
    WIL_TRY(wil_alloc_f32(&thin, n * n * nx));
    for (size_t i = 0; i < ny * nx; i++)
        shrink_axis(flat + i, voxels + i, size[2], cells, ny * nx);
    for (size_t z = 0; z < n; z++)
        for (size_t x = 0; x < nx; x++)
            shrink_axis(thin + z * n * nx + x, flat + z * ny * nx + x, size[1], cells, nx);
    for (size_t i = 0; i < n * n; i++)
        shrink_axis(out + i * n, thin + i * nx, size[0], cells, 1);
    return WIL_OK;
}

wil_status scan_print_fill(scan_print *print, const wil_volume *image)
{
    const int cells[3] = {PRINT_CELLS, PRINT_CELLS, PRINT_CELLS};
    WIL_TRY(wil_alloc_f32(&print->cells, CELLS));
    WIL_TRY(shrink(print->cells, image->voxels, image->grid.size, PRINT_CELLS));
    WIL_TRY(shrink(print->few, print->cells, cells, PRINT_FEW));
    WIL_TRY(rank_values(print->cells, CELLS));
    return rank_values(print->few, FEW);
}

/* Where cell i of n x n x n stands before the turn that brought it there. */
static int cell_before(int i, int n, const wil_orientation *turn)
{
    const int at[3] = {i % n, i / n % n, i / n / n};
    int before[3];
    for (int k = 0; k < 3; k++)
        before[turn->voxel_axis[k]] = turn->positive[k] ? at[k] : n - 1 - at[k];
    return (before[2] * n + before[1]) * n + before[0];
}

static double likeness(const float *a, const float *b, int n, const wil_orientation *turn)
{
    double sum = 0;
    for (int i = 0; i < n * n * n; i++)
        sum += (double)a[i] * (double)b[cell_before(i, n, turn)];
    return sum;
}

bool scan_print_alike(const scan_print *a, const scan_print *b, wil_orientation *turn, double *likeness_out)
{
    double best = 0;
    if (a->cells == NULL || b->cells == NULL)
        return false;
    for (int i = 0; i < WIL_N_TURNS; i++) {
        const wil_orientation by = wil_orientation_number(i);
        if (likeness(a->few, b->few, PRINT_FEW, &by) < MAYBE_FEW)
            continue;
        const double like = likeness(a->cells, b->cells, PRINT_CELLS, &by);
        if (like <= best)
            continue;
        best = like;
        *turn = by;
    }
    *likeness_out = best;
    return best >= MAYBE_CELLS;
}

wil_status scan_likeness(double *out, const wil_volume *a, const wil_volume *b, const wil_orientation *turn)
{
    const size_t n = wil_grid_count(&a->grid);
    const size_t step = (size_t)ceil((double)n / MOST_COMPARED);
    const int count = (int)((n + step - 1) / step);
    WIL_OWN(float) *turned = NULL, *x = NULL, *y = NULL;
    WIL_TRY(wil_alloc_f32(&turned, n));
    WIL_TRY(wil_alloc_f32(&x, (size_t)count));
    WIL_TRY(wil_alloc_f32(&y, (size_t)count));
    wil_grid_turn_floats(turned, b->voxels, &b->grid, turn);
    for (int i = 0; i < count; i++) {
        x[i] = a->voxels[(size_t)i * step];
        y[i] = turned[(size_t)i * step];
    }
    WIL_TRY(rank_values(x, count));
    WIL_TRY(rank_values(y, count));
    *out = 0;
    for (int i = 0; i < count; i++)
        *out += (double)x[i] * (double)y[i];
    return WIL_OK;
}
