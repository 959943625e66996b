/* One value of a field: from text, to text, and whether it lies in its range. */
#include "willis/base_fields.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AUTO "auto"
#define MOST_VALUES 16
#define AT(type, field, in) ((type *)((char *)(in) + (field)->offset))

static bool may_be_auto(const wil_field *field)
{
    return field->initial != NULL && strcmp(field->initial, AUTO) == 0;
}

static bool may_be_none(const wil_field *field)
{
    return field->initial != NULL && field->initial[0] == '\0';
}

static bool is_int(const wil_field *field)
{
    return field->type == WIL_INT || field->type == WIL_INTS;
}

static bool is_real(const wil_field *field)
{
    return field->type == WIL_REAL || field->type == WIL_REALS;
}

/* ---- words of messages --------------------------------------------------------------------------------- */

const char *wil_field_range(char text[96], const wil_field *field)
{
    /* by field->open */
    static const char *const between[4] = {"%.10g to %.10g%s%s", "above %.10g, at most %.10g%s%s",
        "%.10g to below %.10g%s%s", "above %.10g and below %.10g%s%s"};
    const char *unit = field->unit == NULL ? "" : field->unit;
    const char *space = unit[0] == '\0' ? "" : " ";
    text[0] = '\0';
    if (field->min != field->max && isinf(field->max))
        snprintf(text, 96, field->open & WIL_OPEN_MIN ? "above %.10g%s%s" : "%.10g%s%s or more", field->min,
            space, unit);
    else if (field->min != field->max)
        snprintf(text, 96, between[field->open], field->min, field->max, space, unit);
    return text;
}

const char *wil_field_choices(char text[160], const wil_field *field)
{
    size_t n = 0;
    text[0] = '\0';
    for (int i = 0; field->choices[i] != NULL && n < 160; i++)
        n += (size_t)snprintf(text + n, 160 - n, "%s%s", i > 0 ? "|" : "", field->choices[i]);
    return text;
}

/* "x must be a whole number from 1 to 9, got '10'", "x must be 1 to 4 numbers joined by ',', each above 0".
 */
static wil_status refuse(const wil_field *field, const char *name, const char *text)
{
    const bool several = field->n > 1;
    const char *noun = is_real(field) ? "number" : "whole number";
    char kind[96];
    char range[96];
    wil_field_range(range, field);
    if (several)
        snprintf(kind, sizeof kind, "1 %s %d %ss joined by '%s'", field->count_offset > 0 ? "to" : "or",
            field->n, noun, field->count_offset > 0 ? "," : "x");
    else
        snprintf(kind, sizeof kind, "a %s%s", noun,
            field->type == WIL_U64 && range[0] == '\0' ? " of 0 or more" : "");
    const char *link = range[0] == '\0'             ? ""
                       : field->open & WIL_OPEN_MIN ? " "
                       : isinf(field->max)          ? " of "
                                                    : " from ";
    return wil_fail(WIL_ERR_ARG, "%s must be %s%s%s%s%s, got '%s'", name, kind,
        several && range[0] != '\0' ? ", each" : "", link, range, may_be_auto(field) ? ", or auto" : "",
        text);
}

