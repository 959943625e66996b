/* Memory from the heap, texts in it, and how much there is. */
#include "willis/base.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define ALIGNMENT 64
#define HUGE_PAGE ((size_t)2 << 20)

static wil_status no_memory(size_t count, size_t size)
{
    return wil_fail(WIL_ERR_MEMORY, "out of memory: %.1f MiB were needed (%zu x %zu bytes)",
        (double)count * (double)size / 1048576.0, count, size);
}

wil_status wil_alloc(void **out, size_t count, size_t size)
{
    size_t bytes = 0;
    *out = NULL;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - 2 * HUGE_PAGE)
        return no_memory(count, size);
    const size_t alignment = bytes >= 4 * HUGE_PAGE ? HUGE_PAGE : ALIGNMENT;
    bytes = bytes > 0 ? (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;
    const size_t whole = (bytes + alignment - 1) / alignment * alignment; /* as aligned_alloc demands */
    void *memory = aligned_alloc(alignment, whole);
    if (memory == NULL)
        return no_memory(count, size);
    if (alignment == HUGE_PAGE) /* touching a large array for the first time costs mostly page faults */
        (void)madvise(memory, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
    memset(memory, 0, bytes);
    *out = memory;
    return WIL_OK;
}

wil_status wil_alloc_f32(float **out, size_t count)
{
    return wil_alloc((void **)out, count, sizeof **out);
}

wil_status wil_alloc_f64(double **out, size_t count)
{
    return wil_alloc((void **)out, count, sizeof **out);
}

wil_status wil_alloc_u8(uint8_t **out, size_t count)
{
    return wil_alloc((void **)out, count, sizeof **out);
}

wil_status wil_alloc_i32(int32_t **out, size_t count)
{
    return wil_alloc((void **)out, count, sizeof **out);
}

wil_status wil_grow(void **array, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return WIL_OK;
    size_t wanted = *capacity < 8 ? 8 : *capacity + *capacity / 2;
    if (wanted < needed)
        wanted = needed;
    size_t bytes = 0;
    if (__builtin_mul_overflow(wanted, size, &bytes))
        return no_memory(wanted, size);
    void *grown = realloc(*array, bytes);
    if (grown == NULL)
        return no_memory(wanted, size);
    *array = grown;
    *capacity = wanted;
    return WIL_OK;
}

wil_status wil_string_copy(char **out, const char *text)
{
    *out = strdup(text);
    return *out == NULL ? no_memory(strlen(text), 1) : WIL_OK;
}

wil_status wil_string_format(char **out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int n = vasprintf(out, format, arguments);
    va_end(arguments);
    if (n < 0) {
        *out = NULL;
        return wil_fail(WIL_ERR_MEMORY, "out of memory for a text");
    }
    return WIL_OK;
}

wil_status wil_memory_require(size_t bytes, const char *what)
{
    void *probe = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    WIL_REQUIRE(probe != MAP_FAILED, WIL_ERR_MEMORY,
        "out of memory: %s needs %.0f MiB, which are not to be had", what, (double)bytes / 1048576.0);
    (void)munmap(probe, bytes);
    return WIL_OK;
}

void wil_free(void *memory)
{
    free(memory);
}

/* The high-water mark of this program's own memory; getrusage's also counts what ran in this process before
 * exec, a large parent that was forked, for one. */
static size_t high_water_bytes(void)
{
    char line[256];
    unsigned long kilobytes = 0;
    FILE *status = fopen("/proc/self/status", "r");
    if (status == NULL)
        return 0;
    while (fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "VmHWM: %lu kB", &kilobytes) == 1)
            break;
    fclose(status);
    return (size_t)kilobytes * 1024u;
}

size_t wil_memory_peak_bytes(void)
{
    struct rusage usage;
    const size_t high_water = high_water_bytes();
    if (high_water > 0)
        return high_water;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (size_t)usage.ru_maxrss * 1024u; /* Linux counts kilobytes */
}

/* The number of bytes after a name, or alone in a file of the kernel; SIZE_MAX where there is none ("max").
 */
static size_t read_number(const char *path, const char *name, size_t unit)
{
    char line[256];
    size_t found = SIZE_MAX;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return SIZE_MAX;
    while (found == SIZE_MAX && fgets(line, sizeof line, file) != NULL) {
        unsigned long long value = 0;
        if (strncmp(line, name, strlen(name)) == 0 && sscanf(line + strlen(name), "%llu", &value) == 1)
            found = (size_t)value * unit;
    }
    fclose(file);
    return found;
}

size_t wil_memory_available_bytes(void)
{
    const size_t machine = read_number("/proc/meminfo", "MemAvailable:", 1024);
    const size_t limit = read_number("/sys/fs/cgroup/memory.max", "", 1);
    const size_t used = read_number("/sys/fs/cgroup/memory.current", "", 1);
    if (limit == SIZE_MAX || used == SIZE_MAX)
        return machine;
    const size_t left = limit > used ? limit - used : 0;
    return left < machine ? left : machine;
}
