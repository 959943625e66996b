/* For whoever looks for a wrong number: with the environment variable WILLIS_DUMP=FOLDER every run writes
 * each result as FOLDER/NODES-NODE-OPERATION.npy (NODES: of the graph, which tells plans apart), as soon as
 * its step has run. Values of bfloat16 are written as floats; of a normalisation of which only statistics are
 * stored, these [3,groups]. */
#include "engine_internal.h"

#include <string.h>

static wil_status note(wil_plan *plan, const wil_draft *d, wil_node node)
{
    const wil_node_info *info = wil_graph_node(d->graph, node);
    WIL_TRY(wil_grow((void **)&plan->dumps, &plan->dump_capacity, plan->n_dumps + 1, sizeof *plan->dumps));
    plan_dump *dump = &plan->dumps[plan->n_dumps++];
    *dump = (plan_dump){
        .step = d->n_steps - 1, .buffer = d->buffer[node], .shape = info->shape, .type = d->type[node]};
    if (d->by_stats[node]) {
        dump->shape = wil_shape_of(2, 3, 1);
        dump->shape.dim[1] = wil_draft_groups(d, node);
        dump->type = WIL_TYPE_F32;
    }
    return wil_text_append(
        &dump->name, "%s/%d-%05d-%s.npy", plan->dump_folder, d->n_nodes, node, wil_op_name(info->kind));
}

wil_status plan_dump_note(wil_plan *plan, const wil_draft *d, int tick)
{
    for (int i = d->ticks[tick].begin; i < d->ticks[tick].end; i++)
        if (d->buffer[d->members[i]] != WIL_NO_BUFFER)
            WIL_TRY(note(plan, d, d->members[i]));
    return WIL_OK;
}

/* The head of an .npy file, version 1: its length is a multiple of 64. */
static wil_status head_of(char **out, size_t *n_out, const plan_dump *dump)
{
    WIL_OWN(char) *words = NULL;
    WIL_TRY(wil_text_append(&words, "{'descr': '%s', 'fortran_order': False, 'shape': (",
        dump->type == WIL_TYPE_F64 ? "<f8" : "<f4"));
    for (int i = 0; i < dump->shape.rank; i++)
        WIL_TRY(wil_text_append(&words, "%lld,", (long long)dump->shape.dim[i]));
    WIL_TRY(wil_text_append(&words, "), }"));
    const size_t n = (strlen(words) + 11 + 63) / 64 * 64;
    WIL_TRY(wil_alloc((void **)out, n, 1));
    memset(*out, ' ', n);
    memcpy(*out, "\x93NUMPY\x01", 8);
    (*out)[8] = (char)((n - 10) & 0xff);
    (*out)[9] = (char)((n - 10) >> 8);
    memcpy(*out + 10, words, strlen(words));
    (*out)[n - 1] = '\n';
    *n_out = n;
    return WIL_OK;
}

static wil_status write_dump(const plan_dump *dump)
{
    WIL_OWN(char) *head = NULL;
    WIL_OWN(char) *file = NULL;
    size_t n_head = 0;
    const int64_t n = wil_shape_count(dump->shape);
    const size_t each = dump->type == WIL_TYPE_F64 ? sizeof(double) : sizeof(float);
    WIL_TRY(head_of(&head, &n_head, dump));
    WIL_TRY(wil_alloc((void **)&file, n_head + (size_t)n * each, 1));
    memcpy(file, head, n_head);
    if (dump->type != WIL_TYPE_BF16)
        memcpy(file + n_head, dump->host, (size_t)n * each);
    for (int64_t i = 0; i < n && dump->type == WIL_TYPE_BF16; i++) {
        const uint32_t bits = (uint32_t)((const uint16_t *)dump->host)[i] << 16;
        memcpy(file + n_head + (size_t)i * each, &bits, sizeof bits);
    }
    return wil_file_write(dump->name, file, n_head + (size_t)n * each);
}

wil_status plan_dump_step(wil_plan *plan, size_t step)
{
    for (size_t i = 0; i < plan->n_dumps; i++) {
        plan_dump *dump = &plan->dumps[i];
        if (dump->step != step)
            continue;
        const size_t bytes = (size_t)wil_shape_count(dump->shape) * wil_type_bytes(dump->type);
        WIL_TRY(plan->table->get(plan->device, plan_address(plan, dump->buffer), bytes, &dump->host));
        WIL_TRY(wil_fail_context(write_dump(dump), "WILLIS_DUMP"));
    }
    return WIL_OK;
}

void plan_dump_clear(wil_plan *plan)
{
    for (size_t i = 0; i < plan->n_dumps; i++)
        wil_free(plan->dumps[i].name);
    wil_free(plan->dumps);
    wil_free(plan->dump_folder);
}
