/* Sets of Rényi orders. */
#include "privacy_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* first/per, (first + 1)/per, ..., last/per */
static void add_range(wil_privacy_orders *orders, int first, int last, int per)
{
    for (int i = first; i <= last; i++)
        orders->values[orders->n++] = (double)i / per;
}

wil_privacy_orders wil_privacy_orders_default(void)
{
    wil_privacy_orders orders = {.n = 0};
    add_range(&orders, 101, 109, 100);
    add_range(&orders, 22, 99, 20);
    add_range(&orders, 50, 109, 10);
    add_range(&orders, 11, 64, 1);
    for (int order = 96; order <= 512; order = order == 96 ? 128 : 2 * order)
        orders.values[orders.n++] = order;
    return orders;
}

wil_privacy_orders wil_privacy_orders_study(void)
{
    wil_privacy_orders orders = {.n = 0};
    add_range(&orders, 11, 109, 10);
    add_range(&orders, 12, 63, 1);
    return orders;
}

wil_privacy_orders wil_privacy_orders_coarse(void)
{
    wil_privacy_orders orders = {.n = 0};
    add_range(&orders, 21, 99, 20);
    add_range(&orders, 5, 63, 1);
    return orders;
}

static wil_status parse_numbers(wil_privacy_orders *out, const char *text)
{
    out->n = 0;
    for (const char *at = text;; at++) {
        char *end = NULL;
        const double order = strtod(at, &end);
        WIL_REQUIRE(end != at && (*end == ',' || *end == '\0'), WIL_ERR_ARG,
            "the Rényi orders are 'default', 'study', 'coarse' or numbers with commas between them, got '%s'",
            text);
        WIL_REQUIRE(order > 1 && order <= WIL_PRIVACY_HIGHEST_ORDER, WIL_ERR_ARG,
            "a Rényi order lies above 1 and up to %d, got %.*s", WIL_PRIVACY_HIGHEST_ORDER, (int)(end - at),
            at);
        WIL_REQUIRE(out->n == 0 || order > out->values[out->n - 1], WIL_ERR_ARG,
            "Rényi orders must ascend, but %.*s follows %g", (int)(end - at), at, out->values[out->n - 1]);
        WIL_REQUIRE(out->n < WIL_PRIVACY_MOST_ORDERS, WIL_ERR_ARG, "more than %d Rényi orders",
            WIL_PRIVACY_MOST_ORDERS);
        out->values[out->n++] = order;
        at = end;
        if (*at == '\0')
            return WIL_OK;
    }
}

wil_status wil_privacy_orders_parse(wil_privacy_orders *out, const char *text)
{
    if (strcmp(text, "default") == 0)
        *out = wil_privacy_orders_default();
    else if (strcmp(text, "study") == 0)
        *out = wil_privacy_orders_study();
    else if (strcmp(text, "coarse") == 0)
        *out = wil_privacy_orders_coarse();
    else
        return parse_numbers(out, text);
    return WIL_OK;
}
