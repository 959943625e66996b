/* The whole way from a series to maps. */
#include "dsc_brain.h"
#include "run_internal.h"

#include <math.h>
#include <string.h>

#define SAME_TR 0.01     /* headers round to about three digits */
#define FEW_BASELINE 6   /* frames; fewer are told */
#define REMAINS_FRAC 0.4 /* of the drop, at the end: the bolus was cut off */
#define MIN_PIECE_ML 0.5 /* smaller pieces are noise in read-outs */
#define QUIET_SNR 100.0  /* the oscillation index's limit goes from QUIET_OI to NOISY_OI between these */
#define NOISY_SNR 20.0
#define QUIET_OI 0.035
#define NOISY_OI 0.095
#define SMALL_MOVE_MM 2.0
#define LEAST_HALF 0.2 /* of the voxels of the larger half of a mask, in the other */

/* ---- checks -------------------------------------------------------------------------------------------- */

static wil_status check_series(
    const wil_volume *series, const wil_perfusion_inputs *inputs, const wil_perfusion_config *config)
{
    WIL_REQUIRE(series->n_time >= 8, WIL_ERR_INPUT,
        "the series has %d time point%s; perfusion needs a 4D series over the passage of a bolus, of 8 or "
        "more",
        series->n_time, series->n_time == 1 ? " (it is 3D)" : "s");
    if (inputs->mask != NULL)
        WIL_TRY(wil_grid_check_same(&inputs->mask->grid, "the mask", &series->grid, "the series"));
    if (inputs->core != NULL)
        WIL_TRY(wil_grid_check_same(&inputs->core->grid, "the core mask", &series->grid, "the series"));
    if (inputs->white != NULL)
        WIL_TRY(wil_grid_check_same(
            &inputs->white->grid, "the mask of white matter", &series->grid, "the series"));
    WIL_REQUIRE(inputs->white == NULL || config->relative_to == WIL_RELATIVE_WHITE, WIL_ERR_ARG,
        "a mask of white matter was given, but relative maps do not refer to it; ask for it (--relative "
        "white)");
    const bool two = inputs->second_echo != NULL;
    WIL_REQUIRE(two == (config->te_second_s > 0), WIL_ERR_ARG,
        "a second echo needs both its series and its echo time (--echo2 FILE --te2 S); only one was given");
    if (two) {
        WIL_TRY(
            wil_grid_check_same(&inputs->second_echo->grid, "the second echo", &series->grid, "the series"));
        WIL_REQUIRE(inputs->second_echo->n_time == series->n_time, WIL_ERR_INPUT,
            "the second echo has %d time points, the first %d", inputs->second_echo->n_time, series->n_time);
    }
    return WIL_OK;
}

/* ---- stages -------------------------------------------------------------------------------------------- */

static wil_status whole_grid(wil_mask *out, const wil_grid *grid)
{
    WIL_TRY(wil_mask_make(out, grid));
    memset(out->voxels, 1, wil_grid_count(grid));
    return WIL_OK;
}

static wil_status copy_mask(wil_mask *out, const wil_mask *from)
{
    WIL_TRY(wil_mask_make(out, &from->grid));
    memcpy(out->voxels, from->voxels, wil_grid_count(&from->grid));
    return WIL_OK;
}

/* Where maps are made, and the region; a series in which no brain is found has the mask as its region. */
static wil_status make_masks(wil_mask *out, dsc_run *run)
{
    const wil_mask *given = run->inputs->mask;
    const wil_volume *series = run->series;
    const bool automatic = given == NULL && run->result->config.mask_rule == WIL_PERFUSION_MASK_AUTO;
    const wil_status found = wil_perfusion_brain_mask(&run->region, series, 0, series->n_time - 1);
    if (automatic || found == WIL_ERR_MEMORY)
        WIL_TRY(found);
    if (given != NULL || automatic)
        WIL_TRY(copy_mask(out, given != NULL ? given : &run->region));
    else
        WIL_TRY(whole_grid(out, &series->grid));
    WIL_REQUIRE(wil_mask_count(out) > 0, WIL_ERR_INPUT,
        "the brain mask is empty; mark the brain's voxels with 1, or give none and let it be found");
    if (found != WIL_OK)
        WIL_TRY(copy_mask(&run->region, out));
    run->centre_mm = perfusion_run_centre_mm(&run->region);
    return WIL_OK;
}

