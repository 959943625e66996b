/* Files written beside their place and renamed: whole, or as they were. */
#include "willis/base.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_lock.h"

static void drop(wil_atomic_file *file)
{
    if (file->temp_path != NULL)
        (void)close(file->lock);
    wil_free(file->final_path);
    wil_free(file->temp_path);
    memset(file, 0, sizeof *file);
}

/* Where path leads: the file behind its links, also where that does not exist yet. */
static wil_status follow_links(char **out, const char *path)
{
    char target[4096];
    WIL_OWN(char) *at = NULL;
    WIL_TRY(wil_string_copy(&at, path));
    for (int i = 0; i < 40; i++) { /* as many as the kernel follows */
        const ssize_t n = readlink(at, target, sizeof target - 1);
        if (n < 0)
            return wil_give(out, &at);
        WIL_OWN(char) *folder = NULL;
        target[n] = '\0';
        WIL_TRY(wil_path_folder(&folder, at));
        wil_free(at);
        at = NULL;
        WIL_TRY(wil_path_join(&at, folder, target));
    }
    return wil_fail(WIL_ERR_IO, "%s: cannot write: its symbolic links lead in a circle", path);
}

static wil_status check_place(const char *path, const char *folder)
{
    struct stat info;
    WIL_REQUIRE(wil_folder_exists(folder), WIL_ERR_IO, "%s: cannot write: the folder %s does not exist", path,
        folder);
    WIL_REQUIRE(!wil_folder_exists(path), WIL_ERR_IO, "%s: cannot write: it is a folder", path);
    /* /dev/null is not for replacing */
    WIL_REQUIRE(stat(path, &info) != 0 || S_ISREG(info.st_mode), WIL_ERR_IO,
        "%s: cannot write: it is a device or pipe, a file was expected", path);
    WIL_REQUIRE_ERRNO(
        access(folder, W_OK | X_OK) == 0, WIL_ERR_IO, "%s: cannot write: the folder %s", path, folder);
    return WIL_OK;
}

/* A time before every file, by which a temporary file that nobody wrote to is known. */
static const struct timespec NEVER[2] = {{0}, {0}};

/* Nobody but the owner may read what nobody but the owner may read when it is complete. */
static wil_status make_temporary(wil_atomic_file *file, const char *folder)
{
    struct stat old;
    const bool replaces = stat(file->final_path, &old) == 0;
    const mode_t mode = replaces ? (old.st_mode & 0777) | S_IRUSR | S_IWUSR : 0666;
    for (int i = 0; i < 100; i++) {
        WIL_OWN(char) *path = NULL;
        WIL_TRY(temporary_name(&path, folder, wil_path_name(file->final_path)));
        const int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        WIL_REQUIRE_ERRNO(
            descriptor >= 0 || errno == EEXIST, WIL_ERR_IO, "%s: cannot write", file->final_path);
        if (descriptor < 0)
            continue;
        if (lock_new_file(descriptor)) {
            (void)futimens(descriptor, NEVER);
            file->lock = descriptor;
            return wil_give(&file->temp_path, &path);
        }
        (void)close(descriptor); /* who removes leftovers was faster than the lock */
    }
    return wil_fail(WIL_ERR_IO, "%s: cannot write: no name for a temporary file is free", file->final_path);
}

wil_status wil_atomic_begin(wil_atomic_file *file, const char *path)
{
    WIL_OWN(char) *folder = NULL;
    memset(file, 0, sizeof *file);
    WIL_OWN(wil_atomic_file) begun = {0};
    WIL_TRY(follow_links(&begun.final_path, path));
    WIL_TRY(wil_path_folder(&folder, begun.final_path));
    WIL_TRY(check_place(begun.final_path, folder));
    remove_leftovers(folder, wil_path_name(begun.final_path));
    WIL_TRY(make_temporary(&begun, folder));
    return wil_give_value(file, &begun);
}

static bool flush_folder(const char *path)
{
    const int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    const bool done = fsync(descriptor) == 0;
    return close(descriptor) == 0 && done;
}

static wil_status take_place(const wil_atomic_file *file)
{
    struct stat old, info;
    const char *path = file->final_path;
    WIL_REQUIRE(fstat(file->lock, &info) == 0 && info.st_mtime != 0, WIL_ERR_IO,
        "%s: cannot write: nothing was written to it", path);
    WIL_REQUIRE_ERRNO(fsync(file->lock) == 0, WIL_ERR_IO, "%s: cannot flush to disk", path);
    if (stat(path, &old) == 0)
        (void)fchmod(file->lock, old.st_mode & 0777); /* else the file's owner is another */
    WIL_REQUIRE_ERRNO(rename(file->temp_path, path) == 0, WIL_ERR_IO, "%s: cannot rename into place", path);
    return WIL_OK;
}

wil_status wil_atomic_publish(wil_atomic_file *file)
{
    WIL_OWN(char) *folder = NULL;
    const wil_status status = take_place(file);
    if (status == WIL_OK && wil_path_folder(&folder, file->final_path) == WIL_OK)
        (void)flush_folder(folder); /* some file systems refuse; the data is safe */
    if (status != WIL_OK)
        (void)unlink(file->temp_path);
    drop(file);
    return status;
}

void wil_atomic_discard(wil_atomic_file *file)
{
    if (file->temp_path != NULL)
        (void)unlink(file->temp_path);
    drop(file);
}
