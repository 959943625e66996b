/* Settings of TOF phantoms: defaults, what is refused, and what follows from them. */
#include "tof_internal.h"

#include <math.h>

#define FIELD_X_MM 156.0
#define FIELD_Y_MM 192.0
#define FIELD_Z_MM 88.9
#define CENTRE_Y_MM (-17.0) /* the head reaches further behind the circle than before it */
#define BELOW_FRAC 0.405    /* share of the field that lies below the circle */

wil_tof_config wil_tof_config_default(void)
{
    return (wil_tof_config){.matrix = {312, 384, 127},
        .spacing_mm = {0.5, 0.5, 0.7},
        .site = 'a',
        .seed = 1,
        .disease_share = 0.25,
        .vessel_density = 1,
        .vessel_calibre = 1,
        .tortuosity = 1,
        .noise_scale = 1,
        .bias_scale = 1};
}

void wil_tof_config_set_matrix(wil_tof_config *config, int nx, int ny, int nz)
{
    const double field[3] = {FIELD_X_MM, FIELD_Y_MM, FIELD_Z_MM};
    const int n[3] = {nx, ny, nz};
    for (int i = 0; i < 3; i++) {
        config->matrix[i] = n[i];
        config->spacing_mm[i] = n[i] > 0 ? field[i] / n[i] : 0;
    }
}

static wil_status check_range(const char *name, double value, double low, double high)
{
    WIL_REQUIRE(value >= low && value <= high, WIL_ERR_ARG, "TOF phantom: %s is %g; it must be %g to %g",
        name, value, low, high);
    return WIL_OK;
}

static wil_status check_field(const wil_tof_config *config)
{
    static const double least_mm[3] = {90, 110, 44}; /* shows the circle and its first branches */
    for (int i = 0; i < 3; i++) {
        WIL_REQUIRE(config->matrix[i] >= 32 && config->matrix[i] <= 2048, WIL_ERR_ARG,
            "TOF phantom: matrix %d x %d x %d; each side must be 32 to 2048 voxels", config->matrix[0],
            config->matrix[1], config->matrix[2]);
        WIL_REQUIRE(config->spacing_mm[i] >= 0.2 && config->spacing_mm[i] <= 3, WIL_ERR_ARG,
            "TOF phantom: spacing %g x %g x %g mm; each must be 0.2 to 3 mm", config->spacing_mm[0],
            config->spacing_mm[1], config->spacing_mm[2]);
        const double field = config->matrix[i] * config->spacing_mm[i];
        WIL_REQUIRE(field >= least_mm[i] && field <= 400, WIL_ERR_ARG,
            "TOF phantom: %d voxels of %g mm along %c see %.0f mm, but the arteries of the head need %.0f to "
            "400 "
            "mm; take more or larger voxels",
            config->matrix[i], config->spacing_mm[i], "xyz"[i], field, least_mm[i]);
    }
    return WIL_OK;
}

wil_status wil_tof_config_check(const wil_tof_config *config)
{
    WIL_REQUIRE(config != NULL, WIL_ERR_ARG, "TOF phantom: no configuration given");
    WIL_TRY(check_field(config));
    wil_tof_site_facts site;
    WIL_TRY(wil_tof_site_facts_get(&site, config->site));
    WIL_TRY(check_range("disease_share", config->disease_share, 0, 1));
    WIL_TRY(check_range("vessel_density", config->vessel_density, 0.25, 4));
    WIL_TRY(check_range("vessel_calibre", config->vessel_calibre, 0.5, 2));
    WIL_TRY(check_range("tortuosity", config->tortuosity, 0, 3));
    WIL_TRY(check_range("noise_scale", config->noise_scale, 0, 20));
    return check_range("bias_scale", config->bias_scale, 0, 3);
}

wil_grid tof_grid(const wil_tof_config *config)
{
    wil_grid grid = wil_grid_make(config->matrix[0], config->matrix[1], config->matrix[2],
        config->spacing_mm[0], config->spacing_mm[1], config->spacing_mm[2]);
    grid.affine[1][3] += CENTRE_Y_MM;
    grid.affine[2][3] += (0.5 - BELOW_FRAC) * config->matrix[2] * config->spacing_mm[2];
    return grid;
}

/* Protocols in the range that clinical 3D multi-slab TOF uses at 3 T (a) and 1.5 T (b); blood T1 from
 * [Lu2004] (3 T) and [Barth1997] (1.5 T). */
static const wil_tof_site_facts sites[] = {
    {'a', 3.0, 22, 3.9, 18, 1650, 0.020, 0.32, 0.17, 24, 0.30, 0.80},
    {'b', 1.5, 28, 6.9, 21, 1440, 0.035, 0.50, 0.30, 28, 0.62, 0.95},
};

void tof_site(wil_tof_site_facts *out, char site)
{
    *out = sites[site == 'b'];
}

wil_status wil_tof_site_facts_get(wil_tof_site_facts *out, char site)
{
    WIL_REQUIRE(
        site == 'a' || site == 'b', WIL_ERR_ARG, "TOF phantom: there is no site '%c'; take a or b", site);
    tof_site(out, site);
    return WIL_OK;
}
