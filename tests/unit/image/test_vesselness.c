#include "test.h"

#include "volume_check.h"

/* On the axis of a round, straight tube that is the strongest structure there is: R_A = 1, R_B = 0, S = 2 c,
 * so equation 13 of Frangi et al. 1998 gives (1 - exp(-2))^2. */
#define ON_AXIS 0.74764509

static double tube_along_z(const double mm[3])
{
    return exp(-(mm[0] * mm[0] + mm[1] * mm[1]) / (2 * 2.0 * 2.0));
}

static double dark_tube_along_z(const double mm[3])
{
    return -tube_along_z(mm);
}

static double oblique_tube(const double mm[3]) /* along (1, 0, 1) */
{
    const double across = (mm[0] - mm[2]) / sqrt(2.0);
    return exp(-(across * across + mm[1] * mm[1]) / (2 * 2.0 * 2.0));
}

static double plate(const double mm[3])
{
    return exp(-mm[1] * mm[1] / (2 * 2.0 * 2.0));
}

static double blob(const double mm[3])
{
    return exp(-(mm[0] * mm[0] + mm[1] * mm[1] + mm[2] * mm[2]) / (2 * 2.0 * 2.0));
}

static double wide_blob(const double mm[3])
{
    return exp(-(mm[0] * mm[0] + mm[1] * mm[1] + mm[2] * mm[2]) / (2 * 3.0 * 3.0));
}

static double thin_and_thick_tube(const double mm[3])
{
    const double thin = (mm[0] - 10) * (mm[0] - 10) + mm[1] * mm[1];
    const double thick = (mm[0] + 8) * (mm[0] + 8) + mm[1] * mm[1];
    return exp(-thin / (2 * 0.8 * 0.8)) + exp(-thick / (2 * 3.0 * 3.0));
}

/* Vesselness of f on a grid with an odd number of voxels a side, at one scale. */
static wil_volume vesselness_of(
    double (*f)(const double mm[3]), int nx, int ny, int nz, double sz_mm, double sigma_mm)
{
    wil_volume volume = make_volume(nx, ny, nz, 1, 1, sz_mm);
    wil_volume out = {0};
    paint(&volume, f);
    OK(wil_volume_vesselness(&out, &volume, &sigma_mm, 1));
    wil_volume_clear(&volume);
    return out;
}

TEST(the_axis_of_a_tube_has_the_value_of_the_formula_and_nothing_has_more)
{
    WIL_OWN(wil_volume) v = vesselness_of(tube_along_z, 25, 25, 9, 1, 1.5);
    for (int z = 0; z < 9; z++) {
        /* x and y are symmetric, so eigenvalues are equal but for float rounding in second differences of
         * values near 1, which are near 0.15: 4 * 6e-8 / 0.15 */
        assert_float_equal(*voxel(&v, 12, 12, z), ON_AXIS, 1e-5);
        for (int y = 0; y < 25; y++)
            for (int x = 0; x < 25; x++)
                if (x != 12 || y != 12)
                    assert_true(*voxel(&v, x, y, z) < *voxel(&v, 12, 12, z));
    }
    assert_true(*voxel(&v, 2, 2, 4) < 1e-3); /* 7 sd from the axis the norm is below 1 % of c */
}

TEST(millimetres_count_and_not_voxels)
{
    WIL_OWN(wil_volume) v = vesselness_of(oblique_tube, 31, 25, 15, 2, 1);
    /* Second differences of a Gaussian of variance 5 mm2 over h = 2 mm are off by 3 h^2 / (12 * 5) = 20 % at
     * worst; R_A = 0.8 makes 1 - exp(-2 R_A^2) 0.72 in place of 0.86. In voxels R_A would be 0.4 (0.27). */
    assert_float_equal(*voxel(&v, 15, 12, 7), ON_AXIS, 0.13);
}

TEST(a_blob_is_damped_as_the_formula_says)
{
    WIL_OWN(wil_volume) v = vesselness_of(blob, 25, 25, 25, 1, 1.5);
    /* three equal eigenvalues: R_A = R_B = 1, S = 2 c; rounding as above */
    assert_float_equal(*voxel(&v, 12, 12, 12), ON_AXIS * exp(-2.0), 1e-5);
}

