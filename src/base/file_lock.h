/* Locks that end with the process that holds them, and the temporary files that they tell from leftovers. */
#ifndef WILLIS_FILE_LOCK_H
#define WILLIS_FILE_LOCK_H

#include "willis/base.h"

/* "a.nii.gz" -> "<folder>/.a.<16 random digits>.tmp.nii.gz": the extension stays, as libraries look at it. */
WIL_NODISCARD wil_status temporary_name(char **out, const char *folder, const char *name);
/* Locks a file that was just made; false where it was removed meanwhile. */
bool lock_new_file(int descriptor);
/* Removes from folder the temporary files of name (NULL: of any) whose lock can be taken. */
void remove_leftovers(const char *folder, const char *name);

#endif
