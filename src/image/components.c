/* Connected components by runs: each row is cut into runs of ones, and runs that touch in neighbouring rows
 * are joined in a forest whose roots are the first runs. Far fewer runs than voxels, and one pass over them.
 */
#include "willis/image.h"

#include <stdlib.h>
#include <string.h>

typedef struct run {
    int begin, end; /* x from begin to end - 1 */
    int32_t parent; /* an earlier run of the component, or itself */
    int32_t label;  /* of roots */
    size_t size;    /* of roots: voxels of the component */
} run;

typedef struct run_list {
    const uint8_t *voxels;
    const int *size; /* of the grid */
    run *runs;
    size_t n, capacity;
    size_t *row_begin; /* [nz*ny + 1] first run of each row */
} run_list;

static void run_list_clear(run_list *list)
{
    wil_free(list->runs);
    wil_free(list->row_begin);
}
WIL_OWNED_VALUE(run_list, run_list_clear)

static wil_status add_runs_of_row(run_list *list, size_t row)
{
    const int nx = list->size[0];
    const uint8_t *voxels = list->voxels + row * (size_t)nx;
    int x = 0;
    for (;;) {
        while (x < nx && voxels[x] == 0)
            x++;
        if (x == nx)
            return WIL_OK;
        const int begin = x;
        while (x < nx && voxels[x] != 0)
            x++;
        WIL_TRY(wil_grow((void **)&list->runs, &list->capacity, list->n + 1, sizeof *list->runs));
        list->runs[list->n] = (run){.begin = begin, .end = x, .parent = (int32_t)list->n};
        list->n++;
    }
}

static wil_status find_runs(run_list *list)
{
    const size_t n_rows = (size_t)list->size[1] * (size_t)list->size[2];
    WIL_TRY(wil_alloc((void **)&list->row_begin, n_rows + 1, sizeof *list->row_begin));
    for (size_t row = 0; row < n_rows; row++) {
        WIL_TRY(add_runs_of_row(list, row));
        WIL_REQUIRE(list->n < INT32_MAX, WIL_ERR_INPUT, "the mask has too many pieces to be labelled");
        list->row_begin[row + 1] = list->n;
    }
    return WIL_OK;
}

static int32_t root_of(run *runs, int32_t i)
{
    while (runs[i].parent != i) {
        runs[i].parent = runs[runs[i].parent].parent; /* halves the path */
        i = runs[i].parent;
    }
    return i;
}

static void join(run *runs, int32_t a, int32_t b)
{
    a = root_of(runs, a);
    b = root_of(runs, b);
    if (a < b)
        runs[b].parent = a;
    else
        runs[a].parent = b;
}

/* Joins the runs of two rows that overlap, or come within reach voxels of it. */
static void join_rows(run_list *list, size_t row, size_t other, int reach)
{
    run *runs = list->runs;
    size_t j = list->row_begin[other];
    const size_t j_end = list->row_begin[other + 1];
    for (size_t i = list->row_begin[row]; i < list->row_begin[row + 1]; i++) {
        while (j < j_end && runs[j].end + reach <= runs[i].begin)
            j++;
        for (size_t k = j; k < j_end && runs[k].begin < runs[i].end + reach; k++)
            join(runs, (int32_t)i, (int32_t)k);
    }
}

/* A neighbour differs in at most 1, 2 or 3 coordinates for connectivity 6, 18 and 26. */
static void join_runs(run_list *list, wil_connectivity connectivity)
{
    const int most = connectivity == WIL_CONNECT_6 ? 1 : connectivity == WIL_CONNECT_18 ? 2 : 3;
    const int back[4][2] = {{-1, 0}, {0, -1}, {-1, -1}, {1, -1}}; /* dy, dz of the rows before */
    const int ny = list->size[1];
    for (int z = 0; z < list->size[2]; z++) {
        for (int y = 0; y < ny; y++) {
            for (int k = 0; k < 4; k++) {
                const int differ = (back[k][0] != 0) + (back[k][1] != 0);
                const int other_y = y + back[k][0], other_z = z + back[k][1];
                if (differ <= most && other_y >= 0 && other_y < ny && other_z >= 0)
                    join_rows(list, (size_t)z * (size_t)ny + (size_t)y,
                        (size_t)other_z * (size_t)ny + (size_t)other_y, differ < most);
            }
        }
    }
}

