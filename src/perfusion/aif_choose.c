/* The arterial input of a run: from a file, a region, or found; then judged. */
#include "perfusion_math.h"
#include "run_internal.h"

#include <math.h>
#include <string.h>

/* ---- from voxels -------------------------------------------------------------------------------------- */

/* Mean rates and signals of grid voxels; those with a signal that is not above 0 are passed over. */
static wil_status average_voxels(dsc_run *run, const int32_t *voxels, int n, double *rates, double *signal)
{
    const size_t n_grid = wil_grid_count(&run->result->grid);
    const int n_time = run->frames.n_time;
    const size_t skip = (size_t)run->result->phases.n_discard;
    const wil_volume *second = run->inputs->second_echo;
    WIL_OWN(float) *row = NULL;
    int used = 0;
    WIL_TRY(wil_alloc_f32(&row, 3 * (size_t)n_time));
    float *other = row + n_time, *rate = other + n_time;
    for (int i = 0; i < n; i++) {
        for (int t = 0; t < n_time; t++) {
            row[t] = run->series->voxels[((size_t)t + skip) * n_grid + (size_t)voxels[i]];
            other[t] = second == NULL ? 0 : second->voxels[((size_t)t + skip) * n_grid + (size_t)voxels[i]];
        }
        if (!rate_row(rate, row, second == NULL ? NULL : other, &run->frames))
            continue;
        used++;
        for (int t = 0; t < n_time; t++) {
            rates[t] += (double)rate[t];
            signal[t] += (double)row[t];
        }
    }
    WIL_REQUIRE(used > 0, WIL_ERR_INPUT,
        "none of the %d voxels of the arterial input can be used: their signals are 0 or negative in some "
        "frame",
        n);
    for (int t = 0; t < n_time; t++) {
        rates[t] /= used;
        signal[t] /= used;
    }
    return WIL_OK;
}

static wil_status keep_places(wil_perfusion_aif *aif, const wil_grid *grid, const int32_t *voxels, int n)
{
    WIL_TRY(wil_alloc((void **)&aif->voxels, (size_t)n, sizeof *aif->voxels));
    aif->n_voxels = n;
    for (int i = 0; i < n; i++) {
        aif->voxels[i][0] = voxels[i] % grid->size[0];
        aif->voxels[i][1] = voxels[i] / grid->size[0] % grid->size[1];
        aif->voxels[i][2] = voxels[i] / grid->size[0] / grid->size[1];
    }
    return WIL_OK;
}

static wil_status from_voxels(dsc_run *run, const int32_t *voxels, int n)
{
    wil_perfusion_aif *aif = &run->result->aif;
    WIL_TRY(average_voxels(run, voxels, n, aif->measured, aif->signal));
    blood_concentration(aif->measured, run->frames.n_time, &run->result->config);
    return keep_places(aif, &run->result->grid, voxels, n);
}

/* ---- found -------------------------------------------------------------------------------------------- */

/* Whether a voxel lies in the wanted half of the brain. */
static bool on_side(const wil_grid *grid, int32_t voxel, double centre_mm, wil_perfusion_side side)
{
    const double at_mm = perfusion_run_x_mm(grid, voxel);
    return side == WIL_SIDE_ANY || (side == WIL_SIDE_LEFT ? at_mm < centre_mm : at_mm > centre_mm);
}

/* The half brain's curves as one block; borrowed curves where no side was asked for. */
static wil_status side_candidates(
    aif_candidates *out, float **rates, int32_t **voxels, const dsc_run *run, const dsc_run *from)
{
    const wil_grid *grid = &run->result->grid;
    const wil_perfusion_side side = run->result->config.aif_side;
    const size_t n_time = (size_t)run->frames.n_time;
    if (side == WIL_SIDE_ANY)
        return WIL_OK;
    WIL_TRY(wil_alloc_f32(rates, (size_t)from->n * n_time));
    WIL_TRY(wil_alloc_i32(voxels, (size_t)from->n));
    out->n = 0;
    for (int i = 0; i < from->n; i++) {
        if (!on_side(grid, from->voxels[i], run->centre_mm, side))
            continue;
        memcpy(*rates + (size_t)out->n * n_time, from->curves + (size_t)i * n_time, n_time * sizeof **rates);
        (*voxels)[out->n++] = from->voxels[i];
    }
    out->rates = *rates;
    out->voxels = *voxels;
    return WIL_OK;
}

/* The artery must not depend on where maps are asked for, so it is sought in the whole brain: curves of its
 * voxels, where the mask is another. */
static wil_status region_curves(dsc_run *of_region, wil_perfusion_result *own, const dsc_run *run)
{
    own->config = run->result->config;
    own->phases = run->result->phases;
    own->grid = run->result->grid;
    of_region->result = own;
    of_region->series = run->series;
    of_region->inputs = run->inputs;
    of_region->frames = run->frames;
    return perfusion_run_make_curves(of_region, &run->region);
}