/* Two halves are compared, so both must be there. */
static wil_status check_halves(const dsc_run *run, const wil_mask *brain)
{
    const size_t n = wil_grid_count(&brain->grid);
    double half[2] = {0};
    if (run->result->config.relative_to != WIL_RELATIVE_SIDE)
        return WIL_OK;
    for (size_t i = 0; i < n; i++)
        half[perfusion_run_x_mm(&brain->grid, (int32_t)i) > run->centre_mm] += brain->voxels[i];
    WIL_REQUIRE(fmin(half[0], half[1]) >= LEAST_HALF * fmax(half[0], half[1]), WIL_ERR_ARG,
        "the mask holds %.0f voxels left and %.0f right of the brain's middle: relative maps cannot refer to "
        "the "
        "other half (--relative contralateral); give a mask of both, or --relative global or white",
        half[0], half[1]);
    return WIL_OK;
}

/* The mean signal; of two echoes their ratio, scaled to the first frame, as T1 can raise both and hide the
 * bolus. */
static wil_status phase_signal(double *out, const dsc_run *run, const wil_mask *brain)
{
    WIL_OWN(double) *second = NULL;
    WIL_TRY(perfusion_run_mean_signal(out, run->series, brain));
    if (run->inputs->second_echo == NULL)
        return WIL_OK;
    WIL_TRY(wil_alloc_f64(&second, (size_t)run->series->n_time));
    WIL_TRY(perfusion_run_mean_signal(second, run->inputs->second_echo, brain));
    const double scale = out[0];
    for (int t = 0; t < run->series->n_time; t++)
        out[t] = out[t] > 0 ? scale * second[t] / out[t] : 0;
    return WIL_OK;
}

/* Frames [*first, *last] of the bolus that was asked for; the frames of the others are not used. Where a
 * series has one, all. */
static wil_status choose_bolus(dsc_run *run, int *first, int *last)
{
    wil_perfusion_result *r = run->result;
    dsc_bolus_frames found[DSC_MOST_BOLUSES];
    double baseline = 0;
    WIL_OWN(float) *before = NULL;
    *first = 0;
    *last = r->n_time_all - run->n_mended_out - 1;
    WIL_TRY(wil_alloc_f32(&before, (size_t)*last + 1));
    for (int t = 0; t <= *last; t++)
        before[t] = (float)r->mean_signal[t];
    WIL_TRY(
        wil_quantile(&baseline, before, (size_t)*last + 1, 0.75)); /* most frames see no agent's first pass */
    const int n = dsc_boluses_find(found, r->mean_signal, *last + 1, baseline), which = r->config.bolus;
    WIL_REQUIRE(which <= 1 || which <= n, WIL_ERR_ARG,
        "bolus %d was asked for (--bolus); the series shows %d", which, n);
    if (n < 2)
        return WIL_OK;
    *first = which > 1 ? found[which - 2].last : 0;
    *last = which < n ? found[which].onset - 1 : *last;
    if (run->told_boluses)
        return WIL_OK;
    run->told_boluses = true;
    return perfusion_run_warn(run,
        "the series shows %d boluses, with onsets in frames %d and %d%s; number %d is used (frames %d to "
        "%d), "
        "another can be asked for (--bolus %d)",
        n, found[0].onset, found[1].onset, n > 2 ? " and later" : "", which, *first, *last,
        which == 1 ? 2 : 1);
}

static wil_status find_phases(dsc_run *run)
{
    wil_perfusion_result *r = run->result;
    wil_perfusion_phases *p = &r->phases;
    wil_perfusion_config config = r->config;
    int first = 0, last = 0;
    WIL_TRY(phase_signal(r->mean_signal, run, &run->region));
    WIL_TRY(choose_bolus(run, &first, &last));
    config.n_discard -= config.n_discard >= first ? first : 0;
    config.baseline_first -= config.baseline_first >= first ? first : 0;
    config.baseline_last -= config.baseline_last >= first ? first : 0;
    WIL_TRY(wil_perfusion_find_phases(p, r->mean_signal + first, last - first + 1, &config));
    p->n_discard += first;
    p->baseline_first += first;
    p->baseline_last += first;
    p->arrival += first;
    p->peak += first;
    r->n_left_out = r->n_time_all - 1 - last;
    r->n_time = r->n_time_all - r->n_left_out - p->n_discard;
    run->frames = (dsc_frames){
        .n_time = r->n_time,
        .baseline_first = p->baseline_first - p->n_discard,
        .baseline_last = p->baseline_last - p->n_discard,
        .te_s = run->inputs->second_echo != NULL ? r->config.te_second_s - r->config.te_s : r->config.te_s,
    };
    return WIL_OK;
}

