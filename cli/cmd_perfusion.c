/* willis perfusion: maps of blood flow from a DSC-MRI series. */
#include "commands.h"
#include "willis/pages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum aif_kind { AIF_SIGNAL, AIF_CONCENTRATION } aif_kind;

typedef struct request {
    wil_perfusion_config config;
    char *series, *out, *sidecar, *mask, *aif, *core, *white, *echo2, *baseline, *exclude;
    aif_kind kind;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"SERIES", WIL_INPUT, AT(series), .help = "DSC-MRI series, a 4D (or 5D X,Y,Z,1,T) NIfTI file"},
    {"out", WIL_OUTPUT_FOLDER, AT(out), .also = "-o", .value = "DIR", .help = "folder for the maps"},
    {"sidecar", WIL_INPUT, AT(sidecar), "", .value = "FILE.json",
        .help = "BIDS sidecar; otherwise the series' name with .json"},
    {"echo2", WIL_INPUT, AT(echo2), "", .help = "series of the second of two echoes"},
    {"aif", WIL_TEXT, AT(aif), "auto", .value = "auto|FILE",
        .help = "arterial input: found, or a curve (NIfTI, or CSV with a column signal or concentration), a "
                "region (NIfTI), or voxels (CSV with columns x, y, z)"},
    {"aif_kind", WIL_CHOICE, AT(kind), "signal", .choices = WIL_CHOICES("signal", "concentration"),
        .help = "what a given curve holds"},
    {"mask", WIL_TEXT, AT(mask), "auto", .value = "FILE|auto|none", .help = "brain mask on the series' grid"},
    {"baseline", WIL_TEXT, AT(baseline), "auto", .value = "A:B|auto",
        .help = "frames before the bolus, from 0, both included"},
    {"exclude_frames", WIL_TEXT, AT(exclude), "", .value = "A,B:C",
        .help = "frames (from 0) that are not to be used, besides those found bad: 5,30,60:79"},
    {"core", WIL_INPUT, AT(core), "", .help = "mask of the infarct core, for the mismatch"},
    {"white", WIL_INPUT, AT(white), "",
        .help = "with --relative white: mask of white matter; otherwise found by its low volume"},
    {NULL, WIL_SECTION, AT(config), .fields = &wil_perfusion_fields},
};

/* What is read from files. */
typedef struct perfusion_files {
    wil_volume series, echo2;
    wil_mask mask, core, white;
    wil_perfusion_timing timing;
    uint8_t *excluded; /* [n_time] or NULL */
    wil_perfusion_aif_file aif;
} perfusion_files;

static void perfusion_files_clear(perfusion_files *files)
{
    wil_volume_clear(&files->series);
    wil_volume_clear(&files->echo2);
    wil_mask_clear(&files->mask);
    wil_mask_clear(&files->core);
    wil_mask_clear(&files->white);
    wil_perfusion_timing_clear(&files->timing);
    wil_free(files->excluded);
    wil_perfusion_aif_file_clear(&files->aif);
}
WIL_OWNED_VALUE(perfusion_files, perfusion_files_clear)

static wil_status set_baseline(wil_perfusion_config *config, const char *text)
{
    char rest = '\0';
    if (strcmp(text, "auto") == 0)
        return WIL_OK;
    WIL_REQUIRE(sscanf(text, "%d:%d%c", &config->baseline_first, &config->baseline_last, &rest) == 2 &&
                    config->baseline_first >= 0 && config->baseline_last >= config->baseline_first,
        WIL_ERR_ARG,
        "--baseline must be auto or A:B, the first and last frame (from 0, both included), got '%s'", text);
    return WIL_OK;
}

/* "5,30,60:79" */
static wil_status read_excluded(perfusion_files *files, const char *text)
{
    const int n_time = files->series.n_time;
    const char *at = text == NULL ? "" : text;
    if (*at == '\0')
        return WIL_OK;
    WIL_TRY(wil_alloc_u8(&files->excluded, (size_t)n_time));
    for (int used = 0; *at != '\0'; at += used + (at[used] == ',')) {
        int first = 0, last = 0;
        bool right = sscanf(at, "%d%n", &first, &used) == 1;
        last = first;
        if (right && at[used] == ':') {
            int more = 0;
            right = sscanf(at + used + 1, "%d%n", &last, &more) == 1;
            used += 1 + more;
        }
        right =
            right && (at[used] == ',' || at[used] == '\0') && first >= 0 && last >= first && last < n_time;
        WIL_REQUIRE(right, WIL_ERR_ARG,
            "--exclude-frames must be frames or ranges of them like 5,30,60:79, from 0 to %d, got '%s'",
            n_time - 1, text);
        memset(files->excluded + first, 1, (size_t)(last - first + 1));
    }
    return WIL_OK;
}

