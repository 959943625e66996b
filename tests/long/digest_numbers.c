/* The numbers in the files that willis writes, one line a result, for same_bits.sh. It knows formats, not
 * willis, and links none of its libraries, so that it reads the files of any version alike. Strings,
 * metadata, compression and the order of things do not count.
 *
 *     digest_numbers FILE...      lines of four fields with tabs between: must|may, file, part, value
 *
 *     .safetensors      each tensor: type, shape, digest of its bytes; checkpoints too
 *     .h5               each data set of a patch set: shape, digest of its values as doubles or strings
 *     .nii .nii.gz      voxels: type, shape, digest of bytes and scale; grid: digest of voxel sizes and
 * affines .png              size and digest of the pixels .csv .tsv         each column: digest of its cells,
 * numbers as doubles .json             each number, true, false, null by its path, and the strings of STRINGS
 *
 * "may": newer versions may drop it (a key, a column); what stays must be the same.
 */
#include <hdf5.h>
#include <jansson.h>
#include <png.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Keys and columns that differ from run to run: wall-clock time and memory taken. */
static const char *const EXCLUDED[] = {
    "seconds", "peak_memory_mib", "plan_mib", "plan_bytes", "memory_mib", "date", "threads"};

/* Keys whose strings are results. */
static const char *const STRINGS[] = {"subject", "split", "case", "status", "verdict"};

#define IS_IN(word, list) is_in(word, list, sizeof(list) / sizeof *(list))

static bool is_in(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, list[i]) == 0)
            return true;
    return false;
}

static _Noreturn void die(const char *path, const char *words)
{
    fprintf(stderr, "digest_numbers: %s: %s\n", path, words);
    exit(1);
}

static void *take(size_t n_bytes)
{
    void *memory = malloc(n_bytes + 1); /* never NULL for nothing */
    if (memory == NULL)
        die("memory", "there is too little");
    return memory;
}

/* FNV-1a of 64 bits: differences are accidents here, not attacks. */
static const uint64_t START = 0xcbf29ce484222325U;

static uint64_t digest(uint64_t from, const void *bytes, size_t n)
{
    const uint8_t *b = bytes;
    for (size_t i = 0; i < n; i++)
        from = (from ^ b[i]) * 0x100000001b3U;
    return from;
}

static void emit(const char *must, const char *path, const char *part, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    printf("%s\t%s\t%s\t", must, path, part);
    vprintf(format, values);
    printf("\n");
    va_end(values);
}

static bool ends(const char *path, const char *end)
{
    const size_t n = strlen(path), m = strlen(end);
    return n >= m && strcmp(path + n - m, end) == 0;
}

/* The whole file, unpacked if it is packed, with a zero behind it. */
static uint8_t *contents(const char *path, size_t *n_out)
{
    gzFile file = gzopen(path, "rb");
    size_t n = 0, room = 1 << 16;
    uint8_t *bytes = take(room);
    int got = -1;
    while (file != NULL && (got = gzread(file, bytes + n, (unsigned)(room - n))) > 0) {
        n += (size_t)got;
        if (n < room)
            continue;
        uint8_t *more = take(2 * room);
        memcpy(more, bytes, n);
        free(bytes);
        bytes = more;
        room *= 2;
    }
    if (file == NULL || got < 0 || gzclose(file) != Z_OK)
        die(path, "cannot be read");
    bytes[n] = 0;
    *n_out = n;
    return bytes;
}

/* ---- JSON --------------------------------------------------------------------------------------------- */

static void walk(const char *path, const char *key, const char *at, const json_t *value)
{
    char name[512];
    const char *word;
    json_t *one;
    size_t i;
    if (IS_IN(key, EXCLUDED))
        return;
    if (json_is_object(value)) {
        json_object_foreach((json_t *)value, word, one)
        {
            snprintf(name, sizeof name, "%s.%s", at, word);
            walk(path, word, name, one);
        }
    } else if (json_is_array(value)) {
        snprintf(name, sizeof name, "%s[]", at);
        emit("may", path, name, "%zu", json_array_size(value));
        json_array_foreach(value, i, one)
        {
            snprintf(name, sizeof name, "%s[%zu]", at, i);
            walk(path, key, name, one);
        }
    } else if (json_is_integer(value)) {
        emit("may", path, at, "%lld", (long long)json_integer_value(value));
    } else if (json_is_number(value)) {
        emit("may", path, at, "%.17g", json_number_value(value));
    } else if (!json_is_string(value)) {
        emit("may", path, at, "%s", json_is_null(value) ? "null" : json_is_true(value) ? "true" : "false");
    } else if (IS_IN(key, STRINGS)) {
        emit("may", path, at, "%s", json_string_value(value));
    }
}

