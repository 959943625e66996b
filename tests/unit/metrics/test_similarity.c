#include "test.h"

#include <omp.h>
#include <stdio.h>

#include "metrics_fixture.h"

#define NX 24
#define NY 20
#define NZ 13
#define RANGE 300

static wil_volume empty_volume(int nx, int ny, int nz)
{
    const wil_grid grid = wil_grid_make(nx, ny, nz, 0.5, 0.5, 0.7);
    wil_volume volume;
    OK(wil_volume_make(&volume, &grid, 1));
    return volume;
}

/* The pair of make_metrics_vectors.py. */
static void make_pair(wil_volume *truth, wil_volume *other)
{
    *truth = empty_volume(NX, NY, NZ);
    *other = empty_volume(NX, NY, NZ);
    for (int z = 0, i = 0; z < NZ; z++)
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++, i++) {
                truth->voxels[i] = (float)(hashed((uint64_t)i, 1) / 4 + 5 * x + 3 * y + z);
                other->voxels[i] = truth->voxels[i] + (float)(hashed((uint64_t)i, 2) % 41 - 20);
            }
}

static wil_mask striped_mask(void)
{
    const wil_grid grid = wil_grid_make(NX, NY, NZ, 0.5, 0.5, 0.7);
    wil_mask mask;
    OK(wil_mask_make(&mask, &grid));
    for (int z = 0; z < NZ; z++)
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++)
                mask.voxels[voxel_at(&grid, x, y, z)] = (x + 2 * y + 3 * z) % 7 < 3;
    return mask;
}

static void clear_pair(wil_volume *truth, wil_volume *other)
{
    wil_volume_clear(truth);
    wil_volume_clear(other);
}

TEST(measures_are_those_of_scikit_image_and_numpy)
{
    wil_volume truth, other;
    wil_similarity s, slices[NZ];
    make_pair(&truth, &other);
    OK(wil_similarity_evaluate(&s, slices, &truth, &other, NULL, RANGE));
    /* both in double: a few thousand roundings of 1e-16, and variances that lose three digits of 16 */
    NEAR(s.mae, vector("mae"), 1e-11);
    NEAR(s.mse, vector("mse"), 1e-11);
    NEAR(s.nrmse, vector("nrmse"), 1e-12);
    NEAR(s.psnr, vector("psnr"), 1e-11);
    NEAR(s.ssim_u7, vector("ssim_u7"), 1e-11);
    NEAR(s.ssim_g11, vector("ssim_g11"), 1e-11);
    NEAR(s.ssim_u7_3d, vector("ssim_u7_3d"), 1e-11);
    NEAR(s.ssim_g11_3d, vector("ssim_g11_3d"), 1e-11);
    NEAR(slices[3].ssim_u7, vector("ssim_u7_slice3"), 1e-11);
    NEAR(slices[3].ssim_g11, vector("ssim_g11_slice3"), 1e-11);
    assert_true(isnan(slices[3].ssim_u7_3d) && slices[3].n_voxels == NX * NY);
    double mse = 0;
    for (int z = 0; z < NZ; z++)
        mse += slices[z].mse / NZ;
    NEAR(mse, s.mse, 1e-11);
    clear_pair(&truth, &other);
}

TEST(a_mask_chooses_voxels_and_the_centres_of_windows)
{
    wil_volume truth, other;
    wil_similarity s;
    make_pair(&truth, &other);
    wil_mask mask = striped_mask();
    OK(wil_similarity_evaluate(&s, NULL, &truth, &other, &mask, RANGE));
    NEAR(s.mse, vector("mse_masked"), 1e-11);
    NEAR(s.ssim_u7_3d, vector("ssim_u7_3d_masked"), 1e-11);
    assert_int_equal(s.n_voxels, wil_mask_count(&mask));
    wil_mask_clear(&mask);
    clear_pair(&truth, &other);
}

/* The photograph of scikit-image, 512x512 bytes; its values and their digits are in shared/data/README.md. */
TEST(the_photograph_has_its_published_values)
{
    static const char *const names[] = {"camera_512x512_u8.raw", "cam_noisy_512x512_u8.raw"};
    wil_volume pair[2] = {empty_volume(512, 512, 1), empty_volume(512, 512, 1)};
    for (int k = 0; k < 2; k++) {
        char path[512];
        WIL_OWN(char) *bytes = NULL;
        size_t n = 0;
        snprintf(path, sizeof path, "%s/similarity/%s", WILLIS_SHARED_DATA, names[k]);
        if (!wil_file_exists(path)) {
            print_message("SKIPPED: no file %s\n", path);
            clear_pair(&pair[0], &pair[1]);
            skip();
        }
        OK(wil_file_read(path, &bytes, &n));
        assert_int_equal(n, 512 * 512);
        for (size_t i = 0; i < n; i++)
            pair[k].voxels[i] = (unsigned char)bytes[i];
    }
    wil_similarity s;
    OK(wil_similarity_evaluate(&s, NULL, &pair[0], &pair[1], NULL, 255));
    NEAR(s.psnr, 22.40935, 5e-6);           /* half of the last digit published */
    NEAR(s.mse, 373.37487, 1e-5);           /* published in float */
    NEAR(s.mse, 373.37486267089844, 1e-10); /* the sum of whole numbers by 512^2 */
    NEAR(s.ssim_u7, 0.3674518328, 1e-9);
    NEAR(s.ssim_g11, 0.3579642, 1e-7);                        /* the last digit is cut there, not rounded */
    assert_true(isnan(s.ssim_u7_3d) && isnan(s.ssim_g11_3d)); /* one slice */
    clear_pair(&pair[0], &pair[1]);
}

