#include "run_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* For a training that begins: nothing that it would write over may lie in the folder. */
static wil_status check_unused(const char *folder)
{
    static const char *const models[] = {"generator.safetensors", "critic.safetensors", "unet.safetensors"};
    WIL_REQUIRE(!run_has_checkpoint(folder), WIL_ERR_ARG,
        "%s already holds a run with checkpoints; give --resume to continue it, or another run.output",
        folder);
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        WIL_OWN(char) *path = NULL;
        WIL_TRY(wil_path_join(&path, folder, models[i]));
        WIL_REQUIRE(!wil_file_exists(path), WIL_ERR_ARG,
            "%s already holds a trained network (%s); give another run.output, or move the network away",
            folder, models[i]);
    }
    return WIL_OK;
}

/* A lock on the folder itself leaves no file behind and ends with the process, however that ends. */
static wil_status lock_folder(int *lock_out, const char *folder)
{
    *lock_out = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    WIL_REQUIRE_ERRNO(*lock_out >= 0, WIL_ERR_IO, "%s: cannot open", folder);
    if (flock(*lock_out, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return WIL_OK; /* some network file systems know no locks; training goes on without one */
    run_folder_close(*lock_out);
    return wil_fail(WIL_ERR_ARG,
        "%s is in use: another training writes to it; wait for its end, or give another run.output", folder);
}

static wil_status remove_temporary(const char *folder)
{
    WIL_OWN(char) *samples = NULL;
    WIL_TRY(wil_path_join(&samples, folder, "samples"));
    wil_atomic_remove_leftovers(folder);
    wil_atomic_remove_leftovers(samples);
    return WIL_OK;
}

wil_status run_folder_open(
    int *lock_out, const wil_run_config *config, bool *resume, const wil_monitor *monitor)
{
    const char *folder = config->output;
    *lock_out = -1;
    WIL_REQUIRE(!*resume || wil_folder_exists(folder), WIL_ERR_ARG,
        "%s: no such folder, so there is no run to resume; start without --resume", folder);
    const bool from_the_beginning = *resume && !run_has_checkpoint(folder);
    *resume = *resume && !from_the_beginning;
    if (!*resume)
        WIL_TRY(check_unused(folder));
    WIL_TRY(wil_folder_make(folder));
    WIL_TRY(lock_folder(lock_out, folder));
    if (from_the_beginning)
        wil_monitor_warn(
            monitor, "%s holds no checkpoint to resume from; starting from the beginning", folder);
    return remove_temporary(folder);
}

void run_folder_close(int lock)
{
    if (lock >= 0)
        (void)close(lock);
}

wil_status run_config_write(const wil_run_config *config)
{
    WIL_OWN(char) *text = NULL;
    WIL_OWN(char) *path = NULL;
    WIL_TRY(wil_fields_yaml(&text, &wil_run_fields, config, NULL));
    WIL_TRY(wil_path_join(&path, config->output, "config.yaml"));
    return wil_file_write(path, text, strlen(text));
}
