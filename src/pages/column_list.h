/* Columns of scores that a user lists: "dsc,hd95_mm". */
#ifndef WILLIS_PAGES_COLUMN_LIST_H
#define WILLIS_PAGES_COLUMN_LIST_H

#include "willis/pages.h"

#define MOST_LISTED 8

typedef struct column_list {
    int index[MOST_LISTED];
    char name[MOST_LISTED][48];
    int n;
} column_list;

/* Fails: WIL_ERR_ARG, with the nearest name. */
WIL_NODISCARD wil_status column_list_parse(column_list *out, const wil_seg_results *r, const char *list);

#endif
