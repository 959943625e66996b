/* Locks on files, and what killed writers left.
 *
 * Open file description locks: they end with the process, however it ends, hold between containers and, by
 * the server, between machines; and they are another kind than flock's, which HDF5 puts on the same files. */
#include "file_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define RANDOM_DIGITS 16
#define DIGITS "0123456789abcdef"

/* Where the extensions of name begin. */
static int stem_length(const char *name)
{
    const char *dot = strchr(name[0] == '.' ? name + 1 : name, '.');
    return dot == NULL ? (int)strlen(name) : (int)(dot - name);
}

/* How much of it a temporary name has, so that it does not become too long. */
static int stem_shown(const char *name)
{
    const int n = stem_length(name);
    return n < 128 ? n : 128;
}

wil_status temporary_name(char **out, const char *folder, const char *name)
{
    uint64_t number = 0;
    WIL_REQUIRE_ERRNO(getrandom(&number, sizeof number, 0) == (ssize_t)sizeof number, WIL_ERR_IO,
        "%s: no random number for a temporary name", name);
    return wil_string_format(out, "%s/.%.*s.%0*" PRIx64 ".tmp%s", folder, stem_shown(name), name,
        RANDOM_DIGITS, number, name + stem_length(name));
}

static int lock_with(int descriptor, int command)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(descriptor, command, &whole) == 0 ? 0 : errno;
}

bool lock_new_file(int descriptor)
{
    struct stat info;
    const int failed = lock_with(descriptor, F_OFD_SETLK);
    if (failed == EAGAIN || failed == EACCES)
        return false;
    return fstat(descriptor, &info) != 0 || info.st_nlink > 0; /* without locks nothing is removed */
}

/* ---- leftovers ----------------------------------------------------------------------------------------- */

/* How many characters of the random part begin at text: of an earlier form, the process's number, too. */
static size_t random_length(const char *text)
{
    const size_t n = strspn(text, DIGITS);
    return n == RANDOM_DIGITS || n == strspn(text, "0123456789") ? n : 0;
}

/* Whether entry is a temporary file of name, or of any. */
static bool is_temporary(const char *entry, const char *name)
{
    const char *end = NULL; /* ".tmp" and what follows */
    for (const char *mark = strstr(entry, ".tmp"); mark != NULL && end == NULL;
         mark = strstr(mark + 1, ".tmp"))
        if (mark[4] == '.' || mark[4] == '\0')
            end = mark;
    const char *digits = end;
    while (digits != NULL && digits > entry && digits[-1] != '.')
        digits--;
    if (entry[0] != '.' || digits == NULL || digits < entry + 3 || digits == end ||
        random_length(digits) != (size_t)(end - digits))
        return false;
    const size_t stem = (size_t)(digits - entry) - 2; /* between the two dots */
    return name == NULL || (stem == (size_t)stem_shown(name) && strncmp(entry + 1, name, stem) == 0 &&
                               strcmp(end + 4, name + stem_length(name)) == 0);
}

static void remove_if_left(int folder, const char *name)
{
    const int descriptor = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return;
    if (lock_with(descriptor, F_OFD_SETLK) == 0)
        (void)unlinkat(folder, name, 0); /* one that stays does no harm */
    (void)close(descriptor);
}

void remove_leftovers(const char *folder, const char *name)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        if (is_temporary(entry->d_name, name))
            remove_if_left(dirfd(directory), entry->d_name);
    (void)closedir(directory);
}

void wil_atomic_remove_leftovers(const char *folder)
{
    remove_leftovers(folder, NULL);
}

/* ---- a lock beside a file ------------------------------------------------------------------------------ */

static bool is_at(int descriptor, const char *path)
{
    struct stat held, found;
    return fstat(descriptor, &held) == 0 && stat(path, &found) == 0 && held.st_ino == found.st_ino &&
           held.st_dev == found.st_dev;
}

static wil_status take(wil_file_lock *lock)
{
    for (;;) {
        lock->descriptor = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        WIL_REQUIRE_ERRNO(lock->descriptor >= 0, WIL_ERR_IO, "%s: cannot write", lock->path);
        while (lock_with(lock->descriptor, F_OFD_SETLKW) == EINTR)
            ;
        if (is_at(lock->descriptor, lock->path))
            return WIL_OK;
        (void)close(lock->descriptor); /* who held it removed it */
    }
}

wil_status wil_file_lock_take(wil_file_lock *out, const char *path)
{
    WIL_OWN(char) *folder = NULL;
    WIL_OWN(char) *name = NULL;
    WIL_OWN(char) *beside = NULL;
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_path_folder(&folder, path));
    WIL_TRY(wil_string_format(&name, ".%s.lock", wil_path_name(path)));
    WIL_TRY(wil_path_join(&beside, folder, name));
    wil_file_lock lock = {.path = beside};
    WIL_TRY(take(&lock));
    *out = lock;
    beside = NULL;
    return WIL_OK;
}

void wil_file_lock_release(wil_file_lock *lock)
{
    if (lock->path == NULL)
        return;
    (void)unlink(lock->path); /* while it is held */
    (void)close(lock->descriptor);
    wil_free(lock->path);
    memset(lock, 0, sizeof *lock);
}
