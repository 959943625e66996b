#include "data_fixture.h"
#include "same_samples.h"

#define W 6
#define H 4

static const char *const TRAIN[] = {"train", "train", "train", "val"};

static wil_patch_config small_config(void)
{
    wil_patch_config config = wil_patch_config_default();
    config.height = H;
    config.width = W;
    config.per_subject = 40;
    config.seed = 77;
    return config;
}

typedef struct heard {
    int n_warnings;
    char last[512];
} heard;

static void hear(void *user, wil_message_kind kind, const char *text)
{
    heard *h = user;
    h->n_warnings += kind == WIL_MESSAGE_WARNING;
    snprintf(h->last, sizeof h->last, "%s", text);
}

static bool always(void *user)
{
    (void)user;
    return true;
}

static void patches_are_pieces_of_their_scans(void **state)
{
    wil_cohort cohort;
    wil_samples patches;
    const wil_patch_config config = small_config();
    OK(wil_cohort_read(&cohort, write_cohort(*state, 4, TRAIN)));
    OK(wil_samples_cut(&patches, &cohort, WIL_SPLIT_TRAIN, &config, NULL));
    assert_int_equal(patches.n, 3 * 40);
    assert_int_equal(patches.n_subjects, 3);
    for (int s = 0; s < 3; s++) {
        wil_scan scan;
        float range[2];
        OK(wil_scan_read(&scan, &cohort.subjects[s]));
        OK(wil_scan_range(range, &scan.image, &scan.brain));
        assert_memory_equal(patches.subject_range + 2 * s, range, sizeof range);
        assert_string_equal(patches.subjects[s], cohort.subjects[s].id);
        for (int64_t i = 0; i < patches.n; i++) {
            const int32_t *at = patches.position + 3 * i;
            for (int k = 0; k < H * W && patches.subject[i] == s; k++) {
                const size_t v = voxel(at[0] + k % W, at[1] + k / W, at[2]);
                assert_true(patches.image[i * H * W + k] == scan.image.voxels[v]);
                assert_int_equal(patches.label[i * H * W + k], scan.label.voxels[v]);
            }
        }
        wil_scan_clear(&scan);
    }
    wil_samples_clear(&patches);
    wil_cohort_clear(&cohort);
}

static void patches_written_as_they_come_are_those_cut_in_memory(void **state)
{
    wil_cohort cohort;
    wil_samples whole;
    wil_samples written;
    const wil_patch_config config = small_config();
    OK(wil_cohort_read(&cohort, write_cohort(*state, 4, TRAIN)));
    const char *path = in_folder(*state, "set.h5");
    OK(wil_samples_cut(&whole, &cohort, WIL_SPLIT_TRAIN, &config, NULL));
    OK(wil_samples_cut_to(path, &cohort, WIL_SPLIT_TRAIN, &config, NULL));
    OK(wil_samples_read(&written, path));
    assert_samples_equal(&whole, &written);
    wil_samples_clear(&written);
    wil_samples_clear(&whole);
    const wil_monitor stop = {.stop_requested = always};
    assert_int_equal(unlink(path), 0);
    REFUSED(WIL_ERR_INTERRUPTED, wil_samples_cut_to(path, &cohort, WIL_SPLIT_TRAIN, &config, &stop),
        "nothing was written");
    assert_false(wil_file_exists(path));
    wil_cohort_clear(&cohort);
}

/* A patch lies where its position says, counted along right, anterior and superior. */
static void positions_are_counted_right_anterior_superior(void **state)
{
    wil_scan scan;
    wil_cohort cohort;
    wil_samples set;
    const wil_patch_config config = small_config();
    make_scan(&scan, 0);
    OK(storage_write_scan(*state, "a", &scan, "PSR"));
    OK(wil_cohort_read(&cohort, storage_cohort(*state, "a")));
    OK(wil_samples_cut(&set, &cohort, WIL_SPLIT_TRAIN, &config, NULL));
    const size_t one = wil_sample_shape_count(set.shape);
    for (int64_t i = 0; i < set.n; i++) {
        const int32_t *at = set.position + 3 * i;
        assert_true(set.image[(size_t)i * one] == scan.image.voxels[voxel(at[0], at[1], at[2])]);
    }
    wil_samples_clear(&set);
    wil_cohort_clear(&cohort);
    wil_scan_clear(&scan);
}

