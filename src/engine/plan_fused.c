/* Fused passes: several elementwise operations of one shape, done tile by tile, so that what lies between
 * them stays in cache. Each tile calls the ordinary kernels on a small piece; tiles do not depend on the
 * threads. */
#include "engine_internal.h"

/* A shape seen as [n, s, c]: first axis, all between, last axis. */
typedef struct three_axes {
    int64_t n, s, c;
} three_axes;

static three_axes see_as_three(wil_shape shape)
{
    three_axes out = {1, 1, 1};
    if (shape.rank > 0)
        out.c = shape.dim[shape.rank - 1];
    if (shape.rank > 1)
        out.n = shape.dim[0];
    for (int i = 1; i < shape.rank - 1; i++)
        out.s *= shape.dim[i];
    return out;
}

bool fused_reads(wil_shape whole, wil_shape operand)
{
    if (wil_shape_equal(whole, operand) || wil_shape_count(operand) == 1)
        return true;
    const three_axes part = see_as_three(operand);
    for (int i = 1; i < whole.rank - 1; i++) /* the middle axes go together */
        if (part.s != 1 && operand.dim[i] != whole.dim[i])
            return false;
    return see_as_three(whole).c <= FUSED_TILE; /* a tile holds whole rows */
}

/* ---- making ------------------------------------------------------------------------------------------- */

static int add_external(fused_pass *pass, int buffer)
{
    for (int i = 0; i < pass->n_external; i++)
        if (pass->buffers[i] == buffer)
            return i;
    pass->buffers[pass->n_external] = buffer;
    return pass->n_external++;
}

static int member_of(const plan_draft *d, plan_moment moment, wil_node root)
{
    for (int i = moment.begin; i < moment.end; i++)
        if (d->members[i] == root)
            return i - moment.begin;
    return -1;
}

static void make_op(const plan_draft *d, plan_moment moment, int i, fused_pass *pass)
{
    const wil_node node = d->members[moment.begin + i];
    const wil_node_info *info = wil_graph_node(d->graph, node);
    const three_axes whole = see_as_three(info->shape);
    fused_op *op = &pass->ops[i];
    op->kernel = wil_kernel_find(wil_op_name(info->kind), WIL_KERNEL_FAST_F32);
    op->params = plan_kernel_params(&info->attr);
    op->n_inputs = info->n_inputs;
    op->slot = -1;
    op->external = d->outside[node] ? add_external(pass, d->buffer[node]) : -1;
    for (int k = 0; k < info->n_inputs; k++) {
        const wil_node root = d->root[info->inputs[k]];
        const three_axes part = see_as_three(wil_graph_shape(d->graph, info->inputs[k]));
        fused_operand *in = &op->in[k];
        in->member = member_of(d, moment, root);
        in->external = in->member < 0 ? add_external(pass, d->buffer[root]) : -1;
        in->runs_n = part.n == whole.n;
        in->runs_s = part.s == whole.s;
        in->runs_c = part.c == whole.c;
    }
}

/* Tiles are reused as soon as their last reader is done; that reader may write over it. */
static void give_slots(fused_pass *pass)
{
    int last_reader[FUSED_MAX] = {0};
    int free_at[FUSED_MAX] = {0}; /* per slot: the operation from which it is free */
    for (int i = 0; i < pass->n_ops; i++)
        for (int k = 0; k < pass->ops[i].n_inputs; k++)
            if (pass->ops[i].in[k].member >= 0)
                last_reader[pass->ops[i].in[k].member] = i;
    for (int i = 0; i < pass->n_ops; i++) {
        int slot = 0;
        if (pass->ops[i].external >= 0)
            continue;
        while (free_at[slot] > i)
            slot++;
        pass->ops[i].slot = slot;
        free_at[slot] = last_reader[i];
    }
}

/* Two neighbouring axes become one if every operand runs along both or neither; an axis of 1 always goes. */
static bool axes_merge(const fused_pass *pass, bool first_pair, int64_t outer, int64_t inner)
{
    for (int i = 0; i < pass->n_ops && outer > 1 && inner > 1; i++)
        for (int k = 0; k < pass->ops[i].n_inputs; k++) {
            const fused_operand *in = &pass->ops[i].in[k];
            if (first_pair ? in->runs_n != in->runs_s : in->runs_s != in->runs_c)
                return false;
        }
    return true;
}

