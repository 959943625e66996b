/* A patch set made by hand: n patches of 2 subjects. */
#ifndef WILLIS_TEST_SAMPLES_FIXTURE_H
#define WILLIS_TEST_SAMPLES_FIXTURE_H

#include "data_fixture.h"

static inline void make_patches(wil_samples *out, int n, int height, int width)
{
    const size_t one = (size_t)height * (size_t)width;
    const wil_rng rng = wil_rng_at(5, WIL_RNG_TEST, 0);
    OK(wil_samples_make(out, wil_sample_shape_2d(height, width), n, 2, 0));
    OK(wil_samples_make_pixels(out, n, true));
    memcpy(out->spacing_mm, (double[3]){0.5, 0.5, 0.7}, sizeof out->spacing_mm);
    OK(wil_string_copy(&out->subjects[0], "sub-01"));
    OK(wil_string_copy(&out->subjects[1], "sub-002"));
    out->subject_range[1] = 200;
    out->subject_range[2] = 50;
    out->subject_range[3] = 100;
    for (size_t i = 0; i < (size_t)n * one; i++) {
        out->image[i] = (float)(250 * wil_rng_uniform(rng, i));
        out->label[i] = out->image[i] > 200;
    }
    for (int i = 0; i < n; i++) {
        out->subject[i] = i % 2;
        for (int k = 0; k < 3; k++)
            out->position[3 * i + k] = 100 * i + k;
    }
    out->attributes = json_pack(
        "{s:s, s:s, s:i, s:f}", "kind", "real", "normalisation", "none", "seed", 9, "vessel_frac", 0.5);
    assert_non_null(out->attributes);
}

#endif