/* One head, stored in six ways, and a label stored otherwise than its image. */
static void patches_do_not_depend_on_how_a_scan_is_stored(void **state)
{
    static const char *const codes[] = {"RAS", "LAS", "LPS", "RSA", "PSR", "ILA"};
    wil_samples sets[6];
    wil_scan scan;
    const wil_patch_config config = small_config();
    make_scan(&scan, 0);
    for (int k = 0; k < 6; k++) {
        wil_cohort cohort;
        OK(storage_write_scan(*state, "a", &scan, codes[k]));
        if (k == 5)
            OK(storage_write_mask(in_folder(*state, "a_label.nii"), &scan.label, "LPS"));
        OK(wil_cohort_read(&cohort, storage_cohort(*state, "a")));
        OK(wil_samples_cut(&sets[k], &cohort, WIL_SPLIT_TRAIN, &config, NULL));
        wil_cohort_clear(&cohort);
    }
    const size_t n = (size_t)sets[0].n, one = wil_sample_shape_count(sets[0].shape);
    for (int k = 1; k < 6; k++) {
        assert_int_equal(sets[k].n, n);
        assert_memory_equal(sets[k].position, sets[0].position, n * 3 * sizeof *sets[0].position);
        assert_memory_equal(sets[k].image, sets[0].image, n * one * sizeof *sets[0].image);
        assert_memory_equal(sets[k].label, sets[0].label, n * one);
        assert_memory_equal(sets[k].spacing_mm, sets[0].spacing_mm, sizeof sets[0].spacing_mm);
    }
    for (int k = 0; k < 6; k++)
        wil_samples_clear(&sets[k]);
    wil_scan_clear(&scan);
}

static void half_of_the_patches_have_a_vessel_in_the_centre_and_all_lie_in_the_brain(void **state)
{
    wil_cohort cohort;
    wil_samples patches;
    const wil_patch_config config = small_config();
    OK(wil_cohort_read(&cohort, write_cohort(*state, 1, TRAIN)));
    OK(wil_samples_cut(&patches, &cohort, WIL_SPLIT_TRAIN, &config, NULL));
    for (int i = 0; i < 40; i++) {
        const int32_t *at = patches.position + 3 * (size_t)i;
        const int x = at[0] + W / 2;
        const int y = at[1] + H / 2;
        assert_true(
            at[0] >= 0 && at[0] + W <= NX && at[1] >= 0 && at[1] + H <= NY && at[2] >= 0 && at[2] < NZ);
        assert_true(i >= 20 || is_vessel(x, y)); /* vessel-centred ones come first */
        assert_true(is_brain(x, y));
    }
    wil_samples_clear(&patches);
    wil_cohort_clear(&cohort);
}

static void no_position_is_used_twice_even_if_all_are_used(void **state)
{
    wil_cohort cohort;
    wil_samples patches;
    heard h = {0};
    const wil_monitor monitor = {.user = &h, .message = hear};
    wil_patch_config config = small_config();
    config.per_subject = 4000; /* more than the (24-6+1) * (20-4+1) * 5 = 1615 there are */
    config.inside_brain = false;
    bool *used = calloc(NX * NY * NZ, sizeof *used);
    OK(wil_cohort_read(&cohort, write_cohort(*state, 1, TRAIN)));
    OK(wil_samples_cut(&patches, &cohort, WIL_SPLIT_TRAIN, &config, &monitor));
    assert_int_equal(patches.n, 1615);
    for (int64_t i = 0; i < patches.n; i++) {
        const int32_t *at = patches.position + 3 * i;
        assert_false(used[voxel(at[0], at[1], at[2])]);
        used[voxel(at[0], at[1], at[2])] = true;
    }
    assert_int_equal(h.n_warnings, 2);
    assert_non_null(strstr(h.last, "a: only 1570 random patches of 2000 wanted")); /* 45 are around vessels */
    free(used);
    wil_samples_clear(&patches);
    wil_cohort_clear(&cohort);
}

