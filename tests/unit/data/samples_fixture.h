/* A patch set made by hand: n patches of 2 subjects. */
#ifndef WILLIS_TEST_SAMPLES_FIXTURE_H
#define WILLIS_TEST_SAMPLES_FIXTURE_H

#include "data_fixture.h"

static inline void make_patches(wil_samples *out, int n, int height, int width)
{
    const size_t one = (size_t)height * (size_t)width;
    const wil_rng rng = wil_rng_at(5, WIL_RNG_TEST, 0);
    *out = (wil_samples){
        .n = n, .shape = wil_sample_shape_2d(height, width), .n_subjects = 2, .spacing_mm = {0.5, 0.5, 0.7}};
    OK(wil_alloc_f32(&out->image, (size_t)n * one));
    OK(wil_alloc_u8(&out->label, (size_t)n * one));
    OK(wil_alloc_i32(&out->subject, (size_t)n));
    OK(wil_alloc_i32(&out->position, 3 * (size_t)n));
    OK(wil_alloc((void **)&out->subjects, 2, sizeof *out->subjects));
    OK(wil_string_copy(&out->subjects[0], "sub-01"));
    OK(wil_string_copy(&out->subjects[1], "sub-002"));
    OK(wil_alloc_f32(&out->subject_range, 4));
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
