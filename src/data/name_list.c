#include "name_list.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

void name_list_clear(name_list *list)
{
    for (int i = 0; i < list->n; i++)
        wil_free(list->names[i]);
    wil_free(list->names);
    memset(list, 0, sizeof *list);
}

static void close_folder(DIR *folder)
{
    if (folder != NULL)
        (void)closedir(folder);
}
WIL_OWNED_POINTER(DIR, close_folder)

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

wil_status name_list_add(name_list *list, const char *name)
{
    WIL_TRY(wil_grow((void **)&list->names, &list->capacity, (size_t)list->n + 1, sizeof *list->names));
    WIL_TRY(wil_string_copy(&list->names[list->n], name));
    list->n++;
    return WIL_OK;
}

wil_status name_list_read(name_list *out, const char *path, const char *prefix)
{
    memset(out, 0, sizeof *out);
    WIL_OWN(DIR) *folder = opendir(path);
    if (folder == NULL)
        return WIL_OK;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        if (entry->d_name[0] != '.' && strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
            WIL_TRY(name_list_add(out, entry->d_name));
    if (out->n > 1)
        qsort(out->names, (size_t)out->n, sizeof *out->names, compare_names);
    return WIL_OK;
}

bool name_ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), n_end = strlen(end);
    return n >= n_end && strcmp(name + n - n_end, end) == 0;
}
