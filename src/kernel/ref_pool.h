/* Template: REAL is the type, NAME(x) the function's name. Resampling by whole factors. */

void NAME(upsample)(const wil_kernel_call *call)
{
    const REAL *in = call->in[0];
    REAL *out = call->out;
    const wil_spatial3 coarse = wil_spatial3_of(&call->in_shape[0]);
    const wil_spatial3 fine = wil_spatial3_of(&call->out_shape);
    int64_t factor[3];
    wil_spatial3_values(factor, call->attr.kernel, call->attr.n_spatial, 1);
    const int64_t n = fine.size[0] * fine.size[1] * fine.size[2];
#pragma omp parallel for schedule(static) if (fine.batch * n * fine.channels > PARALLEL_MIN)
    for (int64_t row = 0; row < fine.batch * n; row++) {
        int64_t p[3];
        NAME(unravel)(p, row % n, fine.size);
        for (int i = 0; i < 3; i++)
            p[i] /= factor[i];
        memcpy(out + row * fine.channels, in + NAME(at)(&coarse, row / n, p),
            (size_t)fine.channels * sizeof(REAL));
    }
}

/* A coarse array and the fine one whose windows of `factor` it stands for. */
typedef struct NAME(window) {
    wil_spatial3 coarse, fine;
    int64_t factor[3];
    int64_t n_coarse, n_window;
} NAME(window);

static NAME(window)
    NAME(window_of)(const wil_kernel_call *call, const wil_shape *coarse, const wil_shape *fine)
{
    NAME(window) w = {.coarse = wil_spatial3_of(coarse), .fine = wil_spatial3_of(fine)};
    wil_spatial3_values(w.factor, call->attr.kernel, call->attr.n_spatial, 1);
    w.n_coarse = w.coarse.size[0] * w.coarse.size[1] * w.coarse.size[2];
    w.n_window = w.factor[0] * w.factor[1] * w.factor[2];
    return w;
}

/* Where value j of the window of coarse row `row` lies in the fine array. */
static int64_t NAME(fine_at)(const NAME(window) * w, int64_t row, int64_t j)
{
    int64_t p[3];
    int64_t k[3];
    NAME(unravel)(p, row % w->n_coarse, w->coarse.size);
    NAME(unravel)(k, j, w->factor);
    for (int i = 0; i < 3; i++)
        p[i] = p[i] * w->factor[i] + k[i];
    return NAME(at)(&w->fine, row / w->n_coarse, p);
}

void NAME(sum_pool)(const wil_kernel_call *call)
{
    const REAL *in = call->in[0];
    const NAME(window) w = NAME(window_of)(call, &call->out_shape, &call->in_shape[0]);
    const int64_t channels = w.coarse.channels;
#pragma omp parallel for schedule(static) if (w.coarse.batch * w.n_coarse * channels > PARALLEL_MIN)
    for (int64_t row = 0; row < w.coarse.batch * w.n_coarse; row++) {
        REAL *out = (REAL *)call->out + row * channels;
        for (int64_t c = 0; c < channels; c++) {
            double sum = 0;
            for (int64_t j = 0; j < w.n_window; j++)
                sum += (double)in[NAME(fine_at)(&w, row, j) + c];
            out[c] = (REAL)sum;
        }
    }
}

/* Position of the largest value of channel c in the window; the first of equals. */
static int64_t NAME(largest)(const NAME(window) * w, const REAL *x, int64_t row, int64_t c)
{
    int64_t best = NAME(fine_at)(w, row, 0) + c;
    for (int64_t j = 1; j < w->n_window; j++) {
        const int64_t at = NAME(fine_at)(w, row, j) + c;
        if (x[at] > x[best])
            best = at;
    }
    return best;
}

void NAME(pool_gather)(const wil_kernel_call *call)
{
    const REAL *h = call->in[0];
    const REAL *x = call->in[1];
    REAL *out = call->out;
    const NAME(window) w = NAME(window_of)(call, &call->out_shape, &call->in_shape[0]);
    const int64_t channels = w.coarse.channels;
#pragma omp parallel for schedule(static) if (w.coarse.batch * w.n_coarse * channels > PARALLEL_MIN)
    for (int64_t row = 0; row < w.coarse.batch * w.n_coarse; row++)
        for (int64_t c = 0; c < channels; c++)
            out[row * channels + c] = h[NAME(largest)(&w, x, row, c)];
}

void NAME(pool_scatter)(const wil_kernel_call *call)
{
    const REAL *gradient = call->in[0];
    const REAL *x = call->in[1];
    REAL *out = call->out;
    const NAME(window) w = NAME(window_of)(call, &call->in_shape[0], &call->out_shape);
    const int64_t channels = w.coarse.channels;
#pragma omp parallel for schedule(static) if (w.coarse.batch * w.n_coarse * channels > PARALLEL_MIN)
    for (int64_t row = 0; row < w.coarse.batch * w.n_coarse; row++) {
        for (int64_t j = 0; j < w.n_window; j++)
            memset(out + NAME(fine_at)(&w, row, j), 0, (size_t)channels * sizeof(REAL));
        for (int64_t c = 0; c < channels; c++)
            out[NAME(largest)(&w, x, row, c)] = gradient[row * channels + c];
    }
}
