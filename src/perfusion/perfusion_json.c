/* The result in words and numbers, for programs. */
#include "willis/perfusion.h"

#include <math.h>
#include <string.h>

/* array with value behind its end; NULL if either is. */
static json_t *with(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) == 0)
        return array;
    json_decref(array);
    return NULL;
}

static json_t *reals(const double *values, int n)
{
    json_t *array = json_array();
    for (int i = 0; i < n; i++)
        array = with(array, wil_json_real(values[i]));
    return array;
}

static json_t *settings_json(const wil_perfusion_result *r)
{
    static const char *const sides[] = {"any", "left", "right"};
    const wil_perfusion_config *c = &r->config;
    return json_pack("{s:s, s:f, s:f, s:o, s:f, s:f, s:f, s:f, s:f, s:o, s:o, s:s, s:s, s:s, s:b, s:b, s:b, "
                     "s:i, s:i, s:I}",
        "method", wil_perfusion_method_name(c->method), "te_s", c->te_s, "tr_s", c->tr_s, "te_second_s",
        wil_json_real(c->te_second_s > 0 ? c->te_second_s : NAN), "r2_tissue", c->r2_tissue, "r2_blood",
        c->r2_blood, "blood_quadratic", c->blood_quadratic, "hematocrit_factor", c->hematocrit_factor,
        "density_g_ml", c->density_g_ml, "psvd", wil_json_real(c->psvd), "oscillation_index",
        wil_json_real(c->oi), "lambda_rule", c->lambda_rule == WIL_PERFUSION_GCV ? "gcv" : "lcurve",
        "aif_search", c->search == WIL_PERFUSION_CLUSTER ? "cluster" : "hierarchical", "aif_hemisphere",
        sides[c->aif_side], "aif_gamma_fit", c->aif_gamma_fit, "motion_corrected", c->correct_motion,
        "leakage_corrected", c->correct_leakage, "bolus", c->bolus, "bootstrap", c->n_bootstrap, "seed",
        (json_int_t)c->seed);
}

/* Bad frames by what became of them. */
static json_t *bad_frames_json(const wil_perfusion_result *r)
{
    static const char *const faults[] = {"", "empty", "gain", "noisy", "excluded"};
    json_t *array = json_array();
    for (int t = 0; r->frames != NULL && t < r->n_time_all; t++)
        if (r->frames[t] != WIL_FRAME_USED)
            array =
                with(array, json_pack("{s:i, s:s, s:s}", "frame", t, "fault", faults[r->frames[t]], "became",
                                t < r->n_time_all - r->n_left_out ? "interpolated" : "left out"));
    return array;
}

static json_t *phases_json(const wil_perfusion_result *r)
{
    const wil_perfusion_phases *p = &r->phases;
    return json_pack("{s:i, s:i, s:o, s:[i,i], s:i, s:i, s:f, s:o}", "frames", r->n_time_all, "discarded",
        p->n_discard, "bad_frames", bad_frames_json(r), "baseline_frames", p->baseline_first,
        p->baseline_last, "arrival_frame", p->arrival, "peak_frame", p->peak, "arrival_s",
        p->arrival * r->config.tr_s, "remaining_frac", wil_json_real(p->remaining_frac));
}

/* Counted as the series' file stores them, as viewers count. */
static json_t *voxels_json(const wil_perfusion_aif *aif, const wil_grid *grid)
{
    json_t *array = json_array();
    for (int i = 0; i < aif->n_voxels; i++) {
        int32_t v[3];
        wil_grid_voxel_stored(v, grid, aif->voxels[i]);
        array = with(array, json_pack("[i,i,i]", (int)v[0], (int)v[1], (int)v[2]));
    }
    return array;
}

static json_t *aif_json(const wil_perfusion_aif *aif, const wil_grid *grid)
{
    const wil_perfusion_aif_quality *q = &aif->quality;
    return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:b, s:b, s:b}", "voxels",
        voxels_json(aif, grid), "tail_cleared", aif->tail_cleared, "peak", wil_json_real(q->peak),
        "time_to_peak_s", wil_json_real(q->time_to_peak_s), "arrival_s", wil_json_real(q->arrival_s),
        "width_s", wil_json_real(q->width_s), "first_moment_s", wil_json_real(q->first_moment_s),
        "irregularity", wil_json_real(q->irregularity), "end_frac", wil_json_real(q->end_frac), "noise_frac",
        wil_json_real(q->noise_frac), "late", q->late, "broad", q->broad, "clipped", q->clipped, "truncated",
        q->truncated, "noisy", q->noisy);
}

