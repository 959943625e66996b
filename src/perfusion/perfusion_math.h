/* Arithmetic that several steps of perfusion need. */
#ifndef WILLIS_PERFUSION_MATH_H
#define WILLIS_PERFUSION_MATH_H

#include <math.h>
#include <stdbool.h>

/* Mean of frames [first, last], both included. */
static inline double frames_mean(const double *curve, int first, int last)
{
    double sum = 0;
    for (int i = first; i <= last; i++)
        sum += curve[i];
    return sum / (last - first + 1);
}

/* Solves a x = b for a symmetric positive a [n,n] by Cholesky's factors, both in place; false if a is not
 * positive. Inline, so that n is known where voxels by the thousand are solved. */
static inline bool cholesky_solve(double *a, double *b, int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (int k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            if (i == j && !(sum > 0))
                return false;
            a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
        }
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            b[i] -= a[i * n + k] * b[k];
        b[i] /= a[i * n + i];
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            b[i] -= a[k * n + i] * b[k];
        b[i] /= a[i * n + i];
    }
    return true;
}

#endif
