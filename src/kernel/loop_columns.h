/* Sums down the columns of [rows, columns] blocks, in double and in an order fixed by the shape alone: what
 * the sums over axes and the normalisations are made of. */
#ifndef WILLIS_LOOP_COLUMNS_H
#define WILLIS_LOOP_COLUMNS_H

#include "kernel_internal.h"

#define COLUMNS 128 /* columns in one window; their sums stay in the first-level cache */
#define BLOCKS 32   /* row blocks of a long column, each summed on its own */

/* One window of [A, B, C, D] at a fixed a: B rows of n columns of the stride = C D, n a multiple of D. */
typedef struct column_window {
    int64_t rows, stride, n;
} column_window;

/* Narrow windows that fill their rows are read several rows at a time: `wide` rows of n * copies columns,
 * then `rest` rows of n. */
typedef struct widened_rows {
    int64_t copies, wide, rest;
} widened_rows;
widened_rows columns_widen(const column_window *w);

/* The row block `which` of n_blocks: its first row; *rows of it. */
int64_t columns_block(const column_window *w, int64_t which, int64_t n_blocks, int64_t *rows);

/* How the work over [A, B, C, D] is shared out: n_units = A * windows; each in n_blocks row blocks, and
 * either the units or the blocks run in parallel. false if a group of D columns is wider than a window. */
typedef struct column_work {
    kept_and_reduced s;
    int64_t window, n_windows, n_units, n_blocks;
} column_work;
bool columns_share_out(column_work *out, const kept_and_reduced *s);
/* Unit i: the window, and where its first value lies. */
int64_t columns_unit(const column_work *work, int64_t i, column_window *w);

/* Whether the shapes of a sum or a normalisation suit these loops, and how its work is shared out then. */
bool columns_suit_sum(const wil_kernel_call *call, kept_and_reduced *s, column_work *work);
bool columns_suit_normalize(const wil_kernel_call *call, kept_and_reduced *s, column_work *work);

#endif