static wil_status refuse_choice(const wil_field *field, const char *name, const char *text)
{
    char words[160];
    return wil_fail(
        WIL_ERR_ARG, "%s must be one of %s, got '%s'", name, wil_field_choices(words, field), text);
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

/* strtod and its kin also take blanks, signs, "nan", "inf" and "0x1p3". */
static bool is_decimal(const char *text, const char *letters)
{
    return text[0] != '\0' && text[0] != '+' && text[strspn(text, letters)] == '\0';
}

static bool parse_whole(long long *out, const char *text)
{
    char *end = NULL;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return is_decimal(text, "-0123456789") && *end == '\0' && errno == 0;
}

static bool parse_natural(unsigned long long *out, const char *text)
{
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return is_decimal(text, "0123456789") && *end == '\0' && errno == 0;
}

static bool parse_real(double *out, const char *text)
{
    char *end = NULL;
    *out = strtod(text, &end);
    return is_decimal(text, "+-.0123456789eE") && *end == '\0' && isfinite(*out);
}

static bool in_range(const wil_field *field, double value)
{
    if (field->min == field->max || (may_be_none(field) && value == 0))
        return isfinite(value);
    const bool low = field->open & WIL_OPEN_MIN ? value > field->min : value >= field->min;
    return low && (field->open & WIL_OPEN_MAX ? value < field->max : value <= field->max);
}

static bool set_i64(const wil_field *field, void *in, const char *text)
{
    long long value = 0;
    if (!parse_whole(&value, text) || !in_range(field, (double)value))
        return false;
    *AT(int64_t, field, in) = value;
    return true;
}

static bool set_u64(const wil_field *field, void *in, const char *text)
{
    unsigned long long value = 0;
    if (!parse_natural(&value, text) || !in_range(field, (double)value))
        return false;
    *AT(uint64_t, field, in) = value;
    return true;
}

/* ---- one or several int or double: 16, 312x384x127, 0.5,1,2 ---------------------------------------------
 */

static int most_values(const wil_field *field)
{
    return field->n > 1 ? field->n : 1;
}

static int *count_of(const wil_field *field, const void *in)
{
    return field->count_offset == 0 ? NULL : (int *)((char *)in + field->count_offset);
}

static int values_in(const wil_field *field, const void *in)
{
    const int *count = count_of(field, in);
    return count != NULL ? *count : most_values(field);
}

static double get_value(const wil_field *field, const void *in, int i)
{
    return is_int(field) ? AT(int, field, in)[i] : AT(double, field, in)[i];
}

static void set_value(const wil_field *field, void *in, int i, double value)
{
    if (is_int(field))
        AT(int, field, in)[i] = (int)value;
    else
        AT(double, field, in)[i] = value;
}

/* Kept for "auto". */
static bool is_auto(const wil_field *field, double value)
{
    return may_be_auto(field) && (is_int(field) ? value == -1 : isnan(value));
}

static bool parse_value(double *out, const wil_field *field, const char *text)
{
    long long whole = 0;
    if (!is_int(field))
        return parse_real(out, text) && in_range(field, *out);
    const bool sound = parse_whole(&whole, text) && whole == (int)whole;
    *out = (double)whole;
    return sound && in_range(field, *out);
}

/* Cuts text at 'x' or ','; false if there are too many parts or one is no number in range. */
static bool parse_values(double *values, int *n_out, const wil_field *field, const char *text)
{
    char part[64];
    *n_out = 0;
    for (const char *at = text;; at++) {
        const size_t n = strcspn(at, "x,");
        if (n >= sizeof part || *n_out >= most_values(field) || *n_out >= MOST_VALUES)
            return false;
        memcpy(part, at, n);
        part[n] = '\0';
        if (!parse_value(&values[(*n_out)++], field, part))
            return false;
        at += n;
        if (*at == '\0')
            return true;
    }
}

static bool set_values(const wil_field *field, void *in, const char *text)
{
    double values[MOST_VALUES] = {0};
    int n = 1;
    int *count = count_of(field, in);
    if (may_be_auto(field) && strcmp(text, AUTO) == 0)
        values[0] = is_int(field) ? -1 : NAN;
    else if (!(may_be_none(field) && text[0] == '\0') && !parse_values(values, &n, field, text))
        return false;
    if (count == NULL && n != 1 && n != most_values(field))
        return false;
    if (count != NULL)
        *count = n;
    for (int i = 0; i < values_in(field, in); i++)
        set_value(field, in, i, values[n == 1 ? 0 : i]);
    return true;
}

static bool values_are_sound(const wil_field *field, const void *in)
{
    const int n = values_in(field, in);
    bool sound = n >= 0 && n <= most_values(field);
    for (int i = 0; i < n && sound; i++) {
        const double value = get_value(field, in, i);
        sound = in_range(field, value) || is_auto(field, value);
    }
    return sound;
}

/* The shortest decimal that reads back as the same number. */
static wil_status append_real(char **out, const char *before, double value)
{
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return wil_text_append(out, "%s%s", before, text);
}

static wil_status values_text(char **out, const wil_field *field, const void *in)
{
    WIL_TRY(wil_string_copy(out, ""));
    for (int i = 0; i < values_in(field, in); i++) {
        const double value = get_value(field, in, i);
        const char *before = i == 0 ? "" : field->count_offset > 0 ? "," : "x";
        if (is_auto(field, value))
            WIL_TRY(wil_text_append(out, AUTO));
        else if (is_int(field))
            WIL_TRY(wil_text_append(out, "%s%.0f", before, value));
        else
            WIL_TRY(append_real(out, before, value));
    }
    return WIL_OK;
}

/* ---- words --------------------------------------------------------------------------------------------- */

static wil_status set_bool(const wil_field *field, void *in, const char *text, const char *name)
{
    const bool yes = strcmp(text, "true") == 0;
    WIL_REQUIRE(
        yes || strcmp(text, "false") == 0, WIL_ERR_ARG, "%s must be true or false, got '%s'", name, text);
    *AT(bool, field, in) = yes;
    return WIL_OK;
}

static wil_status set_choice(const wil_field *field, void *in, const char *text, const char *name)
{
    const size_t n = strlen(text);
    const char *word = text;
    if (field->old_word != NULL && strncmp(field->old_word, text, n) == 0 && field->old_word[n] == '=')
        word = field->old_word + n + 1;
    for (int i = 0; field->choices[i] != NULL; i++) {
        if (strcmp(field->choices[i], word) == 0) {
            *AT(int, field, in) = i;
            return WIL_OK;
        }
    }
    return refuse_choice(field, name, text);
}

static bool choice_is_sound(const wil_field *field, int position)
{
    for (int i = 0; field->choices[i] != NULL; i++)
        if (i == position)
            return true;
    return false;
}

static wil_status set_text(const wil_field *field, void *in, const char *text, const char *name)
{
    char *copy = NULL;
    WIL_REQUIRE(text[0] != '\0' || may_be_none(field), WIL_ERR_ARG, "%s is empty", name);
    if (text[0] != '\0')
        WIL_TRY(wil_string_copy(&copy, text));
    wil_free(*AT(char *, field, in));
    *AT(char *, field, in) = copy;
    return WIL_OK;
}

static wil_status add_to_list(const wil_field *field, void *in, const char *text)
{
    wil_text_list *list = AT(wil_text_list, field, in);
    WIL_TRY(wil_grow((void **)&list->items, &list->capacity, (size_t)list->n + 1, sizeof *list->items));
    return wil_string_copy(&list->items[list->n++], text);
}

/* ---- any value ----------------------------------------------------------------------------------------- */

wil_status wil_field_set(const wil_field *field, void *in, const char *text, const char *name)
{
    switch (field->type) {
    case WIL_BOOL:
        return set_bool(field, in, text, name);
    case WIL_CHOICE:
        return set_choice(field, in, text, name);
    case WIL_I64:
        return set_i64(field, in, text) ? WIL_OK : refuse(field, name, text);
    case WIL_U64:
        return set_u64(field, in, text) ? WIL_OK : refuse(field, name, text);
    case WIL_INT:
    case WIL_REAL:
    case WIL_INTS:
    case WIL_REALS:
        return set_values(field, in, text) ? WIL_OK : refuse(field, name, text);
    case WIL_LIST:
        return add_to_list(field, in, text);
    case WIL_SECTION:
        return wil_fail(WIL_ERR_INTERNAL, "%s is a section, which has no value", name);
    default:
        return set_text(field, in, text, name);
    }
}

wil_status wil_field_check(const wil_field *field, const void *in, const char *name)
{
    bool sound = true;
    if (field->type == WIL_I64)
        sound = in_range(field, (double)*AT(int64_t, field, in));
    else if (field->type == WIL_U64)
        sound = in_range(field, (double)*AT(uint64_t, field, in));
    else if (is_int(field) || is_real(field))
        sound = values_are_sound(field, in);
    WIL_OWN(char) *text = NULL;
    if (field->type == WIL_CHOICE && !choice_is_sound(field, *AT(int, field, in))) {
        WIL_TRY(wil_string_format(&text, "%d", *AT(int, field, in)));
        return refuse_choice(field, name, text);
    }
    if (sound)
        return WIL_OK;
    WIL_TRY(wil_field_text(&text, field, in));
    return refuse(field, name, text);
}

wil_status wil_field_text(char **out, const wil_field *field, const void *in)
{
    *out = NULL;
    switch (field->type) {
    case WIL_BOOL:
        return wil_string_copy(out, *AT(bool, field, in) ? "true" : "false");
    case WIL_I64:
        return wil_string_format(out, "%lld", (long long)*AT(int64_t, field, in));
    case WIL_U64:
        return wil_string_format(out, "%llu", (unsigned long long)*AT(uint64_t, field, in));
    case WIL_INT:
    case WIL_REAL:
    case WIL_INTS:
    case WIL_REALS:
        return values_text(out, field, in);
    case WIL_CHOICE:
        return wil_string_copy(out, field->choices[*AT(int, field, in)]);
    case WIL_LIST:
    case WIL_SECTION:
        return wil_string_copy(out, "");
    default:
        return wil_string_copy(out, *AT(char *, field, in) == NULL ? "" : *AT(char *, field, in));
    }
}