static int by_size_then_place(const void *a, const void *b)
{
    const run *one = *(run *const *)a;
    const run *two = *(run *const *)b;
    if (one->size != two->size)
        return one->size > two->size ? -1 : 1;
    return one < two ? -1 : 1; /* of one array, in the order of their voxels */
}

/* Numbers the roots 1, 2, ... by decreasing size. */
static wil_status label_roots(run_list *list, int *n_out)
{
    WIL_OWN(void) *memory = NULL;
    run **roots = NULL;
    size_t n_roots = 0, capacity = 0;
    for (size_t i = 0; i < list->n; i++) {
        const int32_t root = root_of(list->runs, (int32_t)i);
        list->runs[root].size += (size_t)(list->runs[i].end - list->runs[i].begin);
        if ((size_t)root != i)
            continue;
        WIL_TRY(wil_grow(&memory, &capacity, n_roots + 1, sizeof(run *)));
        roots = memory;
        roots[n_roots++] = &list->runs[i];
    }
    if (n_roots > 0)
        qsort(roots, n_roots, sizeof(run *), by_size_then_place);
    for (size_t i = 0; i < n_roots; i++)
        roots[i]->label = (int32_t)i + 1;
    *n_out = (int)n_roots;
    return WIL_OK;
}

static void write_labels(int32_t *labels_out, run_list *list)
{
    const size_t n_rows = (size_t)list->size[1] * (size_t)list->size[2];
    memset(labels_out, 0, n_rows * (size_t)list->size[0] * sizeof *labels_out);
    for (size_t row = 0; row < n_rows; row++) {
        int32_t *labels = labels_out + row * (size_t)list->size[0];
        for (size_t i = list->row_begin[row]; i < list->row_begin[row + 1]; i++) {
            const int32_t label = list->runs[root_of(list->runs, (int32_t)i)].label;
            for (int x = list->runs[i].begin; x < list->runs[i].end; x++)
                labels[x] = label;
        }
    }
}

wil_status wil_mask_components(
    int32_t *labels_out, int *n_out, const wil_mask *mask, wil_connectivity connectivity)
{
    WIL_OWN(run_list) list = {.voxels = mask->voxels, .size = mask->grid.size};
    *n_out = 0;
    WIL_TRY(find_runs(&list));
    join_runs(&list, connectivity);
    WIL_TRY(label_roots(&list, n_out));
    if (labels_out != NULL)
        write_labels(labels_out, &list);
    return WIL_OK;
}

/* Labels come by decreasing size, so those to keep are the first few. */
static int count_kept(const size_t *sizes, int n_labels, size_t min_voxels, int keep_largest)
{
    int n_kept = keep_largest > 0 && keep_largest < n_labels ? keep_largest : n_labels;
    while (n_kept > 0 && sizes[n_kept] < min_voxels)
        n_kept--;
    return n_kept;
}

wil_status wil_mask_keep_components(
    wil_mask *mask, wil_connectivity connectivity, size_t min_voxels, int keep_largest)
{
    const size_t n = wil_grid_count(&mask->grid);
    WIL_OWN(int32_t) *labels = NULL;
    WIL_OWN(size_t) *sizes = NULL;
    int n_labels = 0;
    WIL_TRY(wil_alloc_i32(&labels, n));
    WIL_TRY(wil_mask_components(labels, &n_labels, mask, connectivity));
    WIL_TRY(wil_alloc((void **)&sizes, (size_t)n_labels + 1, sizeof *sizes));
    for (size_t i = 0; i < n; i++)
        sizes[labels[i]]++;
    const int n_kept = count_kept(sizes, n_labels, min_voxels, keep_largest);
    for (size_t i = 0; i < n; i++)
        if (labels[i] > n_kept)
            mask->voxels[i] = 0;
    return WIL_OK;
}
