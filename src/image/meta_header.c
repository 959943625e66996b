/* The text of a MetaImage. */
#include "meta_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int datatype;
} types[] = {{"MET_CHAR", DT_INT8}, {"MET_UCHAR", DT_UINT8}, {"MET_SHORT", DT_INT16},
    {"MET_USHORT", DT_UINT16}, {"MET_INT", DT_INT32}, {"MET_UINT", DT_UINT32}, {"MET_LONG_LONG", DT_INT64},
    {"MET_ULONG_LONG", DT_UINT64}, {"MET_FLOAT", DT_FLOAT32}, {"MET_DOUBLE", DT_FLOAT64}};

typedef struct parser {
    wil_meta_header *header;
    const char *path;
    int line;
} parser;

/* As many numbers as the key has, with blanks between. */
static wil_status take_numbers(const parser *p, double *out, int n, const char *key, const char *text)
{
    const char *at = text;
    for (int i = 0; i < n; i++) {
        char *end = NULL;
        out[i] = strtod(at, &end);
        WIL_REQUIRE(end != at && isfinite(out[i]), WIL_ERR_INPUT, "%s:%d: %s = %s; %d number%s expected",
            p->path, p->line, key, text, n, n == 1 ? " was" : "s were");
        at = end;
    }
    WIL_REQUIRE(at[strspn(at, " \t\r")] == '\0', WIL_ERR_INPUT, "%s:%d: %s = %s; %d number%s expected",
        p->path, p->line, key, text, n, n == 1 ? " was" : "s were");
    return WIL_OK;
}

static wil_status take_whole(
    const parser *p, int64_t *out, double least, double most, const char *key, const char *text)
{
    double value = 0;
    WIL_TRY(take_numbers(p, &value, 1, key, text));
    WIL_REQUIRE(value == floor(value) && value >= least && value <= most, WIL_ERR_INPUT,
        "%s:%d: %s = %s; a whole number from %g to %g was expected", p->path, p->line, key, text, least,
        most);
    *out = (int64_t)value;
    return WIL_OK;
}

static wil_status take_truth(const parser *p, bool *out, const char *key, const char *text)
{
    *out = strcmp(text, "True") == 0 || strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    WIL_REQUIRE(*out || strcmp(text, "False") == 0 || strcmp(text, "false") == 0 || strcmp(text, "0") == 0,
        WIL_ERR_INPUT, "%s:%d: %s = %s; True or False was expected", p->path, p->line, key, text);
    return WIL_OK;
}

static wil_status take_type(const parser *p, const char *text)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(text, types[i].name) == 0) {
            p->header->datatype = types[i].datatype;
            return WIL_OK;
        }
    return wil_fail(WIL_ERR_INPUT,
        "%s:%d: its voxels are of type %s; whole numbers or floats of 8 to 64 bits were expected (MET_UCHAR "
        "to "
        "MET_DOUBLE); convert it",
        p->path, p->line, text);
}

static wil_status take_size(const parser *p, const char *key, const char *text)
{
    double size[4];
    WIL_TRY(take_numbers(p, size, p->header->n_dims, key, text));
    for (int k = 0; k < p->header->n_dims; k++) {
        WIL_REQUIRE(size[k] >= 1 && size[k] <= INT32_MAX && size[k] == floor(size[k]), WIL_ERR_INPUT,
            "%s:%d: %s = %s; sizes from 1 to %d were expected", p->path, p->line, key, text, INT32_MAX);
        p->header->dim[k] = (int64_t)size[k];
    }
    return WIL_OK;
}

static wil_status take_direction(const parser *p, const char *key, const char *text)
{
    const int n = p->header->n_dims;
    double values[16];
    WIL_TRY(take_numbers(p, values, n * n, key, text));
    for (int k = 0; k < n; k++)
        for (int r = 0; r < n; r++)
            p->header->direction[k][r] = values[k * n + r];
    return WIL_OK;
}

static bool is(const char *key, const char *name, const char *also, const char *older)
{
    return strcmp(key, name) == 0 || strcmp(key, also) == 0 || strcmp(key, older) == 0;
}