static int inside_brain_of(const wil_samples *patches)
{
    return (int)json_integer_value(json_object_get(patches->attributes, "inside_brain"));
}

/* Random patches without a mask come from background too; the set must not say otherwise. */
static void missing_brain_masks_are_told_and_kept_with_the_set(void **state)
{
    wil_cohort cohort;
    wil_samples patches;
    wil_patch_config config = small_config();
    OK(wil_cohort_read(&cohort, write_cohort(*state, 2, TRAIN)));
    for (int n_without = 0; n_without <= 2; n_without++) {
        heard h = {0};
        const wil_monitor monitor = {.user = &h, .message = hear};
        if (n_without > 0) {
            wil_free(cohort.subjects[n_without - 1].mask);
            cohort.subjects[n_without - 1].mask = NULL;
        }
        OK(wil_samples_cut(&patches, &cohort, WIL_SPLIT_TRAIN, &config, &monitor));
        assert_int_equal(inside_brain_of(&patches), n_without < 2);
        assert_int_equal(h.n_warnings, 0);
        static const char *const told[] = {"", "1 of 2 subjects have no brain mask", "no brain masks"};
        assert_non_null(strstr(h.last, told[n_without]));
        assert_true((h.last[0] == '\0') == (n_without == 0));
        wil_samples_clear(&patches);
    }
    heard h = {0};
    const wil_monitor monitor = {.user = &h, .message = hear};
    config.inside_brain = false; /* a choice: nothing to tell */
    OK(wil_samples_cut(&patches, &cohort, WIL_SPLIT_TRAIN, &config, &monitor));
    assert_int_equal(inside_brain_of(&patches), 0);
    assert_string_equal(h.last, "");
    wil_samples_clear(&patches);
    wil_cohort_clear(&cohort);
}

static void a_subjects_patches_do_not_depend_on_the_others(void **state)
{
    wil_cohort cohort;
    wil_samples all;
    wil_samples alone;
    const wil_patch_config config = small_config();
    OK(wil_cohort_read(&cohort, write_cohort(*state, 3, TRAIN)));
    OK(wil_samples_cut(&all, &cohort, WIL_SPLIT_TRAIN, &config, NULL));
    cohort.subjects[0].split = WIL_SPLIT_TEST;
    cohort.subjects[2].split = WIL_SPLIT_NONE;
    OK(wil_samples_cut(&alone, &cohort, WIL_SPLIT_TRAIN, &config, NULL));
    assert_int_equal(alone.n, 40);
    assert_memory_equal(alone.position, all.position + 3 * 40, 40 * 3 * sizeof(int32_t));
    assert_memory_equal(alone.image, all.image + 40 * H * W, 40 * H * W * sizeof(float));
    wil_samples_clear(&all);
    wil_samples_clear(&alone);
    wil_cohort_clear(&cohort);
}

static void another_seed_gives_other_patches_and_the_same_seed_the_same(void **state)
{
    wil_cohort cohort;
    wil_samples sets[3];
    wil_patch_config config = small_config();
    OK(wil_cohort_read(&cohort, write_cohort(*state, 1, TRAIN)));
    for (int k = 0; k < 3; k++) {
        config.seed = k == 2 ? 78 : 77;
        OK(wil_samples_cut(&sets[k], &cohort, WIL_SPLIT_TRAIN, &config, NULL));
    }
    assert_memory_equal(sets[0].position, sets[1].position, 40 * 3 * sizeof(int32_t));
    assert_memory_not_equal(sets[0].position, sets[2].position, 40 * 3 * sizeof(int32_t));
    for (int k = 0; k < 3; k++)
        wil_samples_clear(&sets[k]);
    wil_cohort_clear(&cohort);
}

