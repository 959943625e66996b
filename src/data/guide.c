/* Labels as a generator takes them that draws around given ones. */
#include "samples_internal.h"

#include <math.h>
#include <string.h>

#define APART_MM 1e6 /* between the slices of a batch, so that no vessel of another one is the nearest */

static wil_status fill(float *out, const wil_mask *vessels)
{
    const size_t n = wil_grid_count(&vessels->grid);
    WIL_OWN(wil_mask) rest = {0};
    WIL_OWN(float) *to_vessel = NULL, *to_rest = NULL;
    WIL_TRY(wil_mask_make(&rest, &vessels->grid));
    WIL_TRY(wil_alloc_f32(&to_vessel, n));
    WIL_TRY(wil_alloc_f32(&to_rest, n));
    for (size_t k = 0; k < n; k++)
        rest.voxels[k] = vessels->voxels[k] == 0;
    WIL_TRY(wil_mask_distance_mm(to_vessel, vessels));
    WIL_TRY(wil_mask_distance_mm(to_rest, &rest));
    for (size_t k = 0; k < n; k++) { /* centres of voxels lie half a voxel from the edge */
        const float inside = vessels->voxels[k] != 0 ? to_rest[k] - 0.5f : 0.5f - to_vessel[k];
        out[2 * k] = vessels->voxels[k];
        out[2 * k + 1] = fminf(fmaxf(inside / WIL_GUIDE_REACH, -1), 1);
    }
    return WIL_OK;
}

wil_status wil_batch_guide(float *out, const wil_samples *set, const size_t *indices, int count)
{
    const size_t one = wil_sample_shape_count(set->shape);
    const wil_grid grid = wil_grid_make(set->shape.width, set->shape.height, count, 1, 1, APART_MM);
    WIL_OWN(wil_mask) vessels = {0};
    WIL_OWN(void) *memory = NULL;
    WIL_REQUIRE(set->shape.channels == 1 && set->shape.depth == 1 && set->shape.time == 1, WIL_ERR_ARG,
        "the set's samples are not slices of one channel, which this batch needs");
    WIL_TRY(wil_alloc(&memory, (size_t)count, sizeof(wil_sample)));
    WIL_TRY(wil_mask_make(&vessels, &grid));
    wil_sample *samples = memory;
    WIL_TRY(wil_samples_fetch(set, indices, count, samples));
    for (int i = 0; i < count; i++) {
        WIL_REQUIRE(samples[i].label != NULL, WIL_ERR_ARG, "the set has no labels, which this batch needs");
        memcpy(vessels.voxels + (size_t)i * one, samples[i].label, one);
    }
    return fill(out, &vessels);
}

wil_status wil_batch_guide_drawn(float *out, const wil_samples *set, wil_rng rng, uint64_t first, int count)
{
    WIL_OWN(size_t) *indices = NULL;
    WIL_TRY(wil_alloc((void **)&indices, (size_t)count, sizeof *indices));
    for (int i = 0; i < count; i++)
        indices[i] = (size_t)(wil_rng_uniform(rng, first + (uint64_t)i) * (double)set->n);
    return wil_batch_guide(out, set, indices, count);
}
