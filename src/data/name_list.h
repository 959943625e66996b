/* The names in a folder. */
#ifndef WILLIS_DATA_NAME_LIST_H
#define WILLIS_DATA_NAME_LIST_H

#include "willis/base.h"

typedef struct name_list {
    char **names;
    size_t capacity;
    int n;
} name_list;
void name_list_clear(name_list *list);
WIL_OWNED_VALUE(name_list, name_list_clear)

/* The names in a folder that begin with prefix, sorted, since a file system's own order is arbitrary; hidden
 * ones not. None if there is no such folder. Clear out in any case. */
WIL_NODISCARD wil_status name_list_read(name_list *out, const char *path, const char *prefix);
WIL_NODISCARD wil_status name_list_add(name_list *list, const char *name);
bool name_ends_with(const char *name, const char *end);

#endif