static void the_set_says_where_it_comes_from(void **state)
{
    wil_cohort cohort;
    wil_samples patches;
    wil_patch_config config = small_config();
    config.seed = UINT64_MAX; /* beyond JSON's integers */
    OK(wil_cohort_read(&cohort, write_cohort(*state, 1, TRAIN)));
    OK(wil_samples_cut(&patches, &cohort, WIL_SPLIT_TRAIN, &config, NULL));
    const json_t *facts = patches.attributes;
    assert_string_equal(json_string_value(json_object_get(facts, "kind")), "real");
    assert_string_equal(json_string_value(json_object_get(facts, "source")), cohort.source);
    assert_string_equal(
        json_string_value(json_object_get(facts, "normalisation")), "none: scanner intensities");
    assert_string_equal(json_string_value(json_object_get(facts, "seed")), "18446744073709551615");
    assert_int_equal(json_integer_value(json_object_get(facts, "per_subject")), 40);
    assert_float_equal(json_real_value(json_object_get(facts, "vessel_frac")), 0.5, 0);
    assert_float_equal(patches.spacing_mm[2], 0.7, 1e-6); /* a NIfTI header keeps floats */
    wil_samples_clear(&patches);
    wil_cohort_clear(&cohort);
}

static void vessels_near_the_border_give_fewer_patches_and_a_warning(void **state)
{
    wil_cohort cohort;
    wil_samples patches;
    wil_scan scan;
    heard h = {0};
    const wil_monitor monitor = {.user = &h, .message = hear};
    const wil_patch_config config = small_config();
    OK(wil_cohort_read(&cohort, write_cohort(*state, 1, TRAIN)));
    make_scan(&scan, 0);
    memset(scan.label.voxels, 0, wil_grid_count(&scan.label.grid));
    scan.label.voxels[voxel(1, 10, 2)] = 1;  /* a patch around it would begin at x = -2 */
    scan.label.voxels[voxel(12, 10, 2)] = 1; /* the only one that can be a centre */
    write_scan(*state, "a", &scan);
    wil_scan_clear(&scan);
    OK(wil_samples_cut(&patches, &cohort, WIL_SPLIT_TRAIN, &config, &monitor));
    assert_int_equal(patches.n, 21);
    assert_int_equal(patches.position[0], 12 - W / 2);
    assert_int_equal(patches.position[1], 10 - H / 2);
    assert_int_equal(h.n_warnings, 1);
    assert_non_null(strstr(h.last, "a: only 1 vessel-centred patches of 20 wanted"));
    wil_samples_clear(&patches);
    wil_cohort_clear(&cohort);
}

static void another_spacing_is_warned_about(void **state)
{
    wil_cohort cohort;
    wil_samples patches;
    wil_scan scan;
    heard h = {0};
    const wil_monitor monitor = {.user = &h, .message = hear};
    const wil_patch_config config = small_config();
    OK(wil_cohort_read(&cohort, write_cohort(*state, 2, TRAIN)));
    make_scan(&scan, 1);
    scan.image.grid = scan.label.grid = scan.brain.grid = wil_grid_make(NX, NY, NZ, 0.3, 0.3, 0.7);
    write_scan(*state, "b", &scan);
    wil_scan_clear(&scan);
    OK(wil_samples_cut(&patches, &cohort, WIL_SPLIT_TRAIN, &config, &monitor));
    assert_int_equal(h.n_warnings, 1);
    assert_non_null(strstr(h.last, "b: voxels of 0.3x0.3x0.7 mm"));
    wil_samples_clear(&patches);
    wil_cohort_clear(&cohort);
}

/* ---- refusals ----------------------------------------------------------------------------------------- */

#define CUT_REFUSED(expected, folder, split, config, monitor, ...)                                           \
    do {                                                                                                     \
        wil_cohort cohort_;                                                                                  \
        wil_samples patches_;                                                                                \
        OK(wil_cohort_read(&cohort_, in_folder(folder, "cohort.tsv")));                                      \
        REFUSED(expected, wil_samples_cut(&patches_, &cohort_, split, config, monitor), __VA_ARGS__);        \
        assert_null(patches_.image);                                                                         \
        wil_cohort_clear(&cohort_);                                                                          \
    } while (0)

static void a_scan_smaller_than_the_patch_is_refused_with_both_sizes(void **state)
{
    wil_patch_config config = small_config();
    config.height = 21;
    write_cohort(*state, 1, TRAIN);
    CUT_REFUSED(WIL_ERR_INPUT, *state, WIL_SPLIT_TRAIN, &config, NULL, "a: ", "24x20", "6x21", "smaller");
}

