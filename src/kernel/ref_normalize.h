/* Template: REAL is the type, NAME(x) the function's name. Normalisation over any set of axes. */

/* A group: all positions that share their indices along the axes that are not normalised over. Element j of
 * group i is at place(i, groups) + place(j, members). */
typedef struct NAME(groups) {
    wil_shape whole, groups, members;
    int64_t n_groups, n_members;
} NAME(groups);

static NAME(groups) NAME(groups_of)(const wil_kernel_call *call)
{
    NAME(groups) g = {.whole = call->out_shape, .groups = call->out_shape, .members = call->out_shape};
    for (int i = 0; i < g.whole.rank; i++) {
        const bool normalised = (call->attr.axes >> i & 1u) != 0;
        (normalised ? &g.groups : &g.members)->dim[i] = 1;
    }
    g.n_groups = wil_shape_count(g.groups);
    g.n_members = wil_shape_count(g.members);
    return g;
}

/* Mean of (a - a_shift) (b - b_shift) over the group that begins at these pointers. b NULL: of a - a_shift.
 */
static double NAME(group_mean)(
    const NAME(groups) * g, const REAL *a, double a_shift, const REAL *b, double b_shift)
{
    double sum = 0;
    for (int64_t j = 0; j < g->n_members; j++) {
        const int64_t at = NAME(place)(j, &g->members, &g->whole);
        sum += ((double)a[at] - a_shift) * (b == NULL ? 1.0 : (double)b[at] - b_shift);
    }
    return sum / (double)g->n_members;
}

void NAME(normalize)(const wil_kernel_call *call)
{
    const NAME(groups) g = NAME(groups_of)(call);
#pragma omp parallel for schedule(static) if (g.n_groups * g.n_members > PARALLEL_MIN)
    for (int64_t i = 0; i < g.n_groups; i++) {
        const int64_t first = NAME(place)(i, &g.groups, &g.whole);
        const REAL *x = (const REAL *)call->in[0] + first;
        REAL *out = (REAL *)call->out + first;
        const double mean = NAME(group_mean)(&g, x, 0.0, NULL, 0.0);
        const double r = 1.0 / sqrt(NAME(group_mean)(&g, x, mean, x, mean) + call->attr.scalar);
        for (int64_t j = 0; j < g.n_members; j++) {
            const int64_t at = NAME(place)(j, &g.members, &g.whole);
            out[at] = (REAL)(((double)x[at] - mean) * r);
        }
    }
}

void NAME(normalize_dx)(const wil_kernel_call *call)
{
    const NAME(groups) g = NAME(groups_of)(call);
#pragma omp parallel for schedule(static) if (g.n_groups * g.n_members > PARALLEL_MIN)
    for (int64_t i = 0; i < g.n_groups; i++) {
        const int64_t first = NAME(place)(i, &g.groups, &g.whole);
        const REAL *d_y = (const REAL *)call->in[0] + first;
        const REAL *x = (const REAL *)call->in[1] + first;
        REAL *out = (REAL *)call->out + first;
        const double mean = NAME(group_mean)(&g, x, 0.0, NULL, 0.0);
        const double r = 1.0 / sqrt(NAME(group_mean)(&g, x, mean, x, mean) + call->attr.scalar);
        const double mean_d_y = NAME(group_mean)(&g, d_y, 0.0, NULL, 0.0);
        const double mean_d_y_y = NAME(group_mean)(&g, d_y, 0.0, x, mean) * r;
        for (int64_t j = 0; j < g.n_members; j++) {
            const int64_t at = NAME(place)(j, &g.members, &g.whole);
            const double y = ((double)x[at] - mean) * r;
            out[at] = (REAL)(r * ((double)d_y[at] - mean_d_y - y * mean_d_y_y));
        }
    }
}