static wil_status search_in(dsc_run *run, const dsc_run *from)
{
    const wil_perfusion_config *config = &run->result->config;
    WIL_OWN(float) *rates = NULL;
    WIL_OWN(int32_t) *voxels = NULL, *chosen = NULL;
    int n = 0;
    aif_candidates c = {
        .rates = from->curves,
        .voxels = from->voxels,
        .n = from->n,
        .n_time = run->frames.n_time,
        .arrival = run->result->phases.arrival - run->result->phases.n_discard,
        .dt_s = config->tr_s,
        .grid = &run->result->grid,
        .brain = &from->result->mask,
    };
    WIL_TRY(side_candidates(&c, &rates, &voxels, run, from));
    WIL_TRY(wil_alloc_i32(&chosen, (size_t)from->n));
    WIL_TRY(config->search == WIL_PERFUSION_CLUSTER ? aif_search_cluster(chosen, &n, &c)
                                                    : aif_search_hierarchical(chosen, &n, &c));
    for (int i = 0; i < n; i++)
        chosen[i] = c.voxels[chosen[i]];
    return from_voxels(run, chosen, n);
}

static wil_status search(dsc_run *run)
{
    WIL_OWN(dsc_run) of_region = {0};
    WIL_OWN(wil_perfusion_result) own = {0};
    if (run->inputs->mask == NULL && run->result->config.mask_rule == WIL_PERFUSION_MASK_AUTO)
        return search_in(run, run);
    WIL_TRY(region_curves(&of_region, &own, run));
    return search_in(run, &of_region);
}

/* ---- given -------------------------------------------------------------------------------------------- */

static wil_status from_region(dsc_run *run, const wil_perfusion_aif_file *file)
{
    const wil_grid *grid = &run->result->grid;
    const size_t n_grid = wil_grid_count(grid);
    WIL_OWN(int32_t) *voxels = NULL;
    int n = 0;
    if (file->region.voxels != NULL)
        WIL_TRY(
            wil_grid_check_same(&file->region.grid, "the region of the arterial input", grid, "the series"));
    WIL_TRY(wil_alloc_i32(&voxels, n_grid));
    for (size_t i = 0; file->region.voxels != NULL && i < n_grid; i++)
        if (file->region.voxels[i] != 0)
            voxels[n++] = (int32_t)i;
    for (int i = 0; i < file->n_voxels && (size_t)n < n_grid; i++)
        voxels[n++] =
            (file->voxels[i][2] * grid->size[1] + file->voxels[i][1]) * grid->size[0] + file->voxels[i][0];
    return from_voxels(run, voxels, n);
}

/* The artery may see the bolus before the tissue's baseline ends: its own baseline then ends earlier. */
static void convert_signal(dsc_run *run)
{
    wil_perfusion_aif *aif = &run->result->aif;
    const wil_perfusion_config *config = &run->result->config;
    const dsc_frames *f = &run->frames;
    int last = f->baseline_last;
    for (int pass = 0; pass < 2; pass++) {
        int first_pass = 0, last_pass = 0;
        wil_perfusion_concentration(aif->measured, aif->signal, f->n_time,
            frames_mean(aif->signal, f->baseline_first, last), f->te_s, 1);
        aif_first_pass(&first_pass, &last_pass, aif->measured, f->n_time, 0.05);
        if (first_pass > last || first_pass - f->baseline_first < 3)
            break;
        last = first_pass - 1;
    }
    blood_concentration(aif->measured, f->n_time, config);
}

static wil_status from_curve(dsc_run *run, const wil_perfusion_aif_file *file)
{
    wil_perfusion_aif *aif = &run->result->aif;
    const int n_time = run->frames.n_time, n_all = run->result->n_time_all;
    WIL_REQUIRE(file->n == n_all || file->n == n_time, WIL_ERR_INPUT,
        "the arterial input has %d frames, the series %d%s; give one value for each frame of the series",
        file->n, n_all, n_all == n_time ? "" : " (of which the leading ones are discarded)");
    const double *curve = file->curve + (file->n == n_all ? run->result->phases.n_discard : 0);
    double most = 0;
    for (int i = 0; i < n_time; i++) {
        WIL_REQUIRE(isfinite(curve[i]), WIL_ERR_INPUT, "the arterial input is not finite in its frame %d", i);
        most = fmax(most, fabs(curve[i]));
    }
    WIL_REQUIRE(most > 0, WIL_ERR_INPUT,
        "the arterial input is 0 in all %d frames; give a curve with a bolus", n_time);
    for (int i = 0; i < n_time; i++) {
        WIL_REQUIRE(file->is_concentration || curve[i] > 0, WIL_ERR_INPUT,
            "the arterial input is %g in its frame %d, and a signal is above 0; if it is a concentration, "
            "say so (--aif-kind concentration)",
            curve[i], i);
        aif->measured[i] = curve[i];
        aif->signal[i] = file->is_concentration ? NAN : curve[i];
    }
    if (!file->is_concentration)
        convert_signal(run);
    return WIL_OK;
}