TEST(all_directions_are_alike)
{
    WIL_OWN(wil_volume) v = vesselness_of(wide_blob, 27, 27, 27, 1, 2);
    const float along_x = *voxel(&v, 13 + 5, 13, 13);
    assert_true(along_x > 0.02F);
    /* Second differences over 1 mm of a Gaussian of variance 13 mm2 are off by 3 / (12 * 13) = 2 %, and S
     * enters squared, R_B squared in an exponent. */
    assert_float_equal(*voxel(&v, 13 + 3, 13 + 4, 13), along_x, 0.1 * (double)along_x);
    assert_float_equal(*voxel(&v, 13, 13 - 3, 13 + 4), along_x, 0.1 * (double)along_x);
    assert_float_equal(*voxel(&v, 13 - 4, 13, 13 - 3), along_x, 0.1 * (double)along_x);
}

TEST(plates_dark_tubes_and_constants_have_none)
{
    WIL_OWN(wil_volume) v = vesselness_of(plate, 21, 21, 21, 1, 1.5);
    for (size_t i = 0; i < wil_grid_count(&v.grid); i++)
        assert_true(v.voxels[i] < 1e-6F); /* R_A is the rounding of the eigenvalues */
    wil_volume_clear(&v);
    v = vesselness_of(dark_tube_along_z, 25, 25, 5, 1, 1.5);
    for (int y = 9; y <= 15; y++)
        for (int x = 9; x <= 15; x++) /* the tube itself; it has a faint bright rim */
            if ((x - 12) * (x - 12) + (y - 12) * (y - 12) < 4)
                assert_true(*voxel(&v, x, y, 2) == 0);
    wil_volume_clear(&v);
    WIL_OWN(wil_volume) constant = make_volume(8, 9, 10, 0.5, 0.5, 0.7);
    const double sigma_mm = 0.9;
    for (size_t i = 0; i < wil_grid_count(&constant.grid); i++)
        constant.voxels[i] = 123.4F;
    OK(wil_volume_vesselness(&v, &constant, &sigma_mm, 1));
    for (size_t i = 0; i < wil_grid_count(&v.grid); i++)
        assert_true(v.voxels[i] == 0);
}

TEST(a_tube_answers_most_at_its_own_scale)
{
    WIL_OWN(wil_volume) fine = vesselness_of(thin_and_thick_tube, 41, 25, 5, 1, 0.6);
    WIL_OWN(wil_volume) coarse = vesselness_of(thin_and_thick_tube, 41, 25, 5, 1, 3);
    const int thin = 30, thick = 12;
    assert_true(*voxel(&fine, thin, 12, 2) > 3 * *voxel(&fine, thick, 12, 2));
    assert_true(*voxel(&coarse, thick, 12, 2) > 1.5F * *voxel(&coarse, thin, 12, 2));
}

TEST(several_scales_are_the_maximum_of_each)
{
    const double sigmas_mm[3] = {0.6, 1.5, 3};
    WIL_OWN(wil_volume) volume = make_volume(41, 25, 5, 1, 1, 1);
    WIL_OWN(wil_volume) all = {0};
    wil_volume single[3] = {0};
    paint(&volume, thin_and_thick_tube);
    OK(wil_volume_vesselness(&all, &volume, sigmas_mm, 3));
    for (int k = 0; k < 3; k++)
        OK(wil_volume_vesselness(&single[k], &volume, &sigmas_mm[k], 1));
    for (size_t i = 0; i < wil_grid_count(&all.grid); i++)
        assert_true(
            all.voxels[i] == fmaxf(single[0].voxels[i], fmaxf(single[1].voxels[i], single[2].voxels[i])));
    for (int k = 0; k < 3; k++)
        wil_volume_clear(&single[k]);
}

/* A random volume, smooth enough to have tubes, blobs and plates of all directions in it. */
static wil_volume clouds(int nx, int ny, int nz, double sx_mm, double sy_mm, double sz_mm)
{
    wil_volume volume = make_volume(nx, ny, nz, sx_mm, sy_mm, sz_mm);
    fill_random(&volume, 5);
    OK(wil_volume_smooth(&volume, 1));
    return volume;
}

