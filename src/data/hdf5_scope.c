#include "hdf5_scope.h"

#include <pthread.h>
#include <stdarg.h>
#include <string.h>

/* How many scopes are open in all threads, and the program's setting meanwhile. */
static pthread_mutex_t plugin_lock = PTHREAD_MUTEX_INITIALIZER;
static int n_scopes;
static unsigned plugins_before;

static void stop_plugins(void)
{
    pthread_mutex_lock(&plugin_lock);
    if (n_scopes++ == 0 && h5.PLget_loading_state(&plugins_before) >= 0)
        (void)h5.PLset_loading_state(0);
    pthread_mutex_unlock(&plugin_lock);
}

static void allow_plugins(void)
{
    pthread_mutex_lock(&plugin_lock);
    if (--n_scopes == 0)
        (void)h5.PLset_loading_state(plugins_before);
    pthread_mutex_unlock(&plugin_lock);
}

hdf5_scope hdf5_scope_begin(void)
{
    hdf5_scope scope = {.loaded = hdf5_load() == WIL_OK};
    if (!scope.loaded)
        return scope;
    (void)h5.Eget_auto2(H5E_DEFAULT, &scope.function, &scope.user);
    (void)h5.Eset_auto2(H5E_DEFAULT, NULL, NULL);
    stop_plugins();
    return scope;
}

void hdf5_scope_end(hdf5_scope scope)
{
    if (!scope.loaded)
        return;
    allow_plugins();
    (void)h5.Eclear2(H5E_DEFAULT);
    (void)h5.Eset_auto2(H5E_DEFAULT, scope.function, scope.user);
}

typedef struct reason {
    char text[256];
    bool no_memory; /* at any level */
} reason;

static herr_t take_innermost(unsigned n, const H5E_error2_t *error, void *user)
{
    reason *r = user;
    if (n == 0 && error->desc != NULL)
        snprintf(r->text, sizeof r->text, "%s", error->desc);
    r->no_memory = r->no_memory || error->maj_num == H5E_RESOURCE || error->min_num == H5E_NOSPACE;
    return 0;
}

wil_status hdf5_fail(wil_status code, const char *format, ...)
{
    reason why = {.no_memory = false};
    char words[1024];
    va_list arguments;
    (void)h5.Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, &why);
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    if (why.no_memory)
        return wil_fail(WIL_ERR_MEMORY, "%s: out of memory (HDF5: %s)", words, why.text);
    return wil_fail(code, "%s (HDF5: %s)", words, why.text[0] == '\0' ? "no reason given" : why.text);
}
