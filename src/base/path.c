#include "willis/base.h"

#include <string.h>

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
