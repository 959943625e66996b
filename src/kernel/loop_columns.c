#include "loop_columns.h"

widened_rows columns_widen(const column_window *w)
{
    widened_rows out = {1, w->rows, 0};
    if (w->n == w->stride && w->n <= COLUMNS / 2) {
        out.copies = COLUMNS / w->n;
        out.wide = w->rows / out.copies;
        out.rest = w->rows % out.copies;
    }
    return out;
}

int64_t columns_block(const column_window *w, int64_t which, int64_t n_blocks, int64_t *rows)
{
    const int64_t each = (w->rows + n_blocks - 1) / n_blocks;
    const int64_t begin = which * each < w->rows ? which * each : w->rows;
    *rows = w->rows - begin < each ? w->rows - begin : each;
    return begin;
}

bool columns_share_out(column_work *out, const kept_and_reduced *s)
{
    if (s->d > COLUMNS)
        return false;
    const int64_t n_columns = s->c * s->d;
    out->s = *s;
    out->window = COLUMNS / s->d * s->d;
    out->n_windows = (n_columns + out->window - 1) / out->window;
    out->n_units = s->a * out->n_windows;
    out->n_blocks = 1;
    if (out->n_units < 8) { /* too few to share out: blocks of CHUNK values at least */
        const int64_t n_chunks = s->b * (n_columns < out->window ? n_columns : out->window) / CHUNK;
        out->n_blocks = n_chunks < 2 ? 1 : n_chunks < BLOCKS ? n_chunks : BLOCKS;
    }
    return true;
}

int64_t columns_unit(const column_work *work, int64_t i, column_window *w)
{
    const int64_t stride = work->s.c * work->s.d;
    const int64_t first = i % work->n_windows * work->window;
    w->rows = work->s.b;
    w->stride = stride;
    w->n = stride - first < work->window ? stride - first : work->window;
    return i / work->n_windows * work->s.b * stride + first;
}

bool columns_suit_sum(const wil_kernel_call *call, kept_and_reduced *s, column_work *work)
{
    return kernel_split_axes(s, &call->in_shape[0], call->attr.axes) && columns_share_out(work, s);
}

/* Many small groups: preparing windows would cost more than the sums. */
bool columns_suit_normalize(const wil_kernel_call *call, kept_and_reduced *s, column_work *work)
{
    return kernel_split_axes(s, &call->in_shape[0], call->attr.axes) && columns_share_out(work, s) &&
           s->b * s->c * s->d >= COLUMNS;
}
