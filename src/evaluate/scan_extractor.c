#include "scan_extractor.h"

#include <string.h>

#include "willis/model.h"

static wil_status extract_scan(float *row, wil_extractor *net, const wil_subject *subject)
{
    WIL_OWN(wil_volume) volume = {0};
    WIL_REQUIRE(subject->image != NULL, WIL_ERR_INPUT, "%s has no image", subject->id);
    WIL_TRY(wil_volume_read(&volume, subject->image));
    const int size[3] = {volume.grid.size[2], volume.grid.size[1], volume.grid.size[0]};
    WIL_REQUIRE(volume.n_time == 1, WIL_ERR_INPUT, "%s: holds %d time points; a scan is one volume",
        subject->image, volume.n_time);
    return wil_fail_context(
        wil_extractor_volumes(row, net, volume.voxels, 1, size, NULL), "%s", subject->image);
}

static wil_status extract_cohort(
    patch_rows *out, wil_extractor *net, const wil_cohort *cohort, const wil_monitor *monitor)
{
    const double start_s = wil_time_s();
    out->d = wil_extractor_width(net);
    WIL_TRY(wil_alloc_f32(&out->values, (size_t)cohort->n_subjects * (size_t)out->d));
    for (int i = 0; i < cohort->n_subjects; i++) {
        WIL_REQUIRE(!wil_monitor_stop_requested(monitor), WIL_ERR_INTERRUPTED,
            "stopped after the features of %d of %d scans", i, cohort->n_subjects);
        WIL_TRY(extract_scan(out->values + (size_t)i * (size_t)out->d, net, &cohort->subjects[i]));
        wil_monitor_progress(
            monitor, "features", i + 1, cohort->n_subjects, wil_time_s() - start_s, cohort->subjects[i].id);
    }
    return wil_string_format(&out->identity, "%s; of whole scans", wil_extractor_definition(net));
}

wil_status scan_rows_extract(
    patch_rows *out, int64_t *n_out, const wil_sample_source *source, const wil_monitor *monitor)
{
    WIL_OWN(wil_extractor) *net = NULL;
    WIL_OWN(wil_cohort) cohort = {0};
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_extractor_open(&net, source->weights));
    WIL_REQUIRE(wil_extractor_takes_volumes(net), WIL_ERR_INPUT,
        "%s is a network for images, %s is no patch set; cut patches (willis patches), or take a network for "
        "volumes (MedicalNet)",
        source->weights, source->path);
    WIL_TRY(wil_cohort_read(&cohort, source->path));
    WIL_TRY(extract_cohort(out, net, &cohort, monitor));
    *n_out = cohort.n_subjects;
    return WIL_OK;
}
