/* Otsu's threshold of a histogram. */
#include "willis/num.h"

int wil_num_otsu_bin(const double *counts, double *dark_out, double *bright_out)
{
    double total = 0, weighted = 0, n_dark = 0;
    double sum_dark = 0, best = -1;
    int at = 0;
    for (int b = 0; b < WIL_NUM_OTSU_BINS; b++) {
        total += counts[b];
        weighted += counts[b] * (b + 0.5);
    }
    *dark_out = *bright_out = 1;
    for (int b = 0; b + 1 < WIL_NUM_OTSU_BINS; b++) {
        n_dark += counts[b];
        sum_dark += counts[b] * (b + 0.5);
        if (n_dark == 0 || n_dark == total)
            continue;
        const double dark = sum_dark / n_dark;
        const double bright = (weighted - sum_dark) / (total - n_dark);
        const double between = n_dark * (total - n_dark) * (bright - dark) * (bright - dark);
        if (between > best) {
            best = between;
            at = b;
            *dark_out = dark;
            *bright_out = bright;
        }
    }
    return at;
}
