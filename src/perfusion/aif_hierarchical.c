/* The artery by hierarchical clustering [Peruzzo2011, CMPB 104:e148]: an ellipse in one slice, small, late
 * and irregular curves dropped, then Ward's clustering into two, again and again, each time going on with the
 * cluster that looks more arterial. */
#include "aif_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEMI_MAJOR 0.35 /* of the brain's box, left to right */
#define SEMI_MINOR 0.15 /* front to back */
#define DROP_AREA 0.40
#define DROP_LATE 0.40
#define DROP_IRREGULAR 0.05
#define PEAK_TIE 0.04 /* peaks that differ by less are equal: the earlier cluster wins */
#define FIRST_PASS_S 15.0
#define ENOUGH 6 /* voxels: clustering ends */
#define LEAST 4
#define MOST_SEARCHED 1500 /* curves; clustering is quadratic */

typedef struct entry {
    int32_t index;
    double key;
} entry;
WIL_OWNED_POINTER(entry, wil_free)

static int by_key(const void *a, const void *b)
{
    const entry *x = a;
    const entry *y = b;
    return x->key != y->key ? (x->key > y->key) - (x->key < y->key) : x->index - y->index;
}

static const float *curve_of(const aif_candidates *c, int32_t index)
{
    return c->rates + (size_t)index * (size_t)c->n_time;
}

static double area_of(const aif_candidates *c, int32_t index)
{
    double area = 0;
    for (int i = c->arrival; i < c->n_time; i++)
        area += (double)curve_of(c, index)[i];
    return area;
}

static double peak_frame_of(const aif_candidates *c, int32_t index)
{
    const float *curve = curve_of(c, index);
    int peak = 0;
    for (int i = 1; i < c->n_time; i++)
        if (curve[i] > curve[peak])
            peak = i;
    return peak;
}

static double irregularity_of(const aif_candidates *c, int32_t index)
{
    const float *curve = curve_of(c, index);
    double sum = 0, area = 0;
    for (int i = 2; i < c->n_time; i++) {
        const double bend = (double)curve[i] - 2 * (double)curve[i - 1] + (double)curve[i - 2];
        sum += bend * bend;
        area += (double)curve[i];
    }
    return area > 0 ? sum / (area * area) : INFINITY;
}

static void position(int xyz[3], const aif_candidates *c, int32_t index)
{
    const int nx = c->grid->size[0], ny = c->grid->size[1];
    xyz[0] = c->voxels[index] % nx;
    xyz[1] = c->voxels[index] / nx % ny;
    xyz[2] = c->voxels[index] / nx / ny;
}

/* How arterial a curve is: high, and early. Area of the first pass over the square of its mean time: a sinus,
 * which fills its voxels, has the larger area and the higher peak than an artery that shares its voxels with
 * tissue, but twice the time. Areas instead of peaks, since noise has peaks. */
static double arterial_score(const double *curve, int n_time, int arrival, double dt_s)
{
    const int first = arrival > 1 ? arrival - 1 : 0;
    const int last = first + (int)ceil(FIRST_PASS_S / dt_s);
    double area = 0, moment = 0;
    for (int i = first; i <= last && i < n_time; i++) {
        area += curve[i];
        moment += curve[i] * (i - first);
    }
    if (!(area > 0 && moment > 0))
        return 0;
    const double mean_time = moment / area;
    return area / fmax(1, mean_time * mean_time);
}

static double score_of(const aif_candidates *c, int32_t index, double *work)
{
    for (int i = 0; i < c->n_time; i++)
        work[i] = (double)curve_of(c, index)[i];
    return arterial_score(work, c->n_time, c->arrival, c->dt_s);
}

/* The ellipse in the box of the slice's candidates; in a box so small that it would hold too few, all of it.
 */
static int gather(entry *out, const aif_candidates *c, int z)
{
    int low[2] = {c->grid->size[0], c->grid->size[1]};
    int high[2] = {0, 0};
    int n = 0, n_slice = 0;
    for (int32_t i = 0; i < c->n; i++) {
        int xyz[3];
        position(xyz, c, i);
        if (xyz[2] != z)
            continue;
        n_slice++;
        for (int axis = 0; axis < 2; axis++) {
            low[axis] = xyz[axis] < low[axis] ? xyz[axis] : low[axis];
            high[axis] = xyz[axis] > high[axis] ? xyz[axis] : high[axis];
        }
    }
    const bool small = n_slice < 400;
    for (int32_t i = 0; i < c->n; i++) {
        int xyz[3];
        position(xyz, c, i);
        const double u = (xyz[0] - 0.5 * (low[0] + high[0])) / (SEMI_MAJOR * (high[0] - low[0] + 1));
        const double v = (xyz[1] - 0.5 * (low[1] + high[1])) / (SEMI_MINOR * (high[1] - low[1] + 1));
        if (xyz[2] == z && (small || u * u + v * v <= 1))
            out[n++].index = i;
    }
    return n;
}