static void merge_axes(fused_pass *pass)
{
    if (axes_merge(pass, true, pass->n, pass->s)) {
        for (int i = 0; i < pass->n_ops; i++)
            for (int k = 0; k < pass->ops[i].n_inputs; k++)
                pass->ops[i].in[k].runs_s =
                    pass->s > 1 ? pass->ops[i].in[k].runs_s : pass->ops[i].in[k].runs_n;
        pass->s *= pass->n;
        pass->n = 1;
    }
    if (axes_merge(pass, false, pass->s, pass->c)) {
        for (int i = 0; i < pass->n_ops; i++)
            for (int k = 0; k < pass->ops[i].n_inputs; k++)
                pass->ops[i].in[k].runs_s =
                    pass->s > 1 ? pass->ops[i].in[k].runs_s : pass->ops[i].in[k].runs_c;
        pass->s *= pass->c;
        pass->c = 1;
    }
}

/* ---- running ------------------------------------------------------------------------------------------ */

/* Rows [row, row + n_rows) of sample n. */
typedef struct tile_place {
    int64_t n, row, n_rows;
} tile_place;

static int64_t external_offset(const fused_pass *pass, const fused_operand *in, tile_place at)
{
    const int64_t rows = in->runs_s ? pass->s : 1;
    const int64_t row = (in->runs_n ? at.n : 0) * rows + (in->runs_s ? at.row : 0);
    return row * (in->runs_c ? pass->c : 1);
}

static void run_tile(const fused_pass *pass, tile_place at, float (*slots)[FUSED_TILE])
{
    float *result[FUSED_MAX];
    for (int i = 0; i < pass->n_ops; i++) {
        const fused_op *op = &pass->ops[i];
        wil_kernel_call call;
        call.params = op->params;
        call.out_shape.rank = 2;
        call.out_shape.dim[0] = at.n_rows;
        call.out_shape.dim[1] = pass->c;
        for (int k = 0; k < op->n_inputs; k++) {
            const fused_operand *in = &op->in[k];
            call.in_shape[k].rank = 2;
            call.in_shape[k].dim[0] = in->member >= 0 || in->runs_s ? at.n_rows : 1;
            call.in_shape[k].dim[1] = in->member >= 0 || in->runs_c ? pass->c : 1;
            call.in[k] = in->member >= 0
                             ? result[in->member]
                             : (const float *)pass->external[in->external] + external_offset(pass, in, at);
        }
        result[i] = op->slot >= 0
                        ? slots[op->slot]
                        : (float *)pass->external[op->external] + (at.n * pass->s + at.row) * pass->c;
        call.out = result[i];
        op->kernel(&call);
    }
}

static wil_status run_fused(plan_step *step)
{
    const fused_pass *pass = step->fused;
    const int64_t rows = pass->c >= FUSED_TILE ? 1 : FUSED_TILE / pass->c;
    const int64_t tiles_per_n = (pass->s + rows - 1) / rows;
    const int64_t n_tiles = pass->n * tiles_per_n;
#pragma omp parallel if (n_tiles > 4)
    {
        float slots[FUSED_MAX][FUSED_TILE];
#pragma omp for schedule(static)
        for (int64_t t = 0; t < n_tiles; t++) {
            const int64_t row = t % tiles_per_n * rows;
            const tile_place at = {t / tiles_per_n, row, pass->s - row < rows ? pass->s - row : rows};
            run_tile(pass, at, slots);
        }
    }
    return WIL_OK;
}

wil_status fused_make(const plan_draft *d, plan_moment moment, plan_step *step)
{
    fused_pass *pass = NULL;
    WIL_TRY(wil_alloc((void **)&pass, 1, sizeof *pass));
    const three_axes whole = see_as_three(wil_graph_shape(d->graph, d->members[moment.begin]));
    pass->n = whole.n;
    pass->s = whole.s;
    pass->c = whole.c;
    pass->n_ops = moment.end - moment.begin;
    for (int i = 0; i < pass->n_ops; i++)
        make_op(d, moment, i, pass);
    give_slots(pass);
    merge_axes(pass);
    step->fused = pass;
    step->run = run_fused;
    return WIL_OK;
}
