/* Making fused passes: what a tick's operations read becomes values, repeated where it broadcasts. */
#include "cpu.h"
#include "fused.h"

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

/* Whether values of shape operand can be read by a fused operation whose result is whole. */
static bool fused_reads(wil_shape whole, wil_shape operand)
{
    if (wil_shape_equal(whole, operand) || wil_shape_count(operand) == 1)
        return true;
    const three_axes part = see_as_three(operand);
    for (int i = 1; i < whole.rank - 1; i++) /* the middle axes go together */
        if (part.s != 1 && operand.dim[i] != whole.dim[i])
            return false;
    return see_as_three(whole).c <= FUSED_TILE; /* a tile holds whole rows */
}

static bool is_summed(const wil_node_info *info, int axis)
{
    return (info->attr.axes >> axis & 1u) != 0;
}

/* Whether a sum can be taken in the pass that computes its input: along all axes but the first and the last.
 */
static bool fused_sums(const wil_graph *graph, wil_node node)
{
    const wil_node_info *info = wil_graph_node(graph, node);
    const wil_shape whole = wil_graph_shape(graph, info->inputs[0]);
    for (int i = 1; i < whole.rank - 1; i++)
        if (whole.dim[i] > 1 && !is_summed(info, i))
            return false;
    return see_as_three(whole).c <= FUSED_TILE;
}

/* Whether readers can compute a normalisation from its input and statistics. */
static bool fused_normalizes(const wil_draft *d, wil_node node)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    if (info->kind != WIL_OP_NORMALIZE)
        return false;
    for (int i = 1; i < info->shape.rank - 1; i++)
        if (info->shape.dim[i] > 1 && !is_summed(info, i))
            return false;
    const wil_kernel_call call = {.in_shape = {info->shape}, .out_shape = info->shape, .attr = info->attr};
    return info->shape.rank > 1 && see_as_three(info->shape).c <= FUSED_TILE &&
           wil_kernel_find_stats(false, &call) != NULL;
}

static bool fused_points(const wil_draft *d, wil_node node)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    for (int k = 0; k < info->n_inputs; k++)
        if (!fused_reads(info->shape, wil_graph_shape(d->graph, info->inputs[k])))
            return false;
    return true;
}

wil_fusing cpu_fuses(const wil_draft *d, wil_node node)
{
    switch (wil_op_row(wil_graph_node(d->graph, node)->kind)->class) {
    case WIL_OP_CLASS_POINTWISE:
        return fused_points(d, node) ? WIL_FUSING_POINT : WIL_FUSING_NONE;
    case WIL_OP_CLASS_REDUCE:
        return fused_sums(d->graph, node) ? WIL_FUSING_SUM : WIL_FUSING_NONE;
    case WIL_OP_CLASS_NORM:
        return fused_normalizes(d, node) ? WIL_FUSING_STATS : WIL_FUSING_NONE;
    default:
        return WIL_FUSING_NONE;
    }
}

/* ---- the draft of a pass ------------------------------------------------------------------------------ */

/* Along which axes an operand runs; along the others it has one value. */
typedef struct run_axes {
    bool n, s, c;
} run_axes;

typedef struct pass_draft {
    const wil_draft *d;
    wil_tick tick;
    fused_pass *pass;
    run_axes runs[FUSED_VALUES];
    int of_member[FUSED_MAX]; /* the value of each operation */
    int n_normalized;         /* operands computed from their statistics, and their values */
    wil_node normalized[2 * FUSED_MAX];
    int normalized_value[2 * FUSED_MAX];
} pass_draft;

static int add_external(fused_pass *pass, int buffer)
{
    for (int i = 0; i < pass->n_external; i++)
        if (pass->buffers[i] == buffer)
            return i;
    pass->buffers[pass->n_external] = buffer;
    return pass->n_external++;
}

