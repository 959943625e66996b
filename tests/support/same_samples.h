/* Whether two sets in memory are one and the same. */
#ifndef WILLIS_TEST_SAME_SAMPLES_H
#define WILLIS_TEST_SAME_SAMPLES_H

#include <string.h>

#include "outcome.h"
#include "willis/data.h"

static inline void assert_samples_equal(const wil_samples *a, const wil_samples *b)
{
    const size_t n = (size_t)a->n;
    const size_t one = wil_sample_shape_count(a->shape);
    const size_t voxels = one / (size_t)a->shape.channels;
    assert_int_equal(a->n, b->n);
    assert_memory_equal(&a->shape, &b->shape, sizeof a->shape);
    assert_int_equal(a->n_maps, b->n_maps);
    assert_true(a->dt_s == b->dt_s);
    assert_memory_equal(a->spacing_mm, b->spacing_mm, sizeof a->spacing_mm);
    assert_memory_equal(a->image, b->image, n * one * sizeof(float));
    assert_int_equal(a->label == NULL, b->label == NULL);
    if (a->label != NULL)
        assert_memory_equal(a->label, b->label, n * voxels);
    if (a->n_maps > 0)
        assert_memory_equal(
            a->target, b->target, n * (size_t)a->n_maps * voxels / (size_t)a->shape.time * sizeof(float));
    for (int i = 0; i < a->n_maps; i++) {
        assert_string_equal(a->target_names[i], b->target_names[i]);
        assert_string_equal(a->target_units[i], b->target_units[i]);
    }
    assert_memory_equal(a->subject, b->subject, n * sizeof(int32_t));
    assert_memory_equal(a->position, b->position, 3 * n * sizeof(int32_t));
    assert_int_equal(a->n_subjects, b->n_subjects);
    for (int i = 0; i < a->n_subjects; i++)
        assert_string_equal(a->subjects[i], b->subjects[i]);
    assert_memory_equal(
        a->subject_range, b->subject_range, 2 * (size_t)a->n_subjects * sizeof *a->subject_range);
    assert_true(json_equal(a->attributes, b->attributes));
}

#endif
