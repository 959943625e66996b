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

static wil_status fill_table(const wil_library *library)
{
    WIL_TRY(wil_memory_require(library->needs_bytes, library->what));
    void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
    WIL_REQUIRE(handle != NULL, WIL_ERR_IO, "%s (%s, Debian package %s) could not be loaded: %s",
        library->what, library->file, library->package, dlerror());
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
