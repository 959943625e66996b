/* The named arteries: control points in mm for the right side (mirrored for the left), with the variants that
 * the circle of Willis is known for [Krabbe-Hartkamp1998, Alpers1959]. */
#include "tof_internal.h"

#include <math.h>

static const tof_path ica = {.segment = WIL_TOF_ICA,
    .n = 9,
    .at = {{27, -22, -36}, {26, -21, -29}, {20, -15, -25.5}, {14.5, -8, -22}, {12.5, -2, -16}, {11, 6, -13.5},
        {10.5, 10.5, -8.5}, {10.8, 6, -3.5}, {11.4, 1.5, -1}}};
static const tof_path ica_top = {.segment = WIL_TOF_ICA, .n = 1, .at = {{12, -0.5, 3}}};
static const tof_path eye = {
    .segment = WIL_TOF_OPHTH, .n = 4, .at = {{12.5, 15, -7}, {18, 23, -8.5}, {22, 32, -7}, {21, 44, -7}}};
static const tof_path m1 = {.segment = WIL_TOF_M1, .n = 3, .at = {{20, 1, 5}, {29, 2.5, 4.5}, {36, 2, 3}}};
static const tof_path a1 = {.segment = WIL_TOF_A1, .n = 2, .at = {{8, 4, 5.5}, {2.6, 9.5, 4}}};
static const tof_path a2 = {.segment = WIL_TOF_A2,
    .n = 8,
    .at = {{1.8, 14.5, 6}, {1.7, 23, 11}, {1.8, 29, 18}, {1.8, 31, 27}, {2, 26, 37}, {2, 14, 45}, {2, -2, 50},
        {2, -22, 51}}};
static const tof_path callosomarginal = {.segment = WIL_TOF_A2,
    .n = 5,
    .at = {{2.4, 34, 31}, {2.8, 37, 40}, {2.8, 31, 51}, {3, 19, 59}, {3, 4, 64}}};
static const tof_path p1 = {.segment = WIL_TOF_P1, .n = 2, .at = {{4, -14.5, 1}, {9.5, -16, 1.5}}};
static const tof_path pcom = {.segment = WIL_TOF_PCOM, .n = 2, .at = {{11.5, -5, -1.5}, {10.8, -11, -0.5}}};
static const tof_path p2 = {.segment = WIL_TOF_P2,
    .n = 5,
    .at = {{16, -20, 2}, {19.5, -28, 3.5}, {18, -38, 5.5}, {14, -48, 8.5}, {11.5, -57, 11}}};
static const tof_path va = {.segment = WIL_TOF_VA,
    .n = 4,
    .at = {{15, -38, -52}, {11, -29, -42}, {6, -22, -33}, {1.5, -18.5, -27.5}}};
static const tof_path ba_low = {.segment = WIL_TOF_BA, .n = 1, .at = {{-0.8, -15.5, -19}}};
static const tof_path ba_high = {.segment = WIL_TOF_BA, .n = 1, .at = {{0.5, -13, -11}}};
static const tof_path ba_tip = {.segment = WIL_TOF_BA, .n = 1, .at = {{0.2, -13, -1.5}}};
static const tof_path sca = {
    .segment = WIL_TOF_CBL, .n = 4, .at = {{6, -15, -5}, {14, -21, -4.5}, {19.5, -32, -2}, {17, -43, 2}}};
static const tof_path aica = {
    .segment = WIL_TOF_CBL, .n = 3, .at = {{7, -18, -20}, {17, -22, -21}, {28, -31, -23}}};
static const tof_path pica = {
    .segment = WIL_TOF_CBL, .n = 3, .at = {{13, -33, -45}, {13, -42, -36}, {14, -52, -32}}};
static const tof_path scalp = {.segment = WIL_TOF_SCALP, .n = 2, .at = {{70, -6, -30}, {72, -5, -14}}};
/* From the end of M1 over the insula and out through the Sylvian fissure: M2 and M3, one path for each. */
static const tof_path m2_upper = {
    .segment = WIL_TOF_M2, .n = 3, .at = {{39, 1, 8}, {40.5, 1, 15}, {41, -2, 21}}};
static const tof_path m2_lower = {
    .segment = WIL_TOF_M2, .n = 3, .at = {{39.5, -4, 5}, {41.5, -12, 10}, {42, -20, 15}}};
static const tof_path m3_front = {
    .segment = WIL_TOF_M2, .n = 4, .at = {{42, 10, 12}, {45, 17, 14}, {51, 20, 10}, {55, 19, 11}}};
static const tof_path m3_middle = {
    .segment = WIL_TOF_M2, .n = 4, .at = {{42, -1, 26}, {47, 1, 24}, {54, 2, 17}, {60, 1, 18}}};
static const tof_path m3_back = {
    .segment = WIL_TOF_M2, .n = 4, .at = {{42.5, -9, 27}, {47, -13, 27}, {54, -14, 22}, {60.5, -16, 23}}};
static const tof_path m3_angular = {
    .segment = WIL_TOF_M2, .n = 4, .at = {{43, -28, 21}, {47, -34, 25}, {54, -37, 26}, {58.5, -39, 29}}};
