/* num: double-precision mathematics that the imaging modules share. */
#ifndef WILLIS_NUM_H
#define WILLIS_NUM_H

#include "willis/base.h"

/* Eigenvalues of a symmetric 3x3 matrix (a00 a01 a02 a11 a12 a22), ordered by increasing magnitude
 * [Smith1961]. Accurate to a few units of the last place of the largest one; where two coincide, to 1e-7 of
 * it. A NaN or infinity in the matrix gives NaN. */
void wil_num_eigenvalues_sym3(double out[3], const double matrix[6]);
double wil_num_mean(const double *values, size_t n); /* NaN for n = 0 */
double wil_num_sd(const double *values, size_t n);   /* sample standard deviation (n - 1); 0 for n < 2 */

#endif
