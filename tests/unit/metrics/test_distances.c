#include "test.h"

#include <omp.h>

#include "metrics_fixture.h"

/* ---- the obvious, slow way ----------------------------------------------------------------------------- */

static void place_of(int at[3], const wil_grid *grid, size_t i)
{
    at[0] = (int)(i % (size_t)grid->size[0]);
    at[1] = (int)(i / (size_t)grid->size[0] % (size_t)grid->size[1]);
    at[2] = (int)(i / (size_t)grid->size[0] / (size_t)grid->size[1]);
}

/* Voxels of the mask, or of its surface. Returns how many. */
static size_t voxels_of(size_t *list, const wil_mask *mask, bool surface)
{
    const int *size = mask->grid.size;
    size_t n = 0;
    for (size_t i = 0; i < wil_grid_count(&mask->grid); i++) {
        if (mask->voxels[i] == 0)
            continue;
        bool at_surface = false;
        for (int side = 0; side < 6; side++) {
            int at[3];
            place_of(at, &mask->grid, i);
            if (size[side / 2] == 1)
                continue;
            at[side / 2] += side % 2 == 0 ? 1 : -1;
            at_surface = at_surface || at[side / 2] < 0 || at[side / 2] >= size[side / 2] ||
                         mask->voxels[voxel_at(&mask->grid, at[0], at[1], at[2])] == 0;
        }
        if (!surface || at_surface)
            list[n++] = i;
    }
    return n;
}

