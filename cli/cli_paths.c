/* Outputs are checked before the work, so that an hour's result has a place to go. */
#include "cli.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool cli_same_file(const char *a, const char *b)
{
    struct stat x, y;
    if (strcmp(a, b) == 0)
        return true;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

wil_status cli_named_input(char **label_out, char **path_out, const char *name, const char *text)
{
    const char *equals = strchr(text, '=');
    *label_out = *path_out = NULL;
    WIL_REQUIRE(equals != NULL && equals > text && equals[1] != '\0', WIL_ERR_ARG,
        "%s is '%s'; give NAME=FILE: what it is called, and where it lies", name, text);
    WIL_REQUIRE(wil_file_exists(equals + 1), WIL_ERR_INPUT, "%s %s: no such file", name, equals + 1);
    WIL_TRY(wil_string_format(label_out, "%.*s", (int)(equals - text), text));
    return wil_string_copy(path_out, equals + 1);
}

wil_status cli_check_output(const char *name, const char *path)
{
    wil_atomic_file probe;
    struct stat info;
    WIL_REQUIRE(path[0] != '\0' && path[strlen(path) - 1] != '/', WIL_ERR_ARG,
        "%s: '%s' names a folder; give the name of a file to write", name, path);
    /* renaming the finished file into place would put it where /dev/null was */
    WIL_REQUIRE(stat(path, &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode), WIL_ERR_ARG,
        "%s: %s is not an ordinary file; results are written beside their place and renamed", name, path);
    const wil_status status = wil_atomic_begin(&probe, path);
    if (status != WIL_OK)
        return wil_fail_context(status == WIL_ERR_MEMORY ? status : WIL_ERR_ARG, "%s", name);
    wil_atomic_discard(&probe);
    return WIL_OK;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text);
    const size_t n_end = strlen(end);
    return n > n_end && strcmp(text + n - n_end, end) == 0;
}

wil_status cli_check_output_nifti(const char *name, const char *path)
{
    WIL_REQUIRE(ends_with(path, ".nii") || ends_with(path, ".nii.gz"), WIL_ERR_ARG,
        "%s: %s must end in .nii or .nii.gz: it becomes a NIfTI file", name, path);
    return cli_check_output(name, path);
}

/* The part of path that exists: the folder in which the rest would be made. */
static wil_status existing_part(char **out, const char *path)
{
    struct stat info;
    WIL_TRY(wil_string_copy(out, path));
    while (stat(*out, &info) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
        char *parent = NULL;
        size_t n = strlen(*out);
        while (n > 1 && (*out)[n - 1] == '/')
            (*out)[--n] = '\0';
        const wil_status status = wil_path_folder(&parent, *out);
        if (status != WIL_OK || strcmp(parent, *out) == 0) {
            wil_free(parent);
            return status;
        }
        wil_free(*out);
        *out = parent;
    }
    return WIL_OK;
}

wil_status cli_check_output_folder(const char *name, const char *path)
{
    char *part = NULL;
    wil_status status = existing_part(&part, path);
    if (status == WIL_OK && !wil_folder_exists(part))
        status = wil_fail(
            WIL_ERR_ARG, "%s: %s cannot be made into a folder: the file %s is in the way", name, path, part);
    if (status == WIL_OK && access(part, W_OK | X_OK) != 0)
        status =
            wil_fail(WIL_ERR_ARG, "%s: the folder %s cannot be written: %s", name, part, strerror(errno));
    wil_free(part);
    return status;
}
