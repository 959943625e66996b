#include "fused.h"

#include <string.h>

/* One thread's tiles, and where each value of the present tile lies. */
typedef struct tile_work {
    float slots[FUSED_VALUES][FUSED_TILE];
    const float *value[FUSED_VALUES];
    int64_t sample; /* whose repeated values stand in the slots; -1: none */
    uint64_t seed;
    uint32_t step;
} tile_work;

/* Rows [row, row + n_rows) of sample n. */
typedef struct tile_place {
    int64_t n, row, n_rows;
} tile_place;

static void load(const fused_pass *pass, const fused_value *v, int64_t at, int64_t n, float *to)
{
    if (v->half)
        pass->moves.widen(to, (const uint16_t *)pass->external[v->external] + at, n);
    else
        memcpy(to, (const float *)pass->external[v->external] + at, (size_t)n * sizeof *to);
}

static void repeat_number(float *to, float number, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        to[i] = number;
}

/* Values that are the same in every tile of a sample. */
static const float *repeat_value(const fused_pass *pass, const fused_value *v, int64_t sample, float *to)
{
    const int64_t n = pass->rows * pass->c;
    float number = (float)v->scalar;
    if (v->kind == FUSED_ROW) {
        const int64_t at = v->runs_n ? sample * pass->c : 0;
        if (v->slot < 0)
            return (const float *)pass->external[v->external] + at;
        load(pass, v, at, pass->c, to);
        for (int64_t i = pass->c; i < n; i++)
            to[i] = to[i - pass->c];
        return to;
    }
    if (v->kind == FUSED_NUMBER)
        load(pass, v, v->runs_n ? sample : 0, 1, &number);
    repeat_number(to, number, n);
    return to;
}

static void begin_sample(const fused_pass *pass, int64_t sample, tile_work *work)
{
    for (int i = 0; i < pass->n_values; i++) {
        const fused_value *v = &pass->values[i];
        if (v->kind == FUSED_ROW || v->kind == FUSED_NUMBER || v->kind == FUSED_CONSTANT)
            work->value[i] = repeat_value(pass, v, sample, v->slot < 0 ? NULL : work->slots[v->slot]);
    }
    work->sample = sample;
}

static const float *read_array(const fused_pass *pass, const fused_value *v, tile_place at, float *to)
{
    const int64_t first = ((v->runs_n ? at.n : 0) * pass->s + at.row) * pass->c;
    if (v->slot < 0)
        return (const float *)pass->external[v->external] + first;
    load(pass, v, first, at.n_rows * pass->c, to);
    return to;
}

static const float *read_column(const fused_pass *pass, const fused_value *v, tile_place at, float *to)
{
    float column[FUSED_TILE];
    load(pass, v, (v->runs_n ? at.n : 0) * pass->s + at.row, at.n_rows, column);
    for (int64_t row = 0; row < at.n_rows; row++)
        repeat_number(to + row * pass->c, column[row], pass->c);
    return to;
}

static const float *compute(const fused_pass *pass, const fused_value *v, tile_place at, tile_work *work)
{
    const int64_t first = (at.n * pass->s + at.row) * pass->c;
    const int64_t n = at.n_rows * pass->c;
    float *to = v->slot >= 0 ? work->slots[v->slot] : (float *)pass->external[v->external] + first;
    v->op(to, work->value[v->in[0]], work->value[v->in[1]], n, (float)v->scalar);
    if (v->half)
        pass->moves.round(to, n);
    if (v->external >= 0 && v->half)
        pass->moves.narrow((uint16_t *)pass->external[v->external] + first, to, n);
    return to;
}

static void run_tile(const fused_pass *pass, tile_place at, tile_work *work)
{
    if (work->sample != at.n)
        begin_sample(pass, at.n, work);
    for (int i = 0; i < pass->n_values; i++) {
        const fused_value *v = &pass->values[i];
        float *slot = v->slot < 0 ? NULL : work->slots[v->slot];
        if (v->kind == FUSED_RESULT)
            work->value[i] = compute(pass, v, at, work);
        else if (v->kind == FUSED_ARRAY)
            work->value[i] = read_array(pass, v, at, slot);
        else if (v->kind == FUSED_COLUMN)
            work->value[i] = read_column(pass, v, at, slot);
        else if (v->kind == FUSED_MASK)
            work->value[i] = pass->moves.mask(slot, (at.n * pass->s + at.row) * pass->c, at.n_rows * pass->c,
                &(wil_tile_mask){v->scalar, v->key, work->seed, work->step});
    }
}

void fused_run(const fused_pass *pass, uint64_t seed, uint32_t step)
{
    const int64_t tiles_per_n = (pass->s + pass->rows - 1) / pass->rows;
    const int64_t n_tiles = pass->n * tiles_per_n;
#pragma omp parallel if (n_tiles > 8)
    {
        tile_work work;
        work.sample = -1;
        work.seed = seed;
        work.step = step;
#pragma omp for schedule(static)
        for (int64_t t = 0; t < n_tiles; t++) {
            const int64_t row = t % tiles_per_n * pass->rows;
            const int64_t left = pass->s - row;
            run_tile(pass, (tile_place){t / tiles_per_n, row, left < pass->rows ? left : pass->rows}, &work);
        }
    }
}
