#include "test.h"

#include "image_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

/* A volume whose voxels gzip cannot do much about. */
static wil_volume noise_volume(void)
{
    const wil_grid grid = wil_grid_make(50, 40, 30, 1, 1, 1);
    wil_volume volume;
    OK(wil_volume_make(&volume, &grid, 1));
    wil_rng_fill_uniform_f32(wil_rng_at(6, WIL_RNG_TEST, 0), 0, wil_grid_count(&grid), volume.voxels);
    return volume;
}

/* A file size limit makes every write beyond it fail, as a full disk does. */
TEST_IN_FOLDER(a_full_disk_leaves_the_earlier_file)
{
    const rlim_t limits[] = {100, 100000}; /* below the buffers of stdio and zlib, and above */
    struct rlimit before;
    WIL_OWN(wil_volume) volume = noise_volume();
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (int k = 0; k < 4; k++) {
        const char *path = in_folder(*state, k % 2 ? "a.nii.gz" : "a.nii");
        struct rlimit limit = {limits[k / 2], before.rlim_max};
        WIL_OWN(char) *bytes = NULL;
        size_t n = 0;
        OK(wil_file_write(path, "earlier", 7));
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        const wil_status status = wil_volume_write(&volume, path, WIL_NIFTI_F32, NULL);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        REFUSED(WIL_ERR_IO, status, path, "cannot write", strerror(EFBIG));
        OK(wil_file_read(path, &bytes, &n));
        assert_string_equal(bytes, "earlier");
    }
    assert_int_equal(count_entries(*state), 2); /* and nothing beside them */
}

/* So little that nothing is written before the file is closed. */
TEST_IN_FOLDER(a_small_file_on_a_full_disk_fails_too)
{
    struct rlimit before;
    const wil_grid grid = wil_grid_make(3, 3, 3, 1, 1, 1);
    WIL_OWN(wil_volume) volume = {0};
    OK(wil_volume_make(&volume, &grid, 1));
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (int k = 0; k < 2; k++) {
        const char *path = in_folder(*state, k ? "a.nii.gz" : "a.nii");
        const struct rlimit low = {k ? 20 : 100, before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
        const wil_status status = wil_volume_write(&volume, path, WIL_NIFTI_F32, NULL);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        REFUSED(WIL_ERR_IO, status, path, "cannot write", strerror(EFBIG));
    }
    assert_int_equal(count_entries(*state), 0);
}

TEST_IN_FOLDER(a_missing_folder_is_named)
{
    WIL_OWN(wil_volume) volume = noise_volume();
    REFUSED(WIL_ERR_IO, wil_volume_write(&volume, in_folder(*state, "none/a.nii"), WIL_NIFTI_F32, NULL),
        "none/a.nii: cannot write", "/none does not exist");
    OK(wil_folder_make(in_folder(*state, "a.nii")));
    REFUSED(WIL_ERR_IO, wil_volume_write(&volume, in_folder(*state, "a.nii"), WIL_NIFTI_F32, NULL),
        "it is a folder");
}

TEST_IN_FOLDER(a_folder_without_permission_is_refused)
{
    if (geteuid() == 0) {
        print_message("SKIPPED: root may write anywhere\n");
        skip();
    }
    WIL_OWN(wil_volume) volume = noise_volume();
    assert_int_equal(chmod(*state, 0500), 0);
    REFUSED(WIL_ERR_IO, wil_volume_write(&volume, in_folder(*state, "a.nii"), WIL_NIFTI_F32, NULL), "a.nii",
        strerror(EACCES));
    assert_int_equal(chmod(*state, 0700), 0);
}

TEST_IN_FOLDER(nan_and_infinite_voxels_are_refused)
{
    const char *path = in_folder(*state, "a.nii");
    WIL_OWN(wil_volume) volume = noise_volume();
    volume.voxels[1] = NAN;
    volume.voxels[59999] = -INFINITY;
    for (int type = WIL_NIFTI_U8; type <= WIL_NIFTI_F32; type++)
        REFUSED(WIL_ERR_ARG, wil_volume_write(&volume, path, (wil_nifti_type)type, NULL), "a.nii",
            "2 of 60000 voxels are NaN or infinite");
    assert_int_equal(count_entries(*state), 0);
}

TEST_IN_FOLDER(unknown_names_are_refused)
{
    const char *const names[] = {"a", "a.hdr", "a.nii.bz2", "a.mha", "nii", "a.nifti"};
    WIL_OWN(wil_volume) volume = noise_volume();
    WIL_OWN(wil_mask) mask = {0};
    OK(wil_mask_make(&mask, &volume.grid));
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        REFUSED(WIL_ERR_ARG,
            wil_volume_write(&volume, in_folder(*state, "%s", names[k]), WIL_NIFTI_F32, NULL), names[k],
            "unknown kind", ".nii or .nii.gz");
    REFUSED(WIL_ERR_ARG, wil_mask_write(&mask, in_folder(*state, "a.png"), NULL), "a.png", ".nii or .nii.gz");
    REFUSED(WIL_ERR_ARG, wil_volume_write(&volume, NULL, WIL_NIFTI_F32, NULL), "no path");
}

TEST_IN_FOLDER(volumes_that_could_not_be_read_again_are_refused)
{
    const char *path = in_folder(*state, "a.nii");
    WIL_OWN(wil_volume) volume = {0};
    wil_mask mask = {0};
    REFUSED(WIL_ERR_ARG, wil_volume_write(&volume, path, WIL_NIFTI_F32, NULL), "a.nii", "no voxels");
    REFUSED(WIL_ERR_ARG, wil_mask_write(&mask, path, NULL), "a.nii", "no voxels");
    volume = noise_volume();
    REFUSED(WIL_ERR_ARG, wil_volume_write(&volume, path, (wil_nifti_type)7, NULL), "type 7");
    volume.grid.affine[1][2] = INFINITY;
    REFUSED(WIL_ERR_ARG, wil_volume_write(&volume, path, WIL_NIFTI_F32, NULL), "inf", "row 2, column 3");
    memset(volume.grid.affine, 0, sizeof volume.grid.affine);
    REFUSED(WIL_ERR_ARG, wil_volume_write(&volume, path, WIL_NIFTI_F32, NULL), "without volume");
    volume.grid = wil_grid_make(50, 40, 30, 1, 1, 1);
    volume.tr_s = -2;
    REFUSED(WIL_ERR_ARG, wil_volume_write(&volume, path, WIL_NIFTI_F32, NULL), "time step of -2 s");
    assert_int_equal(count_entries(*state), 0);
}
