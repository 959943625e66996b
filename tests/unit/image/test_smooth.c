#include "test.h"

#include "volume_check.h"

/* The same filter without any thought of speed: one axis, in double, indices held at the borders. */
static void reference_axis(double *values, const wil_grid *grid, int axis, double sigma)
{
    const int *size = grid->size;
    const int stride[3] = {1, size[0], size[0] * size[1]};
    const int radius = (int)(4 * sigma + 0.5), n = size[0] * size[1] * size[2];
    double *in = malloc((size_t)n * sizeof *in);
    memcpy(in, values, (size_t)n * sizeof *in);
    for (int i = 0; i < n; i++) {
        const int at = i / stride[axis] % size[axis];
        double sum = 0, weights = 0;
        for (int k = -radius; k <= radius; k++) {
            const int to = at + k < 0 ? 0 : at + k >= size[axis] ? size[axis] - 1 : at + k;
            const double weight = exp(-0.5 * k * k / (sigma * sigma));
            sum += weight * in[i + (to - at) * stride[axis]];
            weights += weight;
        }
        values[i] = sum / weights;
    }
    free(in);
}

static void assert_equals_reference(int nx, int ny, int nz, double sigma_mm)
{
    WIL_OWN(wil_volume) volume = make_volume(nx, ny, nz, 0.5, 0.8, 1.3);
    fill_random(&volume, 1);
    const size_t n = wil_grid_count(&volume.grid);
    double *expected = malloc(n * sizeof *expected);
    for (size_t i = 0; i < n; i++)
        expected[i] = (double)volume.voxels[i];
    for (int k = 0; k < 3; k++)
        reference_axis(expected, &volume.grid, k, sigma_mm / volume.grid.spacing_mm[k]);
    OK(wil_volume_smooth(&volume, sigma_mm));
    for (size_t i = 0; i < n; i++) /* values below 1, some 40 float roundings of 6e-8, random in sign */
        assert_float_equal(volume.voxels[i], expected[i], 1e-6);
    free(expected);
}

TEST(it_is_the_gaussian_in_mm_along_each_axis_with_replicated_borders)
{
    assert_equals_reference(23, 17, 11, 0.9);
    assert_equals_reference(40, 9, 8, 0.3); /* 0.23 voxels along z: no neighbour is reached */
    assert_equals_reference(5, 33, 1, 0.7); /* a single slice */
}

TEST(a_kernel_wider_than_the_volume_is_the_same_filter)
{
    assert_equals_reference(7, 3, 2, 4);
    assert_equals_reference(1, 2, 5, 9);
}

TEST(a_point_gets_the_variance_of_sigma)
{
    const double sigma_mm = 1.2;
    WIL_OWN(wil_volume) volume = make_volume(41, 31, 21, 0.5, 0.7, 1);
    *voxel(&volume, 20, 15, 10) = 1;
    OK(wil_volume_smooth(&volume, sigma_mm));
    double sum = 0, variance[3] = {0};
    for (int z = 0; z < 21; z++)
        for (int y = 0; y < 31; y++)
            for (int x = 0; x < 41; x++) {
                double mm[3];
                const double value = (double)*voxel(&volume, x, y, z);
                place_of(mm, &volume.grid, x, y, z); /* the point is the origin */
                sum += value;
                for (int k = 0; k < 3; k++)
                    variance[k] += value * mm[k] * mm[k];
            }
    assert_float_equal(sum, 1, 1e-5);
    /* 4 sigma keep all but 8 phi(4) = 0.11 % of the variance; the cut falls on a voxel: up to twice that */
    for (int k = 0; k < 3; k++)
        assert_float_equal(variance[k], sigma_mm * sigma_mm, 0.0025 * sigma_mm * sigma_mm);
}

TEST(no_sigma_and_a_tiny_one_change_no_bit)
{
    WIL_OWN(wil_volume) volume = make_volume(9, 8, 7, 1, 1, 1);
    fill_random(&volume, 2);
    WIL_OWN(wil_volume) before = copy_volume(&volume);
    OK(wil_volume_smooth(&volume, 0));
    assert_same_bits(&volume, &before);
    OK(wil_volume_smooth(&volume, 1e-30));
    assert_same_bits(&volume, &before);
    OK(wil_volume_smooth(&volume, 0.12)); /* 4 sigma end before the next voxel's half */
    assert_same_bits(&volume, &before);
}

TEST(a_constant_stays_one)
{
    WIL_OWN(wil_volume) volume = make_volume(20, 21, 22, 0.5, 0.5, 0.7);
    for (size_t i = 0; i < wil_grid_count(&volume.grid); i++)
        volume.voxels[i] = 100;
    OK(wil_volume_smooth(&volume, 1.7));
    for (size_t i = 0; i < wil_grid_count(&volume.grid); i++) {
        assert_float_equal(volume.voxels[i], 100, 100 * 3 * 14 * 6e-8); /* 14 additions an axis */
        assert_true(volume.voxels[i] == volume.voxels[0]); /* no pattern: every voxel by the same sum */
    }
}

TEST(a_mirrored_volume_gives_the_mirrored_bits)
{
    WIL_OWN(wil_volume) volume = make_volume(13, 8, 9, 1, 1, 1);
    WIL_OWN(wil_volume) mirrored = make_volume(13, 8, 9, 1, 1, 1);
    fill_random(&volume, 3);
    for (int i = 0; i < 13 * 8 * 9; i++)
        mirrored.voxels[13 * 8 * 9 - 1 - i] = volume.voxels[i];
    OK(wil_volume_smooth(&volume, 1.1));
    OK(wil_volume_smooth(&mirrored, 1.1));
    for (int i = 0; i < 13 * 8 * 9; i++)
        assert_true(mirrored.voxels[13 * 8 * 9 - 1 - i] == volume.voxels[i]);
}

TEST(threads_do_not_change_a_bit)
{
    WIL_OWN(wil_volume) one = make_volume(200, 150, 12, 1, 1, 1);
    fill_random(&one, 4);
    WIL_OWN(wil_volume) three = copy_volume(&one);
    omp_set_num_threads(1);
    OK(wil_volume_smooth(&one, 1.5));
    omp_set_num_threads(3);
    OK(wil_volume_smooth(&three, 1.5));
    omp_set_num_threads(2);
    assert_same_bits(&one, &three);
}

TEST(impossible_requests_are_refused)
{
    wil_volume volume = make_volume(4, 4, 4, 0.5, 0.5, 0.5);
    REFUSED(WIL_ERR_ARG, wil_volume_smooth(&volume, -1), "sigma -1 mm", "0 or more");
    REFUSED(WIL_ERR_ARG, wil_volume_smooth(&volume, NAN), "sigma nan");
    REFUSED(WIL_ERR_ARG, wil_volume_smooth(&volume, 6000), "at most 10000 voxels");
    volume.n_time = 2;
    REFUSED(WIL_ERR_INPUT, wil_volume_smooth(&volume, 1), "3D", "2 time points");
    wil_volume_clear(&volume);
    REFUSED(WIL_ERR_ARG, wil_volume_smooth(&volume, 1), "no volume");
}
