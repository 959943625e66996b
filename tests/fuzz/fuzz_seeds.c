/* Writes a few sound files of each format, from which the fuzz targets start. Usage: fuzz_seeds FOLDER */
#include "fuzz_seeds.h"

#include <stdio.h>
#include <string.h>

#include "willis/image.h"
#include "willis/model.h"
#include "willis/nn.h"

wil_status seed_place(char **path, const char *folder, const char *format, const char *name)
{
    char *sub = NULL;
    WIL_TRY(wil_path_join(&sub, folder, format));
    wil_status status = wil_folder_make(sub);
    if (status == WIL_OK)
        status = wil_path_join(path, sub, name);
    wil_free(sub);
    return status;
}

static wil_status write_text(const char *folder, const char *format, const char *name, const char *text)
{
    char *path = NULL;
    WIL_TRY(seed_place(&path, folder, format, name));
    wil_status status = wil_file_write(path, text, strlen(text));
    wil_free(path);
    return status;
}

static wil_status write_volume(
    const char *folder, const char *format, const char *name, int n_time, wil_nifti_type type)
{
    char *path = NULL;
    wil_volume volume = {0};
    wil_grid grid = wil_grid_make(3, 2, 2, 0.5, 0.5, 0.8);
    wil_status status = wil_volume_make(&volume, &grid, n_time);
    for (int i = 0; status == WIL_OK && i < 12 * n_time; i++)
        volume.voxels[i] = (float)i;
    if (status == WIL_OK)
        status = seed_place(&path, folder, format, name);
    if (status == WIL_OK)
        status = wil_volume_write(&volume, path, type, "seed");
    wil_free(path);
    wil_volume_clear(&volume);
    return status;
}

static wil_status write_tensors(const char *folder)
{
    const float weights[6] = {1, 2, 3, 4, 5, 6};
    const uint8_t bytes[3] = {1, 2, 3};
    wil_tensor *tensors = NULL;
    int n = 0;
    size_t capacity = 0;
    char *path = NULL;
    json_t *metadata = json_pack("{s:s}", "architecture", "seed");
    wil_status status = wil_tensors_append(
        &tensors, &n, &capacity, "critic.conv1.weight", WIL_TENSOR_F32, wil_shape_of(2, 2, 3), weights);
    if (status == WIL_OK)
        status =
            wil_tensors_append(&tensors, &n, &capacity, "state", WIL_TENSOR_U8, wil_shape_of(1, 3), bytes);
    if (status == WIL_OK)
        status = seed_place(&path, folder, "safetensors", "two.safetensors");
    if (status == WIL_OK)
        status = wil_tensor_file_write(path, tensors, n, metadata);
    json_decref(metadata);
    wil_free(path);
    wil_tensors_free(tensors, n);
    return status;
}

/* One row of two float32. */
static wil_status write_npy(const char *folder)
{
    char bytes[10 + 118 + 8] = "\x93NUMPY\x01\0\x76";
    const float values[2] = {1, 2};
    char *path = NULL;
    snprintf(bytes + 10, 119, "%-117s\n", "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }");
    memcpy(bytes + 128, values, sizeof values);
    wil_status status = seed_place(&path, folder, "npy", "row.npy");
    if (status == WIL_OK)
        status = wil_file_write(path, bytes, sizeof bytes);
    wil_free(path);
    return status;
}

/* The smallest generator and U-Net there are. */
static wil_status write_networks(const char *folder)
{
    WIL_OWN(char) *generator_path = NULL, *unet_path = NULL;
    WIL_OWN(wil_params) *generator = NULL, *unet = NULL;
    wil_generator_facts g = {
        .net = wil_wgan_config_default(), .label_threshold = 0.5, .spacing_mm = {1, 1, 1}};
    wil_unet_facts u = {.net = wil_unet_config_default(), .sd = 1, .threshold = 0.5, .tile = 32};
    g.net.filters = 1;
    g.net.latent = 2;
    g.net.height = g.net.width = 32;
    u.net.filters = 1;
    u.net.levels = 2;
    WIL_TRY(wil_generator_params_new(&generator, &g.net));
    WIL_TRY(seed_place(&generator_path, folder, "network", "generator.safetensors"));
    WIL_TRY(wil_generator_save(generator, &g, NULL, generator_path));
    WIL_TRY(wil_unet_params_new(&unet, &u.net));
    WIL_TRY(seed_place(&unet_path, folder, "network", "unet.safetensors"));
    return wil_unet_save(unet, &u, NULL, unet_path);
}