static int member_of(const pass_draft *p, wil_node root)
{
    for (int i = p->tick.begin; i < p->tick.end; i++)
        if (p->d->members[i] == root)
            return i - p->tick.begin;
    return -1;
}

/* A value that the pass reads; the same one for all who read it. */
static int add_operand(pass_draft *p, const fused_value *value, run_axes runs)
{
    fused_pass *pass = p->pass;
    for (int i = 0; i < pass->n_values; i++) {
        const fused_value *v = &pass->values[i];
        if (v->kind < FUSED_RESULT && v->kind == value->kind && v->external == value->external &&
            v->skip == value->skip && v->scalar == value->scalar && v->key == value->key &&
            p->runs[i].n == runs.n && p->runs[i].s == runs.s && p->runs[i].c == runs.c)
            return i;
    }
    p->runs[pass->n_values] = runs;
    pass->values[pass->n_values] = *value;
    return pass->n_values++;
}

static int find_operand(pass_draft *p, wil_node input, three_axes whole);

static int add_result(pass_draft *p, wil_op_kind kind, int a, int b, bool half)
{
    const fused_value v = {.kind = FUSED_RESULT,
        .external = -1,
        .half = half,
        .runs_n = true,
        .slot = -1,
        .op = wil_tile_find(kind),
        .in = {a, b}};
    p->runs[p->pass->n_values] = (run_axes){true, true, true};
    p->pass->values[p->pass->n_values] = v;
    return p->pass->n_values++;
}

/* (x - shift - offset) r, in the order of the kernel that does it at once */
static int find_normalized(pass_draft *p, wil_node node, three_axes whole)
{
    const wil_node_info *info = wil_graph_node(p->d->graph, node);
    const int last = info->shape.rank - 1;
    const run_axes runs = {
        !is_summed(info, 0) || whole.n == 1, whole.s == 1, !is_summed(info, last) || whole.c == 1};
    const int64_t n_groups = wil_draft_groups(p->d, node);
    for (int i = 0; i < p->n_normalized; i++)
        if (p->normalized[i] == node)
            return p->normalized_value[i];
    int stats[3];
    int value = find_operand(p, info->inputs[0], whole);
    for (int k = 0; k < 3; k++) {
        const fused_value v = {.kind = FUSED_ARRAY,
            .external = add_external(p->pass, p->d->buffer[node]),
            .skip = k * n_groups,
            .slot = -1,
            .in = {-1, -1}};
        stats[k] = add_operand(p, &v, runs);
    }
    value = add_result(p, WIL_OP_SUB, value, stats[0], false);
    value = add_result(p, WIL_OP_SUB, value, stats[1], false);
    value = add_result(p, WIL_OP_MUL, value, stats[2], p->d->type[node] == WIL_TYPE_BF16);
    p->normalized[p->n_normalized] = node;
    p->normalized_value[p->n_normalized++] = value;
    return value;
}

static int find_operand(pass_draft *p, wil_node input, three_axes whole)
{
    const wil_node root = p->d->root[input];
    const wil_node_info *info = wil_graph_node(p->d->graph, root);
    const three_axes part = see_as_three(wil_graph_shape(p->d->graph, input));
    const run_axes runs = {part.n == whole.n, part.s == whole.s, part.c == whole.c};
    const int member = member_of(p, root);
    if (member >= 0)
        return p->of_member[member];
    if (p->d->by_stats[root])
        return find_normalized(p, root, whole);
    fused_value v = {.kind = FUSED_ARRAY, .external = -1, .slot = -1, .in = {-1, -1}};
    if (p->d->inlined[root]) {
        v.kind = info->kind == WIL_OP_FILL ? FUSED_CONSTANT : FUSED_MASK;
        v.scalar = info->attr.scalar;
        v.key = info->attr.key;
    } else {
        v.external = add_external(p->pass, p->d->buffer[root]);
        v.half = p->d->type[root] == WIL_TYPE_BF16;
    }
    return add_operand(p, &v, runs);
}

