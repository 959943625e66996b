/* Writes small sets for check_h5py.sh: patches, and pairs of series and maps. Usage: write_samples FILE PAIRS
 */
#include "willis/data.h"

int main(int argc, char **argv)
{
    float image[2 * 2 * 3] = {0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15.5f};
    uint8_t label[2 * 2 * 3] = {0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1};
    int32_t subject[2] = {1, 0};
    int32_t position[6] = {1, 2, 3, 4, 5, 6};
    float range[4] = {0, 255, 1, 99};
    char first[] = "sub-01";
    char second[] = "sub-002";
    char *subjects[2] = {first, second};
    wil_samples set = {.n = 2, .shape = {1, 1, 2, 3, 1}, .image = image, .label = label, .subject = subject};
    set.position = position;
    set.subjects = subjects;
    set.n_subjects = 2;
    set.subject_range = range;
    set.spacing_mm[0] = set.spacing_mm[1] = 0.5;
    set.spacing_mm[2] = 0.7;
    set.attributes = json_pack("{s:s, s:i, s:f}", "kind", "real", "seed", 9, "vessel_frac", 0.5);
    wil_status status = argc == 3 ? wil_samples_write(&set, argv[1]) : WIL_ERR_ARG;
    char cbf[] = "cbf";
    char tmax[] = "tmax";
    char flow[] = "ml/100g/min";
    char seconds[] = "s";
    char *names[2] = {cbf, tmax};
    char *units[2] = {flow, seconds};
    float target[2 * 2 * 3] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12.25f};
    set.shape = (wil_sample_shape){.time = 2, .depth = 1, .height = 1, .width = 3, .channels = 1};
    set.label = NULL;
    set.n_maps = 2;
    set.target = target;
    set.target_names = names;
    set.target_units = units;
    set.dt_s = 1.5;
    if (status == WIL_OK)
        status = wil_samples_write(&set, argv[2]);
    if (status != WIL_OK)
        fprintf(stderr, "%s\n", wil_status_message());
    json_decref(set.attributes);
    return status == WIL_OK ? 0 : 1;
}
