#include "phantom_files.h"

#include <string.h>

static const char *const split_names[3] = {"train", "val", "test"};

wil_status phantom_check_counts(const char *who, int n_train, int n_val, int n_test)
{
    WIL_REQUIRE(n_train >= 0 && n_val >= 0 && n_test >= 0 && n_train <= 9999 && n_val <= 9999 &&
                    n_test <= 9999 && n_train + n_val + n_test > 0,
        WIL_ERR_ARG, "%s: %d train, %d val and %d test subjects; each must be 0 to 9999, together 1 or more",
        who, n_train, n_val, n_test);
    return WIL_OK;
}

wil_status phantom_check_folder(const char *folder)
{
    char *path = NULL;
    WIL_TRY(wil_folder_make(folder));
    WIL_TRY(wil_path_join(&path, folder, "cohort.tsv"));
    const bool taken = wil_file_exists(path);
    wil_free(path);
    WIL_REQUIRE(!taken, WIL_ERR_ARG,
        "%s already holds a cohort (cohort.tsv); choose another folder or remove it", folder);
    return WIL_OK;
}

wil_status phantom_make_folder(const char *folder, const char *part, int number, const char *kind)
{
    char name[160];
    WIL_OWN(char) *path = NULL;
    snprintf(name, sizeof name, "%s/sub-%03d/%s", part, number, kind);
    WIL_TRY(wil_path_join(&path, folder, name[0] == '/' ? name + 1 : name));
    return wil_folder_make(path);
}

wil_status phantom_write_subjects(
    const char *folder, const int n[3], phantom_write_fn write, void *context, const wil_monitor *monitor)
{
    const double start_s = wil_time_s();
    const int total = n[0] + n[1] + n[2];
    int number = 0;
    for (int split = 0; split < 3; split++)
        for (int i = 0; i < n[split]; i++) {
            WIL_REQUIRE(!wil_monitor_stop_requested(monitor), WIL_ERR_INTERRUPTED,
                "stopped after %d of %d phantoms in %s", number, total, folder);
            WIL_TRY(write(context, split_names[split], ++number));
            wil_monitor_progress(monitor, "phantom", number, total, wil_time_s() - start_s, "");
        }
    return WIL_OK;
}

wil_status phantom_save_json(const char *folder, json_t *value, const char *name)
{
    char *path = NULL;
    wil_status status = value == NULL ? wil_fail(WIL_ERR_MEMORY, "no memory for %s", name) : WIL_OK;
    if (status == WIL_OK)
        status = wil_path_join(&path, folder, name);
    if (status == WIL_OK)
        status = wil_json_save(value, path);
    wil_free(path);
    json_decref(value);
    return status;
}

wil_status phantom_save_text(const char *folder, const char *text, const char *name)
{
    WIL_OWN(char) *path = NULL;
    WIL_TRY(wil_path_join(&path, folder, name));
    return wil_file_write(path, text, strlen(text));
}
