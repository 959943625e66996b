/* base: shared libraries of other people that are loaded when they are first needed, so that whoever does not
 * need them does not wait for them. One list of names makes a table of typed pointers:
 *
 *     #define FFT_FUNCTIONS(DO) DO(fft_plan) DO(fft_execute)
 *     static struct fft_table { FFT_FUNCTIONS(WIL_LIBRARY_POINTER) } fft;
 *     static const char *const names[] = {FFT_FUNCTIONS(WIL_LIBRARY_NAME)};
 *     static wil_library library = WIL_LIBRARY("FFT", "libfft.so.3", "libfft3", 16, names, fft);
 *     ...
 *     WIL_TRY(wil_library_load(&library));
 *     fft.fft_execute(plan);
 */
#ifndef WILLIS_BASE_LIBRARY_H
#define WILLIS_BASE_LIBRARY_H

#include <stdatomic.h>

#include "willis/base.h"

#pragma GCC visibility push(default)

#define WIL_LIBRARY_POINTER(name) __typeof__(&(name)) name;
#define WIL_LIBRARY_NAME(name) #name,
#define WIL_LIBRARY(what, file, package, mib, names, table)                                                  \
    {                                                                                                        \
        what, file, package, (size_t)(mib) << 20, names, sizeof(names) / sizeof *(names), &(table), false    \
    }

typedef struct wil_library {
    const char *what, *file, *package; /* "oneDNN", "libdnnl.so.2"; Debian's "libdnnl2" */
    size_t needs_bytes;                /* of address space: itself, what it loads, its initialisation */
    const char *const *names;          /* [n_names] */
    size_t n_names;
    void *table; /* a structure of n_names pointers, in the order of the names */
    atomic_bool loaded;
} wil_library;

/* Fills the table, once in a process; any thread may ask. The library stays loaded. Fails: WIL_ERR_IO
 * (no such library, or one without these names; the next call tries again), WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status wil_library_load(wil_library *library);

#pragma GCC visibility pop
#endif