static bool is_word(const char *text, const char *word)
{
    return text == NULL || strcmp(text, word) == 0;
}

static wil_status read_aif(perfusion_files *files, const request *words, bool kind_given)
{
    if (is_word(words->aif, "auto"))
        return WIL_OK;
    WIL_REQUIRE(wil_file_exists(words->aif), WIL_ERR_INPUT,
        "--aif: %s does not exist; give a curve, a region or a list of voxels, or auto", words->aif);
    WIL_TRY(wil_perfusion_aif_read(&files->aif, words->aif, &files->series.grid));
    if (kind_given)
        files->aif.is_concentration = words->kind == AIF_CONCENTRATION;
    return WIL_OK;
}

/* The library compares sizes too, but does not know the files' names. */
static wil_status read_mask(
    wil_mask *out, const char *path, const perfusion_files *files, const request *words)
{
    WIL_TRY(wil_mask_read(out, path));
    WIL_TRY(wil_mask_turn_onto(out, &files->series.grid));
    return wil_grid_check_same(&out->grid, path, &files->series.grid, words->series);
}

static wil_status read_echo2(perfusion_files *files, const request *words)
{
    WIL_TRY(wil_volume_read(&files->echo2, words->echo2));
    WIL_TRY(wil_volume_turn_onto(&files->echo2, &files->series.grid));
    return wil_grid_check_same(&files->echo2.grid, words->echo2, &files->series.grid, words->series);
}

static wil_status read_files(
    perfusion_files *files, const request *words, wil_perfusion_config *config, bool kind_given)
{
    wil_volume header = {0};
    WIL_TRY(wil_volume_read_header(&header, words->series));
    WIL_REQUIRE(header.n_time > 1, WIL_ERR_INPUT,
        "%s: is a 3D volume; perfusion needs a 4D series over the passage of a bolus", words->series);
    WIL_TRY(wil_perfusion_protocol_find(config, words->series, words->sidecar, header.tr_s));
    WIL_TRY(wil_volume_read(&files->series, words->series));
    WIL_TRY(read_excluded(files, words->exclude));
    WIL_TRY(wil_fail_context(wil_perfusion_timing_find(&files->timing, words->series, words->sidecar,
                                 &files->series.grid, files->series.n_time, config->tr_s),
        "%s", words->series));
    if (words->echo2 != NULL)
        WIL_TRY(read_echo2(files, words));
    if (words->core != NULL)
        WIL_TRY(read_mask(&files->core, words->core, files, words));
    if (words->white != NULL)
        WIL_TRY(read_mask(&files->white, words->white, files, words));
    if (is_word(words->mask, "none"))
        config->mask_rule = words->mask == NULL ? WIL_PERFUSION_MASK_AUTO : WIL_PERFUSION_MASK_NONE;
    else if (!is_word(words->mask, "auto")) {
        WIL_REQUIRE(wil_file_exists(words->mask), WIL_ERR_INPUT,
            "--mask: %s does not exist; give a file, auto or none", words->mask);
        WIL_TRY(read_mask(&files->mask, words->mask, files, words));
    }
    return read_aif(files, words, kind_given);
}

static void print_map(const wil_perfusion_result *r, wil_perfusion_map_kind kind)
{
    const size_t n = wil_grid_count(&r->grid);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += r->mask.voxels[i] != 0 ? (double)r->maps[kind].voxels[i] : 0;
    printf("  %-5s %8.2f %s\n", wil_perfusion_map_name(kind), sum / (double)wil_mask_count(&r->mask),
        wil_perfusion_map_unit(kind));
}

static void print_result(const wil_perfusion_result *r, const char *out)
{
    const wil_perfusion_readouts *v = &r->readouts;
    char time[32];
    printf("%s: %s maps of %zu voxels in %s (for research use only)\nmeans in the mask:\n", out,
        wil_perfusion_method_name(r->config.method), wil_mask_count(&r->mask),
        cli_duration(time, r->seconds));
    for (int kind = WIL_MAP_CBF; kind <= WIL_MAP_TTP; kind++)
        print_map(r, (wil_perfusion_map_kind)kind);
    printf("Tmax > 4, 6, 8, 10 s: %.1f, %.1f, %.1f, %.1f ml", v->tmax_above_ml[0], v->tmax_above_ml[1],
        v->tmax_above_ml[2], v->tmax_above_ml[3]);
    if (isfinite(v->rcbf_below_30_ml))
        printf("; rCBF < 30 %%: %.1f ml", v->rcbf_below_30_ml);
    printf("\nbolus from frame %d, baseline %d:%d, arterial input of %d voxel%s, peak at %.1f s\n",
        r->phases.arrival, r->phases.baseline_first, r->phases.baseline_last, r->aif.n_voxels,
        cli_plural(r->aif.n_voxels), r->aif.quality.time_to_peak_s);
}