static wil_status warn_of_phases(dsc_run *run)
{
    const wil_perfusion_phases *p = &run->result->phases;
    const int n_base = p->baseline_last - p->baseline_first + 1;
    if (n_base < FEW_BASELINE)
        WIL_TRY(perfusion_run_warn(
            run, "the baseline has only %d frames, so concentrations are uncertain", n_base));
    if (p->remaining_frac > REMAINS_FRAC)
        WIL_TRY(perfusion_run_warn(run,
            "the bolus is cut off: at the end of the series %.0f %% of its effect remain; volumes and "
            "transit times are too short",
            100 * p->remaining_frac));
    return WIL_OK;
}

/* The user or the sidecar knew better, or was wrong. */
static wil_status warn_of_header(dsc_run *run)
{
    const double header_s = run->series->tr_s, tr_s = run->result->config.tr_s;
    if (!(header_s > 0) || fabs(header_s / tr_s - 1) <= SAME_TR)
        return WIL_OK;
    return perfusion_run_warn(run,
        "the header says the repetition time (TR) is %g s%s; %g s was taken, as the option or the sidecar "
        "says",
        header_s, fabs(header_s / tr_s / 1000 - 1) <= SAME_TR ? ", which seems to be milliseconds" : "",
        tr_s);
}

static wil_status correct_motion(dsc_run *run)
{
    wil_perfusion_result *r = run->result;
    double most_mm = 0;
    if (!r->config.correct_motion)
        return WIL_OK;
    WIL_TRY(wil_alloc((void **)&r->movements, (size_t)r->n_time_all, sizeof *r->movements));
    WIL_TRY(wil_perfusion_correct_motion(
        r->movements, run->series, r->phases.baseline_first, r->phases.baseline_last, run->monitor));
    for (int t = 0; t < r->n_time_all; t++)
        for (int axis = 0; axis < 3; axis++)
            most_mm = fmax(most_mm, fabs(r->movements[t].translation_mm[axis]));
    if (most_mm > SMALL_MOVE_MM)
        WIL_TRY(
            perfusion_run_warn(run, "the head moved by up to %.1f mm; look at the maps with care", most_mm));
    return find_phases(run);
}

/* Noisier curves oscillate for that reason alone; with the quiet limit they would be smoothed until little
 * flow is left. Between the two limits of the literature the SNR decides, on a logarithmic scale. */
static double limit_by_snr(double snr)
{
    const double share = log(QUIET_SNR / fmax(NOISY_SNR, fmin(QUIET_SNR, snr))) / log(QUIET_SNR / NOISY_SNR);
    return QUIET_OI + share * (NOISY_OI - QUIET_OI);
}

static void rates_to_tissue(dsc_run *run)
{
    const size_t n = (size_t)run->n * (size_t)run->frames.n_time;
    const float scale = (float)(1 / run->result->config.r2_tissue);
#pragma omp parallel for
    for (size_t i = 0; i < n; i++)
        run->curves[i] *= scale;
}

static wil_status mean_concentration(dsc_run *run)
{
    const size_t n_time = (size_t)run->frames.n_time;
    WIL_TRY(wil_alloc_f64(&run->result->mean_concentration, n_time));
    for (int i = 0; i < run->n; i++)
        for (size_t t = 0; t < n_time; t++)
            run->result->mean_concentration[t] += (double)run->curves[(size_t)i * n_time + t] / run->n;
    return WIL_OK;
}

static wil_status keep_residue(dsc_run *run)
{
    wil_perfusion_result *r = run->result;
    const size_t n_grid = wil_grid_count(&r->grid), n_time = (size_t)run->frames.n_time;
    WIL_TRY(wil_volume_make(&r->residue, &r->grid, (int)n_time));
    r->residue.tr_s = r->config.tr_s;
    for (int i = 0; i < run->n; i++)
        for (size_t t = 0; t < n_time; t++)
            r->residue.voxels[t * n_grid + (size_t)run->voxels[i]] = run->residue[(size_t)i * n_time + t];
    return WIL_OK;
}

