/* Bad frames, and frames and slices at odd times, mended before anything else is looked at. */
#include "run_internal.h"

#include <string.h>

#define MOST_BAD 0.25 /* of the frames before those left out: more are no faults, or no series */
#define LEAST_FRAMES 8
#define LONG_GAP 3 /* frames in a row */

/* "5, 30 and 60 to 79" of the frames [first, last] with that fault; how many. */
static wil_status list_frames(char **text, int *n_out, const uint8_t *frames, int first, int last, int fault)
{
    int n = 0;
    for (int t = first; t <= last; t++) {
        int end = t;
        if (frames[t] != fault)
            continue;
        while (end < last && frames[end + 1] == fault)
            end++;
        n += end - t + 1;
        const char *comma = *text == NULL ? "" : ", ";
        WIL_TRY(end > t ? wil_text_append(text, "%s%d to %d", comma, t, end)
                        : wil_text_append(text, "%s%d", comma, t));
        t = end;
    }
    *n_out = n;
    return WIL_OK;
}

static wil_status tell(dsc_run *run, int first, int last, const char *what_became)
{
    static const char *const faults[] = {[WIL_FRAME_EMPTY] = "without numbers",
        [WIL_FRAME_GAIN] = "brighter or darker than the frames around, where no blood flows",
        [WIL_FRAME_NOISY] = "noisier than the others",
        [WIL_FRAME_EXCLUDED] = "excluded as asked"};
    for (int fault = WIL_FRAME_EMPTY; fault <= WIL_FRAME_EXCLUDED; fault++) {
        WIL_OWN(char) *text = NULL;
        int n = 0;
        WIL_TRY(list_frames(&text, &n, run->result->frames, first, last, fault));
        if (n > 0)
            WIL_TRY(perfusion_run_warn(run, "frame%s %s (counted from 0) %s %s and %s %s", n > 1 ? "s" : "",
                text, n > 1 ? "are" : "is", faults[fault], n > 1 ? "were" : "was", what_became));
    }
    return WIL_OK;
}

/* Of two echoes their ratio is used, so that is looked at: T1 changes both alike, and is no fault. */
static wil_status echo_ratio(wil_volume *out, const wil_volume *first, const wil_volume *second)
{
    if (second == NULL)
        return WIL_OK;
    WIL_TRY(wil_volume_make(out, &first->grid, first->n_time));
    const size_t n = wil_grid_count(&first->grid) * (size_t)first->n_time;
    for (size_t i = 0; i < n; i++)
        out->voxels[i] = first->voxels[i] == 0.0F ? 0 : second->voxels[i] / first->voxels[i];
    return WIL_OK;
}

static wil_status find(dsc_run *run)
{
    wil_perfusion_result *r = run->result;
    const uint8_t *excluded = run->inputs->excluded;
    WIL_OWN(wil_volume) ratio = {0};
    WIL_TRY(wil_alloc_u8(&r->frames, (size_t)r->n_time_all));
    if (r->config.bad_frames == WIL_BAD_FRAMES_REPAIR) {
        WIL_TRY(echo_ratio(&ratio, run->series, run->inputs->second_echo));
        WIL_TRY(wil_perfusion_find_bad_frames(r->frames, ratio.voxels != NULL ? &ratio : run->series));
    }
    for (int t = 0; excluded != NULL && t < r->n_time_all; t++)
        r->frames[t] = excluded[t] != 0 ? WIL_FRAME_EXCLUDED : r->frames[t];
    return WIL_OK;
}

/* Those at the end are left out; of the rest, how many there are and how many stand in a row. */
static int count(wil_perfusion_result *r, int *longest_out)
{
    int n = 0, row = 0, last = r->n_time_all - 1;
    *longest_out = 0;
    while (last >= 0 && r->frames[last] != WIL_FRAME_USED)
        last--;
    r->n_left_out = r->n_time_all - 1 - last;
    for (int t = 0; t <= last; t++) {
        row = r->frames[t] != WIL_FRAME_USED ? row + 1 : 0;
        *longest_out = row > *longest_out ? row : *longest_out;
        n += row > 0;
    }
    return n;
}

static wil_status mend_second(dsc_run *run)
{
    const wil_volume *given = run->inputs->second_echo;
    if (given == NULL)
        return WIL_OK;
    WIL_TRY(wil_volume_make(&run->second_echo, &given->grid, given->n_time));
    memcpy(run->second_echo.voxels, given->voxels,
        (size_t)given->n_time * wil_grid_count(&given->grid) * sizeof *given->voxels);
    run->own_inputs = *run->inputs;
    run->own_inputs.second_echo = &run->second_echo;
    WIL_TRY(wil_perfusion_resample(
        &run->second_echo, run->inputs->timing, run->result->frames, run->result->config.tr_s));
    run->inputs = &run->own_inputs;
    return WIL_OK;
}

wil_status perfusion_run_mend_frames(dsc_run *run)
{
    wil_perfusion_result *r = run->result;
    const wil_perfusion_timing *timing = run->inputs->timing;
    int longest = 0;
    WIL_TRY(find(run));
    const int n_bad = count(r, &longest), n_rest = r->n_time_all - r->n_left_out;
    WIL_REQUIRE(n_rest >= LEAST_FRAMES, WIL_ERR_INPUT,
        "only %d of %d frames can be used: the others have no numbers, are outliers or were excluded", n_rest,
        r->n_time_all);
    if (n_bad > MOST_BAD * n_rest && run->inputs->excluded == NULL) {
        memset(r->frames, 0, (size_t)r->n_time_all);
        r->n_left_out = 0;
        WIL_TRY(perfusion_run_warn(run,
            "%d of %d frames look like outliers, which is too many to be faults: all are kept; look at the "
            "series, "
            "and name those that are bad (--exclude-frames)",
            n_bad, n_rest));
    } else {
        WIL_TRY(tell(run, 0, n_rest - 1, "interpolated between others"));
        WIL_TRY(tell(run, n_rest, r->n_time_all - 1, "left out"));
        if (longest >= LONG_GAP)
            WIL_TRY(perfusion_run_warn(run,
                "%d of these frames stand in a row; if the bolus passed meanwhile, maps are uncertain",
                longest));
    }
    const bool timed = timing != NULL && (timing->volume_s != NULL || timing->slice_s != NULL);
    if (!timed && n_bad == 0 && r->n_left_out == 0)
        return WIL_OK;
    if (timed)
        WIL_TRY(perfusion_run_warn(run,
            "the series was moved to frames %g s apart, as %s%s%s in the sidecar say%s", r->config.tr_s,
            timing->volume_s != NULL ? "VolumeTiming" : "",
            timing->volume_s != NULL && timing->slice_s != NULL ? " and " : "",
            timing->slice_s != NULL ? "SliceTiming" : "",
            timing->volume_s != NULL && timing->slice_s != NULL ? "" : "s"));
    WIL_TRY(mend_second(run));
    return wil_perfusion_resample(run->series, timing, r->frames, r->config.tr_s);
}
