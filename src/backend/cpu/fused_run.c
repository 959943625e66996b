/* Running a fused pass, tile by tile. */
#include "fused.h"

#include <string.h>

/* One thread's tiles, and where each value of the present tile lies. */
typedef struct tile_work {
    float slots[FUSED_VALUES][FUSED_TILE];
    const float *value[FUSED_VALUES];
    int64_t sample; /* whose repeated values stand in the slots; -1: none */
    double *parts;  /* [sums, channels] of the present block */
    const wil_draws *draws;
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
        const int64_t at = v->skip + (v->runs_n ? sample * pass->c : 0);
        if (v->slot < 0)
            return (const float *)pass->external[v->external] + at;
        load(pass, v, at, pass->c, to);
        for (int64_t i = pass->c; i < n; i++)
            to[i] = to[i - pass->c];
        return to;
    }
    if (v->kind == FUSED_NUMBER)
        load(pass, v, v->skip + (v->runs_n ? sample : 0), 1, &number);
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
        else if (v->kind == FUSED_SUM)
            pass->moves.add_rows(work->parts + v->slot * pass->c, work->value[v->in[0]], at.n_rows, pass->c);
        else if (v->kind == FUSED_COLUMN)
            work->value[i] = read_column(pass, v, at, slot);
        else if (v->kind == FUSED_MASK)
            work->value[i] = pass->moves.mask(slot, (at.n * pass->s + at.row) * pass->c, at.n_rows * pass->c,
                &(wil_tile_mask){v->scalar, v->key, work->draws->seed, work->draws->step});
    }
}

static void run_rows(const fused_pass *pass, int64_t n, int64_t begin, int64_t end, tile_work *work)
{
    for (int64_t row = begin; row < end; row += pass->rows)
        run_tile(pass, (tile_place){n, row, end - row < pass->rows ? end - row : pass->rows}, work);
}

/* ---- sums --------------------------------------------------------------------------------------------- */

#define MOST_BLOCKS 32 /* of a pass over one sample or few */
#define LEAST_TILES 2  /* in a block */

int64_t fused_blocks_per_n(const fused_pass *pass)
{
    const int64_t n_tiles = (pass->s + pass->rows - 1) / pass->rows;
    const int64_t wanted = (MOST_BLOCKS + pass->n - 1) / pass->n;
    const int64_t most = n_tiles / LEAST_TILES > 1 ? n_tiles / LEAST_TILES : 1;
    return wanted < most ? wanted : most;
}

size_t fused_part_bytes(const fused_pass *pass)
{
    return (size_t)(pass->n_sums * pass->n * pass->blocks_per_n * pass->c) * sizeof(double);
}

/* Rows [begin, end) of block b: whole tiles. */
static void run_block(const fused_pass *pass, int64_t n, int64_t b, tile_work *work)
{
    const int64_t n_tiles = (pass->s + pass->rows - 1) / pass->rows;
    const int64_t begin = b * n_tiles / pass->blocks_per_n * pass->rows;
    const int64_t end = (b + 1) * n_tiles / pass->blocks_per_n * pass->rows;
    memset(work->parts, 0, (size_t)(pass->n_sums * pass->c) * sizeof *work->parts);
    run_rows(pass, n, begin, end < pass->s ? end : pass->s, work);
}

/* Adds the blocks [first, first + n) of one sum, in their order, into out. */
static void add_blocks(
    const fused_pass *pass, const fused_value *v, const double *parts, int64_t first, int64_t n, float *out)
{
    double all = 0;
    for (int64_t c = 0; c < pass->c; c++) {
        double sum = 0;
        for (int64_t b = first; b < first + n; b++)
            sum += parts[(b * pass->n_sums + v->slot) * pass->c + c];
        if (v->runs_c)
            out[c] = (float)sum;
        all += sum;
    }
    if (!v->runs_c)
        *out = (float)all;
}

static void finish_sums(const fused_pass *pass, const double *parts)
{
    for (int i = 0; i < pass->n_values; i++) {
        const fused_value *v = &pass->values[i];
        if (v->kind != FUSED_SUM)
            continue;
        float *out = pass->external[v->external];
        if (!v->runs_n)
            add_blocks(pass, v, parts, 0, pass->n * pass->blocks_per_n, out);
        for (int64_t n = 0; n < pass->n && v->runs_n; n++)
            add_blocks(pass, v, parts, n * pass->blocks_per_n, pass->blocks_per_n,
                out + n * (v->runs_c ? pass->c : 1));
    }
}

static void run_with_sums(const fused_pass *pass, const wil_draws *draws, double *parts)
{
    const int64_t n_blocks = pass->n * pass->blocks_per_n;
#pragma omp parallel if (n_blocks > 2)
    {
        tile_work work;
        work.sample = -1;
        work.draws = draws;
#pragma omp for schedule(static)
        for (int64_t b = 0; b < n_blocks; b++) {
            work.parts = parts + b * pass->n_sums * pass->c;
            run_block(pass, b / pass->blocks_per_n, b % pass->blocks_per_n, &work);
        }
    }
    finish_sums(pass, parts);
}

static void run_without_sums(const fused_pass *pass, const wil_draws *draws)
{
    const int64_t tiles_per_n = (pass->s + pass->rows - 1) / pass->rows;
    const int64_t n_tiles = pass->n * tiles_per_n;
#pragma omp parallel if (n_tiles > 8)
    {
        tile_work work;
        work.sample = -1;
        work.draws = draws;
#pragma omp for schedule(static)
        for (int64_t t = 0; t < n_tiles; t++) {
            const int64_t row = t % tiles_per_n * pass->rows;
            run_rows(
                pass, t / tiles_per_n, row, row + pass->rows < pass->s ? row + pass->rows : pass->s, &work);
        }
    }
}

void fused_run(const fused_pass *pass, const wil_draws *draws, double *parts)
{
    if (pass->n_sums > 0)
        run_with_sums(pass, draws, parts);
    else
        run_without_sums(pass, draws);
}
