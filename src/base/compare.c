/* The order of doubles, for qsort. */
#include "willis/base.h"

int wil_compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}
