/* The head moves: each frame of the noiseless series is resampled by a rigid movement. A point p of the head,
 * in mm along the voxel axes from the grid's centre, lies at R p + t, R turning about x, then y, then z. */
#include "bolus_internal.h"
#include "willis/num.h"

#include <math.h>
#include <string.h>

#define DEG_PER_MM 0.5 /* rotations that go with a movement of 1 mm: about 70 mm from the neck's axis */
#define KEEP 0.9       /* of the place, from frame to frame */
#define STEP 0.3

/* A restless head: a wandering place that is drawn back, and in half of the subjects one start. */
void bolus_movements(wil_dsc_subject *subject, const wil_dsc_config *config, int number)
{
    wil_rng_cursor dice = {
        .rng = wil_rng_at(config->seed ^ 0x6d6f7665u, WIL_RNG_PHANTOM_BOLUS, (uint32_t)number)};
    const int n = config->n_frames;
    const bool starts = wil_rng_next_uniform(&dice) < 0.5;
    const int when = n / 4 + (int)wil_rng_next_below(&dice, (uint64_t)n / 2);
    for (int axis = 0; axis < 6; axis++) {
        const double size = config->motion_mm * (axis < 3 ? 1 : DEG_PER_MM);
        const double start = starts ? wil_rng_next_normal(&dice) : 0;
        double place = 0;
        for (int f = 0; f < n; f++) {
            subject->movement[f][axis] = size * (place + (f >= when ? start : 0));
            place = KEEP * place + STEP * wil_rng_next_normal(&dice);
        }
    }
}

static void rotation(double r[3][3], const double deg[3])
{
    double s[3], c[3];
    for (int i = 0; i < 3; i++) {
        s[i] = sin(deg[i] * WIL_NUM_PI / 180);
        c[i] = cos(deg[i] * WIL_NUM_PI / 180);
    }
    const double m[3][3] = {{c[2] * c[1], c[2] * s[1] * s[0] - s[2] * c[0], c[2] * s[1] * c[0] + s[2] * s[0]},
        {s[2] * c[1], s[2] * s[1] * s[0] + c[2] * c[0], s[2] * s[1] * c[0] - c[2] * s[0]},
        {-s[1], c[1] * s[0], c[1] * c[0]}};
    memcpy(r, m, sizeof m);
}

/* Four neighbours along an axis and their Catmull-Rom weights; beyond the border its value is repeated. */
static void neighbours(int index[4], float weight[4], double x, int n)
{
    const double low = floor(x);
    const float t = (float)(x - low);
    for (int i = 0; i < 4; i++)
        index[i] = (int)fmin(fmax(low + i - 1, 0), n - 1);
    weight[0] = 0.5f * t * (-1 + t * (2 - t));
    weight[1] = 0.5f * (2 + t * t * (-5 + 3 * t));
    weight[2] = 0.5f * t * (1 + t * (4 - 3 * t));
    weight[3] = 0.5f * t * t * (t - 1);
}

static float cubic(const float *frame, const wil_grid *grid, const double at[3])
{
    int index[3][4];
    float weight[3][4];
    const size_t nx = (size_t)grid->size[0], ny = (size_t)grid->size[1];
    for (int k = 0; k < 3; k++)
        neighbours(index[k], weight[k], at[k], grid->size[k]);
    float sum = 0;
    for (int z = 0; z < 4; z++)
        for (int y = 0; y < 4; y++) {
            const float *row = frame + ((size_t)index[2][z] * ny + (size_t)index[1][y]) * nx;
            float along = 0;
            for (int x = 0; x < 4; x++)
                along += weight[0][x] * row[index[0][x]];
            sum += weight[2][z] * weight[1][y] * along;
        }
    return fmaxf(sum, 0); /* no overshoot below darkness */
}

static void move_frame(float *out, const float *frame, const wil_grid *grid, const double movement[6])
{
    const size_t n = wil_grid_count(grid), nx = (size_t)grid->size[0], ny = (size_t)grid->size[1];
    double r[3][3];
    rotation(r, movement + 3);
    for (size_t i = 0; i < n; i++) {
        const size_t voxel[3] = {i % nx, i / nx % ny, i / nx / ny};
        double from[3], at[3];
        for (int k = 0; k < 3; k++)
            from[k] = ((double)voxel[k] - 0.5 * (grid->size[k] - 1)) * grid->spacing_mm[k] - movement[k];
        for (int k = 0; k < 3; k++) /* the inverse of a rotation is its transpose */
            at[k] = (r[0][k] * from[0] + r[1][k] * from[1] + r[2][k] * from[2]) / grid->spacing_mm[k] +
                    0.5 * (grid->size[k] - 1);
        out[i] = cubic(frame, grid, at);
    }
}

typedef struct move_task {
    wil_dsc_subject *subject;
    bool failed;
} move_task;

static void move_frames(int64_t begin, int64_t end, void *context)
{
    move_task *t = context;
    const wil_grid *grid = &t->subject->series.grid;
    const size_t n = wil_grid_count(grid);
    WIL_OWN(float) *copy = NULL;
    if (wil_alloc_f32(&copy, n) != WIL_OK) {
#pragma omp atomic write
        t->failed = true;
        return;
    }
    for (int64_t f = begin; f < end; f++) {
        float *frame = t->subject->series.voxels + (size_t)f * n;
        memcpy(copy, frame, n * sizeof *copy);
        move_frame(frame, copy, grid, t->subject->movement[f]);
    }
}

wil_status bolus_move(wil_dsc_subject *subject)
{
    move_task task = {.subject = subject};
    wil_parallel_for(subject->series.n_time, 1, move_frames, &task);
    WIL_REQUIRE(!task.failed, WIL_ERR_MEMORY, "no memory for the DSC phantom's movements");
    return WIL_OK;
}
