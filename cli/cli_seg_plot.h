/* Box plots of `willis evaluate segmentation`: cases of this run beside those of others. */
#ifndef WILLIS_CLI_SEG_PLOT_H
#define WILLIS_CLI_SEG_PLOT_H

#include "cli_seg_results.h"

typedef struct cli_seg_plot {
    const char *path;    /* SVG; NULL: none */
    const char *columns; /* "dsc,hd95_mm" */
    const char *label;   /* of this run */
    cli_list others;     /* NAME=FILE.csv */
} cli_seg_plot;

/* Whether the columns exist and the other runs have them. Fails: WIL_ERR_ARG (unknown column, with the
 * nearest one), WIL_ERR_INPUT (the files). */
WIL_NODISCARD wil_status cli_seg_check_plot(const cli_seg_results *results, const cli_seg_plot *plot);
WIL_NODISCARD wil_status cli_seg_draw(const cli_seg_results *results, const cli_seg_plot *plot);

#endif
