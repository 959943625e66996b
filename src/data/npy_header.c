/* The header of NumPy's .npy, versions 1 to 3 ("numpy.lib.format"): a magic string, a version, a length, and
 * a Python dictionary of exactly three keys. Read strictly; what NumPy would not write is refused. */
#include "willis/data.h"

#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_BYTES 6
#define MOST_SIDE INT32_MAX /* of samples and of features */

typedef struct cursor {
    const char *at, *end;
} cursor;

static void skip_spaces(cursor *c)
{
    while (c->at < c->end && *c->at == ' ')
        c->at++;
}

/* Whether word comes next; passes over it. */
static bool accept(cursor *c, const char *word)
{
    skip_spaces(c);
    const size_t n = strlen(word);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

static bool whole_number(cursor *c, int64_t *out)
{
    skip_spaces(c);
    int64_t value = 0;
    const char *const begin = c->at;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
        value = 10 * value + (*c->at - '0');
        if (value > MOST_SIDE)
            return false;
    }
    *out = value;
    return c->at > begin;
}

/* (n, d) */
static wil_status read_shape(wil_npy_header *out, cursor *c, const char *path)
{
    int64_t n = 0;
    int64_t d = 0;
    const bool fits = accept(c, "(") && whole_number(c, &n) && accept(c, ",") && whole_number(c, &d) &&
                      (accept(c, ",") || true) && accept(c, ")");
    WIL_REQUIRE(fits, WIL_ERR_INPUT,
        "%s: its shape must be (samples, features), two numbers of at most %d; reshape the array to two axes",
        path, MOST_SIDE);
    WIL_REQUIRE(n > 0 && d > 0, WIL_ERR_INPUT, "%s: is empty: %lld samples of %lld features", path,
        (long long)n, (long long)d);
    WIL_REQUIRE(n <= INT64_MAX / 16 / d, WIL_ERR_INPUT, "%s: its shape (%lld, %lld) fits in no memory", path,
        (long long)n, (long long)d);
    out->n = n;
    out->d = (int)d;
    return WIL_OK;
}

static wil_status read_type(wil_npy_header *out, cursor *c, const char *path)
{
    if (accept(c, "'<f4'"))
        out->item_bytes = 4;
    else if (accept(c, "'<f8'"))
        out->item_bytes = 8;
    else
        return wil_fail(WIL_ERR_INPUT,
            "%s: holds neither '<f4' nor '<f8'; save the array as little-endian float32 or float64 "
            "(array.astype('<f4'))",
            path);
    return WIL_OK;
}

static wil_status read_order(cursor *c, const char *path)
{
    const bool is_row_by_row = accept(c, "False");
    WIL_REQUIRE(is_row_by_row || !accept(c, "True"), WIL_ERR_INPUT,
        "%s: is stored column by column (fortran_order); save numpy.ascontiguousarray(array)", path);
    WIL_REQUIRE(is_row_by_row, WIL_ERR_INPUT, "%s: its header is damaged (fortran_order)", path);
    return WIL_OK;
}

/* One "'key': value,"; seen: which keys came before, by bit. */
static wil_status read_entry(wil_npy_header *out, cursor *c, int *seen, const char *path)
{
    static const char *const keys[] = {"'descr':", "'fortran_order':", "'shape':"};
    int key = 0;
    while (key < 3 && !accept(c, keys[key]))
        key++;
    WIL_REQUIRE(key < 3 && (*seen & 1 << key) == 0, WIL_ERR_INPUT,
        "%s: its header is damaged: it must name descr, fortran_order and shape, each once", path);
    *seen |= 1 << key;
    return key == 0 ? read_type(out, c, path) : key == 1 ? read_order(c, path) : read_shape(out, c, path);
}

static wil_status read_dictionary(wil_npy_header *out, cursor c, const char *path)
{
    int seen = 0;
    WIL_REQUIRE(accept(&c, "{"), WIL_ERR_INPUT, "%s: its header is damaged: no dictionary", path);
    while (!accept(&c, "}")) {
        WIL_TRY(read_entry(out, &c, &seen, path));
        if (!accept(&c, ",")) {
            WIL_REQUIRE(accept(&c, "}"), WIL_ERR_INPUT, "%s: its header is damaged: no end", path);
            break;
        }
    }
    skip_spaces(&c);
    WIL_REQUIRE(seen == 7 && c.at + 1 == c.end && *c.at == '\n', WIL_ERR_INPUT,
        "%s: its header is damaged: it must name descr, fortran_order and shape and end with a line break",
        path);
    return WIL_OK;
}

wil_status wil_npy_header_read(wil_npy_header *out, const char *bytes, size_t n, const char *path)
{
    const unsigned char *b = (const unsigned char *)bytes;
    memset(out, 0, sizeof *out);
    WIL_REQUIRE(n >= MAGIC_BYTES + 4 && memcmp(bytes, MAGIC, MAGIC_BYTES) == 0, WIL_ERR_INPUT,
        "%s: is not a .npy file; give a matrix that numpy.save wrote, or an HDF5 file", path);
    const int major = b[MAGIC_BYTES];
    WIL_REQUIRE(major >= 1 && major <= 3 && b[MAGIC_BYTES + 1] == 0, WIL_ERR_INPUT,
        "%s: is of .npy version %d.%d; 1.0, 2.0 and 3.0 are understood", path, major, b[MAGIC_BYTES + 1]);
    const size_t length_bytes = major == 1 ? 2 : 4;
    const size_t begin = MAGIC_BYTES + 2 + length_bytes;
    size_t length = 0;
    WIL_REQUIRE(n >= begin, WIL_ERR_INPUT, "%s: is cut off in its header", path);
    for (size_t i = 0; i < length_bytes; i++)
        length |= (size_t)b[MAGIC_BYTES + 2 + i] << (8 * i);
    WIL_REQUIRE(length <= n - begin, WIL_ERR_INPUT,
        "%s: its header would be %zu bytes long; it is cut off or damaged", path, length);
    out->first_value = begin + length;
    return read_dictionary(out, (cursor){.at = bytes + begin, .end = bytes + begin + length}, path);
}