static void add_sum(pass_draft *p, int i)
{
    const wil_node node = p->d->members[p->tick.begin + i];
    const wil_node_info *info = wil_graph_node(p->d->graph, node);
    const wil_shape whole = wil_graph_shape(p->d->graph, info->inputs[0]);
    const bool runs_n = whole.rank > 1 && !is_summed(info, 0);
    const bool runs_c = whole.rank > 0 && !is_summed(info, whole.rank - 1);
    const int value = p->of_member[member_of(p, p->d->root[info->inputs[0]])];
    p->runs[p->pass->n_values] = (run_axes){runs_n, false, runs_c};
    p->of_member[i] = p->pass->n_values;
    p->pass->values[p->pass->n_values++] = (fused_value){.kind = FUSED_SUM,
        .external = add_external(p->pass, p->d->buffer[node]),
        .slot = p->pass->n_sums++,
        .in = {value, value}};
}

static void add_op(pass_draft *p, int i, three_axes whole)
{
    const wil_node node = p->d->members[p->tick.begin + i];
    const wil_node_info *info = wil_graph_node(p->d->graph, node);
    if (info->kind == WIL_OP_SUM) {
        add_sum(p, i);
        return;
    }
    fused_value v = {.kind = FUSED_RESULT,
        .external = p->d->outside[node] ? add_external(p->pass, p->d->buffer[node]) : -1,
        .half = p->d->type[node] == WIL_TYPE_BF16,
        .runs_n = true,
        .slot = -1,
        .op = wil_tile_find(info->kind),
        .scalar = info->attr.scalar};
    for (int k = 0; k < 2; k++)
        v.in[k] = find_operand(p, info->inputs[k < info->n_inputs ? k : 0], whole);
    p->runs[p->pass->n_values] = (run_axes){true, true, true};
    p->of_member[i] = p->pass->n_values;
    p->pass->values[p->pass->n_values++] = v;
}

/* ---- shapes ------------------------------------------------------------------------------------------- */

/* A sum keeps n or c, never the axis between: what it keeps must not become that axis. */
static bool sums_stay_apart(const pass_draft *p, bool first_pair, int64_t outer, int64_t inner)
{
    for (int i = 0; i < p->pass->n_values; i++)
        if (p->pass->values[i].kind == FUSED_SUM &&
            (first_pair ? p->runs[i].n && outer > 1 : p->runs[i].c && inner > 1))
            return true;
    return false;
}

/* Two neighbouring axes become one if every operand runs along both or neither; an axis of 1 always goes. */
static bool axes_merge(const pass_draft *p, bool first_pair, int64_t outer, int64_t inner)
{
    if (sums_stay_apart(p, first_pair, outer, inner))
        return false;
    for (int i = 0; i < p->pass->n_values && outer > 1 && inner > 1; i++) {
        const fused_kind kind = p->pass->values[i].kind;
        const run_axes *runs = &p->runs[i];
        if (kind != FUSED_CONSTANT && kind != FUSED_MASK &&
            (first_pair ? runs->n != runs->s : runs->s != runs->c))
            return false;
    }
    return true;
}

static void merge_axes(pass_draft *p)
{
    fused_pass *pass = p->pass;
    if (axes_merge(p, true, pass->n, pass->s)) {
        for (int i = 0; i < pass->n_values; i++)
            p->runs[i].s = pass->s > 1 ? p->runs[i].s : p->runs[i].n;
        pass->s *= pass->n;
        pass->n = 1;
    }
    if (axes_merge(p, false, pass->s, pass->c)) {
        for (int i = 0; i < pass->n_values; i++)
            p->runs[i].s = pass->s > 1 ? p->runs[i].s : p->runs[i].c;
        pass->s *= pass->c;
        pass->c = 1;
    }
    pass->rows = pass->c >= FUSED_TILE ? 1 : FUSED_TILE / pass->c;
}