static void digest_json(const char *path)
{
    json_t *all = json_load_file(path, 0, NULL);
    if (all == NULL)
        die(path, "is not JSON");
    emit("must", path, "file", "JSON");
    walk(path, "", "", all);
    json_decref(all);
}

/* ---- tables ------------------------------------------------------------------------------------------- */

enum { MOST_COLUMNS = 256 };

/* Cuts a line at every separator, in place. Cells in quotation marks do not occur. */
static int cut(char **cells_out, char *line, const char *separator)
{
    int n = 0;
    for (char *cell; n < MOST_COLUMNS && (cell = strsep(&line, separator)) != NULL; n++)
        cells_out[n] = cell;
    return n;
}

static void digest_table(const char *path, const char *separator)
{
    size_t n_bytes;
    char *text = (char *)contents(path, &n_bytes);
    char *rest = text;
    char *names[MOST_COLUMNS], *cells[MOST_COLUMNS], number[64];
    uint64_t digests[MOST_COLUMNS];
    char *line = strsep(&rest, "\n");
    const int n = cut(names, line, separator);
    for (int k = 0; k < n; k++)
        digests[k] = START;
    int n_rows = 0;
    while ((line = strsep(&rest, "\n")) != NULL && *line != 0) {
        n_rows++;
        if (cut(cells, line, separator) != n) {
            emit("must", path, "first row of another length than the head", "%d", n_rows);
            break;
        }
        for (int k = 0; k < n; k++) {
            char *end;
            const double value = strtod(cells[k], &end);
            const bool is_number = end != cells[k] && *end == 0;
            snprintf(number, sizeof number, "%.17g", value);
            const char *cell = is_number ? number : cells[k];
            digests[k] = digest(digests[k], cell, strlen(cell) + 1);
        }
    }
    emit("must", path, "rows", "%d", n_rows);
    for (int k = 0; k < n; k++)
        if (!IS_IN(names[k], EXCLUDED))
            emit("may", path, names[k], "%016llx", (unsigned long long)digests[k]);
    free(text);
}

/* ---- tensors ------------------------------------------------------------------------------------------ */

static void digest_tensors(const char *path)
{
    size_t n;
    uint8_t *bytes = contents(path, &n);
    uint64_t n_header = 0;
    memcpy(&n_header, bytes, sizeof n_header);
    if (n < 8 || n_header > n - 8)
        die(path, "is cut off");
    json_t *header = json_loadb((char *)bytes + 8, n_header, 0, NULL);
    if (header == NULL)
        die(path, "has no JSON header");
    const uint8_t *data = bytes + 8 + n_header;
    const char *name;
    json_t *one;
    json_object_foreach(header, name, one)
    {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        const json_t *offsets = json_object_get(one, "data_offsets");
        const size_t from = (size_t)json_integer_value(json_array_get(offsets, 0));
        const size_t to = (size_t)json_integer_value(json_array_get(offsets, 1));
        if (from > to || to > n - 8 - n_header)
            die(path, "is cut off");
        char *shape = json_dumps(json_object_get(one, "shape"), JSON_COMPACT);
        emit("must", path, name, "%s%s %016llx", json_string_value(json_object_get(one, "dtype")), shape,
            (unsigned long long)digest(START, data + from, to - from));
        free(shape);
    }
    json_decref(header);
    free(bytes);
}

/* ---- patch sets --------------------------------------------------------------------------------------- */

static uint64_t digest_strings(hid_t set, hid_t type, size_t n)
{
    uint64_t all = START;
    if (H5Tis_variable_str(type) > 0) {
        char **words = take(n * sizeof *words);
        if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, words) < 0)
            die("strings", "cannot be read");
        for (size_t i = 0; i < n; i++) {
            all = digest(all, words[i], strlen(words[i]) + 1);
            H5free_memory(words[i]);
        }
        free(words);
        return all;
    }
    const size_t size = H5Tget_size(type);
    char *words = take(n * size);
    if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, words) < 0)
        die("strings", "cannot be read");
    for (size_t i = 0; i < n; i++) {
        all = digest(all, words + i * size, strnlen(words + i * size, size));
        all = digest(all, "", 1);
    }
    free(words);
    return all;
}

