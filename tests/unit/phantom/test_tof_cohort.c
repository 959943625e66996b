#include "test.h"

#include "temp_folder.h"
#include "willis/phantom.h"

#include <stdlib.h>
#include <string.h>

static wil_tof_config small(void)
{
    wil_tof_config config = wil_tof_config_default();
    wil_tof_config_set_matrix(&config, 64, 80, 40);
    config.site = 'b';
    config.seed = 18446744073709551615u;
    return config;
}

static void check_row(const char *folder, const wil_table *table, int row)
{
    static const char *const splits[] = {"train", "train", "val", "test"};
    static const char *const subjects[] = {"sub-001", "sub-002", "sub-003", "sub-004"};
    assert_string_equal(wil_table_cell(table, row, wil_table_column(table, "split")), splits[row]);
    assert_string_equal(wil_table_cell(table, row, wil_table_column(table, "subject")), subjects[row]);
    wil_volume image = {0};
    wil_mask masks[2] = {0};
    char *path = NULL;
    OK(wil_path_join(&path, folder, wil_table_cell(table, row, wil_table_column(table, "image"))));
    OK(wil_volume_read_3d(&image, path));
    wil_free(path);
    static const char *const columns[] = {"label", "mask"};
    for (int k = 0; k < 2; k++) {
        OK(wil_path_join(&path, folder, wil_table_cell(table, row, wil_table_column(table, columns[k]))));
        OK(wil_mask_read(&masks[k], path));
        assert_true(
            wil_grid_disagreement_mm(&image.grid, &masks[k].grid) < 1e-3); /* float32 affine in NIfTI */
        wil_free(path);
    }
    const wil_tof_config config = small();
    wil_tof_subject made = {0};
    OK(wil_phantom_tof(&made, &config, row + 1));
    assert_memory_equal(made.image.voxels, image.voxels, wil_grid_count(&image.grid) * sizeof(float));
    assert_memory_equal(made.label.voxels, masks[0].voxels, wil_grid_count(&image.grid));
    assert_memory_equal(made.brain.voxels, masks[1].voxels, wil_grid_count(&image.grid));
    wil_tof_subject_clear(&made);
    wil_volume_clear(&image);
    wil_mask_clear(&masks[0]);
    wil_mask_clear(&masks[1]);
}

TEST_IN_FOLDER(a_cohort_is_written_in_bids_layout_and_reads_back)
{
    const char *folder = *state;
    const wil_tof_config config = small();
    OK(wil_phantom_tof_cohort(folder, &config, 2, 1, 1, NULL));
    char path[200];
    snprintf(path, sizeof path, "%s/cohort.tsv", folder);
    wil_table table = {0};
    OK(wil_table_read(&table, path, '\t'));
    assert_int_equal(table.n_rows, 4);
    for (int row = 0; row < 4; row++)
        check_row(folder, &table, row);
    wil_table_free(&table);
    snprintf(path, sizeof path, "%s/participants.tsv", folder);
    OK(wil_table_read(&table, path, '\t'));
    assert_int_equal(table.n_rows, 4);
    assert_string_equal(wil_table_cell(&table, 2, wil_table_column(&table, "site")), "b");
    wil_table_free(&table);
    json_t *facts = NULL;
    snprintf(path, sizeof path, "%s/phantom.json", folder);
    OK(wil_json_load(&facts, path));
    assert_string_equal(json_string_value(json_object_get(facts, "seed")), "18446744073709551615");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(facts, "subjects"), "train")), 2);
    json_decref(facts);
    snprintf(path, sizeof path, "%s/dataset_description.json", folder);
    assert_true(wil_file_exists(path));

    REFUSED(WIL_ERR_ARG, wil_phantom_tof_cohort(folder, &config, 2, 1, 1, NULL), "already holds a cohort");
}

static bool stop(void *user)
{
    (void)user;
    return true;
}

TEST_IN_FOLDER(an_interrupted_cohort_has_no_table)
{
    const char *folder = *state;
    const wil_tof_config config = small();
    const wil_monitor monitor = {.stop_requested = stop};
    REFUSED(WIL_ERR_INTERRUPTED, wil_phantom_tof_cohort(folder, &config, 1, 0, 0, &monitor),
        "stopped after 0 of 1 phantoms");
    char path[200];
    snprintf(path, sizeof path, "%s/cohort.tsv", folder);
    assert_false(wil_file_exists(path));
}

TEST_IN_FOLDER(impossible_cohorts_are_refused)
{
    const char *folder = *state;
    wil_tof_config config = small();
    REFUSED(WIL_ERR_ARG, wil_phantom_tof_cohort(folder, &config, 0, 0, 0, NULL),
        "0 train, 0 val and 0 test subjects");
    assert_int_equal(wil_phantom_tof_cohort(folder, &config, -1, 0, 2, NULL), WIL_ERR_ARG);
    REFUSED(WIL_ERR_ARG, wil_phantom_tof_cohort("", &config, 1, 0, 0, NULL), "no folder given");
    config.site = 'x';
    REFUSED(WIL_ERR_ARG, wil_phantom_tof_cohort(folder, &config, 1, 0, 0, NULL), "there is no site 'x'");
}
