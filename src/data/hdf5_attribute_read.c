/* Attributes read from their messages. [HDF5 File Format Specification 3.0, IV.A.2.b, d, m] */
#include "hdf5_attribute.h"

#include <string.h>

#include "hdf5_header.h"
#include "hdf5_heap.h"

#define MOST_TEXT 1048576 /* bytes in all; attributes are sentences, and many can share one text */

/* The parts of an attribute's message, all of them within it. */
typedef struct attribute {
    const char *name;          /* ended by a zero byte */
    const unsigned char *type; /* [n_type] */
    size_t n_type;
    uint64_t n_values;
    bool scalar;
    const unsigned char *values; /* [n_left] */
    size_t n_left;
} attribute;

/* Takes n bytes off the message, filled to 8 in version 1. */
static const unsigned char *take_part(hdf5_message *left, size_t n, bool filled)
{
    const unsigned char *part = left->bytes;
    const size_t whole = filled ? (n + 7) / 8 * 8 : n;
    if (whole > left->n)
        return NULL;
    left->bytes += whole;
    left->n -= whole;
    return part;
}

/* False: damaged. */
static bool parse_space(attribute *out, const unsigned char *space, size_t n)
{
    if (n < 4 || space[0] < 1 || space[0] > 2)
        return false;
    const size_t rank = space[1];
    const size_t n_before = space[0] == 1 ? 8 : 4;
    const bool null = space[0] == 2 && space[3] == 2;
    if (n < n_before + 8 * rank)
        return false;
    out->scalar = rank == 0 && !null;
    out->n_values = null ? 0 : 1;
    for (size_t i = 0; i < rank; i++)
        out->n_values = hdf5_bytes_times(out->n_values, hdf5_little_endian(space + n_before + 8 * i, 8));
    return true;
}

/* False: damaged. A type stored elsewhere is left without bytes, as one that is not known. */
static bool parse(attribute *out, const hdf5_message *message)
{
    hdf5_message left = *message;
    *out = (attribute){0};
    if (message->shared || message->n < 8 || message->bytes[0] < 1 || message->bytes[0] > 3)
        return false;
    const unsigned version = message->bytes[0];
    const unsigned flags = version == 1 ? 0 : message->bytes[1];
    const size_t n_name = (size_t)hdf5_little_endian(message->bytes + 2, 2);
    const size_t n_type = (size_t)hdf5_little_endian(message->bytes + 4, 2);
    const size_t n_space = (size_t)hdf5_little_endian(message->bytes + 6, 2);
    if (take_part(&left, version == 3 ? 9 : 8, false) == NULL)
        return false;
    const unsigned char *name = take_part(&left, n_name, version == 1);
    const unsigned char *type = name == NULL ? NULL : take_part(&left, n_type, version == 1);
    const unsigned char *space = type == NULL ? NULL : take_part(&left, n_space, version == 1);
    if (space == NULL || n_name == 0 || memchr(name, 0, n_name) == NULL)
        return false;
    out->name = (const char *)name;
    out->type = type;
    out->n_type = (flags & 1) != 0 ? 0 : n_type;
    out->values = left.bytes;
    out->n_left = left.n;
    return (flags & 2) != 0 || parse_space(out, space, n_space); /* a shape stored elsewhere is not scalar */
}

/* ---- types -------------------------------------------------------------------------------------------- */

enum { CLASS_INTEGER = 0, CLASS_FLOAT = 1, CLASS_STRING = 3, CLASS_VARIABLE = 9 };

static int class_of(const attribute *a)
{
    return a->n_type < 8 ? -1 : a->type[0] & 15;
}

static size_t size_of(const attribute *a)
{
    return (size_t)hdf5_little_endian(a->type + 4, 4);
}

