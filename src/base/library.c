/* Shared libraries that are loaded when they are first needed. */
#include "willis/base_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static wil_status fill_table(const wil_library *library)
{
    void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
    WIL_REQUIRE(handle != NULL, WIL_ERR_IO, "%s (%s, Debian package %s) could not be loaded: %s",
        library->what, library->file, library->package, dlerror());
    for (size_t i = 0; i < library->n_names; i++) {
        void *address = dlsym(handle, library->names[i]);
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