TEST(offset_and_contrast_do_not_matter)
{
    const double sigma_mm = 1;
    WIL_OWN(wil_volume) volume = clouds(20, 18, 16, 1, 1, 1);
    WIL_OWN(wil_volume) shifted = copy_volume(&volume);
    wil_volume v[2] = {0};
    for (size_t i = 0; i < wil_grid_count(&volume.grid); i++)
        shifted.voxels[i] = 4 * volume.voxels[i] + 1;
    OK(wil_volume_vesselness(&v[0], &volume, &sigma_mm, 1));
    OK(wil_volume_vesselness(&v[1], &shifted, &sigma_mm, 1));
    double largest = 0;
    for (size_t i = 0; i < wil_grid_count(&volume.grid); i++)
        largest = fmax(largest, (double)v[0].voxels[i]);
    assert_true(largest > 0.3); /* there is something to compare */
    /* rounding of values near 3 (2e-7) against Hessians near 0.1, in ratios that the formula steepens */
    assert_true(largest_difference(&v[0], &v[1]) < 1e-4);
    wil_volume_clear(&v[1]);
    wil_volume_clear(&v[0]);
}

TEST(axes_may_be_exchanged)
{
    const double sigma_mm = 1;
    WIL_OWN(wil_volume) volume = clouds(20, 17, 14, 0.8, 1, 1.2);
    wil_volume turned = make_volume(14, 20, 17, 1.2, 0.8, 1); /* x -> y -> z -> x */
    wil_volume v[2] = {0};
    for (int z = 0; z < 14; z++)
        for (int y = 0; y < 17; y++)
            for (int x = 0; x < 20; x++)
                *voxel(&turned, z, x, y) = *voxel(&volume, x, y, z);
    OK(wil_volume_vesselness(&v[0], &volume, &sigma_mm, 1));
    OK(wil_volume_vesselness(&v[1], &turned, &sigma_mm, 1));
    for (int z = 0; z < 14; z++)
        for (int y = 0; y < 17; y++)
            for (int x = 0; x < 20; x++) /* the order of sums differs: rounding as above, of values below 1 */
                assert_float_equal(*voxel(&v[1], z, x, y), *voxel(&v[0], x, y, z), 1e-4);
    for (int k = 0; k < 2; k++)
        wil_volume_clear(&v[k]);
    wil_volume_clear(&turned);
}

TEST(threads_do_not_change_a_bit)
{
    const double sigmas_mm[2] = {0.7, 1.4};
    WIL_OWN(wil_volume) volume = clouds(20, 17, 14, 1, 1, 1);
    wil_volume v[2] = {0};
    for (int k = 0; k < 2; k++) {
        omp_set_num_threads(1 + 2 * k);
        OK(wil_volume_vesselness(&v[k], &volume, sigmas_mm, 2));
    }
    omp_set_num_threads(2);
    assert_same_bits(&v[0], &v[1]);
    for (int k = 0; k < 2; k++)
        wil_volume_clear(&v[k]);
}

TEST(impossible_requests_are_refused)
{
    const double sigmas_mm[2] = {1, 0};
    wil_volume out = {0};
    WIL_OWN(wil_volume) volume = make_volume(4, 4, 4, 1, 1, 1);
    REFUSED(WIL_ERR_ARG, wil_volume_vesselness(&out, &volume, sigmas_mm, 0), "one scale at least");
    REFUSED(WIL_ERR_ARG, wil_volume_vesselness(&out, &volume, sigmas_mm, 2), "scale 2 is 0 mm", "above 0");
    *voxel(&volume, 1, 2, 3) = NAN;
    REFUSED(WIL_ERR_INPUT, wil_volume_vesselness(&out, &volume, sigmas_mm, 1), "1 NaN", "of 64");
    volume.n_time = 7;
    REFUSED(WIL_ERR_INPUT, wil_volume_vesselness(&out, &volume, sigmas_mm, 1), "7 time points");
    assert_null(out.voxels);
}
