/* Axes exchanged and reversed: the same voxels at the same places. */
#include "test.h"

#include "storage.h"
#include "temp_folder.h"
#include "volume_check.h"

#define N_CODES 48

/* All 48 ways to store a volume: "RAS", "RAI", ... */
static const char *code_number(int i)
{
    static const char axes[6][4] = {"RAS", "RSA", "ARS", "ASR", "SRA", "SAR"};
    static char text[4];
    for (int k = 0; k < 3; k++) {
        const char *at = strchr("RAS", axes[i / 8][k]);
        text[k] = (i >> k & 1) ? "LPI"[at - "RAS"] : *at;
    }
    return text;
}

/* x, y and z can be read off a voxel's value. */
static wil_volume numbered(int n_time)
{
    const wil_grid grid = wil_grid_make(5, 4, 3, 0.5, 0.75, 1.25);
    wil_volume volume = {0};
    OK(wil_volume_make(&volume, &grid, n_time));
    for (int i = 0; i < 60 * n_time; i++)
        volume.voxels[i] = (float)i;
    volume.tr_s = n_time > 1 ? 2 : 0;
    return volume;
}

TEST_IN_FOLDER(six_and_forty_two_more_storages_are_read_as_one)
{
    const char *path = in_folder(*state, "a.nii.gz");
    for (int i = 0; i < N_CODES; i++) {
        WIL_OWN(wil_volume) volume = numbered(1 + i % 3);
        WIL_OWN(wil_volume) back = {0}, stored = {0};
        char text[4];
        OK(storage_write_volume(path, &volume, WIL_NIFTI_F32, code_number(i)));
        OK(wil_volume_read(&back, path));
        assert_memory_equal(back.voxels, volume.voxels, 60 * (size_t)volume.n_time * sizeof *volume.voxels);
        assert_true(wil_grid_disagreement_mm(&back.grid, &volume.grid) == 0); /* all exact in binary */
        assert_memory_equal(back.grid.spacing_mm, volume.grid.spacing_mm, sizeof back.grid.spacing_mm);
        assert_string_equal(wil_grid_axis_codes(text, &back.grid), code_number(i));
        OK(wil_volume_read_stored(&stored, path)); /* the file itself has the other order */
        assert_string_equal(wil_grid_axis_codes(text, &stored.grid), code_number(i));
        assert_true(i == 0 || memcmp(stored.voxels, volume.voxels, 60 * sizeof(float)) != 0);
    }
}

/* What is computed on a scan's grid goes back into a file like the scan's. */
TEST_IN_FOLDER(what_was_read_is_written_as_it_was)
{
    for (int i = 0; i < N_CODES; i++) {
        WIL_OWN(wil_volume) volume = numbered(2), back = {0}, before = {0}, after = {0};
        OK(storage_write_volume(in_folder(*state, "a.nii"), &volume, WIL_NIFTI_I16, code_number(i)));
        OK(wil_volume_read(&back, in_folder(*state, "a.nii")));
        OK(wil_volume_write(&back, in_folder(*state, "b.nii"), WIL_NIFTI_I16, ""));
        OK(wil_volume_read_stored(&before, in_folder(*state, "a.nii")));
        OK(wil_volume_read_stored(&after, in_folder(*state, "b.nii")));
        assert_memory_equal(&before.grid, &after.grid, sizeof before.grid);
        assert_memory_equal(before.voxels, after.voxels, 120 * sizeof *after.voxels);
    }
}

TEST(a_turn_and_its_inverse_change_nothing)
{
    WIL_OWN(wil_volume) volume = numbered(2), turned = numbered(2);
    for (int i = 0; i < N_CODES; i++) {
        const wil_orientation turn = storage_turn(code_number(i)), back = wil_orientation_inverse(&turn);
        assert_int_equal(wil_orientation_changes(&turn), i > 0);
        OK(wil_volume_turn(&turned, &turn));
        for (int x = 0; x < 5; x++) { /* the voxel that holds a number lies where it lay */
            const int32_t here[3] = {x, x % 4, x % 3};
            int32_t there[3], again[3];
            double mm[3], before_mm[3];
            for (int k = 0; k < 3; k++)
                there[k] = turn.positive[k] ? here[turn.voxel_axis[k]]
                                            : turned.grid.size[k] - 1 - here[turn.voxel_axis[k]];
            place_of(mm, &turned.grid, there[0], there[1], there[2]);
            place_of(before_mm, &volume.grid, here[0], here[1], here[2]);
            assert_memory_equal(mm, before_mm, sizeof mm);
            assert_true(*voxel(&turned, there[0], there[1], there[2]) == *voxel(&volume, x, x % 4, x % 3));
            wil_grid_voxel_stored(again, &turned.grid, there); /* of a volume made as it was before */
            assert_memory_equal(again, here, sizeof here);
            wil_grid_voxel_here(again, &turned.grid, again);
            assert_memory_equal(again, there, sizeof there);
        }
        OK(wil_volume_turn(&turned, &back));
        assert_memory_equal(&turned.grid, &volume.grid, sizeof volume.grid);
        assert_memory_equal(turned.voxels, volume.voxels, 120 * sizeof *volume.voxels);
    }
}

TEST(the_turn_onto_another_grid_is_found_or_there_is_none)
{
    wil_grid grid = wil_grid_make(5, 4, 3, 0.5, 0.75, 1.25);
    grid.affine[0][1] = 0.3; /* oblique: whole turns need no upright axes */
    for (int i = 0; i < N_CODES; i++) {
        const wil_orientation turn = storage_turn(code_number(i));
        wil_orientation found;
        wil_grid turned = wil_grid_turn(&grid, &turn);
        assert_true(wil_grid_find_turn(&found, &turned, &grid));
        const wil_grid back = wil_grid_turn(&turned, &found);
        assert_true(wil_grid_disagreement_mm(&back, &grid) < 1e-12);
        turned.affine[1][3] += 0.02;
        assert_false(wil_grid_find_turn(&found, &turned, &grid));
        assert_false(wil_orientation_changes(&found));
    }
}

TEST(a_message_about_a_mirrored_file_does_not_advise_to_mirror_it)
{
    const wil_grid scan = wil_grid_make(5, 5, 5, 1, 1, 1);
    wil_grid label = scan;
    label.affine[0][3] += 1;
    REFUSED(WIL_ERR_INPUT, wil_grid_check_same(&label, "the label", &scan, "the scan"), "1 mm away",
        "copy the scan's affine into it (willis conform --copy-affine)");
    label.stored = storage_turn("LAS");
    REFUSED(WIL_ERR_INPUT, wil_grid_check_same(&label, "the label", &scan, "the scan"), "1 mm away",
        "stores it LAS, the other's RAS", "would mirror or turn it", "willis conform --like");
    label = wil_grid_make(5, 5, 5, 2, 1, 1);
    REFUSED(WIL_ERR_INPUT, wil_grid_check_same(&label, "the label", &scan, "the scan"),
        "voxels of 2x1x1 mm, the scan of 1x1x1 mm", "resample");
}
