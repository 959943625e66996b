/* Shared libraries that are loaded when they are first needed. */
#include "willis/base_library.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <string.h>

/* A function is the library's. A variable may have moved into the program, if that is linked to the library
 * too (a copy relocation); the library then uses it there, and so must we. */
static void *find(void *handle, const char *name)
{
    Dl_info info;
    const ElfW(Sym) *symbol = NULL;
    void *address = dlsym(handle, name);
    if (address == NULL || dladdr1(address, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0 || symbol == NULL ||
        ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT)
        return address;
    void *outside = dlsym(RTLD_DEFAULT, name);
    return outside == NULL ? address : outside;
}

/* The loader has no codes, only words [glibc, elf/dl-load.c]. */
static bool is_want_of_memory(const char *why)
{
    static const char *const words[] = {"out of memory", "annot allocate", "failed to map segment",
        "cannot create shared object descriptor", "cannot create search path array"};
    bool is = why == NULL;
    for (size_t i = 0; i < sizeof words / sizeof words[0] && !is; i++)
        is = strstr(why, words[i]) != NULL;
    return is;
}

static wil_status fill_table(const wil_library *library)
{
    WIL_TRY(wil_memory_require(library->needs_bytes, library->what));
    void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *why = dlerror();
        const bool no_memory = is_want_of_memory(why);
        return wil_fail(no_memory ? WIL_ERR_MEMORY : WIL_ERR_IO,
            "%s (%s, Debian package %s) could not be loaded: %s%s", library->what, library->file,
            library->package, no_memory ? "out of memory: " : "", why == NULL ? "no reason given" : why);
    }
    for (size_t i = 0; i < library->n_names; i++) {
        void *address = find(handle, library->names[i]);
        WIL_REQUIRE(address != NULL, WIL_ERR_IO,
            "%s (%s, Debian package %s) is another version than willis was built for: it has no %s",
            library->what, library->file, library->package, library->names[i]);
        memcpy((char *)library->table + i * sizeof address, &address, sizeof address);
    }
    return WIL_OK;
}

wil_status wil_library_load(wil_library *library)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    if (atomic_load(&library->loaded))
        return WIL_OK;
    pthread_mutex_lock(&lock);
    const wil_status status = atomic_load(&library->loaded) ? WIL_OK : fill_table(library);
    atomic_store(&library->loaded, status == WIL_OK);
    pthread_mutex_unlock(&lock);
    return status;
}