static void choose_kinds(pass_draft *p)
{
    const fused_pass *pass = p->pass;
    for (int i = 0; i < pass->n_values; i++) {
        fused_value *v = &p->pass->values[i];
        const run_axes runs = p->runs[i];
        v->runs_n = runs.n && pass->n > 1;
        v->runs_c = runs.c && pass->c > 1;
        if (v->kind != FUSED_ARRAY)
            continue;
        const bool along_s = runs.s || pass->s == 1;
        const bool along_c = runs.c || pass->c == 1;
        v->kind = along_s ? (along_c ? FUSED_ARRAY : FUSED_COLUMN) : (along_c ? FUSED_ROW : FUSED_NUMBER);
        if (pass->s == 1 && pass->c == 1)
            v->kind = FUSED_NUMBER; /* one value a sample */
    }
}

/* ---- tiles -------------------------------------------------------------------------------------------- */

static bool needs_slot(const fused_pass *pass, const fused_value *v)
{
    if (v->kind == FUSED_ARRAY)
        return v->half;
    if (v->kind == FUSED_ROW)
        return v->half || pass->rows > 1;
    return v->kind != FUSED_RESULT || v->external < 0 || v->half;
}

/* A tile is reused as soon as its last reader is done; that reader may write over it. Values that stay for a
 * whole sample keep theirs. */
static void give_slots(fused_pass *pass)
{
    int last_reader[FUSED_VALUES] = {0};
    int free_at[FUSED_VALUES] = {0}; /* per slot: the value from which it is free */
    for (int i = 0; i < pass->n_values; i++)
        for (int k = 0; k < 2 && pass->values[i].kind >= FUSED_RESULT; k++)
            last_reader[pass->values[i].in[k]] = i;
    for (int i = 0; i < pass->n_values; i++) {
        fused_value *v = &pass->values[i];
        int slot = 0;
        if (v->kind == FUSED_SUM || !needs_slot(pass, v))
            continue;
        const bool stays = v->kind == FUSED_ROW || v->kind == FUSED_NUMBER || v->kind == FUSED_CONSTANT;
        while (free_at[slot] > (stays ? 0 : i))
            slot++;
        v->slot = slot;
        free_at[slot] = stays ? FUSED_VALUES : last_reader[i] > i ? last_reader[i] : i + 1;
    }
}

static wil_status run_fused(wil_step *step)
{
    fused_run(step->own, step->draws, step->scratch_at);
    return WIL_OK;
}

static void make_pass(pass_draft *p)
{
    const three_axes whole = see_as_three(wil_graph_shape(p->d->graph, p->d->members[p->tick.begin]));
    p->pass->n = whole.n;
    p->pass->s = whole.s;
    p->pass->c = whole.c;
    p->pass->moves = wil_tile_moves_find();
    for (int i = 0; i < p->tick.end - p->tick.begin; i++)
        add_op(p, i, whole);
    merge_axes(p);
    choose_kinds(p);
    give_slots(p->pass);
    p->pass->blocks_per_n = fused_blocks_per_n(p->pass);
}

wil_status cpu_lower_fused(wil_draft *d, int tick)
{
    pass_draft p = {.d = d, .tick = d->ticks[tick]};
    const wil_op_kind first = wil_graph_node(d->graph, d->members[p.tick.begin])->kind;
    wil_step step = wil_step_empty(p.tick.end - p.tick.begin > 1 ? "fused" : wil_op_name(first));
    WIL_OWN(fused_pass) *pass = NULL;
    WIL_TRY(wil_alloc((void **)&pass, 1, sizeof *pass));
    p.pass = pass;
    make_pass(&p);
    WIL_TRY(wil_draft_add_scratch(d, tick, fused_part_bytes(pass), &step.scratch));
    step.own = pass;
    step.clear = wil_free;
    step.run = run_fused;
    step.more = pass->buffers;
    step.more_at = pass->external;
    step.n_more = pass->n_external;
    pass = NULL; /* the step's */
    return wil_draft_add_step(d, &step);
}