static const tof_path m3_temporal = {
    .segment = WIL_TOF_M2, .n = 4, .at = {{45, -18, 9}, {51, -20, 10}, {57, -22, 10}, {60, -25, 7}}};
static const tof_path m1_temporal = {
    .segment = WIL_TOF_M2, .n = 4, .at = {{31, 8, 0}, {38, 14, -4}, {46, 14, -8}, {53, 10, -10}}};

typedef struct builder {
    wil_tof_tree *tree;
    tof_roots *roots;
    wil_tof_facts *facts;
    wil_rng_cursor *dice;
    double size; /* of this circle, relative */
} builder;

static double spread(builder *b, double amount)
{
    return amount * (2 * wil_rng_next_uniform(b->dice) - 1);
}

/* A path with its middle points moved a little, each in its own way. */
static wil_status lay(builder *b, int *last_out, int from, const tof_path *path, int side, int end)
{
    tof_path bent = *path;
    bent.side = side;
    for (int i = 0; i < bent.n; i++) {
        const double loose = path->segment == WIL_TOF_A2 ? 0.25 : 1; /* the fissure holds them */
        bent.at[i][0] = bent.at[i][0] * b->size + spread(b, 1.3) * loose;
        bent.at[i][1] = bent.at[i][1] * b->size + spread(b, 1.5);
        bent.at[i][2] = bent.at[i][2] * b->size + spread(b, 1.3);
    }
    if (side == 0)
        bent.side = 1;
    const int before = b->tree->n_edges;
    WIL_TRY(tof_tree_curve(b->tree, last_out, from, &bent, end));
    for (int i = before; i < b->tree->n_edges; i++)
        b->tree->edges[i].side = side;
    return WIL_OK;
}

static void note_roots(builder *b, int territory, int side, int first)
{
    b->roots->first[territory][side > 0] = first;
    b->roots->last[territory][side > 0] = b->tree->n_nodes;
}

static wil_status start(builder *b, int *out, double x, double y, double z)
{
    const double at[3] = {x, y, z};
    return tof_tree_node(b->tree, out, at);
}

static wil_status lay_middle_cerebral(builder *b, int terminus, int side)
{
    int end, upper, lower, tail;
    const int before = b->tree->n_nodes;
    WIL_TRY(lay(b, &end, terminus, &m1, side, -1));
    WIL_TRY(lay(b, &tail, before + 5 + (int)wil_rng_next_below(b->dice, 4), &m1_temporal, side, -1));
    WIL_TRY(lay(b, &upper, end, &m2_upper, side, -1));
    const int after_upper = b->tree->n_nodes;
    WIL_TRY(lay(b, &lower, end, &m2_lower, side, -1));
    WIL_TRY(lay(b, &tail, after_upper - 5 - (int)wil_rng_next_below(b->dice, 4), &m3_front, side, -1));
    WIL_TRY(lay(b, &tail, upper, &m3_middle, side, -1));
    WIL_TRY(lay(b, &tail, upper, &m3_back, side, -1));
    WIL_TRY(lay(b, &tail, lower, &m3_angular, side, -1));
    WIL_TRY(lay(b, &tail, lower, &m3_temporal, side, -1));
    note_roots(b, TOF_MCA, side, before + 4);
    return WIL_OK;
}

/* Carotid, middle cerebral and A1 of one side; reports where the posterior communicating leaves. */
static wil_status lay_carotid(builder *b, int side, int *leave_out, int *a1_end_out)
{
    int root, low, top, end, first;
    WIL_TRY(start(b, &root, side * 27.5 * b->size, -23, -62));
    const int before = b->tree->n_nodes;
    WIL_TRY(lay(b, &low, root, &ica, side, -1));
    const int bend = low - 6; /* on the way back from the anterior knee */
    first = b->tree->n_nodes;
    WIL_TRY(lay(b, &end, bend > before ? bend : before, &eye, side, -1));
    note_roots(b, TOF_EYE_ARTERY, side, first);
    WIL_TRY(lay(b, &top, low, &ica_top, side, -1));
    WIL_TRY(lay_middle_cerebral(b, top, side));
    *leave_out = low;
    return lay(b, a1_end_out, top, &a1, side, -1);
}

static wil_status lay_anterior(builder *b, const int a1_end[2])
{
    const double lean = spread(b, 1); /* > 0: the right A1 feeds the left side through the communicating */
    const int giver = lean > 0, taker = !giver;
    b->facts->has_acom = fabs(lean) > 0.08;
    if (b->facts->has_acom) {
        const double share = 0.12 + 0.75 * fabs(lean) * fabs(lean);
        const tof_path straight = {.segment = WIL_TOF_ACOM, .n = 0};
        int end;
        WIL_TRY(tof_tree_curve(b->tree, &end, a1_end[giver], &straight, a1_end[taker]));
        for (int i = 0; i < b->tree->n_edges; i++) {
            wil_tof_edge *edge = &b->tree->edges[i];
            if (edge->to == a1_end[taker])
                edge->share = edge->segment == WIL_TOF_ACOM ? share : 1 - share;
        }
    }
    for (int s = 0; s < 2; s++) {
        const int side = s ? 1 : -1, first = b->tree->n_nodes;
        int end, tail;
        WIL_TRY(lay(b, &end, a1_end[s], &a2, side, -1));
        WIL_TRY(lay(b, &tail, first + 17 + (int)wil_rng_next_below(b->dice, 4), &callosomarginal, side, -1));
        note_roots(b, TOF_ACA, side, first + 4);
    }
    return WIL_OK;
}

