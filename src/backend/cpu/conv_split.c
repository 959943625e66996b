#include "conv_split.h"

#include "dnnl_common.h"

#include <string.h>

#define LARGE_BYTES ((size_t)64 << 20) /* of scratch memory, which are worth the trouble */
#define PART_BYTES ((size_t)32 << 20)  /* aimed at */
#define LEAST_PLANES 8                 /* in a part; between parts, kernel - stride planes are read twice */

int split_wanted(wil_op_kind kind, const conv_geometry *g, size_t scratch_bytes)
{
    if (kind != WIL_OP_CONV_DW || scratch_bytes < LARGE_BYTES)
        return 1;
    int64_t wanted = (int64_t)((scratch_bytes + PART_BYTES - 1) / PART_BYTES);
    const int64_t most = g->batch > 1 ? g->batch : g->n_spatial == 3 ? g->out[0] / LEAST_PLANES : 1;
    wanted = wanted < most ? wanted : most;
    return wanted < 1 ? 1 : wanted > SPLIT_MOST ? SPLIT_MOST : (int)wanted;
}

static int64_t plane_count(const int64_t *size, const conv_geometry *g, int first, int64_t channels)
{
    int64_t n = channels;
    for (int i = first; i < g->n_spatial; i++)
        n *= size[i];
    return n;
}

/* The part's geometry: samples, or output planes, [begin, end). */
static conv_geometry part_of(const conv_geometry *g, int64_t begin, int64_t end, int64_t *first_in)
{
    conv_geometry part = *g;
    if (g->batch > 1) {
        part.batch = end - begin;
        *first_in = begin;
        return part;
    }
    const int64_t first = begin * g->stride[0] - g->pad[0];
    const int64_t behind = (end - 1) * g->stride[0] - g->pad[0] + g->kernel[0];
    *first_in = first > 0 ? first : 0;
    part.pad[0] = *first_in - first;
    part.in[0] = (behind < g->in[0] ? behind : g->in[0]) - *first_in;
    part.out[0] = end - begin;
    return part;
}

static bool same_geometry(const conv_geometry *a, const conv_geometry *b)
{
    return a->batch == b->batch && a->in[0] == b->in[0] && a->out[0] == b->out[0] && a->pad[0] == b->pad[0];
}

static wil_status find_conv(
    split_conv *c, conv_geometry *made, cpu_device *device, const conv_geometry *part, cpu_conv **out)
{
    for (int i = 0; i < c->n_convs; i++)
        if (same_geometry(&made[i], part)) {
            *out = c->convs[i];
            return WIL_OK;
        }
    WIL_TRY(cpu_conv_new(&c->convs[c->n_convs], device, WIL_OP_CONV_DW, part));
    made[c->n_convs] = *part;
    *out = c->convs[c->n_convs++];
    const size_t bytes = cpu_conv_scratch_bytes(*out);
    c->scratch_bytes = bytes > c->scratch_bytes ? bytes : c->scratch_bytes;
    return WIL_OK;
}

static wil_status make_split(split_conv *out, cpu_device *device, const conv_geometry *g, int n)
{
    conv_geometry made[SPLIT_MOST];
    const bool by_sample = g->batch > 1;
    const int64_t whole = by_sample ? g->batch : g->out[0];
    const size_t value_bytes = g->bf16_operands ? sizeof(uint16_t) : sizeof(float);
    const size_t x_step = (size_t)plane_count(g->in, g, by_sample ? 0 : 1, g->in_channels) * value_bytes;
    const size_t y_step = (size_t)plane_count(g->out, g, by_sample ? 0 : 1, g->out_channels) * value_bytes;
    for (out->n = 0; out->n < n; out->n++) {
        const int64_t begin = out->n * whole / n;
        int64_t first_in = 0;
        const conv_geometry part = part_of(g, begin, (out->n + 1) * whole / n, &first_in);
        conv_part *s = &out->parts[out->n];
        s->x_bytes = (size_t)first_in * x_step;
        s->gradient_bytes = (size_t)begin * y_step;
        WIL_TRY(find_conv(out, made, device, &part, &s->conv));
    }
    return WIL_OK;
}

wil_status split_make(split_conv *out, cpu_device *device, const conv_geometry *g, int n)
{
    memset(out, 0, sizeof *out);
    out->add = wil_tile_find(WIL_OP_ADD);
    out->n_weights = plane_count(g->kernel, g, 0, g->in_channels) * g->out_channels;
    out->part_bytes = dnnl_round_up((size_t)out->n_weights * sizeof(float));
    const wil_status status = make_split(out, device, g, n);
    if (status != WIL_OK)
        split_clear(out);
    return status;
}

void split_clear(split_conv *c)
{
    for (int i = 0; i < c->n_convs; i++)
        cpu_conv_free(c->convs[i]);
    memset(c, 0, sizeof *c);
}

size_t split_scratch_bytes(const split_conv *c)
{
    return c->part_bytes + c->scratch_bytes;
}

wil_status split_run(const split_conv *c, const void *x, const void *gradient, float *out, void *scratch)
{
    float *part = scratch;
    char *rest = (char *)scratch + c->part_bytes;
    for (int i = 0; i < c->n; i++) {
        const conv_part *s = &c->parts[i];
        WIL_TRY(cpu_conv_run(s->conv, (const char *)x + s->x_bytes,
            (const char *)gradient + s->gradient_bytes, i == 0 ? out : part, rest));
        if (i > 0)
            c->add(out, out, part, c->n_weights, 0);
    }
    return WIL_OK;
}