/* A type of memory equal to that of the file; negative for numbers that fill their bytes in unusual ways. */
static hid_t number_type(const attribute *a)
{
    static const unsigned char DOUBLE[12] = {0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0};
    static const unsigned char SINGLE[12] = {0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0};
    const size_t size = size_of(a);
    const bool big = (a->type[1] & 1) != 0;
    const unsigned char *rest = a->type + 8; /* offset, bits; of floats: exponent, mantissa, bias */
    if (class_of(a) == CLASS_FLOAT && a->n_type >= 20 && size == 8 && memcmp(rest, DOUBLE, 12) == 0)
        return big ? H5T_IEEE_F64BE : H5T_IEEE_F64LE;
    if (class_of(a) == CLASS_FLOAT && a->n_type >= 20 && size == 4 && memcmp(rest, SINGLE, 12) == 0)
        return big ? H5T_IEEE_F32BE : H5T_IEEE_F32LE;
    const bool full =
        a->n_type >= 12 && hdf5_little_endian(rest, 2) == 0 && hdf5_little_endian(rest + 2, 2) == 8 * size;
    if (class_of(a) != CLASS_INTEGER || !full)
        return -1;
    const bool has_sign = (a->type[1] & 8) != 0;
    const hid_t little[2][4] = {{H5T_STD_U8LE, H5T_STD_U16LE, H5T_STD_U32LE, H5T_STD_U64LE},
        {H5T_STD_I8LE, H5T_STD_I16LE, H5T_STD_I32LE, H5T_STD_I64LE}};
    const hid_t large[2][4] = {{H5T_STD_U8BE, H5T_STD_U16BE, H5T_STD_U32BE, H5T_STD_U64BE},
        {H5T_STD_I8BE, H5T_STD_I16BE, H5T_STD_I32BE, H5T_STD_I64BE}};
    const int at = size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : size == 8 ? 3 : -1;
    return at < 0 ? -1 : (big ? large : little)[has_sign][at];
}

/* The k-th value as the 8-byte type `wanted`. */
static bool read_number(const attribute *a, uint64_t k, hid_t wanted, void *out)
{
    const size_t size = size_of(a);
    const hid_t type = number_type(a);
    if (type < 0 || hdf5_bytes_times(k + 1, size) > a->n_left)
        return false;
    memcpy(out, a->values + k * size, size);
    return h5.Tconvert(type, wanted, 1, out, NULL, H5P_DEFAULT) >= 0;
}

/* ---- all attributes ----------------------------------------------------------------------------------- */

typedef struct attribute_reader {
    const hdf5_file *file;
    json_t *object;
    hdf5_heap heap;
    size_t n_text; /* bytes of names and strings so far */
} attribute_reader;

static void attribute_reader_clear(attribute_reader *reader)
{
    json_decref(reader->object);
    hdf5_heap_clear(&reader->heap);
}
WIL_OWNED_VALUE(attribute_reader, attribute_reader_clear)

/* Ends at the first zero byte; padding blanks are cut off where the type says so. */
static wil_status keep_text(
    attribute_reader *reader, const char *name, const char *text, size_t most, bool blanks)
{
    size_t n = strnlen(text, most);
    while (blanks && n > 0 && text[n - 1] == ' ')
        n--;
    reader->n_text += n;
    WIL_REQUIRE(reader->n_text <= MOST_TEXT, WIL_ERR_INPUT,
        "%s: its attributes hold more than %d bytes, from '%s' on; keep long texts in a file of their own",
        reader->file->path, MOST_TEXT, name);
    json_t *value = json_stringn(text, n);
    WIL_REQUIRE(value != NULL && json_object_set_new(reader->object, name, value) == 0, WIL_ERR_INPUT,
        "%s: cannot read the attribute '%s'; a text must be UTF-8", reader->file->path, name);
    return WIL_OK;
}

static wil_status keep_string(attribute_reader *reader, const attribute *a)
{
    const char *text = (const char *)a->values;
    size_t n = size_of(a);
    const bool variable = class_of(a) == CLASS_VARIABLE;
    WIL_REQUIRE(a->n_left >= (variable ? HDF5_REFERENCE_BYTES : n), WIL_ERR_INPUT,
        "%s: cannot read the attribute '%s': the file is damaged", reader->file->path, a->name);
    if (variable) {
        char what[128];
        snprintf(what, sizeof what, "attribute '%s'", a->name);
        WIL_TRY(hdf5_heap_text(&reader->heap, reader->file, a->values, what, &text, &n));
    }
    return keep_text(reader, a->name, text, n, !variable && (a->type[1] & 15) == 2);
}

