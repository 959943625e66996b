/* Paths as text, and the files and folders they lead to. */
#include "willis/base.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

wil_status wil_path_join(char **out, const char *folder, const char *name)
{
    if (name[0] == '/' || folder[0] == '\0')
        return wil_string_copy(out, name);
    const size_t n = strlen(folder);
    return wil_string_format(out, folder[n - 1] == '/' ? "%s%s" : "%s/%s", folder, name);
}

const char *wil_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

wil_status wil_path_folder(char **out, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return wil_string_copy(out, ".");
    if (slash == path)
        return wil_string_copy(out, "/");
    return wil_string_format(out, "%.*s", (int)(slash - path), path);
}

bool wil_file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

bool wil_folder_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static wil_status make_one_folder(const char *path)
{
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && wil_folder_exists(path)))
        return WIL_OK;
    return wil_fail(WIL_ERR_ARG, "%s: cannot make this folder: %s", path,
        errno == EEXIST ? "a file of that name is there" : strerror(errno));
}

wil_status wil_folder_make(const char *path)
{
    char *part = NULL;
    WIL_REQUIRE(path[0] != '\0', WIL_ERR_ARG, "the name of a folder is empty");
    WIL_TRY(wil_string_copy(&part, path));
    wil_status status = WIL_OK;
    for (char *slash = strchr(part + 1, '/'); slash != NULL && status == WIL_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = make_one_folder(part);
        *slash = '/';
    }
    if (status == WIL_OK)
        status = make_one_folder(path);
    wil_free(part);
    if (status == WIL_OK && access(path, W_OK | X_OK) != 0)
        status = wil_fail(WIL_ERR_ARG, "%s: this folder cannot be written: %s", path, strerror(errno));
    return status;
}