static wil_status write_all(const char *folder)
{
    WIL_TRY(write_networks(folder));
    WIL_TRY(write_volume(folder, "nifti_gz", "u8.nii.gz", 1, WIL_NIFTI_U8));
    WIL_TRY(write_volume(folder, "nifti_gz", "time.nii.gz", 3, WIL_NIFTI_F32));
    WIL_TRY(write_volume(folder, "pair", "i16.nii", 1, WIL_NIFTI_I16)); /* its magic and offset are mutated */
    WIL_TRY(write_text(folder, "run", "gan.yaml",
        "run:\n  kind: gan\n  seed: 3\n  output: out\ndata:\n  patches: p.h5\nengine:\n  precision: bf16\n"
        "gan:\n  model: wgan-gp-sn\n  filters: 16\n  beta1: 0.5\ntrain: \"critic.*\"\n"));
    WIL_TRY(write_text(folder, "run", "unet.yaml",
        "study: {kind: unet, output: out}\ndata: {patches: p.h5, cohort: c}\nunet: {levels: 3, dropout: "
        "0.1}\n"));
    WIL_TRY(write_text(folder, "sidecar", "dsc.json",
        "{\"EchoTime\": 0.03, \"RepetitionTime\": 1.5, \"RelaxivityTissue\": 44, \"HematocritFactor\": "
        "0.73}"));
    WIL_TRY(write_text(folder, "cohort", "cohort.tsv",
        "subject\tsplit\timage\tlabel\tmask\nsub-1\ttrain\ta.nii\tb.nii\t\nsub-2\ttest\tc.nii\t\t\n"));
    WIL_TRY(write_text(folder, "scores", "scores.csv", "case,dice,hd95_mm\na,0.5,2\nb,,\nc,1,0\n"));
    WIL_TRY(write_text(folder, "table", "cohort.tsv",
        "subject\tsplit\timage\tlabel\tmask\nsub-1\ttrain\ta.nii\tb.nii\t\nsub-2\ttest\t\"c\td\"\te\tf\r\n"));
    WIL_TRY(write_text(folder, "yaml", "study.yaml",
        "# a study\nseed: 7\nflag: false\nname: \"run one\"\nnet:\n  count: 64\n  model: two\n  rate: "
        "1e-4\n"));
    WIL_TRY(write_text(folder, "yaml", "unknown.yaml", "net:\n  cuont: 64\n"));
    WIL_TRY(write_text(folder, "ledger", "one.json",
        "{\"format\": \"willis-privacy-ledger\", \"version\": 1, \"unit\": \"patient\", \"n_units\": 41,\n"
        "\"adjacency\": \"add-remove\", \"delta\": 1e-3, \"claimed_epsilon\": 8.5, \"mechanisms\": [{\n"
        "\"name\": \"critic\", \"kind\": \"poisson-subsampled-gaussian\", \"sampling_rate\": 0.5,\n"
        "\"noise_multiplier\": 2.5, \"clip_norm\": 1, \"releases_per_draw\": 1, \"steps\": 10,\n"
        "\"randomness\": \"secret\"}]}\n"));
    WIL_TRY(write_text(
        folder, "aif", "curve.csv", "time_s,concentration\n0,0\n1.5,-0.01\n3,0.4\n4.5,5.25e0\n6,2.5\n"));
    WIL_TRY(write_text(folder, "aif", "signal.csv", "signal\n400\n401.5\n398\n120\n300\n"));
    WIL_TRY(write_text(folder, "aif", "voxels.csv", "x,y,z\n0,0,0\n7,5,3\n"));
    WIL_TRY(write_text(folder, "meta", "small.mha",
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = "
        "False\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 1 2 3\nElementSpacing = 0.5 0.5 0.8\nDimSize = "
        "2 2 "
        "1\nElementType = MET_UCHAR\nElementDataFile = LOCAL\nabcd"));
    WIL_TRY(write_text(folder, "meta", "file.mha",
        "NDims = 2\nDimSize = 2 2\nElementType = MET_SHORT\nHeaderSize = -1\nElementDataFile = a.raw\n"));
    WIL_TRY(write_text(folder, "participants", "participants.tsv",
        "participant_id\tsplit\tage\nsub-1\ttrain\t61\nsub-2\ttest\tn/a\nsub-3\tval\t\"a b\"\n"));
    WIL_TRY(write_text(folder, "log", "log.csv", "step,loss\n10,0.5\n20,0.25\n30,\n"));
    WIL_TRY(seeds_write_checkpoint(folder));
    WIL_TRY(write_tensors(folder));
    WIL_TRY(write_npy(folder));
    WIL_TRY(seeds_write_hdf5(folder));
    WIL_TRY(write_volume(folder, "nifti", "u8.nii", 1, WIL_NIFTI_U8));
    WIL_TRY(write_volume(folder, "nifti", "i16.nii", 1, WIL_NIFTI_I16));
    return write_volume(folder, "nifti", "time.nii", 3, WIL_NIFTI_F32);
}

int main(int argc, char **argv)
{
    if (argc != 2 || write_all(argv[1]) != WIL_OK) {
        fprintf(stderr, "fuzz_seeds: %s\n", argc == 2 ? wil_status_message() : "give one folder");
        return 1;
    }
    return 0;
}