static wil_status lay_posterior(builder *b, int tip, int leave, int side)
{
    int junction, end;
    WIL_TRY(lay(b, &junction, tip, &p1, side, -1));
    const double luck = wil_rng_next_uniform(b->dice);
    const bool has = luck > 0.22, fetal = luck > 0.86;
    b->facts->has_pcom[side > 0] = has;
    b->facts->has_fetal_pca[side > 0] = fetal;
    if (has) {
        const double share = fetal ? 0.65 + 0.3 * wil_rng_next_uniform(b->dice) : 0.06 + 0.3 * (luck - 0.22);
        b->tree->edges[b->tree->n_edges - 1].share = 1 - share;
        WIL_TRY(lay(b, &end, leave, &pcom, side, junction));
        b->tree->edges[b->tree->n_edges - 1].share = share;
    }
    const int first = b->tree->n_nodes;
    WIL_TRY(lay(b, &end, junction, &p2, side, -1));
    note_roots(b, TOF_PCA, side, first + 7);
    return WIL_OK;
}

static wil_status lay_cerebellar(builder *b, const tof_path *path, int from, int side, int territory)
{
    int end;
    const int first = b->tree->n_nodes;
    WIL_TRY(lay(b, &end, from, path, side, -1));
    note_roots(b, territory, side, first + 3);
    return WIL_OK;
}

static wil_status lay_hindbrain(builder *b, int *tip_out)
{
    int joint, low, high, from[2];
    WIL_TRY(start(b, &joint, spread(b, 1), -17.5, -25.5 * b->size));
    const double share = 0.5 + spread(b, 0.28); /* of the left vertebral */
    for (int s = 0; s < 2; s++) {
        int root, end;
        WIL_TRY(start(b, &root, (s ? 19 : -19) * b->size, -38, -68));
        from[s] = root;
        WIL_TRY(lay(b, &end, root, &va, s ? 1 : -1, joint));
        b->tree->edges[b->tree->n_edges - 1].share = s ? 1 - share : share;
    }
    WIL_TRY(lay(b, &low, joint, &ba_low, 0, -1));
    WIL_TRY(lay(b, &high, low, &ba_high, 0, -1));
    WIL_TRY(lay(b, tip_out, high, &ba_tip, 0, -1));
    for (int s = 0; s < 2; s++) {
        const int side = s ? 1 : -1;
        WIL_TRY(lay_cerebellar(b, &pica, from[s] + 14 + (int)wil_rng_next_below(b->dice, 3), side, TOF_PICA));
        WIL_TRY(lay_cerebellar(b, &aica, low - (int)wil_rng_next_below(b->dice, 3), side, TOF_AICA));
        WIL_TRY(lay_cerebellar(b, &sca, *tip_out - 2, side, TOF_SCA));
    }
    return WIL_OK;
}

static wil_status lay_scalp(builder *b, const tof_head *head, int side)
{
    int root, end;
    const double skin = head->skull + 0.4 * head->scalp;
    double at[3] = {side * 66.0, -8, -50};
    tof_path path = scalp;
    tof_head_to_depth(head, at, -skin);
    WIL_TRY(start(b, &root, at[0], at[1], at[2]));
    for (int i = 0; i < path.n; i++)
        tof_head_to_depth(head, path.at[i], -skin);
    path.side = side;
    const int first = b->tree->n_nodes;
    WIL_TRY(tof_tree_curve(b->tree, &end, root, &path, -1));
    note_roots(b, TOF_STA, side, first);
    return WIL_OK;
}

wil_status tof_circle_make(wil_tof_tree *tree, tof_roots *roots_out, wil_tof_facts *facts,
    const tof_head *head, wil_rng_cursor *dice)
{
    builder b = {.tree = tree, .roots = roots_out, .facts = facts, .dice = dice};
    b.size = 1 + spread(&b, 0.05);
    int leave[2], a1_end[2], tip;
    for (int s = 0; s < 2; s++)
        WIL_TRY(lay_carotid(&b, s ? 1 : -1, &leave[s], &a1_end[s]));
    WIL_TRY(lay_anterior(&b, a1_end));
    WIL_TRY(lay_hindbrain(&b, &tip));
    for (int s = 0; s < 2; s++) {
        WIL_TRY(lay_posterior(&b, tip, leave[s], s ? 1 : -1));
        WIL_TRY(lay_scalp(&b, head, s ? 1 : -1));
    }
    return WIL_OK;
}