static uint64_t digest_doubles(hid_t set, size_t n)
{
    double *values = take(n * sizeof *values);
    if (H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        die("numbers", "cannot be read");
    const uint64_t all = digest(START, values, n * sizeof *values);
    free(values);
    return all;
}

static void digest_patches(const char *path)
{
    static const char *const SETS[] = {"image", "label", "subject", "position", "subjects", "subject_range"};
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0)
        die(path, "cannot be opened");
    for (size_t i = 0; i < sizeof SETS / sizeof *SETS; i++) {
        if (H5Lexists(file, SETS[i], H5P_DEFAULT) <= 0)
            continue;
        const hid_t set = H5Dopen2(file, SETS[i], H5P_DEFAULT);
        const hid_t space = H5Dget_space(set), type = H5Dget_type(set);
        hsize_t dims[H5S_MAX_RANK];
        const int rank = H5Sget_simple_extent_dims(space, dims, NULL);
        const size_t n = (size_t)H5Sget_simple_extent_npoints(space);
        const uint64_t all =
            H5Tget_class(type) == H5T_STRING ? digest_strings(set, type, n) : digest_doubles(set, n);
        char shape[128] = "";
        for (int k = 0; k < rank; k++)
            snprintf(shape + strlen(shape), 24, "%s%llu", k > 0 ? "," : "", (unsigned long long)dims[k]);
        emit("must", path, SETS[i], "[%s] %016llx", shape, (unsigned long long)all);
        H5Tclose(type);
        H5Sclose(space);
        H5Dclose(set);
    }
    double spacing_mm[3];
    const hid_t attribute = H5Aopen(file, "spacing_mm", H5P_DEFAULT);
    if (attribute < 0 || H5Aread(attribute, H5T_NATIVE_DOUBLE, spacing_mm) < 0)
        die(path, "has no spacing_mm");
    emit("must", path, "spacing_mm", "%.17g %.17g %.17g", spacing_mm[0], spacing_mm[1], spacing_mm[2]);
    H5Aclose(attribute);
    H5Fclose(file);
}

/* ---- images ------------------------------------------------------------------------------------------- */

/* Places in the NIfTI-1 header: dim 40, datatype 70, pixdim 76, vox_offset 108, scl_slope and scl_inter 112,
 * qform_code to srow_z 252 to 328. */
static void digest_nifti(const char *path)
{
    size_t n;
    uint8_t *bytes = contents(path, &n);
    int32_t size = 0;
    int16_t dim[8], type;
    float offset;
    memcpy(&size, bytes, sizeof size);
    if (n < 352 || size != 348)
        die(path, "is not a NIfTI-1 file of this machine's byte order");
    memcpy(dim, bytes + 40, sizeof dim);
    memcpy(&type, bytes + 70, sizeof type);
    memcpy(&offset, bytes + 108, sizeof offset);
    if (offset < 348 || (size_t)offset > n)
        die(path, "is cut off");
    char shape[80] = "";
    for (int k = 1; k <= dim[0] && k < 8; k++)
        snprintf(shape + strlen(shape), 10, "%s%d", k > 1 ? "," : "", dim[k]);
    const uint64_t voxels = digest(digest(START, bytes + 112, 8), bytes + (size_t)offset, n - (size_t)offset);
    const uint64_t grid = digest(digest(START, bytes + 76, 32), bytes + 252, 76);
    emit("must", path, "voxels", "%d[%s] %016llx", type, shape, (unsigned long long)voxels);
    emit("must", path, "grid", "%016llx", (unsigned long long)grid);
    free(bytes);
}

static void digest_png(const char *path)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (png_image_begin_read_from_file(&image, path) == 0)
        die(path, image.message);
    image.format = PNG_FORMAT_RGBA;
    uint8_t *pixels = take(PNG_IMAGE_SIZE(image));
    if (png_image_finish_read(&image, NULL, pixels, 0, NULL) == 0)
        die(path, image.message);
    emit("must", path, "pixels", "[%u,%u] %016llx", image.height, image.width,
        (unsigned long long)digest(START, pixels, PNG_IMAGE_SIZE(image)));
    free(pixels);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *path = argv[i];
        if (ends(path, ".safetensors"))
            digest_tensors(path);
        else if (ends(path, ".h5"))
            digest_patches(path);
        else if (ends(path, ".nii") || ends(path, ".nii.gz"))
            digest_nifti(path);
        else if (ends(path, ".png"))
            digest_png(path);
        else if (ends(path, ".csv"))
            digest_table(path, ",");
        else if (ends(path, ".tsv"))
            digest_table(path, "\t");
        else if (ends(path, ".json"))
            digest_json(path);
        else
            die(path, "is of no kind that is known here");
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