/* The slice whose ellipse holds the highest scores: where the arteries' trunks run. Their fourth powers are
 * summed, which the largest decide. entries: room for all candidates. */
static wil_status choose_slice(int *z_out, entry *entries, const aif_candidates *c)
{
    WIL_OWN(double) *curve = NULL;
    double best = -1;
    *z_out = 0;
    WIL_TRY(wil_alloc_f64(&curve, (size_t)c->n_time));
    for (int z = 0; z < c->grid->size[2]; z++) {
        const int n = gather(entries, c, z);
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += pow(score_of(c, entries[i].index, curve), 4);
        if (sum > best) {
            best = sum;
            *z_out = z;
        }
    }
    return WIL_OK;
}

/* Sorts by a measure and keeps the first share. */
static int keep(entry *entries, int n, const aif_candidates *c,
    double (*measure)(const aif_candidates *, int32_t), double sign, double share)
{
    for (int i = 0; i < n; i++)
        entries[i].key = sign * measure(c, entries[i].index);
    qsort(entries, (size_t)n, sizeof *entries, by_key);
    const int kept = (int)ceil(share * n);
    return kept < LEAST ? n : kept;
}

/* ---- Ward's clustering into two ----------------------------------------------------------------------- */

typedef struct ward {
    double *centres; /* [n, n_time] */
    double *sizes;   /* [n]; 0: merged into another */
    int32_t *parent; /* [n]: the cluster that this one went into */
    int n, n_time;
} ward;

static double ward_cost(const ward *w, int a, int b)
{
    double sum = 0;
    const double *x = w->centres + (size_t)a * (size_t)w->n_time;
    const double *y = w->centres + (size_t)b * (size_t)w->n_time;
    for (int i = 0; i < w->n_time; i++)
        sum += (x[i] - y[i]) * (x[i] - y[i]);
    return sum * w->sizes[a] * w->sizes[b] / (w->sizes[a] + w->sizes[b]);
}

static int ward_nearest(const ward *w, int a, int preferred)
{
    int best = preferred;
    double least = preferred >= 0 ? ward_cost(w, a, preferred) : INFINITY;
    for (int b = 0; b < w->n; b++) {
        if (b == a || b == preferred || w->sizes[b] == 0)
            continue;
        const double cost = ward_cost(w, a, b);
        if (cost < least) {
            least = cost;
            best = b;
        }
    }
    return best;
}

static void ward_merge(ward *w, int into, int from)
{
    double *x = w->centres + (size_t)into * (size_t)w->n_time;
    const double *y = w->centres + (size_t)from * (size_t)w->n_time;
    const double total = w->sizes[into] + w->sizes[from];
    for (int i = 0; i < w->n_time; i++)
        x[i] = (x[i] * w->sizes[into] + y[i] * w->sizes[from]) / total;
    w->sizes[into] = total;
    w->sizes[from] = 0;
    w->parent[from] = into;
}

/* Merges found along chains of nearest neighbours are those of the greedy algorithm in another order
 * [Murtagh1983], so the tree is built from all of them, and its root's two branches are the clusters. */
typedef struct ward_step {
    int into, from;
    double cost;
} ward_step;
WIL_OWNED_POINTER(ward_step, wil_free)

static int by_cost(const void *a, const void *b)
{
    const ward_step *x = a;
    const ward_step *y = b;
    return (x->cost > y->cost) - (x->cost < y->cost);
}

static int root_of(const int32_t *parent, int i)
{
    while (parent[i] != i)
        i = parent[i];
    return i;
}

static int ward_chain(ward *w, ward_step *steps, int *chain)
{
    int n_steps = 0, n_chain = 0;
    while (n_steps + 1 < w->n) {
        if (n_chain == 0) {
            int first = 0;
            while (w->sizes[first] == 0)
                first++;
            chain[n_chain++] = first;
        }
        const int top = chain[n_chain - 1];
        const int before = n_chain > 1 ? chain[n_chain - 2] : -1;
        const int next = ward_nearest(w, top, before);
        if (next != before) {
            chain[n_chain++] = next;
            continue;
        }
        n_chain -= 2;
        const int into = top < next ? top : next;
        const int from = top < next ? next : top;
        steps[n_steps++] = (ward_step){into, from, ward_cost(w, top, next)};
        ward_merge(w, into, from);
    }
    return n_steps;
}

/* Labels the two branches of the tree: all merges but the dearest, in order of their cost. */
static void ward_label(const ward *w, ward_step *steps, int n_steps, int32_t *parent, uint8_t *second_out)
{
    for (int i = 0; i < w->n; i++)
        parent[i] = i;
    qsort(steps, (size_t)n_steps, sizeof *steps, by_cost);
    for (int s = 0; s + 1 < n_steps; s++)
        parent[root_of(parent, steps[s].from)] = root_of(parent, steps[s].into);
    for (int i = 0; i < w->n; i++)
        second_out[i] = root_of(parent, i) != root_of(parent, 0);
}

