#include "willis/base.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define ALIGNMENT 64

static wil_status no_memory(size_t count, size_t size)
{
    return wil_fail(WIL_ERR_MEMORY, "out of memory: %.1f MiB were needed (%zu x %zu bytes)",
        (double)count * (double)size / 1048576.0, count, size);
}

wil_status wil_alloc(void **out, size_t count, size_t size)
{
    size_t bytes = 0;
    *out = NULL;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - 2 * ALIGNMENT)
        return no_memory(count, size);
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *memory = aligned_alloc(ALIGNMENT, bytes > 0 ? bytes : ALIGNMENT);
    if (memory == NULL)
        return no_memory(count, size);
    memset(memory, 0, bytes > 0 ? bytes : ALIGNMENT);
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

void wil_free(void *memory)
{
    free(memory);
}

size_t wil_memory_peak_bytes(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (size_t)usage.ru_maxrss * 1024u; /* Linux counts kilobytes */
}
