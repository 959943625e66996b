#include "test.h"

#include "shape_check.h"

static const wil_connectivity connectivities[] = {WIL_CONNECT_6, WIL_CONNECT_18, WIL_CONNECT_26};

/* Labels are right if each one is exactly what its first voxel reaches, and they are ordered. */
static void check_labels(
    const int32_t *labels, int n_labels, const wil_mask *mask, wil_connectivity connectivity)
{
    const size_t n = wil_grid_count(&mask->grid);
    uint8_t *reached = malloc(n);
    size_t last_size = SIZE_MAX, last_first = 0, n_labelled = 0;
    for (int label = 1; label <= n_labels; label++) {
        size_t first = 0, size = 0;
        while (first < n && labels[first] != label)
            first++;
        assert_true(first < n);
        memset(reached, 0, n);
        reached[first] = 1;
        reach_all(reached, mask->voxels, &mask->grid, connectivity);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(labels[i] == label, reached[i]);
            size += reached[i];
        }
        assert_true(size < last_size || (size == last_size && first > last_first));
        last_size = size;
        last_first = first;
        n_labelled += size;
    }
    assert_int_equal(n_labelled, wil_mask_count(mask));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(labels[i] > 0, mask->voxels[i]);
    free(reached);
}

TEST(labels_are_what_the_definition_of_connected_says)
{
    const int sizes[][3] = {{9, 8, 7}, {1, 13, 11}, {12, 1, 9}, {23, 6, 1}, {40, 1, 1}, {1, 1, 1}};
    for (uint64_t k = 0; k < 36; k++) {
        const int *size = sizes[k % 6];
        const wil_connectivity connectivity = connectivities[k / 6 % 3];
        /* near the percolation thresholds, where components are long and tangled: 0.31 for 6, 0.1 for 26 */
        WIL_OWN(wil_mask) mask = random_mask(size[0], size[1], size[2], k % 2 ? 0.15 : 0.35, k);
        int32_t *labels = malloc(wil_grid_count(&mask.grid) * sizeof *labels);
        int n_labels = -1;
        memset(labels, 77, wil_grid_count(&mask.grid) * sizeof *labels);
        OK(wil_mask_components(labels, &n_labels, &mask, connectivity));
        check_labels(labels, n_labels, &mask, connectivity);
        free(labels);
    }
}

TEST(voxels_that_share_a_face_an_edge_or_a_corner_count_as_each_connectivity_says)
{
    const int other[3][3] = {{1, 1, 2}, {1, 2, 2}, {2, 2, 2}}; /* face, edge, corner of (1, 1, 1) */
    for (int kind = 0; kind < 3; kind++) {
        WIL_OWN(wil_mask) mask = empty_mask(4, 4, 4);
        int32_t labels[64];
        int n_labels = 0;
        mask.voxels[voxel_at(&mask.grid, 1, 1, 1)] = 1;
        mask.voxels[voxel_at(&mask.grid, other[kind][0], other[kind][1], other[kind][2])] = 1;
        for (int c = 0; c < 3; c++) {
            OK(wil_mask_components(labels, &n_labels, &mask, connectivities[c]));
            assert_int_equal(n_labels, kind <= c ? 1 : 2);
        }
    }
}

TEST(an_end_of_a_row_does_not_touch_the_beginning_of_the_next)
{
    WIL_OWN(wil_mask) mask = empty_mask(5, 4, 3);
    int32_t labels[60];
    int n_labels = 0;
    mask.voxels[voxel_at(&mask.grid, 4, 0, 0)] = 1;
    mask.voxels[voxel_at(&mask.grid, 0, 1, 0)] = 1;
    mask.voxels[voxel_at(&mask.grid, 4, 3, 1)] = 1;
    mask.voxels[voxel_at(&mask.grid, 4, 0, 2)] = 1;
    OK(wil_mask_components(labels, &n_labels, &mask, WIL_CONNECT_26));
    assert_int_equal(n_labels, 4);
}

TEST(an_empty_mask_has_no_components_and_a_full_one_has_one)
{
    int32_t labels[24];
    int n_labels = -1;
    WIL_OWN(wil_mask) mask = empty_mask(4, 3, 2);
    memset(labels, 77, sizeof labels);
    OK(wil_mask_components(labels, &n_labels, &mask, WIL_CONNECT_6));
    assert_int_equal(n_labels, 0);
    for (int i = 0; i < 24; i++)
        assert_int_equal(labels[i], 0);
    set_box(&mask, 0, 3, 0, 2, 0, 1, 1);
    OK(wil_mask_components(labels, &n_labels, &mask, WIL_CONNECT_6));
    assert_int_equal(n_labels, 1);
    for (int i = 0; i < 24; i++)
        assert_int_equal(labels[i], 1);
}

/* Components of 1, 2, 3, 3 and 4 voxels in rows of their own. */
static wil_mask five_components(void)
{
    const int lengths[] = {1, 2, 3, 3, 4};
    wil_mask mask = empty_mask(4, 9, 1);
    for (int k = 0; k < 5; k++)
        set_box(&mask, 0, lengths[k] - 1, 2 * k, 2 * k, 0, 0, 1);
    return mask;
}

static void check_kept(size_t min_voxels, int keep_largest, const int kept[5])
{
    const int lengths[] = {1, 2, 3, 3, 4};
    WIL_OWN(wil_mask) mask = five_components();
    OK(wil_mask_keep_components(&mask, WIL_CONNECT_26, min_voxels, keep_largest));
    for (int k = 0; k < 5; k++)
        for (int x = 0; x < 4; x++)
            assert_int_equal(mask.voxels[voxel_at(&mask.grid, x, 2 * k, 0)], kept[k] && x < lengths[k]);
}

TEST(small_components_are_dropped_and_the_largest_kept)
{
    check_kept(0, 0, (const int[]){1, 1, 1, 1, 1});
    check_kept(3, 0, (const int[]){0, 0, 1, 1, 1}); /* 3 voxels are enough for 3 */
    check_kept(5, 0, (const int[]){0, 0, 0, 0, 0});
    check_kept(0, 1, (const int[]){0, 0, 0, 0, 1});
    check_kept(0, 2, (const int[]){0, 0, 1, 0, 1}); /* of equal ones, that with the first voxel */
    check_kept(0, 9, (const int[]){1, 1, 1, 1, 1});
    check_kept(4, 2, (const int[]){0, 0, 0, 0, 1}); /* both conditions hold */
}

TEST(nothing_to_keep_is_no_failure)
{
    WIL_OWN(wil_mask) mask = empty_mask(3, 3, 3);
    OK(wil_mask_keep_components(&mask, WIL_CONNECT_6, 10, 1));
    assert_int_equal(wil_mask_count(&mask), 0);
}