static json_t *readouts_json(const wil_perfusion_readouts *v)
{
    return json_pack("{s:s, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "use",
        "for research use only", "brain_ml", v->brain_ml, "tmax_above_4s_ml",
        wil_json_real(v->tmax_above_ml[0]), "tmax_above_6s_ml", wil_json_real(v->tmax_above_ml[1]),
        "tmax_above_8s_ml", wil_json_real(v->tmax_above_ml[2]), "tmax_above_10s_ml",
        wil_json_real(v->tmax_above_ml[3]), "rcbf_below_30_percent_ml", wil_json_real(v->rcbf_below_30_ml),
        "hypoperfusion_intensity_ratio", wil_json_real(v->hypoperfusion_intensity_ratio), "core_ml",
        wil_json_real(v->core_ml), "mismatch_ml", wil_json_real(v->mismatch_ml), "mismatch_ratio",
        wil_json_real(v->mismatch_ratio), "core_given", v->core_given);
}

static json_t *bias_json(const wil_perfusion_result *r)
{
    const wil_perfusion_bias *b = &r->bias;
    if (!r->config.method_bias)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "cbf_true", reals(b->cbf_true, WIL_PERFUSION_BIAS_FLOWS),
        "cbf_mean", reals(b->cbf_mean, WIL_PERFUSION_BIAS_FLOWS), "cbf_sd",
        reals(b->cbf_sd, WIL_PERFUSION_BIAS_FLOWS), "tmax_mean_s",
        reals(b->tmax_mean_s, WIL_PERFUSION_BIAS_FLOWS), "noise_frac", wil_json_real(b->noise_frac));
}

/* Mean of each map in the mask, with its unit. */
static json_t *maps_json(const wil_perfusion_result *r)
{
    json_t *maps = json_object();
    const size_t n = wil_grid_count(&r->grid);
    const double count = (double)wil_mask_count(&r->mask);
    for (int kind = 0; maps != NULL && kind < WIL_MAP_COUNT; kind++) {
        const float *voxels = r->maps[kind].voxels;
        double sum = 0;
        if (voxels == NULL)
            continue;
        for (size_t i = 0; i < n; i++)
            sum += r->mask.voxels[i] != 0 ? (double)voxels[i] : 0;
        json_t *map = json_pack("{s:s, s:o}", "unit", wil_perfusion_map_unit((wil_perfusion_map_kind)kind),
            "mean", wil_json_real(sum / count));
        if (json_object_set_new(maps, wil_perfusion_map_name((wil_perfusion_map_kind)kind), map) != 0) {
            json_decref(maps);
            return NULL;
        }
    }
    return maps;
}

static json_t *movements_json(const wil_perfusion_result *r)
{
    json_t *array = json_array();
    for (int t = 0; r->movements != NULL && t < r->n_time_all; t++) {
        const wil_perfusion_movement *m = &r->movements[t];
        array = with(array,
            json_pack("{s:[f,f,f], s:[f,f,f]}", "mm", m->translation_mm[0], m->translation_mm[1],
                m->translation_mm[2], "degrees", m->rotation_deg[0], m->rotation_deg[1], m->rotation_deg[2]));
    }
    return array;
}

static json_t *warnings_json(const char *warnings)
{
    json_t *array = json_array();
    for (const char *at = warnings == NULL ? "" : warnings; *at != '\0';) {
        const size_t n = strcspn(at, "\n");
        array = with(array, json_stringn(at, n));
        at += n + (at[n] == '\n');
    }
    return array;
}

json_t *wil_perfusion_json(const wil_perfusion_result *r)
{
    static const char *const references[] = {"global", "contralateral", "white"};
    return json_pack("{s:o, s:o, s:o, s:I, s:I, s:I, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f}",
        "settings", settings_json(r), "phases", phases_json(r), "aif", aif_json(&r->aif, &r->grid), "voxels",
        (json_int_t)wil_mask_count(&r->mask), "voxels_refused", (json_int_t)r->n_refused,
        "voxels_without_bolus", (json_int_t)r->n_without_bolus, "relative_to",
        references[r->config.relative_to], "reference_voxels", (json_int_t)r->n_reference, "snr",
        wil_json_real(r->snr), "maps", maps_json(r), "readouts", readouts_json(&r->readouts), "readouts_left",
        readouts_json(&r->side_readouts[0]), "readouts_right", readouts_json(&r->side_readouts[1]), "bias",
        bias_json(r), "motion", movements_json(r), "warnings", warnings_json(r->warnings), "seconds",
        r->seconds);
}
