/* Files written beside their place and renamed: whole, or as they were. */
#include "willis/base.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void drop_paths(wil_atomic_file *file)
{
    wil_free(file->final_path);
    wil_free(file->temp_path);
    file->final_path = NULL;
    file->temp_path = NULL;
}

/* "dir/a.nii.gz" -> "dir/.a.<pid>.tmp.nii.gz": the extension stays, as libraries look at it. */
static wil_status make_temp_path(char **out, const char *folder, const char *name)
{
    const char *dot = strchr(name[0] == '.' ? name + 1 : name, '.');
    const int stem = dot == NULL ? (int)strlen(name) : (int)(dot - name);
    return wil_string_format(
        out, "%s/.%.*s.%ld.tmp%s", folder, stem, name, (long)getpid(), dot == NULL ? "" : dot);
}

static bool is_plain_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

wil_status wil_atomic_begin(wil_atomic_file *file, const char *path)
{
    char *folder = NULL;
    memset(file, 0, sizeof *file);
    WIL_TRY(wil_path_folder(&folder, path));
    wil_status status = WIL_OK;
    if (!wil_folder_exists(folder))
        status = wil_fail(WIL_ERR_IO, "%s: cannot write: the folder %s does not exist", path, folder);
    else if (wil_folder_exists(path))
        status = wil_fail(WIL_ERR_IO, "%s: cannot write: it is a folder", path);
    else if (wil_file_exists(path) && !is_plain_file(path)) /* /dev/null is not for replacing */
        status = wil_fail(WIL_ERR_IO, "%s: cannot write: it is a device or pipe, a file was expected", path);
    else if (access(folder, W_OK | X_OK) != 0)
        status = wil_fail(WIL_ERR_IO, "%s: cannot write: the folder %s: %s", path, folder, strerror(errno));
    if (status == WIL_OK)
        status = wil_string_copy(&file->final_path, path);
    if (status == WIL_OK)
        status = make_temp_path(&file->temp_path, folder, wil_path_name(path));
    wil_free(folder);
    if (status != WIL_OK)
        drop_paths(file);
    return status;
}

/* Flushes a file or folder to disk by name. */
static bool flush_to_disk(const char *path, int flags)
{
    const int descriptor = open(path, flags);
    if (descriptor < 0)
        return false;
    const bool done = fsync(descriptor) == 0;
    return close(descriptor) == 0 && done;
}

wil_status wil_atomic_publish(wil_atomic_file *file)
{
    char *folder = NULL;
    wil_status status = WIL_OK;
    if (!flush_to_disk(file->temp_path, O_RDWR))
        status = wil_fail(WIL_ERR_IO, "%s: cannot flush to disk: %s", file->final_path, strerror(errno));
    else if (rename(file->temp_path, file->final_path) != 0)
        status = wil_fail(WIL_ERR_IO, "%s: cannot rename into place: %s", file->final_path, strerror(errno));
    if (status == WIL_OK && wil_path_folder(&folder, file->final_path) == WIL_OK)
        (void)flush_to_disk(folder, O_RDONLY | O_DIRECTORY); /* some file systems refuse; the data is safe */
    wil_free(folder);
    if (status != WIL_OK)
        (void)unlink(file->temp_path);
    drop_paths(file);
    return status;
}

void wil_atomic_discard(wil_atomic_file *file)
{
    if (file->temp_path != NULL)
        (void)unlink(file->temp_path);
    drop_paths(file);
}
