/* Cells of CSV files. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "willis/base.h"

wil_status wil_csv_cell(char **text, const char *cell)
{
    if (strpbrk(cell, ",\"\n") == NULL)
        return wil_text_append(text, "%s", cell);
    WIL_TRY(wil_text_append(text, "\""));
    for (const char *c = cell; *c != '\0'; c++)
        WIL_TRY(wil_text_append(text, *c == '"' ? "\"%c" : "%c", *c));
    return wil_text_append(text, "\"");
}

#define CSV_NUMBER "%.9g"

wil_status wil_csv_number(char **text, double value)
{
    return isnan(value) ? wil_text_append(text, ",") : wil_text_append(text, "," CSV_NUMBER, value);
}

double wil_csv_rounded(double value)
{
    char cell[32];
    snprintf(cell, sizeof cell, CSV_NUMBER, value);
    return strtod(cell, NULL);
}
