/* Whether an allocation was refused in this process. */
#ifndef WILLIS_CLI_REFUSED_MEMORY_H
#define WILLIS_CLI_REFUSED_MEMORY_H

#include <stddef.h>

/* Not 0 once the C library had no memory for somebody; the program's, given to the commands. */
extern volatile int willis_n_refused;

#endif
