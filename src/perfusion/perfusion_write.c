/* Maps, sidecars, the mask and the arterial input as files. */
#include "willis/perfusion.h"

#include <math.h>
#include <string.h>

static wil_status in_folder(char **out, const char *folder, const char *name, const char *extension)
{
    WIL_OWN(char) *file = NULL;
    WIL_TRY(wil_string_format(&file, "%s%s", name, extension));
    return wil_path_join(out, folder, file);
}

static wil_status write_volume(
    const wil_volume *volume, const char *folder, const char *name, const char *unit)
{
    WIL_OWN(char) *path = NULL;
    char description[80];
    snprintf(description, sizeof description, "%s in %s; for research use only", name, unit);
    WIL_TRY(in_folder(&path, folder, name, ".nii.gz"));
    return wil_volume_write(volume, path, WIL_NIFTI_F32, description);
}

/* What a map is and how it came about: all settings stand beside each map, so that none travels without them.
 */
static wil_status write_sidecar(
    const wil_perfusion_result *r, const char *folder, const char *name, const char *unit, json_t *settings)
{
    WIL_OWN(char) *path = NULL;
    WIL_OWN(json_t) *sidecar = json_pack("{s:s, s:s, s:s, s:s, s:O}", "Map", name, "Units", unit, "Method",
        wil_perfusion_method_name(r->config.method), "Use", "for research use only", "Settings", settings);
    WIL_REQUIRE(sidecar != NULL, WIL_ERR_MEMORY, "out of memory for the sidecar of %s", name);
    WIL_TRY(in_folder(&path, folder, name, ".json"));
    return wil_json_save(sidecar, path);
}

static wil_status write_maps(const wil_perfusion_result *r, const char *folder, json_t *settings)
{
    for (int kind = 0; kind < WIL_MAP_COUNT; kind++) {
        const char *name = wil_perfusion_map_name((wil_perfusion_map_kind)kind);
        const char *unit = wil_perfusion_map_unit((wil_perfusion_map_kind)kind);
        if (r->maps[kind].voxels == NULL)
            continue;
        WIL_TRY(write_volume(&r->maps[kind], folder, name, unit));
        WIL_TRY(write_sidecar(r, folder, name, unit, settings));
    }
    if (r->residue.voxels != NULL) {
        WIL_TRY(write_volume(&r->residue, folder, "residue", "1/s"));
        WIL_TRY(write_sidecar(r, folder, "residue", "1/s", settings));
    }
    return WIL_OK;
}

static wil_status write_mask(const wil_perfusion_result *r, const char *folder)
{
    WIL_OWN(char) *path = NULL;
    WIL_TRY(in_folder(&path, folder, "mask", ".nii.gz"));
    return wil_mask_write(&r->mask, path, "voxels with perfusion maps");
}

/* frame: of the series as given. used: what the deconvolution took. */
static wil_status aif_text(char **out, const wil_perfusion_result *r)
{
    const wil_perfusion_aif *aif = &r->aif;
    WIL_TRY(wil_text_append(out, "frame,time_s,concentration,used_concentration,signal\n"));
    for (int i = 0; i < aif->n_time; i++) {
        char signal[32] = "";
        if (isfinite(aif->signal[i]))
            snprintf(signal, sizeof signal, "%.9g", aif->signal[i]);
        const int frame = i + r->phases.n_discard;
        WIL_TRY(wil_text_append(out, "%d,%.6g,%.17g,%.17g,%s\n", frame, frame * r->config.tr_s,
            aif->measured[i], aif->concentration[i], signal));
    }
    return WIL_OK;
}

static wil_status write_aif(const wil_perfusion_result *r, const char *folder)
{
    WIL_OWN(char) *path = NULL, *text = NULL;
    WIL_TRY(in_folder(&path, folder, "aif", ".csv"));
    WIL_TRY(aif_text(&text, r));
    return wil_file_write(path, text, strlen(text));
}

wil_status wil_perfusion_write(const wil_perfusion_result *result, const char *folder)
{
    WIL_OWN(json_t) *all = wil_perfusion_json(result);
    WIL_REQUIRE(all != NULL, WIL_ERR_MEMORY, "out of memory for the settings");
    WIL_TRY(write_maps(result, folder, json_object_get(all, "settings")));
    WIL_TRY(write_mask(result, folder));
    return write_aif(result, folder);
}
