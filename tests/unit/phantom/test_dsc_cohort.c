/* DSC phantoms as files. */
#include "test.h"

#include "dsc_fixture.h"

static wil_dsc_config tiny(void)
{
    wil_dsc_config config = quiet_slab();
    config.mode = WIL_DSC_MIXED;
    config.snr = 60;
    config.variation = 1;
    config.n_frames = 40;
    return config;
}

static const char *cell(const wil_table *table, int row, const char *column)
{
    const int at = wil_table_column(table, column);
    assert_true(at >= 0);
    return wil_table_cell(table, row, at);
}

static void check_map(const char *folder, const wil_table *table, int row, const wil_dsc_subject *s)
{
    for (int i = 0; i < WIL_DSC_N_MAPS; i++) {
        WIL_OWN(wil_volume) map = {0};
        OK(wil_volume_read_3d(
            &map, in_folder(folder, "%s", cell(table, row, wil_dsc_map_name((wil_dsc_map)i)))));
        assert_memory_equal(map.voxels, s->maps[i].voxels, n_voxels(s) * sizeof(float));
    }
}

static void check_curve(const char *path, const wil_dsc_subject *s)
{
    WIL_OWN(wil_table) curve = {0};
    OK(wil_table_read(&curve, path, ','));
    assert_int_equal(curve.n_rows, s->series.n_time);
    for (int f = 0; f < curve.n_rows; f++)
        assert_float_equal(strtod(cell(&curve, f, "concentration"), NULL), s->aif[f], 1e-8 * fabs(s->aif[f]));
}

/* Subjects are numbered through, so none is in two splits, and what is read is what is made. */
TEST_IN_FOLDER(a_cohort_reads_back_as_it_was_made)
{
    static const char *const splits[] = {"train", "train", "val", "test"};
    static const char *const subjects[] = {"sub-001", "sub-002", "sub-003", "sub-004"};
    const wil_dsc_config config = tiny();
    wil_table table = {0};
    OK(wil_phantom_dsc_cohort(*state, &config, 2, 1, 1, false, NULL));
    OK(wil_table_read(&table, in_folder(*state, "cohort.tsv"), '\t'));
    assert_int_equal(table.n_rows, 4);
    for (int row = 0; row < 4; row++) {
        WIL_OWN(wil_volume) series = {0};
        WIL_OWN(wil_mask) mask = {0};
        WIL_OWN(wil_dsc_subject) s = {0};
        OK(wil_phantom_dsc(&s, &config, row + 1));
        assert_string_equal(cell(&table, row, "subject"), subjects[row]);
        assert_string_equal(cell(&table, row, "split"), splits[row]);
        assert_string_equal(cell(&table, row, "mode"), wil_dsc_mode_name(s.facts.mode));
        OK(wil_volume_read(&series, in_folder(*state, "%s", cell(&table, row, "image"))));
        assert_int_equal(series.n_time, 40);
        assert_float_equal(series.tr_s, 1.5, 1e-6);
        assert_memory_equal(series.voxels, s.series.voxels, 40 * n_voxels(&s) * sizeof(float));
        OK(wil_mask_read(&mask, in_folder(*state, "%s", cell(&table, row, "mask"))));
        assert_memory_equal(mask.voxels, s.masks[WIL_DSC_BRAIN].voxels, n_voxels(&s));
        check_map(*state, &table, row, &s);
        check_curve(in_folder(*state, "%s", cell(&table, row, "aif")), &s);
    }
    wil_table_free(&table);
    REFUSED(
        WIL_ERR_ARG, wil_phantom_dsc_cohort(*state, &config, 1, 0, 0, false, NULL), "already holds a cohort");
}

