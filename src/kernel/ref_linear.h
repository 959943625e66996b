/* Template: REAL is the type, NAME(x) the function's name. Matrix product and the convolution triple. */

void NAME(matmul)(const wil_kernel_call *call)
{
    const REAL *a = call->in[0];
    const REAL *b = call->in[1];
    REAL *out = call->out;
    const bool ta = call->attr.transpose[0];
    const bool tb = call->attr.transpose[1];
    const int64_t m = call->out_shape.dim[0];
    const int64_t n = call->out_shape.dim[1];
    const int64_t k = call->in_shape[0].dim[ta ? 0 : 1];
#pragma omp parallel for schedule(static) if (m * n * k > PARALLEL_MIN)
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t l = 0; l < k; l++)
                sum += (double)a[ta ? l * m + i : i * k + l] * (double)b[tb ? j * k + l : l * n + j];
            out[i * n + j] = (REAL)sum;
        }
}

typedef struct NAME(geometry) {
    wil_spatial3 x, y; /* input and output of the convolution */
    int64_t kernel[3], stride[3], pad[3];
} NAME(geometry);

static NAME(geometry) NAME(geometry_of)(const wil_kernel_call *call, const wil_shape *x, const wil_shape *y)
{
    NAME(geometry) g = {.x = wil_spatial3_of(x), .y = wil_spatial3_of(y)};
    wil_spatial3_values(g.kernel, call->attr.kernel, call->attr.n_spatial, 1);
    wil_spatial3_values(g.stride, call->attr.stride, call->attr.n_spatial, 1);
    wil_spatial3_values(g.pad, call->attr.pad, call->attr.n_spatial, 0);
    return g;
}

static int64_t NAME(at)(const wil_spatial3 *s, int64_t n, const int64_t p[3])
{
    return (((n * s->size[0] + p[0]) * s->size[1] + p[1]) * s->size[2] + p[2]) * s->channels;
}

static void NAME(unravel)(int64_t out[3], int64_t i, const int64_t size[3])
{
    out[2] = i % size[2];
    out[1] = i / size[2] % size[1];
    out[0] = i / size[2] / size[1];
}

/* The input position that output position t meets at kernel position k; false outside the input. */
static bool NAME(meets)(const NAME(geometry) * g, const int64_t t[3], const int64_t k[3], int64_t s[3])
{
    for (int i = 0; i < 3; i++) {
        s[i] = t[i] * g->stride[i] + k[i] - g->pad[i];
        if (s[i] < 0 || s[i] >= g->x.size[i])
            return false;
    }
    return true;
}

void NAME(conv)(const wil_kernel_call *call)
{
    const REAL *x = call->in[0];
    const REAL *w = call->in[1];
    REAL *y = call->out;
    const NAME(geometry) g = NAME(geometry_of)(call, &call->in_shape[0], &call->out_shape);
    const int64_t n_kernel = g.kernel[0] * g.kernel[1] * g.kernel[2];
    const int64_t n_out = g.y.size[0] * g.y.size[1] * g.y.size[2];
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < g.y.batch * n_out; row++) {
        int64_t t[3];
        NAME(unravel)(t, row % n_out, g.y.size);
        for (int64_t o = 0; o < g.y.channels; o++) {
            double sum = 0;
            for (int64_t j = 0; j < n_kernel; j++) {
                int64_t k[3];
                int64_t s[3];
                NAME(unravel)(k, j, g.kernel);
                if (!NAME(meets)(&g, t, k, s))
                    continue;
                const REAL *xs = x + NAME(at)(&g.x, row / n_out, s);
                const REAL *ws = w + (o * n_kernel + j) * g.x.channels;
                for (int64_t c = 0; c < g.x.channels; c++)
                    sum += (double)xs[c] * (double)ws[c];
            }
            y[row * g.y.channels + o] = (REAL)sum;
        }
    }
}

/* The output position that input position s meets at kernel position k; false if there is none. */
static bool NAME(met_by)(const NAME(geometry) * g, const int64_t s[3], const int64_t k[3], int64_t t[3])
{
    for (int i = 0; i < 3; i++) {
        const int64_t far = s[i] + g->pad[i] - k[i];
        if (far < 0 || far % g->stride[i] != 0 || far / g->stride[i] >= g->y.size[i])
            return false;
        t[i] = far / g->stride[i];
    }
    return true;
}

void NAME(conv_dx)(const wil_kernel_call *call)
{
    const REAL *d_y = call->in[0];
    const REAL *w = call->in[1];
    REAL *d_x = call->out;
    const NAME(geometry) g = NAME(geometry_of)(call, &call->out_shape, &call->in_shape[0]);
    const int64_t n_kernel = g.kernel[0] * g.kernel[1] * g.kernel[2];
    const int64_t n_in = g.x.size[0] * g.x.size[1] * g.x.size[2];
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < g.x.batch * n_in; row++) {
        int64_t s[3];
        NAME(unravel)(s, row % n_in, g.x.size);
        for (int64_t c = 0; c < g.x.channels; c++) {
            double sum = 0;
            for (int64_t j = 0; j < n_kernel; j++) {
                int64_t k[3];
                int64_t t[3];
                NAME(unravel)(k, j, g.kernel);
                if (!NAME(met_by)(&g, s, k, t))
                    continue;
                const REAL *ys = d_y + NAME(at)(&g.y, row / n_in, t);
                for (int64_t o = 0; o < g.y.channels; o++)
                    sum += (double)ys[o] * (double)w[(o * n_kernel + j) * g.x.channels + c];
            }
            d_x[row * g.x.channels + c] = (REAL)sum;
        }
    }
}

void NAME(conv_dw)(const wil_kernel_call *call)
{
    const REAL *x = call->in[0];
    const REAL *d_y = call->in[1];
    REAL *d_w = call->out;
    const NAME(geometry) g = NAME(geometry_of)(call, &call->in_shape[0], &call->in_shape[1]);
    const int64_t n_kernel = g.kernel[0] * g.kernel[1] * g.kernel[2];
    const int64_t n_out = g.y.size[0] * g.y.size[1] * g.y.size[2];
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < g.y.channels * n_kernel; row++) {
        const int64_t o = row / n_kernel;
        int64_t k[3];
        NAME(unravel)(k, row % n_kernel, g.kernel);
        for (int64_t c = 0; c < g.x.channels; c++) {
            double sum = 0;
            for (int64_t p = 0; p < g.y.batch * n_out; p++) {
                int64_t t[3];
                int64_t s[3];
                NAME(unravel)(t, p % n_out, g.y.size);
                if (NAME(meets)(&g, t, k, s))
                    sum += (double)x[NAME(at)(&g.x, p / n_out, s) + c] * (double)d_y[p * g.y.channels + o];
            }
            d_w[row * g.x.channels + c] = (REAL)sum;
        }
    }
}