/* Keys that say nothing about voxels and places (comments, the modality) are passed over. */
static wil_status take(const parser *p, const char *key, const char *text)
{
    wil_meta_header *h = p->header;
    int64_t whole = 0;
    bool truth = true;
    if (strcmp(key, "NDims") == 0) {
        WIL_TRY(take_whole(p, &whole, 2, 4, key, text));
        h->n_dims = (int)whole;
        return WIL_OK;
    }
    if (strcmp(key, "DimSize") == 0)
        return take_size(p, key, text);
    if (strcmp(key, "ElementType") == 0)
        return take_type(p, text);
    if (strcmp(key, "ElementSpacing") == 0) {
        h->spacing_known = true;
        return take_numbers(p, h->spacing, h->n_dims, key, text);
    }
    if (strcmp(key, "ElementSize") == 0) /* of a voxel; counts where no distance between them is given */
        return h->spacing_known ? WIL_OK : take_numbers(p, h->spacing, h->n_dims, key, text);
    if (is(key, "Offset", "Origin", "Position"))
        return take_numbers(p, h->offset, h->n_dims, key, text);
    if (is(key, "TransformMatrix", "Rotation", "Orientation"))
        return take_direction(p, key, text);
    if (is(key, "BinaryDataByteOrderMSB", "ElementByteOrderMSB", ""))
        return take_truth(p, &h->swapped, key, text);
    if (strcmp(key, "CompressedData") == 0)
        return take_truth(p, &h->compressed, key, text);
    if (strcmp(key, "HeaderSize") == 0)
        return take_whole(p, &h->skip, -1, 0x1p53, key, text);
    if (strcmp(key, "ElementNumberOfChannels") == 0)
        return take_whole(p, &whole, 1, 1, key, text);
    if (strcmp(key, "BinaryData") == 0)
        WIL_TRY(take_truth(p, &truth, key, text));
    WIL_REQUIRE(truth, WIL_ERR_INPUT, "%s:%d: its voxels are written as text; convert it to binary", p->path,
        p->line);
    WIL_REQUIRE(strcmp(key, "ObjectType") != 0 || strcmp(text, "Image") == 0, WIL_ERR_INPUT,
        "%s:%d: holds %s; an Image was expected", p->path, p->line, text);
    return WIL_OK;
}

/* The key before '=' and the text behind it, without blanks around. false: no such line. */
static bool part_line(char *line, char **key, char **text)
{
    char *equals = strchr(line, '=');
    if (equals == NULL)
        return false;
    *key = line + strspn(line, " \t");
    *text = equals + 1 + strspn(equals + 1, " \t");
    for (char *end = equals; end > *key && strchr(" \t=", *end) != NULL; end--)
        *end = '\0';
    for (char *end = *text + strlen(*text); end > *text && strchr(" \t\r", end[-1]) != NULL; end--)
        end[-1] = '\0';
    return true;
}

static wil_status check_complete(const parser *p)
{
    const wil_meta_header *h = p->header;
    const char *lacks = h->n_dims == 0     ? "NDims"
                        : h->dim[0] == 0   ? "DimSize"
                        : h->datatype == 0 ? "ElementType"
                                           : NULL;
    WIL_REQUIRE(lacks == NULL, WIL_ERR_INPUT, "%s: is no MetaImage: its header has no %s", p->path, lacks);
    WIL_REQUIRE(strcmp(h->data_file, "LIST") != 0 && strchr(h->data_file, '%') == NULL, WIL_ERR_INPUT,
        "%s:%d: its voxels lie in a file for each slice; convert it to one file", p->path, p->line);
    return WIL_OK;
}

wil_status wil_meta_header_parse(wil_meta_header *out, char *text, size_t n, const char *path)
{
    parser p = {.header = out, .path = path};
    *out = (wil_meta_header){.dim = {0, 1, 1, 1}, .spacing = {1, 1, 1, 1}};
    for (int k = 0; k < 4; k++)
        out->direction[k][k] = 1;
    for (char *line = text; line < text + n;) {
        char *end = memchr(line, '\n', (size_t)(text + n - line));
        char *key = NULL, *value = NULL;
        p.line++;
        if (end == NULL)
            end = text + n; /* there is a zero behind */
        *end = '\0';
        WIL_REQUIRE(part_line(line, &key, &value), WIL_ERR_INPUT,
            "%s:%d: is no line of a MetaImage, 'Key = value'", path, p.line);
        if (strcmp(key, "ElementDataFile") == 0) { /* by definition the last one */
            out->data_file = value;
            out->text_bytes = (size_t)(end - text) + 1;
            return check_complete(&p);
        }
        WIL_REQUIRE(out->n_dims > 0 || strncmp(key, "Dim", 3) != 0, WIL_ERR_INPUT,
            "%s:%d: DimSize stands before NDims", path, p.line);
        WIL_TRY(take(&p, key, value));
        line = end + 1;
    }
    return wil_fail(WIL_ERR_INPUT, "%s: is no MetaImage: its header does not end with ElementDataFile", path);
}