static void a_label_without_vessel_is_refused(void **state)
{
    wil_scan scan;
    const wil_patch_config config = small_config();
    write_cohort(*state, 1, TRAIN);
    make_scan(&scan, 0);
    memset(scan.label.voxels, 0, wil_grid_count(&scan.label.grid));
    write_scan(*state, "a", &scan);
    wil_scan_clear(&scan);
    CUT_REFUSED(WIL_ERR_INPUT, *state, WIL_SPLIT_TRAIN, &config, NULL, "a: ", "label", "is empty");
}

static void a_subject_without_label_is_refused(void **state)
{
    const wil_patch_config config = small_config();
    write_numbered(*state, "a", 1);
    write_text(in_folder(*state, "cohort.tsv"), "subject\tsplit\timage\na\ttrain\ta_image.nii\n");
    CUT_REFUSED(WIL_ERR_INPUT, *state, WIL_SPLIT_TRAIN, &config, NULL, "a has no label");
}

static void an_empty_split_is_refused_with_what_there_is(void **state)
{
    const wil_patch_config config = small_config();
    write_cohort(*state, 4, TRAIN);
    CUT_REFUSED(WIL_ERR_INPUT, *state, WIL_SPLIT_TEST, &config, NULL, "no subject is in the split test",
        "train 3", "val 1");
}

static void impossible_configurations_are_refused(void **state)
{
    wil_patch_config config = small_config();
    write_cohort(*state, 1, TRAIN);
    config.vessel_frac = 1.5;
    CUT_REFUSED(WIL_ERR_ARG, *state, WIL_SPLIT_TRAIN, &config, NULL,
        "vessel_share must be a number from 0 to 1, got '1.5'");
    config = small_config();
    config.per_subject = 0;
    CUT_REFUSED(
        WIL_ERR_ARG, *state, WIL_SPLIT_TRAIN, &config, NULL, "per_subject must be a whole number from 1 to");
    config = small_config();
    config.width = -1;
    CUT_REFUSED(WIL_ERR_ARG, *state, WIL_SPLIT_TRAIN, &config, NULL, "size must be",
        "each from 1 to 8192, got '4x-1'");
}

/* The cohort of write_cohort(4, TRAIN), whose first n_without subjects have no image, in rows of this origin.
 */
static const char *without_images(const char *folder, int n_without, const char *origin)
{
    WIL_OWN(char) *text = NULL;
    write_cohort(folder, 4, TRAIN);
    OK(wil_text_append(&text, "subject\tsplit\timage\tlabel\tmask\tlabel_origin\n"));
    for (int i = 0; i < 4; i++) {
        const char id = (char)('a' + i);
        WIL_OWN(char) *image = NULL;
        if (i >= n_without)
            OK(wil_string_format(&image, "%c_image.nii", id));
        OK(wil_text_append(&text, "%c\t%s\t%s\t%c_label.nii\t%c_mask.nii\t%s\n", id, TRAIN[i],
            image == NULL ? "" : image, id, id, i == 1 ? origin : "phantom"));
    }
    return write_text(in_folder(folder, "labels.tsv"), text);
}

static void subjects_without_images_give_the_same_labels_alone(void **state)
{
    WIL_OWN(wil_cohort) cohort = {0}, bare = {0};
    WIL_OWN(wil_samples) whole = {0}, labels = {0};
    const wil_patch_config config = small_config();
    const char *set = in_folder(*state, "set.h5");
    OK(wil_cohort_read(&cohort, write_cohort(*state, 4, TRAIN)));
    OK(wil_cohort_read(&bare, without_images(*state, 4, "phantom")));
    OK(wil_samples_cut(&whole, &cohort, WIL_SPLIT_TRAIN, &config, NULL));
    OK(wil_samples_cut_to(set, &bare, WIL_SPLIT_TRAIN, &config, NULL));
    OK(wil_samples_open_labels(&labels, set, 1)); /* stays in the file */
    assert_true(labels.labels_only && labels.store != NULL && labels.n == whole.n &&
                labels.spacing_mm[2] == whole.spacing_mm[2]);
    assert_memory_equal(labels.position, whole.position, 3 * sizeof(int32_t) * (size_t)whole.n);
    for (size_t i = 0; i < (size_t)whole.n; i++) {
        wil_sample sample;
        OK(wil_samples_fetch(&labels, &i, 1, &sample));
        assert_null(sample.image);
        assert_memory_equal(sample.label, whole.label + i * H * W, H * W);
    }
    assert_string_equal(json_string_value(json_object_get(labels.attributes, "label_origin")), "phantom");
    assert_null(json_object_get(whole.attributes, "label_origin"));
}

