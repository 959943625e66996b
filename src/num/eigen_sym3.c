/* Eigenvalues of symmetric 3x3 matrices by the cosine solution of the cubic [Smith1961, "Eigenvalues of a
 * symmetric 3x3 matrix"]: no iteration, as vesselness asks for tens of millions of them. */
#include "willis/num.h"

#include <math.h>

#define THIRD_OF_TURN 2.094395102393195492308428922186 /* 2 pi / 3 */

static double determinant(double a00, double a01, double a02, double a11, double a12, double a22)
{
    return a00 * (a11 * a22 - a12 * a12) - a01 * (a01 * a22 - a12 * a02) + a02 * (a01 * a12 - a11 * a02);
}

static void order_pair(double *a, double *b)
{
    if (fabs(*a) > fabs(*b)) {
        const double swap = *a;
        *a = *b;
        *b = swap;
    }
}

static void order_by_magnitude(double values[3])
{
    order_pair(&values[0], &values[1]);
    order_pair(&values[1], &values[2]);
    order_pair(&values[0], &values[1]);
}

void wil_num_eigenvalues_sym3(double out[3], const double matrix[6])
{
    const double a01 = matrix[1], a02 = matrix[2], a12 = matrix[4];
    const double mean = (matrix[0] + matrix[3] + matrix[5]) / 3;
    const double b00 = matrix[0] - mean, b11 = matrix[3] - mean, b22 = matrix[5] - mean;
    const double off = a01 * a01 + a02 * a02 + a12 * a12;
    const double p = sqrt((b00 * b00 + b11 * b11 + b22 * b22 + 2 * off) / 6);
    if (p == 0) { /* a multiple of the identity */
        out[0] = out[1] = out[2] = mean;
        return;
    }
    /* the eigenvalues are mean + p t with t^3 - 3 t = det(B / p), solved by t = 2 cos(angle) */
    const double r = 0.5 * determinant(b00 / p, a01 / p, a02 / p, b11 / p, a12 / p, b22 / p);
    const double angle = acos(r < -1 ? -1 : r > 1 ? 1 : r) / 3; /* rounding may leave [-1, 1] */
    out[0] = mean + 2 * p * cos(angle + THIRD_OF_TURN);
    out[2] = mean + 2 * p * cos(angle);
    out[1] = 3 * mean - out[0] - out[2]; /* the trace */
    order_by_magnitude(out);
}