static wil_status deconvolve(dsc_run *run, const deconv_plan *plan)
{
    const wil_perfusion_config *config = &run->result->config;
    const size_t n = (size_t)run->n * (size_t)run->frames.n_time;
    WIL_TRY(wil_alloc((void **)&run->peaks, (size_t)run->n, sizeof *run->peaks));
    if (config->residue)
        WIL_TRY(wil_alloc_f32(&run->residue, n));
    if (config->extra_maps || config->n_bootstrap > 0)
        WIL_TRY(wil_alloc_f32(&run->fit, n));
    WIL_TRY(deconv_run(plan, run->peaks, run->residue, run->fit, run->curves, run->n));
    WIL_TRY(perfusion_run_fill_maps(run));
    if (config->residue)
        WIL_TRY(keep_residue(run));
    return config->n_bootstrap > 0 ? perfusion_run_bootstrap(run, plan) : WIL_OK;
}

static wil_status make_maps(dsc_run *run)
{
    wil_perfusion_result *r = run->result;
    WIL_OWN(deconv_plan) plan = {0};
    if (isnan(r->config.oi))
        r->config.oi = limit_by_snr(r->snr);
    WIL_TRY(deconv_plan_make(&plan, r->aif.concentration, r->n_time, r->config.tr_s, &r->config));
    r->config.psvd = plan.psvd;
    return deconvolve(run, &plan);
}

static wil_status conclude(dsc_run *run)
{
    wil_perfusion_result *r = run->result;
    WIL_TRY(perfusion_run_relative_maps(run));
    const wil_volume *rcbf = r->maps[WIL_MAP_RCBF].voxels != NULL ? &r->maps[WIL_MAP_RCBF] : NULL;
    WIL_TRY(wil_perfusion_read_out(
        &r->readouts, &r->maps[WIL_MAP_TMAX], rcbf, &r->mask, run->inputs->core, MIN_PIECE_ML));
    WIL_TRY(perfusion_run_side_readouts(run));
    if (r->config.method == WIL_PERFUSION_SSVD)
        WIL_TRY(perfusion_run_warn(
            run, "with sSVD, Tmax and CBF depend on the delay of the tissue; read-outs mean little"));
    if (!r->config.method_bias)
        return WIL_OK;
    const double noise_sd = 1 / (r->snr * run->frames.te_s * r->config.r2_tissue);
    return wil_perfusion_simulate_bias(
        &r->bias, r->aif.concentration, r->n_time, r->config.tr_s, noise_sd, &r->config);
}

static wil_status stop_if_asked(const dsc_run *run)
{
    WIL_REQUIRE(
        !wil_monitor_stop_requested(run->monitor), WIL_ERR_INTERRUPTED, "stopped; nothing was written");
    return WIL_OK;
}

static wil_status all_stages(dsc_run *run)
{
    wil_perfusion_result *r = run->result;
    WIL_OWN(wil_mask) brain = {0};
    WIL_TRY(warn_of_header(run));
    WIL_TRY(perfusion_run_mend_frames(run));
    WIL_TRY(wil_volume_require_finite(run->series, "the series"));
    run->n_mended_out = r->n_left_out;
    WIL_TRY(dsc_kind_check(run->series));
    WIL_TRY(make_masks(&brain, run));
    WIL_TRY(check_halves(run, &brain));
    WIL_TRY(wil_alloc_f64(&r->mean_signal, (size_t)r->n_time_all));
    WIL_TRY(find_phases(run));
    WIL_TRY(correct_motion(run));
    WIL_TRY(warn_of_phases(run));
    WIL_TRY(perfusion_run_make_curves(run, &brain));
    WIL_TRY(stop_if_asked(run));
    WIL_TRY(perfusion_run_find_aif(run));
    if (r->config.correct_leakage)
        WIL_TRY(perfusion_run_correct_leakage(run));
    rates_to_tissue(run);
    WIL_TRY(mean_concentration(run));
    WIL_TRY(stop_if_asked(run));
    WIL_TRY(make_maps(run));
    return conclude(run);
}

wil_status wil_perfusion_run(wil_perfusion_result *result, wil_volume *series,
    const wil_perfusion_inputs *inputs, const wil_perfusion_config *config, const wil_monitor *monitor)
{
    const double start_s = wil_time_s();
    WIL_OWN(wil_perfusion_result) made = {.config = *config};
    WIL_OWN(dsc_run) run = {.result = &made, .series = series, .inputs = inputs, .monitor = monitor};
    memset(result, 0, sizeof *result);
    wil_perfusion_config_settle(&made.config);
    made.grid = series->grid;
    made.n_time_all = series->n_time;
    WIL_TRY(wil_perfusion_config_check(config));
    WIL_TRY(check_series(series, inputs, config));
    WIL_TRY(all_stages(&run));
    made.seconds = wil_time_s() - start_s;
    return wil_give_value(result, &made);
}
