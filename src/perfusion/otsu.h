/* Otsu's threshold, for the brain's mask and for white matter. */
#ifndef WILLIS_PERFUSION_OTSU_H
#define WILLIS_PERFUSION_OTSU_H

#define OTSU_BINS 256
/* The bin whose upper edge best parts the histogram counts [OTSU_BINS] in two [Otsu1979]; the class means, in
 * bins, come back too. */
int otsu_bin(const double *counts, double *dark_out, double *bright_out);

#endif