/* ---- judged ------------------------------------------------------------------------------------------- */

static wil_status warn_of_quality(dsc_run *run)
{
    const wil_perfusion_aif_quality *q = &run->result->aif.quality;
    if (q->late)
        WIL_TRY(perfusion_run_warn(run,
            "the arterial input comes late: it begins %.1f s after the tissue's bolus; delays and Tmax are "
            "too short",
            q->arrival_s - (run->result->phases.baseline_last + 1) * run->result->config.tr_s));
    if (isnan(q->width_s))
        WIL_TRY(perfusion_run_warn(run, "the arterial input does not fall to half of its peak and is no "
                                        "bolus; is a signal taken for a concentration (--aif-kind)?"));
    else if (q->broad)
        WIL_TRY(perfusion_run_warn(run,
            "the arterial input is broad: %.1f s wide at half of its peak; a dispersed or venous curve gives "
            "too much flow",
            q->width_s));
    if (q->clipped)
        WIL_TRY(perfusion_run_warn(run, "the arterial input seems clipped: its peak is flat; a saturated "
                                        "artery gives too much flow and volume"));
    if (q->truncated)
        WIL_TRY(perfusion_run_warn(run,
            "the arterial input is truncated: %.0f %% of its peak is left at the end of the series; volumes "
            "are uncertain",
            100 * q->end_frac));
    if (q->noisy)
        WIL_TRY(perfusion_run_warn(run,
            "the arterial input is noisy: its baseline varies by %.0f %% of the peak", 100 * q->noise_frac));
    return WIL_OK;
}

static wil_status finish(dsc_run *run)
{
    wil_perfusion_aif *aif = &run->result->aif;
    wil_perfusion_gamma gamma;
    const int n_time = run->frames.n_time;
    const double dt_s = run->result->config.tr_s;
    dsc_frames frames = run->frames;
    const int peak = aif_peak_frame(aif->measured, n_time);
    WIL_REQUIRE(aif->measured[peak] > 0, WIL_ERR_INPUT,
        "the arterial input has no bolus: its concentration is never above 0; is a signal taken for a "
        "concentration (--aif-kind), or the region no artery?");
    int first = 0, last = 0;
    aif_first_pass(&first, &last, aif->measured, n_time, 0.05);
    if (first <= frames.baseline_last && first - frames.baseline_first >= 3)
        frames.baseline_last = first - 1;
    aif->quality = aif_quality(aif->measured, n_time, dt_s, &frames);
    aif->quality.time_to_peak_s += run->result->phases.n_discard * dt_s;
    aif->quality.arrival_s += run->result->phases.n_discard * dt_s;
    memcpy(aif->concentration, aif->measured, (size_t)n_time * sizeof *aif->measured);
    if (run->result->config.aif_gamma_fit)
        WIL_TRY(wil_perfusion_gamma_fit(&gamma, aif->concentration, aif->measured, n_time, dt_s));
    else
        aif->tail_cleared = aif_clear_tail(aif->concentration, n_time, &frames);
    return warn_of_quality(run);
}

/* Curves that move with the head can look more like an artery than an artery does. */
static wil_status check_found(const wil_perfusion_aif *aif)
{
    double area = 0;
    for (int t = 0; t < aif->n_time; t++)
        area += aif->concentration[t];
    WIL_REQUIRE(area > 0, WIL_ERR_INPUT,
        "no artery was found: the curves that look most like one have no bolus; if the head moves, give "
        "--motion, otherwise give the artery (--aif FILE) or another mask");
    return WIL_OK;
}

wil_status perfusion_run_find_aif(dsc_run *run)
{
    wil_perfusion_aif *aif = &run->result->aif;
    const wil_perfusion_aif_file *file = run->inputs->aif;
    const size_t n = (size_t)run->frames.n_time;
    aif->n_time = run->frames.n_time;
    WIL_TRY(wil_alloc_f64(&aif->concentration, n));
    WIL_TRY(wil_alloc_f64(&aif->measured, n));
    WIL_TRY(wil_alloc_f64(&aif->signal, n));
    if (file == NULL)
        WIL_TRY(search(run));
    else if (file->curve != NULL)
        WIL_TRY(from_curve(run, file));
    else
        WIL_TRY(from_region(run, file));
    WIL_TRY(finish(run));
    return file == NULL ? check_found(aif) : WIL_OK;
}