static double nearest(const wil_grid *grid, size_t from, const size_t *to, size_t n, const double spacing[3])
{
    int a[3];
    double least = INFINITY;
    place_of(a, grid, from);
    for (size_t k = 0; k < n; k++) {
        int b[3];
        double d[3];
        place_of(b, grid, to[k]);
        for (int axis = 0; axis < 3; axis++)
            d[axis] = (a[axis] - b[axis]) * spacing[axis];
        const double square = d[2] * d[2] + (d[1] * d[1] + d[0] * d[0]);
        least = fmin(least, square);
    }
    return sqrt(least);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* NumPy's percentile(d, 95). */
static double percentile_95(double *d, size_t n)
{
    qsort(d, n, sizeof *d, ascending);
    const double at = 0.95 * (double)(n - 1);
    const size_t k = (size_t)floor(at);
    return k + 1 < n ? d[k] + (at - (double)k) * (d[k + 1] - d[k]) : d[k];
}

typedef struct slow_way {
    double max, q95, sum;
    size_t n, n_near;
} slow_way;

static slow_way measure(const wil_mask *from, const wil_mask *to, bool surface, const double spacing[3])
{
    const size_t n = wil_grid_count(&from->grid);
    size_t *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
    double *d = malloc(n * sizeof *d);
    slow_way out = {.n = voxels_of(a, from, surface)};
    const size_t n_to = voxels_of(b, to, surface);
    for (size_t i = 0; i < out.n; i++) {
        d[i] = nearest(&from->grid, a[i], b, n_to, spacing);
        out.max = fmax(out.max, d[i]);
        out.sum += d[i];
        out.n_near += d[i] <= 1;
    }
    out.q95 = percentile_95(d, out.n);
    free(a);
    free(b);
    free(d);
    return out;
}

static wil_distances slow_distances(const wil_mask *truth, const wil_mask *prediction)
{
    const double *mm = truth->grid.spacing_mm;
    const double vox[3] = {1, 1, 1};
    const slow_way g = measure(truth, prediction, true, mm);
    const slow_way p = measure(prediction, truth, true, mm);
    const slow_way all_g = measure(truth, prediction, false, mm);
    const slow_way all_p = measure(prediction, truth, false, mm);
    const slow_way vox_g = measure(truth, prediction, false, vox);
    const slow_way vox_p = measure(prediction, truth, false, vox);
    const double n_g = (double)all_g.n;
    return (wil_distances){.hd_mm = fmax(g.max, p.max),
        .hd95_mm = fmax(g.q95, p.q95),
        .assd_mm = (g.sum + p.sum) / (double)(g.n + p.n),
        .avd_mm = 0.5 * (all_g.sum / n_g + all_p.sum / (double)all_p.n),
        .avd_vox = 0.5 * (vox_g.sum / n_g + vox_p.sum / (double)all_p.n),
        .bavd_mm = 0.5 * (all_g.sum + all_p.sum) / n_g,
        .bavd_vox = 0.5 * (vox_g.sum + vox_p.sum) / n_g,
        .nsd = (double)(g.n_near + p.n_near) / (double)(g.n + p.n)};
}

/* ---- tests --------------------------------------------------------------------------------------------- */

/* Of 200 random pairs of masks of odd sizes and spacings, slices and rows among them. */
TEST(distances_are_those_of_trying_every_pair)
{
    const int sizes[][3] = {{9, 7, 5}, {5, 9, 8}, {12, 10, 1}, {1, 11, 9}, {17, 1, 1}};
    const double spacings[][3] = {{0.5, 0.75, 1.25}, {2, 0.25, 0.5}, {0.31, 0.31, 0.6}, {0.7, 0.7, 0.7}};
    for (uint64_t k = 0; k < 200; k++) {
        const int *size = sizes[k % 5];
        const double *mm = spacings[k / 5 % 4];
        const wil_grid grid = wil_grid_make(size[0], size[1], size[2], mm[0], mm[1], mm[2]);
        WIL_OWN(wil_mask) truth = random_mask(&grid, k % 3 == 0 ? 0.6 : 0.1, 2 * k);
        WIL_OWN(wil_mask) prediction = random_mask(&grid, k % 7 == 0 ? 0.6 : 0.1, 2 * k + 1);
        truth.voxels[0] = prediction.voxels[2] = 1; /* never empty */
        wil_distances fast;
        OK(wil_metrics_distances(&fast, &truth, &prediction, 1));
        const wil_distances slow = slow_distances(&truth, &prediction);
        /* squares of multiples of these spacings are exact in the first half of the spacings; otherwise two
         * voxels that are equally far may differ in the last place of the square */
        const double rounding = k / 5 % 4 < 2 ? 0 : 4e-16;
        NEAR(fast.hd_mm, slow.hd_mm, rounding * slow.hd_mm);
        NEAR(fast.hd95_mm, slow.hd95_mm, rounding * slow.hd_mm);
        NEAR(fast.nsd, slow.nsd, 0);
        /* sums of at most 500 roots in another order: 500 roundings of 1.1e-16 */
        NEAR(fast.assd_mm, slow.assd_mm, 6e-14 * slow.assd_mm);
        NEAR(fast.avd_mm, slow.avd_mm, 6e-14 * slow.avd_mm);
        NEAR(fast.avd_vox, slow.avd_vox, 6e-14 * slow.avd_vox);
        NEAR(fast.bavd_mm, slow.bavd_mm, 6e-14 * slow.bavd_mm);
        NEAR(fast.bavd_vox, slow.bavd_vox, 6e-14 * slow.bavd_vox);
    }
}

TEST(a_mask_is_nowhere_away_from_itself)
{
    WIL_OWN(wil_mask) mask = blob_mask(1, 1, 20, 18, 16);
    wil_distances d;
    OK(wil_metrics_distances(&d, &mask, &mask, 0));
    assert_true(d.hd_mm == 0 && d.hd95_mm == 0 && d.assd_mm == 0 && d.avd_mm == 0 && d.avd_vox == 0);
    assert_true(d.bavd_mm == 0 && d.bavd_vox == 0 && d.nsd == 1);
}

/* A box moved by one voxel: the face behind is one spacing from the other box, no voxel is farther. */
TEST(a_shift_by_one_voxel_moves_the_surface_by_the_spacing)
{
    for (int axis = 0; axis < 3; axis++) {
        int by[3] = {0};
        by[axis] = 1;
        WIL_OWN(wil_mask) truth = empty_mask(14, 13, 12);
        WIL_OWN(wil_mask) moved = empty_mask(14, 13, 12);
        set_box(&truth, 3, 8, 3, 8, 3, 8, 1);
        set_box(&moved, 3 + by[0], 8 + by[0], 3 + by[1], 8 + by[1], 3 + by[2], 8 + by[2], 1);
        wil_distances d;
        const double mm = truth.grid.spacing_mm[axis];
        OK(wil_metrics_distances(&d, &truth, &moved, mm));
        assert_true(d.hd_mm == mm && d.hd95_mm == mm && d.nsd == 1);
        /* 36 of 216 voxels of each are one step away from the other, the rest lie in it */
        NEAR(d.bavd_vox, 36.0 / 216, 1e-15); /* sums of whole numbers; one division */
        NEAR(d.bavd_mm, 36.0 / 216 * mm, 1e-15);
        NEAR(d.avd_mm, d.bavd_mm, 1e-15); /* equal sizes balance nothing */
        OK(wil_metrics_distances(&d, &truth, &moved, 0.99 * mm));
        assert_true(d.nsd > 0 && d.nsd < 1);
    }
}

/* mask with its axes in another order: axis a of the result is axis order[a] of the mask. */
static wil_mask permuted(const wil_mask *mask, const int order[3])
{
    const int *n = mask->grid.size;
    const double *mm = mask->grid.spacing_mm;
    const wil_grid grid =
        wil_grid_make(n[order[0]], n[order[1]], n[order[2]], mm[order[0]], mm[order[1]], mm[order[2]]);
    wil_mask out;
    OK(wil_mask_make(&out, &grid));
    for (size_t i = 0; i < wil_grid_count(&grid); i++) {
        int to[3], from[3];
        place_of(to, &grid, i);
        for (int a = 0; a < 3; a++)
            from[order[a]] = to[a];
        out.voxels[i] = mask->voxels[voxel_at(&mask->grid, from[0], from[1], from[2])];
    }
    return out;
}

TEST(the_order_of_the_axes_changes_nothing)
{
    const int orders[][3] = {{1, 0, 2}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};
    WIL_OWN(wil_mask) truth = blob_mask(2, 1, 21, 17, 15);
    WIL_OWN(wil_mask) prediction = blob_mask(2, 2, 21, 17, 15);
    wil_distances d;
    OK(wil_metrics_distances(&d, &truth, &prediction, 1));
    for (int k = 0; k < 4; k++) {
        WIL_OWN(wil_mask) other_truth = permuted(&truth, orders[k]);
        WIL_OWN(wil_mask) other_prediction = permuted(&prediction, orders[k]);
        wil_distances p;
        OK(wil_metrics_distances(&p, &other_truth, &other_prediction, 1));
        assert_true(p.hd_mm == d.hd_mm && p.hd95_mm == d.hd95_mm && p.nsd == d.nsd);
        NEAR(p.assd_mm, d.assd_mm, 1e-12 * d.assd_mm); /* sums of about a thousand in another order */
        NEAR(p.bavd_mm, d.bavd_mm, 1e-12 * d.bavd_mm);
        NEAR(p.bavd_vox, d.bavd_vox, 1e-12 * d.bavd_vox);
        NEAR(p.avd_mm, d.avd_mm, 1e-12 * d.avd_mm);
    }
}

TEST(swapping_the_masks_changes_only_what_is_balanced)
{
    WIL_OWN(wil_mask) truth = blob_mask(3, 1, 20, 18, 16);
    WIL_OWN(wil_mask) prediction = blob_mask(3, 2, 20, 18, 16);
    prediction.voxels[0] = 1;
    wil_distances d, s;
    OK(wil_metrics_distances(&d, &truth, &prediction, 0.6));
    OK(wil_metrics_distances(&s, &prediction, &truth, 0.6));
    assert_true(d.hd_mm == s.hd_mm && d.hd95_mm == s.hd95_mm && d.nsd == s.nsd);
    NEAR(d.assd_mm, s.assd_mm, 1e-12);
    NEAR(d.avd_mm, s.avd_mm, 1e-12);
    const double sizes = (double)wil_mask_count(&truth) / (double)wil_mask_count(&prediction);
    NEAR(s.bavd_mm, d.bavd_mm * sizes, 1e-12); /* the same sums by the size of the other mask */
}

/* The voxel of a 3-4-12 box's corner: 13; the surface of a slice is its outline, not all of it. */
TEST(worked_examples_have_their_distances)
{
    const wil_grid grid = wil_grid_make(8, 9, 14, 1, 1, 1);
    wil_mask truth = random_mask(&grid, 0, 1);
    wil_mask prediction = random_mask(&grid, 0, 1);
    wil_distances d;
    truth.voxels[voxel_at(&grid, 1, 1, 1)] = 1;
    prediction.voxels[voxel_at(&grid, 4, 5, 13)] = 1;
    OK(wil_metrics_distances(&d, &truth, &prediction, 13));
    assert_true(d.hd_mm == 13 && d.hd95_mm == 13 && d.assd_mm == 13 && d.bavd_vox == 13 && d.nsd == 1);
    wil_mask_clear(&truth);
    wil_mask_clear(&prediction);

    WIL_OWN(wil_mask) slice = empty_mask(9, 9, 1);
    WIL_OWN(wil_mask) dot = empty_mask(9, 9, 1);
    set_box(&slice, 1, 7, 1, 7, 0, 0, 1);
    set_box(&dot, 4, 4, 4, 4, 0, 0, 1);
    OK(wil_metrics_distances(&d, &slice, &dot, 0));
    assert_true(d.nsd == 0); /* the dot lies inside, 1.5 mm from the outline */
    NEAR(d.hd_mm, sqrt(1.5 * 1.5 + 2.25 * 2.25), 1e-15);
}

TEST(a_missed_structure_is_infinitely_far_and_an_empty_truth_undefined)
{
    WIL_OWN(wil_mask) some = blob_mask(1, 1, 12, 11, 10);
    WIL_OWN(wil_mask) none = empty_mask(12, 11, 10);
    wil_distances d;
    OK(wil_metrics_distances(&d, &some, &none, 1));
    assert_true(isinf(d.hd_mm) && isinf(d.hd95_mm) && isinf(d.assd_mm) && isinf(d.avd_mm));
    assert_true(isinf(d.avd_vox) && isinf(d.bavd_mm) && isinf(d.bavd_vox) && d.nsd == 0);
    OK(wil_metrics_distances(&d, &none, &some, 1));
    assert_true(isnan(d.hd_mm) && isnan(d.hd95_mm) && isnan(d.assd_mm) && isnan(d.avd_mm));
    assert_true(isnan(d.avd_vox) && isnan(d.bavd_mm) && isnan(d.bavd_vox) && d.nsd == 0);
    OK(wil_metrics_distances(&d, &none, &none, 1));
    assert_true(isnan(d.hd_mm) && isnan(d.bavd_vox) && d.nsd == 1);
}

TEST(wrong_masks_and_tolerances_are_refused)
{
    WIL_OWN(wil_mask) a = blob_mask(1, 1, 12, 11, 10);
    WIL_OWN(wil_mask) b = empty_mask(12, 10, 11);
    wil_distances d;
    REFUSED(WIL_ERR_INPUT, wil_metrics_distances(&d, &a, &b, 1), "12x11x10", "12x10x11", "resample");
    REFUSED(WIL_ERR_ARG, wil_metrics_distances(&d, &a, &a, -1), "tolerance", "0 mm or more", "-1");
    REFUSED(WIL_ERR_ARG, wil_metrics_distances(&d, &a, &a, NAN), "tolerance");
    WIL_OWN(wil_mask) shifted = copy_of(&a);
    shifted.grid.affine[0][3] += 3;
    REFUSED(WIL_ERR_INPUT, wil_metrics_distances(&d, &a, &shifted, 1), "3 mm away", "affine");
}
