#include "phantom_files.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MARK "This cohort is unfinished. The command that makes it removes this file at its end.\n"

static const char *const split_names[3] = {"train", "val", "test"};

void phantom_cohort_clear(phantom_cohort *cohort)
{
    wil_free(cohort->table);
    wil_free(cohort->participants);
}

wil_status phantom_cohort_begin(const phantom_cohort *cohort)
{
    const int *n = cohort->n;
    const char *folder = cohort->folder;
    WIL_OWN(char) *path = NULL;
    WIL_OWN(char) *mark = NULL;
    WIL_REQUIRE(
        folder != NULL && folder[0] != 0, WIL_ERR_ARG, "%s: no folder given for the cohort", cohort->who);
    WIL_REQUIRE(n[0] >= 0 && n[1] >= 0 && n[2] >= 0 && n[0] <= 9999 && n[1] <= 9999 && n[2] <= 9999 &&
                    n[0] + n[1] + n[2] > 0,
        WIL_ERR_ARG, "%s: %d train, %d val and %d test subjects; each must be 0 to 9999, together 1 or more",
        cohort->who, n[0], n[1], n[2]);
    WIL_TRY(wil_folder_make(folder));
    WIL_TRY(wil_path_join(&path, folder, "cohort.tsv"));
    WIL_TRY(wil_path_join(&mark, folder, WIL_COHORT_UNFINISHED));
    WIL_REQUIRE(!wil_file_exists(path) || wil_file_exists(mark), WIL_ERR_ARG,
        "%s already holds a cohort (cohort.tsv); choose another folder or remove it", folder);
    return wil_file_write(mark, MARK, strlen(MARK));
}

static wil_status remove_mark(const phantom_cohort *cohort)
{
    WIL_OWN(char) *mark = NULL;
    WIL_TRY(wil_path_join(&mark, cohort->folder, WIL_COHORT_UNFINISHED));
    WIL_REQUIRE(unlink(mark) == 0, WIL_ERR_IO, "%s: cannot be removed: %s", mark, strerror(errno));
    return WIL_OK;
}

/* <folder>/<part>sub-<number>/<kind> */
static wil_status make_folder(const phantom_cohort *cohort, const char *part, int number)
{
    WIL_OWN(char) *name = NULL, *path = NULL;
    WIL_TRY(wil_string_format(&name, "%ssub-%03d/%s", part, number, cohort->kind));
    WIL_TRY(wil_path_join(&path, cohort->folder, name));
    return wil_folder_make(path);
}

static wil_status write_subjects(const phantom_cohort *cohort, phantom_write_fn write, void *context)
{
    const double start_s = wil_time_s();
    const int total = cohort->n[0] + cohort->n[1] + cohort->n[2];
    int number = 0;
    for (int split = 0; split < 3; split++)
        for (int i = 0; i < cohort->n[split]; i++) {
            WIL_REQUIRE(!wil_monitor_stop_requested(cohort->monitor), WIL_ERR_INTERRUPTED,
                "stopped after %d of %d phantoms in %s", number, total, cohort->folder);
            number++;
            if (!cohort->no_images)
                WIL_TRY(make_folder(cohort, "", number));
            WIL_TRY(make_folder(cohort, PHANTOM_TRUTH "/", number));
            WIL_TRY(write(context, split_names[split], number));
            wil_monitor_progress(cohort->monitor, "phantom", number, total, wil_time_s() - start_s, "");
        }
    return WIL_OK;
}

wil_status phantom_cohort_write(
    phantom_cohort *cohort, phantom_write_fn write, void *context, json_t *settings)
{
    WIL_OWN(char) *title = NULL;
    WIL_OWN(json_t) *held = settings;
    WIL_TRY(write_subjects(cohort, write, context));
    WIL_TRY(wil_string_format(&title, "%s cohort", cohort->name));
    WIL_TRY(phantom_save_json(cohort,
        json_pack("{s:s, s:s, s:s}", "Name", title, "BIDSVersion", "1.9.0", "DatasetType", "raw"),
        "dataset_description.json"));
    WIL_TRY(phantom_save_json(cohort, json_incref(held), "phantom.json"));
    WIL_TRY(phantom_save_text(cohort, cohort->participants, "participants.tsv"));
    WIL_TRY(phantom_save_text(cohort, cohort->table, "cohort.tsv"));
    return remove_mark(cohort);
}

wil_status phantom_save_json(const phantom_cohort *cohort, json_t *value, const char *name)
{
    WIL_OWN(json_t) *held = value;
    WIL_OWN(char) *path = NULL;
    WIL_REQUIRE(held != NULL, WIL_ERR_MEMORY, "no memory for %s", name);
    WIL_TRY(wil_path_join(&path, cohort->folder, name));
    return wil_json_save(held, path);
}

wil_status phantom_save_text(const phantom_cohort *cohort, const char *text, const char *name)
{
    WIL_OWN(char) *path = NULL;
    WIL_TRY(wil_path_join(&path, cohort->folder, name));
    return wil_file_write(path, text, strlen(text));
}

wil_status phantom_save_volume(const phantom_cohort *cohort, const wil_volume *volume, const char *name,
    wil_nifti_type type, const char *what)
{
    WIL_OWN(char) *path = NULL;
    WIL_TRY(wil_path_join(&path, cohort->folder, name));
    return wil_volume_write(volume, path, type, what);
}

wil_status phantom_save_mask(
    const phantom_cohort *cohort, const wil_mask *mask, const char *name, const char *what)
{
    WIL_OWN(char) *path = NULL;
    WIL_TRY(wil_path_join(&path, cohort->folder, name));
    return wil_mask_write(mask, path, what);
}
