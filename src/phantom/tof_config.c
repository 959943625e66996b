/* Settings of TOF phantoms: defaults, what is refused, and what follows from them. */
#include "tof_internal.h"

#include <math.h>

#define FIELD_X_MM 156.0
#define FIELD_Y_MM 192.0
#define FIELD_Z_MM 88.9
#define CENTRE_Y_MM (-17.0) /* the head reaches further behind the circle than before it */
#define BELOW_FRAC 0.405    /* share of the field that lies below the circle */

#define AT(member) offsetof(wil_tof_config, member)
static const wil_field FIELDS[] = {
    {"matrix", WIL_INTS, AT(matrix), "312x384x127", 32, 2048, .n = 3,
        .help = "voxels; alone it keeps the field of view"},
    {"spacing", WIL_REALS, AT(spacing_mm), "0.5x0.5x0.7", 0.2, 3, .n = 3, .unit = "mm",
        .help = "of voxels; alone it keeps the field of view"},
    {"site", WIL_CHOICE, AT(site), "a", .choices = WIL_CHOICES("a", "b", "random"),
        .help = "protocol: 3 T; 1.5 T with more noise and fat; another one for every subject"},
    {"seed", WIL_U64, AT(seed), "1", .help = "another seed gives other patients"},
    {"disease_share", WIL_REAL, AT(disease_share), "0.25", 0, 1,
        .help = "share with a stenosis or an occlusion"},
    {"vessel_density", WIL_REAL, AT(vessel_density), "1", 0.25, 4, .help = "number of branches, relative"},
    {"vessel_calibre", WIL_REAL, AT(vessel_calibre), "1", 0.5, 2, .help = "radii, relative"},
    {"tortuosity", WIL_REAL, AT(tortuosity), "1", 0, 3, .help = "bends, relative"},
    {"noise", WIL_REAL, AT(noise_scale), "1", 0, 20, .help = "noise, relative to the site's"},
    {"labels_only", WIL_BOOL, AT(labels_only),
        .help = "vessel and brain masks without images: fast, for `willis generate --labels`"},
    {"bias", WIL_REAL, AT(bias_scale), "1", 0, 3, .help = "coil shading, relative to the site's"},
};
const wil_fields wil_tof_fields = WIL_FIELDS(wil_tof_config, FIELDS);

WIL_FIELDS_DEFAULT(wil_tof_config, wil_tof_config_default, wil_tof_fields)

void wil_tof_config_set_matrix(wil_tof_config *config, int nx, int ny, int nz)
{
    const double field[3] = {FIELD_X_MM, FIELD_Y_MM, FIELD_Z_MM};
    const int n[3] = {nx, ny, nz};
    for (int i = 0; i < 3; i++) {
        config->matrix[i] = n[i];
        config->spacing_mm[i] = n[i] > 0 ? field[i] / n[i] : 0;
    }
}

static wil_status check_field(const wil_tof_config *config)
{
    static const double least_mm[3] = {90, 110, 44}; /* shows the circle and its first branches */
    for (int i = 0; i < 3; i++) {
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
    WIL_TRY(wil_fail_context(wil_fields_check(&wil_tof_fields, config), "TOF phantom"));
    return check_field(config);
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
    {'a', 3.0, 22, 3.9, 18, 1650, 0.020, 0.32, 0.17, 24, 0.30, 0.80, false},
    {'b', 1.5, 28, 6.9, 21, 1440, 0.035, 0.50, 0.30, 28, 0.62, 0.95, false},
};

wil_tof_site_facts wil_tof_site_of(const wil_tof_config *config, int subject)
{
    return config->site == WIL_TOF_SITE_RANDOM ? tof_random_site(config, subject) : sites[config->site];
}