static wil_status keep_number(attribute_reader *reader, const attribute *a)
{
    int64_t integer = 0;
    double real = 0;
    json_t *value = NULL;
    if (class_of(a) == CLASS_INTEGER && read_number(a, 0, H5T_NATIVE_INT64, &integer))
        value = json_integer(integer);
    if (class_of(a) == CLASS_FLOAT && read_number(a, 0, H5T_NATIVE_DOUBLE, &real))
        value = json_real(real); /* NULL for NaN and infinity */
    WIL_REQUIRE(value != NULL && json_object_set_new(reader->object, a->name, value) == 0, WIL_ERR_INPUT,
        "%s: cannot read the attribute '%s'; expected an integer, float or double that is finite",
        reader->file->path, a->name);
    return WIL_OK;
}

/* HDF5 moves many or large attributes out of the header only if told to write files for its newest version.
 */
static wil_status check_inside(const hdf5_file *file, const hdf5_message *message)
{
    const unsigned char *bytes = message->bytes;
    const size_t at =
        message->n >= 2 && (bytes[1] & 1) != 0 ? 4 : 2; /* behind the highest order of creation */
    WIL_REQUIRE(message->n >= at + 8 && hdf5_little_endian(bytes + at, 8) == UINT64_MAX, WIL_ERR_INPUT,
        "%s: keeps its attributes outside the header, which is not read; write it again for earlier versions "
        "of HDF5 (h5py: libver='earliest')",
        file->path);
    return WIL_OK;
}

static wil_status take_attribute(void *user, const hdf5_message *message)
{
    attribute_reader *reader = user;
    attribute a;
    if (message->type == HDF5_MESSAGE_ATTRIBUTES)
        return check_inside(reader->file, message);
    if (message->type != HDF5_MESSAGE_ATTRIBUTE)
        return WIL_OK;
    WIL_REQUIRE(parse(&a, message), WIL_ERR_INPUT, "%s: cannot read the attributes: the file is damaged",
        reader->file->path);
    const int class = class_of(&a);
    reader->n_text += strlen(a.name);
    if (a.scalar && (class == CLASS_STRING || (class == CLASS_VARIABLE && (a.type[1] & 15) == 1)))
        return keep_string(reader, &a);
    return a.scalar && (class == CLASS_INTEGER || class == CLASS_FLOAT) ? keep_number(reader, &a) : WIL_OK;
}

static wil_status each_of_root(const hdf5_file *file, hdf5_message_taker take, void *user)
{
    uint64_t address = 0;
    WIL_TRY(hdf5_header_root(file, &address));
    return hdf5_header_each(file, address, take, user);
}

wil_status hdf5_attributes_read(json_t **out, const hdf5_file *file)
{
    WIL_OWN(attribute_reader) reader = {.file = file, .object = json_object()};
    *out = NULL;
    WIL_REQUIRE(reader.object != NULL, WIL_ERR_MEMORY, "%s: out of memory for its attributes", file->path);
    WIL_TRY(each_of_root(file, take_attribute, &reader));
    return wil_give(out, &reader.object);
}

/* ---- numbers of one ----------------------------------------------------------------------------------- */

typedef struct doubles_reader {
    const hdf5_file *file;
    const char *name;
    int n;
    double *values;
    bool found;
} doubles_reader;

static wil_status take_doubles(void *user, const hdf5_message *message)
{
    doubles_reader *reader = user;
    attribute a;
    if (message->type == HDF5_MESSAGE_ATTRIBUTES)
        return check_inside(reader->file, message);
    if (message->type != HDF5_MESSAGE_ATTRIBUTE || !parse(&a, message) || strcmp(a.name, reader->name) != 0)
        return WIL_OK; /* hdf5_attributes_read says what is damaged */
    WIL_REQUIRE(a.n_values == (uint64_t)reader->n, WIL_ERR_INPUT,
        "%s: the attribute '%s' must hold %d numbers, but holds %llu", reader->file->path, a.name, reader->n,
        (unsigned long long)a.n_values);
    for (int i = 0; i < reader->n; i++)
        WIL_REQUIRE((class_of(&a) == CLASS_FLOAT || class_of(&a) == CLASS_INTEGER) &&
                        read_number(&a, (uint64_t)i, H5T_NATIVE_DOUBLE, &reader->values[i]),
            WIL_ERR_INPUT, "%s: the attribute '%s' cannot be read as numbers", reader->file->path, a.name);
    reader->found = true;
    return WIL_OK;
}

