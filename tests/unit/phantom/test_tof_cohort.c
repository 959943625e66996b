#include "willis/phantom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static wil_tof_config small(void)
{
    wil_tof_config config = wil_tof_config_default();
    wil_tof_config_set_matrix(&config, 64, 80, 40);
    config.site = WIL_TOF_SITE_B;
    config.seed = 18446744073709551615u;
    return config;
}

static int make_folder(void **state)
{
    static char folder[64];
    strcpy(folder, "/tmp/willis_cohort_XXXXXX");
    *state = mkdtemp(folder);
    return *state == NULL;
}

static int drop_folder(void **state)
{
    char command[100];
    snprintf(command, sizeof command, "rm -r '%s'", (char *)*state);
    return system(command);
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
    assert_int_equal(
        wil_path_join(&path, folder, wil_table_cell(table, row, wil_table_column(table, "image"))), WIL_OK);
    assert_int_equal(wil_volume_read_3d(&image, path), WIL_OK);
    wil_free(path);
    static const char *const columns[] = {"label", "mask"};
    for (int k = 0; k < 2; k++) {
        assert_int_equal(
            wil_path_join(&path, folder, wil_table_cell(table, row, wil_table_column(table, columns[k]))),
            WIL_OK);
        assert_int_equal(wil_mask_read(&masks[k], path), WIL_OK);
        assert_true(
            wil_grid_disagreement_mm(&image.grid, &masks[k].grid) < 1e-3); /* float32 affine in NIfTI */
        wil_free(path);
    }
    const wil_tof_config config = small();
    wil_tof_subject made = {0};
    assert_int_equal(wil_phantom_tof(&made, &config, row + 1), WIL_OK);
    assert_memory_equal(made.image.voxels, image.voxels, wil_grid_count(&image.grid) * sizeof(float));
    assert_memory_equal(made.label.voxels, masks[0].voxels, wil_grid_count(&image.grid));
    assert_memory_equal(made.brain.voxels, masks[1].voxels, wil_grid_count(&image.grid));
    wil_tof_subject_clear(&made);
    wil_volume_clear(&image);
    wil_mask_clear(&masks[0]);
    wil_mask_clear(&masks[1]);
}

static void a_cohort_is_written_in_bids_layout_and_reads_back(void **state)
{
    const char *folder = *state;
    const wil_tof_config config = small();
    assert_int_equal(wil_phantom_tof_cohort(folder, &config, 2, 1, 1, NULL), WIL_OK);
    char path[200];
    snprintf(path, sizeof path, "%s/cohort.tsv", folder);
    wil_table table = {0};
    assert_int_equal(wil_table_read(&table, path, '\t'), WIL_OK);
    assert_int_equal(table.n_rows, 4);
    for (int row = 0; row < 4; row++)
        check_row(folder, &table, row);
    wil_table_free(&table);
    snprintf(path, sizeof path, "%s/participants.tsv", folder);
    assert_int_equal(wil_table_read(&table, path, '\t'), WIL_OK);
    assert_int_equal(table.n_rows, 4);
    assert_string_equal(wil_table_cell(&table, 2, wil_table_column(&table, "site")), "b");
    wil_table_free(&table);
    json_t *facts = NULL;
    snprintf(path, sizeof path, "%s/phantom.json", folder);
    assert_int_equal(wil_json_load(&facts, path), WIL_OK);
    assert_string_equal(json_string_value(json_object_get(facts, "seed")), "18446744073709551615");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(facts, "subjects"), "train")), 2);
    json_decref(facts);
    snprintf(path, sizeof path, "%s/dataset_description.json", folder);
    assert_true(wil_file_exists(path));

    assert_int_equal(wil_phantom_tof_cohort(folder, &config, 2, 1, 1, NULL), WIL_ERR_ARG);
    assert_non_null(strstr(wil_status_message(), "already holds a cohort"));
}

static void labels_alone_are_those_of_the_whole_phantom(void **state)
{
    const char *folder = *state;
    wil_tof_config config = small();
    wil_tof_subject whole = {0}, bare = {0};
    char path[200];
    wil_table table = {0};
    assert_int_equal(wil_phantom_tof(&whole, &config, 1), WIL_OK);
    config.labels_only = true;
    assert_int_equal(wil_phantom_tof(&bare, &config, 1), WIL_OK);
    assert_null(bare.image.voxels);
    assert_memory_equal(whole.label.voxels, bare.label.voxels, wil_grid_count(&whole.label.grid));
    assert_memory_equal(whole.brain.voxels, bare.brain.voxels, wil_grid_count(&whole.brain.grid));
    assert_true(whole.facts.vessel_frac == bare.facts.vessel_frac);
    assert_int_equal(wil_phantom_tof_cohort(folder, &config, 1, 0, 0, NULL), WIL_OK);
    snprintf(path, sizeof path, "%s/cohort.tsv", folder);
    assert_int_equal(wil_table_read(&table, path, '\t'), WIL_OK);
    assert_string_equal(wil_table_cell(&table, 0, wil_table_column(&table, "image")), "");
    assert_string_equal(wil_table_cell(&table, 0, wil_table_column(&table, "label_origin")), "phantom");
    snprintf(path, sizeof path, "%s/sub-001", folder);
    assert_false(wil_folder_exists(path));
    wil_table_free(&table);
    wil_tof_subject_clear(&whole);
    wil_tof_subject_clear(&bare);
}

static bool stop(void *user)
{
    (void)user;
    return true;
}

static void an_interrupted_cohort_has_no_table(void **state)
{
    const char *folder = *state;
    const wil_tof_config config = small();
    const wil_monitor monitor = {.stop_requested = stop};
    assert_int_equal(wil_phantom_tof_cohort(folder, &config, 1, 0, 0, &monitor), WIL_ERR_INTERRUPTED);
    assert_non_null(strstr(wil_status_message(), "stopped after 0 of 1 phantoms"));
    char path[200];
    snprintf(path, sizeof path, "%s/cohort.tsv", folder);
    assert_false(wil_file_exists(path));
}

static void impossible_cohorts_are_refused(void **state)
{
    const char *folder = *state;
    wil_tof_config config = small();
    assert_int_equal(wil_phantom_tof_cohort(folder, &config, 0, 0, 0, NULL), WIL_ERR_ARG);
    assert_non_null(strstr(wil_status_message(), "0 train, 0 val and 0 test subjects"));
    assert_int_equal(wil_phantom_tof_cohort(folder, &config, -1, 0, 2, NULL), WIL_ERR_ARG);
    assert_int_equal(wil_phantom_tof_cohort("", &config, 1, 0, 0, NULL), WIL_ERR_ARG);
    assert_non_null(strstr(wil_status_message(), "no folder given"));
    config.site = (wil_tof_site)7;
    assert_int_equal(wil_phantom_tof_cohort(folder, &config, 1, 0, 0, NULL), WIL_ERR_ARG);
    assert_non_null(strstr(wil_status_message(), "site must be one of a|b|random, got '7'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_cohort_is_written_in_bids_layout_and_reads_back, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(
            labels_alone_are_those_of_the_whole_phantom, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(an_interrupted_cohort_has_no_table, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(impossible_cohorts_are_refused, make_folder, drop_folder),
    };
    return cmocka_run_group_tests_name("phantom/tof_cohort", tests, NULL, NULL);
}
