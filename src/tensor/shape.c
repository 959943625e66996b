#include "willis/tensor.h"

#include <stdarg.h>
#include <string.h>

wil_shape wil_shape_of(int rank, ...)
{
    wil_shape shape;
    memset(&shape, 0, sizeof shape);
    shape.rank = rank;
    va_list arguments;
    va_start(arguments, rank);
    for (int i = 0; i < rank && i < WIL_MAX_RANK; i++)
        shape.dim[i] = va_arg(arguments, int);
    va_end(arguments);
    return shape;
}

int64_t wil_shape_count(wil_shape shape)
{
    int64_t count = 1;
    for (int i = 0; i < shape.rank; i++)
        count *= shape.dim[i];
    return count;
}

bool wil_shape_equal(wil_shape a, wil_shape b)
{
    return a.rank == b.rank && memcmp(a.dim, b.dim, (size_t)a.rank * sizeof a.dim[0]) == 0;
}

const char *wil_shape_text(wil_shape shape, char *text, size_t n)
{
    size_t at = (size_t)snprintf(text, n, "[");
    for (int i = 0; i < shape.rank && at < n; i++)
        at += (size_t)snprintf(text + at, n - at, i == 0 ? "%lld" : ",%lld", (long long)shape.dim[i]);
    if (at < n)
        snprintf(text + at, n - at, "]");
    return text;
}

wil_shape_words wil_shape_say(wil_shape shape)
{
    wil_shape_words words;
    wil_shape_text(shape, words.text, sizeof words.text);
    return words;
}
