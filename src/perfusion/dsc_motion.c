/* Rigid motion correction. Each frame is moved so that its correlation with the mean baseline is largest:
 * with the frame's intensities free up to scale and offset, maximal normalised correlation is a least squares
 * problem, solved by Gauss-Newton steps in which scale, offset and movement are linear [Friston1995]. The
 * bolus darkens the whole brain, which scale and offset take up. */
#include "perfusion_math.h"
#include "willis/num.h"
#include "willis/perfusion.h"

#include <math.h>
#include <string.h>

#define MOST_SAMPLES 24000
#define MOST_STEPS 40
#define SMALL_MM 1e-3
#define SMALL_RAD 1e-5
#define N_MOVES 6
#define N_UNKNOWNS (N_MOVES + 2)

/* Coordinates: voxel axes in mm from the grid's centre. */
typedef struct sample {
    float at_mm[3];
    float value; /* of the reference */
} sample;
WIL_OWNED_POINTER(sample, wil_free)

typedef struct motion_task {
    wil_volume *series;
    const sample *samples;
    int n_samples;
    double smooth_mm;
    bool flat; /* one slice: only in-plane movement can be seen */
    wil_perfusion_movement *movements;
    bool failed;
} motion_task;

/* Rows of the rotation about x, then y, then z; angles in radians. */
static void rotation(double r[3][3], const double angles[3])
{
    const double cx = cos(angles[0]), sx = sin(angles[0]), cy = cos(angles[1]), sy = sin(angles[1]);
    const double cz = cos(angles[2]), sz = sin(angles[2]);
    const double m[3][3] = {{cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx},
        {sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx}, {-sy, cy * sx, cy * cx}};
    memcpy(r, m, sizeof m);
}

/* Trilinear value and gradient (per mm) at a place; false outside of the voxel centres. */
static bool look_up(
    double *value, double gradient[3], const float *voxels, const wil_grid *grid, const double at_mm[3])
{
    size_t low[3], step[3];
    double part[3];
    size_t stride = 1;
    for (int axis = 0; axis < 3; axis++) {
        const int n = grid->size[axis];
        const double x = at_mm[axis] / grid->spacing_mm[axis] + 0.5 * (n - 1);
        if (n > 1 && !(x >= 0 && x <= n - 1))
            return false;
        const int i = n == 1 ? 0 : (int)fmin(floor(x), n - 2);
        part[axis] = n == 1 ? 0 : x - i;
        low[axis] = (size_t)i * stride;
        step[axis] = n == 1 ? 0 : stride;
        stride *= (size_t)n;
    }
    double corner[2][2][2];
    for (int c = 0; c < 8; c++) {
        const size_t at =
            low[0] + low[1] + low[2] + (c & 1 ? step[0] : 0) + (c & 2 ? step[1] : 0) + (c & 4 ? step[2] : 0);
        corner[c >> 2][c >> 1 & 1][c & 1] = (double)voxels[at];
    }
    double plane[2][2]; /* [z][y], interpolated along x */
    double slope[2][2];
    for (int z = 0; z < 2; z++)
        for (int y = 0; y < 2; y++) {
            slope[z][y] = corner[z][y][1] - corner[z][y][0];
            plane[z][y] = corner[z][y][0] + part[0] * slope[z][y];
        }
    const double u = part[1], v = part[2];
    const double front = plane[0][0] + u * (plane[0][1] - plane[0][0]);
    const double back = plane[1][0] + u * (plane[1][1] - plane[1][0]);
    *value = front + v * (back - front);
    gradient[0] = ((1 - v) * ((1 - u) * slope[0][0] + u * slope[0][1]) +
                      v * ((1 - u) * slope[1][0] + u * slope[1][1])) /
                  grid->spacing_mm[0];
    gradient[1] =
        ((1 - v) * (plane[0][1] - plane[0][0]) + v * (plane[1][1] - plane[1][0])) / grid->spacing_mm[1];
    gradient[2] = (back - front) / grid->spacing_mm[2];
    return true;
}