/* One subject that is not known to be a phantom, and the set is not; the fact goes with the table. */
static void a_set_is_of_phantoms_if_all_its_subjects_are(void **state)
{
    WIL_OWN(wil_cohort) cohort = {0}, again = {0};
    WIL_OWN(wil_samples) labels = {0}, val = {0};
    const wil_patch_config config = small_config();
    OK(wil_cohort_read(&cohort, without_images(*state, 4, "patients")));
    OK(wil_cohort_write(&cohort, in_folder(*state, "written.tsv")));
    OK(wil_cohort_read(&again, in_folder(*state, "written.tsv")));
    for (int i = 0; i < 4; i++)
        assert_true(again.subjects[i].is_phantom == (i != 1) && again.subjects[i].image == NULL);
    OK(wil_samples_cut(&labels, &again, WIL_SPLIT_TRAIN, &config, NULL));
    OK(wil_samples_cut(&val, &again, WIL_SPLIT_VAL, &config, NULL));
    assert_null(json_object_get(labels.attributes, "label_origin"));
    assert_string_equal(json_string_value(json_object_get(val.attributes, "label_origin")), "phantom");
}

static void images_of_some_subjects_only_are_refused(void **state)
{
    WIL_OWN(wil_cohort) cohort = {0};
    WIL_OWN(wil_samples) set = {0};
    const wil_patch_config config = small_config();
    OK(wil_cohort_read(&cohort, without_images(*state, 2, "phantom")));
    REFUSED(WIL_ERR_INPUT, wil_samples_cut(&set, &cohort, WIL_SPLIT_TRAIN, &config, NULL), "a has no image",
        "others of its split have one");
}

static bool stop_at_once(void *user)
{
    (void)user;
    return true;
}

static void cutting_stops_when_asked_to(void **state)
{
    const wil_patch_config config = small_config();
    const wil_monitor monitor = {.stop_requested = stop_at_once};
    write_cohort(*state, 3, TRAIN);
    CUT_REFUSED(WIL_ERR_INTERRUPTED, *state, WIL_SPLIT_TRAIN, &config, &monitor, "after 0 of 3 subjects");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(positions_are_counted_right_anterior_superior),
        CASE(patches_do_not_depend_on_how_a_scan_is_stored),
        CASE(patches_written_as_they_come_are_those_cut_in_memory),
        CASE(patches_are_pieces_of_their_scans),
        CASE(half_of_the_patches_have_a_vessel_in_the_centre_and_all_lie_in_the_brain),
        CASE(no_position_is_used_twice_even_if_all_are_used),
        CASE(missing_brain_masks_are_told_and_kept_with_the_set),
        CASE(a_subjects_patches_do_not_depend_on_the_others),
        CASE(another_seed_gives_other_patches_and_the_same_seed_the_same),
        CASE(the_set_says_where_it_comes_from),
        CASE(vessels_near_the_border_give_fewer_patches_and_a_warning),
        CASE(another_spacing_is_warned_about),
        CASE(a_scan_smaller_than_the_patch_is_refused_with_both_sizes),
        CASE(a_label_without_vessel_is_refused),
        CASE(a_subject_without_label_is_refused),
        CASE(an_empty_split_is_refused_with_what_there_is),
        CASE(impossible_configurations_are_refused),
        CASE(cutting_stops_when_asked_to),
        CASE(subjects_without_images_give_the_same_labels_alone),
        CASE(a_set_is_of_phantoms_if_all_its_subjects_are),
        CASE(images_of_some_subjects_only_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