static json_t *role_if(const char *path, const char *role)
{
    return path == NULL || path[0] == '\0' ? json_null() : json_string(role);
}

/* What the library does not know: which files the maps come from. By role, as results are passed on. */
static int name_files(json_t *json, const request *words)
{
    return json_object_set_new(json, "series", json_string("SERIES")) |
           json_object_set_new(json, "aif_from", role_if(words->aif, "AIF")) |
           json_object_set_new(json, "mask_from", role_if(words->mask, "MASK"));
}

/* result.json in the folder, and the same on standard output if asked for. */
static wil_status write_result(const wil_perfusion_result *r, const request *words, const cli_common *common)
{
    const char *out = words->out;
    char *path = NULL;
    json_t *json = wil_perfusion_json(r);
    WIL_REQUIRE(json != NULL, WIL_ERR_MEMORY, "out of memory for the result");
    wil_status status = wil_path_join(&path, out, "result.json");
    if (status == WIL_OK && name_files(json, words) != 0)
        status = wil_fail(WIL_ERR_MEMORY, "out of memory for the result");
    if (status == WIL_OK)
        status = wil_json_save(json, path);
    wil_free(path);
    if (status == WIL_OK && common->json)
        return cli_print_json(json);
    json_decref(json);
    if (status == WIL_OK)
        print_result(r, out);
    return status;
}

static wil_status compute(const request *words, perfusion_files *files, const wil_perfusion_config *config,
    const cli_common *common)
{
    wil_perfusion_result result = {0};
    const wil_perfusion_inputs inputs = {
        .second_echo = words->echo2 != NULL ? &files->echo2 : NULL,
        .mask = files->mask.voxels != NULL ? &files->mask : NULL,
        .timing = &files->timing,
        .excluded = files->excluded,
        .aif = is_word(words->aif, "auto") ? NULL : &files->aif,
        .core = words->core != NULL ? &files->core : NULL,
        .white = words->white != NULL ? &files->white : NULL,
    };
    const wil_monitor *monitor = cli_monitor_start(common);
    cli_warn_of_header(monitor, words->series);
    if (files->mask.voxels != NULL)
        cli_tell_of_turn(monitor, &files->mask.grid, words->mask, &files->series.grid, words->series);
    wil_status status = wil_fail_context(
        wil_perfusion_run(&result, &files->series, &inputs, config, monitor), "%s", words->series);
    if (status == WIL_OK)
        status = wil_folder_make(words->out);
    if (status == WIL_OK)
        status = wil_perfusion_write(&result, words->out);
    if (status == WIL_OK)
        status = wil_perfusion_page_write(&result, &files->series, inputs.core, words->out, monitor);
    if (status == WIL_OK)
        status = write_result(&result, words, common);
    wil_perfusion_clear(&result);
    return status;
}

static wil_status run(void *settings, const cli_common *common)
{
    request *r = settings;
    WIL_OWN(perfusion_files) files = {0};
    r->config.baseline_first = r->config.baseline_last = -1;
    WIL_TRY(set_baseline(&r->config, r->baseline));
    WIL_TRY(read_files(&files, r, &r->config, cli_given(common, "--aif-kind")));
    return compute(r, &files, &r->config, common);
}

const cli_command cmd_perfusion = {
    .name = "perfusion",
    .purpose = "makes maps of blood flow (CBF, CBV, MTT, Tmax, TTP) from a DSC-MRI series",
    .example = "willis perfusion sub-01_dsc.nii.gz -o sub-01_perfusion --te 0.03 --tr 1.5\n"
               "willis perfusion sub-01_dsc.nii.gz -o out --method parametric --aif artery.nii.gz --motion",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes =
        "TE and TR come from the options, else from the JSON sidecar, else (TR) from the header, unless that "
        "says exactly 1 s, and must agree. The sidecar's VolumeTiming and SliceTiming move frames and slices "
        "to "
        "regular times. Frames that a bolus cannot explain are interpolated or left out, and named. "
        "Relaxivities, hematocrit factor and density come from the options, else from the sidecar's "
        "RelaxivityTissue, RelaxivityBlood, RelaxivityBloodQuadratic, HematocritFactor and DensityGramPerMl. "
        "Writes the maps with units in their sidecars, mask.nii.gz, aif.csv, result.json and report.html. "
        "For research use only.",
};