static wil_status ward_split(uint8_t *second_out, const aif_candidates *c, const entry *entries, int n)
{
    WIL_OWN(ward_step) *steps = NULL;
    WIL_OWN(int32_t) *chain = NULL, *parent = NULL;
    WIL_OWN(double) *sizes = NULL, *centres = NULL;
    WIL_TRY(wil_alloc_f64(&centres, (size_t)n * (size_t)c->n_time));
    WIL_TRY(wil_alloc_f64(&sizes, (size_t)n));
    WIL_TRY(wil_alloc_i32(&parent, (size_t)n));
    WIL_TRY(wil_alloc((void **)&steps, (size_t)n, sizeof *steps));
    WIL_TRY(wil_alloc_i32(&chain, (size_t)n));
    for (int i = 0; i < n; i++) {
        sizes[i] = 1;
        for (int t = 0; t < c->n_time; t++)
            centres[(size_t)i * (size_t)c->n_time + (size_t)t] = (double)curve_of(c, entries[i].index)[t];
    }
    ward w = {.n = n, .n_time = c->n_time, .centres = centres, .sizes = sizes, .parent = parent};
    const int n_steps = ward_chain(&w, steps, chain);
    ward_label(&w, steps, n_steps, w.parent, second_out);
    return WIL_OK;
}

/* Height and frame of the peak of a cluster's mean curve, and its score. */
typedef struct cluster_look {
    double height, score;
    int frame;
} cluster_look;

static cluster_look look_at(
    double *mean, const aif_candidates *c, const entry *entries, const uint8_t *second, int n, uint8_t which)
{
    cluster_look look = {.height = -INFINITY};
    int count = 0;
    for (int i = 0; i < n; i++)
        count += second[i] == which;
    for (int t = 0; t < c->n_time; t++) {
        mean[t] = 0;
        for (int i = 0; i < n; i++)
            mean[t] += second[i] == which ? (double)curve_of(c, entries[i].index)[t] / count : 0;
        if (count > 0 && mean[t] > look.height) {
            look.height = mean[t];
            look.frame = t;
        }
    }
    look.score = count > 0 ? arterial_score(mean, c->n_time, c->arrival, c->dt_s) : 0;
    return look;
}

/* The published rule goes by the peak, and by time where peaks are alike; a vein's peak may be the higher
 * one. */
static wil_status more_arterial(
    uint8_t *which_out, const aif_candidates *c, const entry *entries, const uint8_t *second, int n)
{
    WIL_OWN(double) *mean = NULL;
    WIL_TRY(wil_alloc_f64(&mean, (size_t)c->n_time));
    const cluster_look a = look_at(mean, c, entries, second, n, 0);
    const cluster_look b = look_at(mean, c, entries, second, n, 1);
    if (fabs(a.height - b.height) < PEAK_TIE * fmax(a.height, b.height) && a.frame != b.frame)
        *which_out = b.frame < a.frame;
    else
        *which_out = b.score > a.score;
    return WIL_OK;
}

static wil_status narrow(entry *entries, int *n, const aif_candidates *c)
{
    WIL_OWN(uint8_t) *second = NULL;
    WIL_TRY(wil_alloc_u8(&second, (size_t)*n));
    while (*n > ENOUGH) {
        uint8_t which = 0;
        WIL_TRY(ward_split(second, c, entries, *n));
        WIL_TRY(more_arterial(&which, c, entries, second, *n));
        int count = 0;
        for (int i = 0; i < *n; i++)
            count += second[i] == which;
        if (count < LEAST) { /* too few to be trusted: what remains is taken */
            if (*n - count < LEAST)
                break;
            which = (uint8_t)(1 - which);
        }
        int kept = 0;
        for (int i = 0; i < *n; i++)
            if (second[i] == which)
                entries[kept++] = entries[i];
        *n = kept;
    }
    return WIL_OK;
}

wil_status aif_search_hierarchical(int32_t *chosen_out, int *n_out, const aif_candidates *c)
{
    WIL_OWN(entry) *entries = NULL;
    int z = 0;
    WIL_REQUIRE(c->n >= LEAST, WIL_ERR_INPUT, "no artery was found: only %d voxels are searched", c->n);
    WIL_TRY(wil_alloc((void **)&entries, (size_t)c->n, sizeof *entries));
    WIL_TRY(choose_slice(&z, entries, c));
    int n = gather(entries, c, z);
    n = keep(entries, n, c, area_of, -1, 1 - DROP_AREA);
    n = n > MOST_SEARCHED ? MOST_SEARCHED : n;
    n = keep(entries, n, c, peak_frame_of, 1, 1 - DROP_LATE);
    n = keep(entries, n, c, irregularity_of, 1, 1 - DROP_IRREGULAR);
    WIL_TRY(narrow(entries, &n, c));
    for (int i = 0; i < n; i++)
        chosen_out[i] = entries[i].index;
    *n_out = n;
    return WIL_OK;
}
