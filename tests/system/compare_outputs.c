/* What the scripts cannot see for themselves.
 *
 *     compare_outputs patches A.h5 B.h5 FIRST    B's patches are those of A from number FIRST on, bit by bit
 *     compare_outputs differ A.h5 B.h5           some pixel of the images differs
 *     compare_outputs grid A.nii.gz B.nii.gz     same size, and affines that agree to the last bit
 *     compare_outputs json FILE                  one JSON object and nothing else
 *     compare_outputs measured FILE KEY...       one JSON object with these keys and no others; its numbers,
 * also those in lists, are above 0
 */
#include <stdlib.h>
#include <string.h>

#include "willis/data.h"

static int complain(const char *words)
{
    fprintf(stderr, "compare_outputs: %s\n", words);
    return 1;
}

static int compare_patches(const char *path_a, const char *path_b, int64_t first)
{
    wil_samples a, b;
    if (wil_samples_read(&a, path_a) != WIL_OK || wil_samples_read(&b, path_b) != WIL_OK)
        return complain(wil_status_message());
    const size_t one = wil_sample_shape_count(a.shape);
    const size_t n = (size_t)b.n * one;
    const size_t from = (size_t)first * one;
    const bool fits =
        a.shape.height == b.shape.height && a.shape.width == b.shape.width && first + b.n <= a.n;
    const bool same = fits && memcmp(a.image + from, b.image, n * sizeof *b.image) == 0 &&
                      memcmp(a.label + from, b.label, n) == 0;
    wil_samples_clear(&a);
    wil_samples_clear(&b);
    return same ? 0 : complain(fits ? "the patches differ" : "the sets do not correspond");
}

static int compare_grids(const char *path_a, const char *path_b)
{
    wil_volume a = {0};
    wil_volume b = {0};
    if (wil_volume_read_header(&a, path_a) != WIL_OK || wil_volume_read_header(&b, path_b) != WIL_OK)
        return complain(wil_status_message());
    const bool same = wil_grid_disagreement_mm(&a.grid, &b.grid) == 0;
    wil_volume_clear(&a);
    wil_volume_clear(&b);
    return same ? 0 : complain("the grids differ");
}

static int check_json(const char *path)
{
    json_t *value = NULL;
    if (wil_json_load(&value, path) != WIL_OK)
        return complain(wil_status_message());
    const bool object = json_is_object(value);
    json_decref(value);
    return object ? 0 : complain("not a JSON object");
}

static bool is_positive(const json_t *value)
{
    if (json_is_array(value)) {
        bool all = json_array_size(value) > 0;
        for (size_t i = 0; i < json_array_size(value); i++)
            all = all && is_positive(json_array_get(value, i));
        return all;
    }
    return json_is_number(value) ? json_number_value(value) > 0 : json_is_string(value);
}

static int check_measured(const char *path, int n_keys, char **keys)
{
    json_t *value = NULL;
    if (wil_json_load(&value, path) != WIL_OK)
        return complain(wil_status_message());
    const char *wrong = json_object_size(value) == (size_t)n_keys ? NULL : "another number of keys";
    for (int i = 0; i < n_keys && wrong == NULL; i++)
        if (!is_positive(json_object_get(value, keys[i])))
            wrong = keys[i];
    const int result = wrong == NULL ? 0 : complain(wrong);
    json_decref(value);
    return result;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "patches") == 0)
        return compare_patches(argv[2], argv[3], atoll(argv[4]));
    if (argc == 4 && strcmp(argv[1], "differ") == 0)
        return compare_patches(argv[2], argv[3], 0) == 1 ? 0 : complain("the patches are the same");
    if (argc == 4 && strcmp(argv[1], "grid") == 0)
        return compare_grids(argv[2], argv[3]);
    if (argc == 3 && strcmp(argv[1], "json") == 0)
        return check_json(argv[2]);
    if (argc > 3 && strcmp(argv[1], "measured") == 0)
        return check_measured(argv[2], argc - 3, argv + 3);
    return complain("unknown arguments");
}