static void move_point(double out[3], const double r[3][3], const double shift[3], const double at[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = r[i][0] * at[0] + r[i][1] * at[1] + r[i][2] * at[2] + shift[i];
}

/* Regression of the reference on the moved frame, a constant, and the frame's change by each movement. */
static int regress(double a[N_UNKNOWNS][N_UNKNOWNS], double b[N_UNKNOWNS], const motion_task *task,
    const float *frame, const double moves[N_MOVES])
{
    double r[3][3];
    int used = 0;
    rotation(r, moves + 3);
    memset(a, 0, N_UNKNOWNS * sizeof *a);
    memset(b, 0, N_UNKNOWNS * sizeof *b);
    for (int i = 0; i < task->n_samples; i++) {
        const sample *s = &task->samples[i];
        const double from[3] = {(double)s->at_mm[0], (double)s->at_mm[1], (double)s->at_mm[2]};
        double at[3], g[3], value = 0;
        move_point(at, (const double(*)[3])r, moves, from);
        if (!look_up(&value, g, frame, &task->series->grid, at))
            continue;
        const double arm[3] = {at[0] - moves[0], at[1] - moves[1], at[2] - moves[2]};
        /* a small further turn about the axes moves the point by axis x arm */
        const double row[N_UNKNOWNS] = {value, 1, g[0], g[1], g[2], g[2] * arm[1] - g[1] * arm[2],
            g[0] * arm[2] - g[2] * arm[0], g[1] * arm[0] - g[0] * arm[1]};
        used++;
        for (int j = 0; j < N_UNKNOWNS; j++) {
            b[j] += row[j] * (double)s->value;
            for (int k = 0; k <= j; k++)
                a[j][k] += row[j] * row[k];
        }
    }
    return used;
}

/* Movements that cannot be seen are held at 0. */
static void hold(double a[N_UNKNOWNS][N_UNKNOWNS], double b[N_UNKNOWNS], bool flat)
{
    static const bool seen_in_plane[N_UNKNOWNS] = {true, true, true, true, false, false, false, true};
    for (int j = 0; j < N_UNKNOWNS; j++) {
        if (!flat || seen_in_plane[j])
            continue;
        for (int k = 0; k < N_UNKNOWNS; k++)
            *(k <= j ? &a[j][k] : &a[k][j]) = k == j;
        b[j] = 0;
    }
}

/* The composition turn * R, back to angles. */
static void turn_further(double angles[3], const double turn[3])
{
    double r[3][3], more[3][3], both[3][3];
    rotation(r, angles);
    rotation(more, turn);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            both[i][j] = more[i][0] * r[0][j] + more[i][1] * r[1][j] + more[i][2] * r[2][j];
    angles[0] = atan2(both[2][1], both[2][2]);
    angles[1] = -asin(fmax(-1, fmin(1, both[2][0])));
    angles[2] = atan2(both[1][0], both[0][0]);
}

static void find_movement(double moves[N_MOVES], const motion_task *task, const float *frame)
{
    for (int step = 0; step < MOST_STEPS; step++) {
        double a[N_UNKNOWNS][N_UNKNOWNS];
        double b[N_UNKNOWNS];
        if (regress(a, b, task, frame, moves) < task->n_samples / 4)
            return; /* moved out of the field: what was found so far stays */
        hold(a, b, task->flat);
        if (!cholesky_solve(&a[0][0], b, N_UNKNOWNS) || !(b[0] > 0))
            return;
        double far_mm = 0, far_rad = 0;
        for (int i = 0; i < 3; i++) {
            const double mm = b[2 + i] / b[0], rad = b[5 + i] / b[0];
            moves[i] += fmax(-4, fmin(4, mm));
            b[5 + i] = fmax(-0.05, fmin(0.05, rad));
            far_mm = fmax(far_mm, fabs(mm));
            far_rad = fmax(far_rad, fabs(rad));
        }
        turn_further(moves + 3, b + 5);
        if (far_mm < SMALL_MM && far_rad < SMALL_RAD)
            return;
    }
}

/* Replaces the frame by itself, moved; beyond its border its own value stays. */
static void apply(float *frame, float *copy, const wil_grid *grid, const double moves[N_MOVES])
{
    double r[3][3];
    const size_t n = wil_grid_count(grid);
    rotation(r, moves + 3);
    memcpy(copy, frame, n * sizeof *copy);
    for (size_t i = 0; i < n; i++) {
        const size_t index[3] = {i % (size_t)grid->size[0], i / (size_t)grid->size[0] % (size_t)grid->size[1],
            i / (size_t)grid->size[0] / (size_t)grid->size[1]};
        double from[3], at[3], gradient[3];
        double value = 0;
        for (int axis = 0; axis < 3; axis++)
            from[axis] = ((double)index[axis] - 0.5 * (grid->size[axis] - 1)) * grid->spacing_mm[axis];
        move_point(at, (const double(*)[3])r, moves, from);
        if (look_up(&value, gradient, copy, grid, at))
            frame[i] = (float)value;
    }
}

static wil_status correct_frame(motion_task *task, int64_t t)
{
    const wil_grid *grid = &task->series->grid;
    const size_t n = wil_grid_count(grid);
    float *frame = task->series->voxels + (size_t)t * n;
    double moves[N_MOVES] = {0};
    WIL_OWN(wil_volume) smooth = {0};
    WIL_TRY(wil_volume_make(&smooth, grid, 1));
    memcpy(smooth.voxels, frame, n * sizeof *frame);
    WIL_TRY(wil_volume_smooth(&smooth, task->smooth_mm));
    find_movement(moves, task, smooth.voxels);
    apply(frame, smooth.voxels, grid, moves);
    for (int i = 0; i < 3; i++) {
        task->movements[t].translation_mm[i] = moves[i];
        task->movements[t].rotation_deg[i] = moves[3 + i] * 180 / WIL_NUM_PI;
    }
    return WIL_OK;
}

static void correct_frames(int64_t begin, int64_t end, void *context)
{
    motion_task *task = context;
    for (int64_t t = begin; t < end; t++)
        if (correct_frame(task, t) != WIL_OK) {
#pragma omp atomic write
            task->failed = true;
        }
}

/* Every so manieth voxel of the brain in the reference. */
static int take_samples(sample *out, const wil_volume *reference, const wil_mask *brain, size_t every)
{
    const int *size = reference->grid.size;
    const size_t n = wil_grid_count(&reference->grid);
    size_t inside = 0;
    int count = 0;
    for (size_t i = 0; i < n; i++) {
        if (brain->voxels[i] == 0 || inside++ % every != 0 || count >= MOST_SAMPLES)
            continue;
        const size_t at[3] = {i % (size_t)size[0], i / (size_t)size[0] % (size_t)size[1],
            i / (size_t)size[0] / (size_t)size[1]};
        for (int axis = 0; axis < 3; axis++)
            out[count].at_mm[axis] =
                (float)(((double)at[axis] - 0.5 * (size[axis] - 1)) * reference->grid.spacing_mm[axis]);
        out[count++].value = reference->voxels[i];
    }
    return count;
}

static wil_status make_reference(
    wil_volume *out, const wil_volume *series, int first, int last, double smooth_mm)
{
    const size_t n = wil_grid_count(&series->grid);
    WIL_TRY(wil_volume_make(out, &series->grid, 1));
    for (int t = first; t <= last; t++)
        for (size_t i = 0; i < n; i++)
            out->voxels[i] += series->voxels[(size_t)t * n + i] / (float)(last - first + 1);
    return wil_volume_smooth(out, smooth_mm);
}

wil_status wil_perfusion_correct_motion(wil_perfusion_movement *movements_out, wil_volume *series, int first,
    int last, const wil_monitor *monitor)
{
    const wil_grid *grid = &series->grid;
    const bool flat = grid->size[2] == 1;
    WIL_REQUIRE(grid->size[0] >= 4 && grid->size[1] >= 4, WIL_ERR_INPUT,
        "motion cannot be seen in %dx%d voxels; 4x4 at least are needed", grid->size[0], grid->size[1]);
    WIL_REQUIRE(
        !wil_monitor_stop_requested(monitor), WIL_ERR_INTERRUPTED, "stopped before motion correction");
    motion_task task = {.series = series,
        .flat = flat,
        .movements = movements_out,
        .smooth_mm = 1.2 * fmax(grid->spacing_mm[0], grid->spacing_mm[1])};
    WIL_OWN(wil_volume) reference = {0};
    WIL_OWN(wil_mask) brain = {0};
    WIL_OWN(sample) *samples = NULL;
    memset(movements_out, 0, (size_t)series->n_time * sizeof *movements_out);
    WIL_TRY(wil_perfusion_brain_mask(&brain, series, first, last));
    WIL_TRY(wil_mask_dilate(&brain, 2 * fmax(grid->spacing_mm[0], grid->spacing_mm[1])));
    WIL_TRY(make_reference(&reference, series, first, last, task.smooth_mm));
    WIL_TRY(wil_alloc((void **)&samples, MOST_SAMPLES, sizeof *samples));
    task.n_samples = take_samples(samples, &reference, &brain, wil_mask_count(&brain) / MOST_SAMPLES + 1);
    task.samples = samples;
    wil_parallel_for(series->n_time, 1, correct_frames, &task);
    return task.failed ? wil_fail(WIL_ERR_MEMORY, "out of memory for motion correction") : WIL_OK;
}