TEST_IN_FOLDER(the_sidecar_knows_the_times)
{
    const wil_dsc_config config = tiny();
    WIL_OWN(json_t) *sidecar = NULL, *facts = NULL;
    OK(wil_phantom_dsc_cohort(*state, &config, 1, 0, 0, false, NULL));
    OK(wil_json_load(&sidecar, in_folder(*state, "sub-001/perf/sub-001_dsc.json")));
    assert_float_equal(json_number_value(json_object_get(sidecar, "EchoTime")), 0.03, 1e-12);
    assert_float_equal(json_number_value(json_object_get(sidecar, "RepetitionTime")), 1.5, 1e-12);
    assert_float_equal(json_number_value(json_object_get(sidecar, "RelaxivityTissue")), 44, 1e-12);
    OK(wil_json_load(
        &facts, in_folder(*state, "derivatives/willis/sub-001/perf/sub-001_desc-true_facts.json")));
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(facts, "map_units"), "cbf")), "ml/100g/min");
}

TEST_IN_FOLDER(each_subject_has_the_sidecar_of_its_own_tr)
{
    wil_dsc_config config = tiny();
    wil_table people = {0};
    config.tr_to_s = 2;
    OK(wil_phantom_dsc_cohort(*state, &config, 2, 0, 0, false, NULL));
    OK(wil_table_read(&people, in_folder(*state, "participants.tsv"), '\t'));
    double before = 0;
    for (int row = 0; row < 2; row++) {
        WIL_OWN(json_t) *sidecar = NULL;
        const char *name = cell(&people, row, "participant_id");
        OK(wil_json_load(&sidecar, in_folder(*state, "%s/perf/%s_dsc.json", name, name)));
        const double tr_s = json_number_value(json_object_get(sidecar, "RepetitionTime"));
        assert_true(tr_s > 1.5 && tr_s < 2 && tr_s != before);
        assert_float_equal(strtod(cell(&people, row, "tr_s"), NULL), tr_s, 1e-3);
        before = tr_s;
    }
    wil_table_free(&people);
}

TEST_IN_FOLDER(five_axes_hold_the_same_series)
{
    const wil_dsc_config config = tiny();
    wil_volume series[2] = {0};
    char *bytes = NULL;
    size_t n_bytes = 0;
    for (int i = 0; i < 2; i++) {
        OK(wil_phantom_dsc_cohort(in_folder(*state, "%d", i), &config, 1, 0, 0, i == 1, NULL));
        OK(wil_volume_read(&series[i], in_folder(*state, "%d/sub-001/perf/sub-001_dsc.nii.gz", i)));
    }
    assert_int_equal(series[1].n_time, series[0].n_time);
    assert_memory_equal(&series[1].grid, &series[0].grid, sizeof series[0].grid);
    assert_memory_equal(series[1].voxels, series[0].voxels,
        (size_t)series[0].n_time * wil_grid_count(&series[0].grid) * sizeof(float));
    /* dim[0] of a NIfTI-1 header, at byte 40 */
    OK(wil_volume_write_5d(&series[0], in_folder(*state, "five.nii"), WIL_NIFTI_I16, ""));
    OK(wil_file_read(in_folder(*state, "five.nii"), &bytes, &n_bytes));
    assert_int_equal(bytes[40], 5);
    assert_int_equal(bytes[48], 1);  /* dim[4] */
    assert_int_equal(bytes[50], 40); /* dim[5] */
    wil_free(bytes);
    wil_volume_clear(&series[0]);
    wil_volume_clear(&series[1]);
}

static bool stop(void *user)
{
    (void)user;
    return true;
}

TEST_IN_FOLDER(what_cannot_be_written_is_said)
{
    const wil_dsc_config config = tiny();
    const wil_monitor monitor = {.stop_requested = stop};
    REFUSED(WIL_ERR_INTERRUPTED, wil_phantom_dsc_cohort(*state, &config, 1, 0, 0, false, &monitor),
        "stopped after 0 of 1 phantoms");
    assert_false(wil_file_exists(in_folder(*state, "cohort.tsv")));
    REFUSED(WIL_ERR_ARG, wil_phantom_dsc_cohort(*state, &config, 0, 0, 0, false, NULL),
        "0 train, 0 val and 0 test");
    REFUSED(WIL_ERR_ARG, wil_phantom_dsc_cohort("", &config, 1, 0, 0, false, NULL), "no folder given");
}