wil_status hdf5_doubles_read(double *values_out, const hdf5_file *file, const char *name, int n)
{
    doubles_reader reader = {.file = file, .name = name, .n = n};
    reader.values = values_out;
    WIL_TRY(each_of_root(file, take_doubles, &reader));
    WIL_REQUIRE(reader.found, WIL_ERR_INPUT, "%s: has no attribute '%s'", file->path, name);
    return WIL_OK;
}

/* ---- texts of one ------------------------------------------------------------------------------------- */

typedef struct texts_reader {
    const hdf5_file *file;
    const char *name;
    int n;
    char **texts; /* NULL: only whether the attribute is there */
    hdf5_heap heap;
    bool found;
} texts_reader;

static void texts_reader_clear(texts_reader *reader)
{
    hdf5_heap_clear(&reader->heap);
}
WIL_OWNED_VALUE(texts_reader, texts_reader_clear)

static wil_status copy_texts(texts_reader *reader, const attribute *a)
{
    const bool variable = class_of(a) == CLASS_VARIABLE;
    const size_t step = variable ? HDF5_REFERENCE_BYTES : size_of(a);
    const bool is_text = class_of(a) == CLASS_STRING || (variable && (a->type[1] & 15) == 1);
    char what[128];
    WIL_REQUIRE(is_text && a->n_values == (uint64_t)reader->n, WIL_ERR_INPUT,
        "%s: the attribute '%s' must hold %d string%s", reader->file->path, a->name, reader->n,
        reader->n == 1 ? "" : "s");
    WIL_REQUIRE(hdf5_bytes_times((uint64_t)reader->n, step) <= a->n_left, WIL_ERR_INPUT,
        "%s: cannot read the attribute '%s': the file is damaged", reader->file->path, a->name);
    snprintf(what, sizeof what, "attribute '%s'", a->name);
    for (int i = 0; i < reader->n; i++) {
        const unsigned char *at = a->values + (size_t)i * step;
        const char *text = (const char *)at;
        size_t n = step;
        if (variable)
            WIL_TRY(hdf5_heap_text(&reader->heap, reader->file, at, what, &text, &n));
        WIL_TRY(wil_string_format(&reader->texts[i], "%.*s", (int)strnlen(text, n), text));
    }
    return WIL_OK;
}

static wil_status take_texts(void *user, const hdf5_message *message)
{
    texts_reader *reader = user;
    attribute a;
    if (message->type == HDF5_MESSAGE_ATTRIBUTES)
        return check_inside(reader->file, message);
    if (reader->found || message->type != HDF5_MESSAGE_ATTRIBUTE || !parse(&a, message) ||
        strcmp(a.name, reader->name) != 0)
        return WIL_OK; /* hdf5_attributes_read says what is damaged */
    reader->found = true;
    return reader->texts == NULL ? WIL_OK : copy_texts(reader, &a);
}

wil_status hdf5_texts_read(char **texts_out, const hdf5_file *file, const char *name, int n)
{
    WIL_OWN(texts_reader) reader = {.file = file, .name = name, .n = n, .texts = texts_out};
    WIL_TRY(each_of_root(file, take_texts, &reader));
    WIL_REQUIRE(reader.found, WIL_ERR_INPUT, "%s: has no attribute '%s'", file->path, name);
    return WIL_OK;
}

wil_status hdf5_attribute_exists(bool *out, const hdf5_file *file, const char *name)
{
    texts_reader reader = {.file = file, .name = name};
    WIL_TRY(each_of_root(file, take_texts, &reader));
    *out = reader.found;
    return WIL_OK;
}