TEST(an_image_is_like_itself)
{
    wil_volume truth, other;
    wil_similarity s;
    make_pair(&truth, &other);
    OK(wil_similarity_evaluate(&s, NULL, &truth, &truth, NULL, RANGE));
    assert_true(s.mae == 0 && s.mse == 0 && s.nrmse == 0 && isinf(s.psnr) && s.psnr > 0);
    assert_true(s.ssim_u7 == 1 && s.ssim_g11 == 1 && s.ssim_u7_3d == 1 && s.ssim_g11_3d == 1);
    clear_pair(&truth, &other);
}

/* Constant images of a and b: SSIM is (2 a b + C1) / (a^2 + b^2 + C1) everywhere. */
TEST(constant_images_have_the_ssim_of_the_formula)
{
    wil_volume a = empty_volume(12, 12, 12);
    wil_volume b = empty_volume(12, 12, 12);
    wil_similarity s;
    for (int i = 0; i < 12 * 12 * 12; i++) {
        a.voxels[i] = 40;
        b.voxels[i] = 50;
    }
    OK(wil_similarity_evaluate(&s, NULL, &a, &b, NULL, 100));
    const double expected = (2 * 40.0 * 50 + 1) / (40.0 * 40 + 50 * 50 + 1);
    /* variances of 1e-13 instead of 0 against C2 = 9 */
    NEAR(s.ssim_u7, expected, 1e-12);
    NEAR(s.ssim_g11, expected, 1e-12);
    NEAR(s.ssim_u7_3d, expected, 1e-12);
    NEAR(s.ssim_g11_3d, expected, 1e-12);
    assert_true(s.mae == 10 && s.mse == 100);
    NEAR(s.psnr, 20, 1e-13);
    NEAR(s.nrmse, 0.25, 1e-15);
    clear_pair(&a, &b);
}

TEST(results_have_the_same_bits_for_any_number_of_threads)
{
    wil_volume truth, other;
    wil_similarity one, many;
    make_pair(&truth, &other);
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    OK(wil_similarity_evaluate(&one, NULL, &truth, &other, NULL, RANGE));
    omp_set_num_threads(3);
    OK(wil_similarity_evaluate(&many, NULL, &truth, &other, NULL, RANGE));
    omp_set_num_threads(before);
    assert_memory_equal(&one, &many, sizeof one);
    clear_pair(&truth, &other);
}

TEST(what_is_smaller_than_the_window_is_undefined)
{
    wil_volume a = empty_volume(10, 7, 7);
    wil_volume b = empty_volume(10, 7, 7);
    wil_similarity s;
    a.voxels[0] = 1;
    OK(wil_similarity_evaluate(&s, NULL, &a, &b, NULL, 1));
    assert_true(!isnan(s.ssim_u7) && !isnan(s.ssim_u7_3d) && isnan(s.ssim_g11) && isnan(s.ssim_g11_3d));
    OK(wil_similarity_evaluate(&s, NULL, &b, &a, NULL, 1)); /* a truth of zeros has no relative error */
    assert_true(isnan(s.nrmse) && s.mae == 1.0 / 490);
    clear_pair(&a, &b);
}

TEST(the_range_is_that_of_the_truth_within_the_mask)
{
    wil_volume truth, other;
    double range = 0;
    make_pair(&truth, &other);
    wil_mask mask = striped_mask();
    memset(mask.voxels, 0, wil_grid_count(&mask.grid));
    mask.voxels[5] = mask.voxels[77] = 1;
    OK(wil_similarity_range(&range, &truth, &mask));
    assert_true(range == fabs((double)truth.voxels[5] - (double)truth.voxels[77]));
    mask.voxels[77] = 0;
    OK(wil_similarity_range(&range, &truth, &mask));
    assert_true(range == 0);
    wil_mask_clear(&mask);
    clear_pair(&truth, &other);
}

TEST(wrong_images_are_refused)
{
    wil_volume truth, other;
    wil_similarity s;
    make_pair(&truth, &other);
    wil_volume small = empty_volume(NX, NY, NZ - 1);
    wil_mask mask = striped_mask();
    REFUSED(WIL_ERR_INPUT, wil_similarity_evaluate(&s, NULL, &truth, &small, NULL, 1), "24x20x13", "24x20x12",
        "resample");
    REFUSED(WIL_ERR_ARG, wil_similarity_evaluate(&s, NULL, &truth, &other, NULL, 0), "range", "above 0");
    REFUSED(WIL_ERR_ARG, wil_similarity_evaluate(&s, NULL, &truth, &other, NULL, NAN), "range");
    memset(mask.voxels, 0, wil_grid_count(&mask.grid));
    REFUSED(WIL_ERR_INPUT, wil_similarity_evaluate(&s, NULL, &truth, &other, &mask, 1), "mask is empty");
    other.grid.affine[1][3] += 1.5;
    REFUSED(WIL_ERR_INPUT, wil_similarity_evaluate(&s, NULL, &truth, &other, NULL, 1), "1.5 mm away");
    other.grid.affine[1][3] -= 1.5;
    other.voxels[7] = NAN;
    REFUSED(WIL_ERR_INPUT, wil_similarity_evaluate(&s, NULL, &truth, &other, NULL, 1), "prediction",
        "1 NaN or infinite voxels of 6240");
    wil_mask_clear(&mask);
    wil_volume_clear(&small);
    clear_pair(&truth, &other);
}
